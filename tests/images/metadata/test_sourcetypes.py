from __future__ import annotations

import pytest

from forensics.images.metadata.c2pa import MEANINGS, mentioned_codes, source_type

BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.mark.parametrize("code", MEANINGS)
@pytest.mark.parametrize("form", [BASE + "{}", BASE + "{}/", "digsrctype:{}", "{}", " {}\n"])
def test_a_code_in_every_form(code, form):
    one = source_type("XMP", form.format(code))
    assert (one.code, one.meaning) == (code, MEANINGS[code])


@pytest.mark.parametrize("value", ["", "/", "http://example.org/newTerm"])
def test_other_values_have_no_meaning(value):
    assert source_type("XMP", value).meaning == ""


@pytest.mark.parametrize("code", MEANINGS)
def test_codes_are_found_whatever_follows(code):
    # In CBOR the letter after a text may be the length of the next one.
    assert mentioned_codes(b"\x78\x40" + (BASE + code).encode() + b"mnext") == (code,)


def test_each_is_mentioned_once():
    text = (BASE + "print " + BASE + "composite " + BASE + "print").encode()
    assert mentioned_codes(text) == ("print", "composite")
    assert mentioned_codes(b"trainedAlgorithmicMedia") == ()
