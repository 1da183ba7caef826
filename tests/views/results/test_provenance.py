from __future__ import annotations

import json

import pytest

from forensics.images.metadata import provenance
from forensics.views.results.provenance import provenance_facts, provenance_sentences

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"


def said(data: bytes, **options) -> tuple[str, ...]:
    return provenance_sentences(provenance(data, "a", **options))


def test_what_is_said_of_a_file(make, cat, golden):
    exif = make.exif({0x010F: "Canon", 0x0110: "Canon EOS R5"}, gps={2: (1.0, 2.0, 3.0)})
    thumbnail = make.exif_with_thumbnail(make.saved("JPEG", make.picture))
    files = {
        "nothing": make.saved("JPEG"),
        "a source type": make.saved(
            "JPEG", xmp=make.xmp(f'Iptc4xmpExt:DigitalSourceType="{TRAINED}"')
        ),
        "an unknown source type": make.saved(
            "JPEG", xmp=make.xmp('Iptc4xmpExt:DigitalSourceType="x/newTerm"')
        ),
        "a generator": make.png(make.text("parameters", "a cat\nSteps: 20, Sampler: Euler a")),
        "a camera and a place": make.saved("JPEG", exif=exif),
        "another thumbnail, an archive behind": make.jpeg(make.segment(0xE1, thumbnail))
        + b"PK\3\4hidden",
        "damaged XMP": make.jpeg(make.segment(0xE1, XMP_HEAD + b"<a>")),
        "credentials elsewhere": make.saved(
            "JPEG", xmp=make.xmp('dcterms:provenance="https://example.org/m.c2pa"')
        ),
    }
    told = {name: said(data, pixels=cat) for name, data in files.items()}
    golden("provenance", "\n\n".join("\n".join([f"[{of}]", *text]) for of, text in told.items()))


def test_several_pictures_in_a_file(make):
    data = make.saved("MPO", save_all=True, append_images=[make.picture])
    assert any("holds 2 pictures" in one for one in said(data))


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
