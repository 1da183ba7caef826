from __future__ import annotations

import json

import pytest

from forensics.images.metadata import provenance
from forensics.views.results.provenance import provenance_facts, provenance_sentences

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"


def said(data: bytes, **options) -> tuple[str, ...]:
    return provenance_sentences(provenance(data, "a", **options))


def test_a_file_that_says_nothing(make):
    assert said(make.saved("JPEG")) == (
        "The file says nothing about its origin: that proves nothing, most platforms remove "
        "such data.",
    )


def test_a_source_type(make):
    data = make.saved("JPEG", xmp=make.xmp(f'Iptc4xmpExt:DigitalSourceType="{TRAINED}"'))
    assert said(data) == (
        "The file's XMP data says it was made by a trained algorithm (DigitalSourceType "
        "trainedAlgorithmicMedia).",
        "Such entries are text that anybody can write, copy or remove: a lead, not a proof.",
    )
    other = make.saved("JPEG", xmp=make.xmp('Iptc4xmpExt:DigitalSourceType="x/newTerm"'))
    assert said(other)[0] == (
        "The file's XMP data has a source type of no known list (DigitalSourceType newTerm)."
    )


def test_a_generator(make):
    data = make.png(make.text("parameters", "a cat\nSteps: 20, Sampler: Euler a"))
    assert said(data)[0] == (
        "Its PNG text entry 'parameters' points to Stable Diffusion web UI: “a cat Steps: 20, "
        "Sampler: Euler a”."
    )


def test_a_camera_is_never_proof(make):
    exif = make.exif({0x010F: "Canon", 0x0110: "Canon EOS R5"}, gps={2: (1.0, 2.0, 3.0)})
    assert said(make.saved("JPEG", exif=exif)) == (
        "The file names a camera: Canon EOS R5; such entries can be copied or forged.",
        "The file records a place, which is not read or shown here.",
        "The file does not say that a generator made it: that proves nothing, such data is "
        "easily removed.",
    )


def test_what_is_hidden(make, cat):
    exif = make.exif_with_thumbnail(make.saved("JPEG", make.picture))
    data = make.jpeg(make.segment(0xE1, exif)) + b"PK\3\4hidden"
    sentences = said(data, pixels=cat)
    assert any("thumbnail shows another picture" in one for one in sentences)
    assert "10 bytes follow the end of the picture: a ZIP archive." in sentences


def test_several_pictures_in_a_file(make):
    data = make.saved("MPO", save_all=True, append_images=[make.picture])
    assert "By its own index the file holds 2 pictures; one is measured." in said(data)


def test_what_could_not_be_read_is_said(make):
    data = make.jpeg(make.segment(0xE1, XMP_HEAD + b"<a>"))
    assert said(data) == (
        "The XMP data is damaged and was not read.",
        "What could be read of the file says nothing about its origin: that proves nothing.",
    )


def test_credentials_elsewhere(make):
    data = make.saved("JPEG", xmp=make.xmp('dcterms:provenance="https://example.org/m.c2pa"'))
    assert said(data) == (
        "The file points to Content Credentials (C2PA) on the network, which were not fetched.",
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
def test_facts_are_json_and_hold_the_sentences(make, kind):
    read = provenance(make.saved(kind), "a")
    facts = json.loads(json.dumps(provenance_facts(read), allow_nan=False))
    assert facts["statements"] == list(provenance_sentences(read))
    assert facts["camera"] is None
    assert facts["thumbnail"] is None
    assert facts["content_credentials"] is None
    assert facts["location"] is False


def test_facts_of_a_full_file(make, cat):
    exif = make.exif_with_thumbnail(make.saved("JPEG", make.picture))
    xmp = XMP_HEAD + make.xmp(
        f'Iptc4xmpExt:DigitalSourceType="{TRAINED}" dcterms:provenance="http://example.org"'
    )
    data = make.jpeg(make.segment(0xE1, exif), make.segment(0xE1, xmp)) + b"text"
    facts = json.loads(json.dumps(provenance_facts(provenance(data, "a", pixels=cat))))
    assert facts["digital_source_types"][0]["code"] == "trainedAlgorithmicMedia"
    assert facts["camera"] == {"make": "maker", "model": "", "lens": ""}
    assert facts["appended"] == [{"begins_like": "text", "n_bytes": 4}]
    assert facts["thumbnail"]["finding"] == "another"
    assert facts["content_credentials"]["state"] == "elsewhere"


def test_no_sentence_calls_a_picture_real(make):
    for code in ("digitalCapture", "computationalCapture"):
        data = make.saved("JPEG", xmp=make.xmp(f'Iptc4xmpExt:DigitalSourceType="{code}"'))
        assert not any(" real " in sentence for sentence in said(data))
