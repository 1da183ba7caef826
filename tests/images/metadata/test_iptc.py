from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forensics.images.metadata.fields import MetadataFields
from forensics.images.metadata.iptc import add_iptc, add_photoshop


def test_entries_of_a_jpeg(make, found_in):
    iptc = make.iptc(110, "Künstler".encode()) + make.iptc(5, b"a title")
    found = found_in(make.jpeg(make.segment(0xED, make.photoshop(iptc))))
    assert (found.text("Credit"), found.text("Title")) == ("Künstler", "a title")


def test_other_resources_before_it_are_stepped_over(make):
    found = MetadataFields()
    # A name of odd length, and data of odd length.
    other = b"8BIM\x03\xed\x03abc" + b"\0\0\0\x05" + b"12345" + b"\0"
    add_photoshop(other + make.photoshop(make.iptc(110, b"me"))[14:], found)
    assert found.text("Credit") == "me"


def test_other_records_and_datasets_are_left_out(make):
    found = MetadataFields()
    add_iptc(bytes([0x1C, 1, 90, 0, 3]) + b"\x1b%G" + make.iptc(25, b"keyword"), found)
    assert found.entries == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(block):
    add_photoshop(b"8BIM" + block, MetadataFields())
    add_iptc(b"\x1c\x02" + block, MetadataFields())


def test_a_megabyte_of_nothing_ends():
    found = MetadataFields()
    for _ in range(20):
        add_photoshop(b"8BIM\x04\x05\0\0\0\0\0\0" * 80_000, found)
    assert found.notes
