from __future__ import annotations

from forensics.images.metadata.fields import (
    MAX_TEXT,
    Entry,
    MetadataFields,
    decoded_text,
    first_text,
)


def test_blank_texts_are_no_entries():
    found = MetadataFields()
    for text in ("", "  ", "\0\0"):
        found.add("EXIF", "Make", text)
    assert found.entries == []


def test_a_text_is_cut():
    found = MetadataFields()
    found.add("PNG text", "prompt", "x" * (MAX_TEXT + 9))
    assert len(found.entries[0].text) == MAX_TEXT


def test_far_too_much_text_is_named_once_and_not_kept():
    found = MetadataFields()
    for _ in range(100_000):
        found.add("PNG text", "a", "b")
    assert 1000 < len(found.entries) < 5000
    assert len(found.notes) == 1


def test_blocks_are_paid_for_until_nothing_is_left():
    found = MetadataFields()
    taken = 0
    while found.affords(2**20):
        taken += 1
    assert taken == 8
    assert found.notes == [
        "The file holds more metadata than a picture needs: not all of it was read."
    ]
    assert not found.affords(2**20)
    assert len(found.notes) == 1


def test_a_manifest_store_has_a_limit():
    found = MetadataFields()
    for _ in range(40):
        found.add_credentials(memoryview(bytes(2**20)))
    assert len(found.credentials) == 2**25


def test_the_first_of_several_names_wins():
    entries = [Entry("EXIF", "DateTime", "b"), Entry("EXIF", "DateTimeOriginal", "a")]
    assert first_text(entries, "DateTimeOriginal", "DateTime") == "a"
    assert first_text(entries, "Make") == ""


def test_any_bytes_become_text():
    assert decoded_text(b"\xe7\x8c\xab") == "猫"
    assert decoded_text(bytes(range(256))) == bytes(range(256)).decode("latin-1")
