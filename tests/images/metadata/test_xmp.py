from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.images.metadata.fields import MetadataFields
from forensics.images.metadata.xmp import add_xmp

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def read(packet: bytes) -> MetadataFields:
    found = MetadataFields()
    add_xmp(packet, found)
    return found


@pytest.mark.parametrize(
    ("properties", "elements"),
    [
        (f'Iptc4xmpExt:DigitalSourceType="{TRAINED}"', ""),
        ("", f"<Iptc4xmpExt:DigitalSourceType>{TRAINED}</Iptc4xmpExt:DigitalSourceType>"),
        ("", f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{TRAINED}"/>'),
    ],
)
def test_a_source_type_in_every_way_that_rdf_allows(make, properties, elements):
    found = read(make.xmp(properties, elements))
    assert found.text("DigitalSourceType") == TRAINED
    assert found.notes == []


def test_texts_in_lists_and_languages(make):
    listed = "<rdf:Seq><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Seq>"
    assert (
        read(make.xmp(elements=f"<dc:creator>{listed}</dc:creator>")).text("creator") == "one; two"
    )


def test_padding_and_zeros_around_a_packet(make):
    packet = b"\0 \n" + make.xmp('photoshop:Credit="Made with Google AI"') + b"  \n\0\0"
    assert read(packet).text("Credit") == "Made with Google AI"


def test_a_manifest_elsewhere_and_a_place(make):
    found = read(
        make.xmp('dcterms:provenance="https://example.org/m.c2pa" exif:GPSLatitude="47,22.5N"')
    )
    assert (found.credentials_elsewhere, found.location, found.entries) == (True, True, [])
    assert not read(make.xmp('dcterms:provenance="self#jumbf=c2pa"')).credentials_elsewhere


def bomb() -> bytes:
    nested = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    return f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{nested}]><x>&j;</x>'.encode()


@pytest.mark.parametrize(
    ("packet", "word"),
    [
        (bomb(), "attack"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "attack"),
        (b"<a><b></a>", "damaged"),
        (b"<a>" * 10_000, "damaged"),
        (b"", "damaged"),
        (b"\0\0", "damaged"),
        ("<a/>".encode("utf-16")[:-1], "damaged"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "damaged"),
        (b"<a>" + b"x" * 2**20 + b"</a>", "larger than 1 MiB"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(packet, word):
    found = read(packet)
    assert found.entries == []
    assert len(found.notes) == 1
    assert word in found.notes[0]


def test_deep_and_wide_packets_end():
    assert read(b"<a>" * 50_000 + b"</a>" * 50_000).entries == []
    assert read(b"<a>" + b"<b/>" * 200_000 + b"</a>").notes


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(packet):
    read(packet)
    read(b"<a>" + packet + b"</a>")
