from __future__ import annotations

import json

import pytest

from forensics.images.metadata import provenance
from forensics.images.sources.names import brief
from forensics.views.results.provenance import provenance_facts, provenance_sentences

KINDS = ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP", "MPO"]
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def test_camera_software_and_time(make):
    data = make.saved(
        "JPEG",
        exif=make.exif(
            {0x010F: "samsung", 0x0110: "SM-G991B", 0x0131: "G991BXXU3AUF6"},
            {0x9003: "2021:04:01 12:00:00", 0xA434: "a lens"},
            {2: (47.0, 22.0, 31.5)},
        ),
        xmp=make.xmp('xmp:CreatorTool="G991BXXU3AUF6"'),
    )
    read = provenance(data, "a.jpg")
    assert (read.camera.make, read.camera.model, read.camera.lens) == (
        "samsung",
        "SM-G991B",
        "a lens",
    )
    assert read.software == ("G991BXXU3AUF6",)
    assert (read.date_taken, read.location, read.name) == ("2021:04:01 12:00:00", True, "a.jpg")
    assert (read.generators, read.source_types, read.credentials) == ((), (), None)


def test_a_generator_that_signs_where_a_camera_would_is_no_camera(make):
    exif = make.exif({0x010F: "Black Forest Labs", 0x0110: "flux-dev", 0x0131: "AI generated"})
    read = provenance(make.saved("JPEG", exif=exif), "a.jpg")
    assert read.camera is None
    assert read.software == ()
    assert [text.key for text in read.generators] == ["Make", "Software"]


def test_source_types(make):
    data = make.saved("WEBP", xmp=make.xmp(f'Iptc4xmpExt:DigitalSourceType="{TRAINED}"'))
    (one,) = provenance(data, "a.webp").source_types
    assert (one.place, one.value, one.code) == ("XMP", TRAINED, "trainedAlgorithmicMedia")


def test_the_mark_of_a_platform(make):
    special = make.photoshop(make.iptc(40, b"FBMD01000a9f0300"))
    assert provenance(make.jpeg(make.segment(0xED, special)), "a").platform == (
        "Facebook or Instagram"
    )
    other = make.photoshop(make.iptc(40, b"Embargo until noon"))
    assert provenance(make.jpeg(make.segment(0xED, other)), "a").platform == ""


def test_the_thumbnail_is_compared_with_the_pixels(make, cat):
    import numpy as np

    exif = make.exif_with_thumbnail(make.saved("JPEG", make.picture))
    data = make.jpeg(make.segment(0xE1, exif))
    assert provenance(data, "a", pixels=np.asarray(make.picture)).thumbnail.finding == "same"
    assert provenance(data, "a", pixels=cat).thumbnail.finding == "another"
    assert provenance(data, "a").thumbnail.finding == "not compared"
    damaged = make.jpeg(make.segment(0xE1, make.exif_with_thumbnail(b"garbage")))
    assert provenance(damaged, "a", pixels=cat).thumbnail is None
    assert len(provenance(damaged, "a", pixels=cat).unreadable) == 1


def test_texts_are_cut_and_made_printable(make):
    hostile = "\x1b[31mred\u202e" + "x" * 5000
    png = make.png(make.chunk(b"iTXt", b"prompt\0\0\0\0\0" + hostile.encode()))
    (text,) = provenance(png, "a").generators
    assert len(text.text) < 300
    assert text.text.isprintable()
    assert brief("one\n\n two\t3") == "one two 3"
    assert len(brief("y" * 999)) == 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_file_says_nothing(make, kind):
    read = provenance(make.saved(kind), "a")
    assert (read.camera, read.credentials, read.generators, read.unreadable) == (None, None, (), ())


@pytest.mark.parametrize("kind", KINDS)
def test_files_with_damage_anywhere_are_read(make, rng, kind):
    options = (
        {}
        if kind in ("GIF", "BMP", "TIFF", "MPO")
        else {
            "exif": make.exif({0x010F: "x"}, {0x9286: b"ASCII\0\0\0y"}, {2: (1.0, 2.0, 3.0)}),
            "xmp": make.xmp(f'Iptc4xmpExt:DigitalSourceType="{TRAINED}"'),
        }
    )
    if kind == "PNG":
        del options["xmp"]
    whole = make.saved(kind, **options)
    for _ in range(300):
        data = bytearray(whole)
        for at in rng.integers(0, min(len(data), 1500), rng.integers(1, 6)):
            data[at] = rng.choice([0, 1, 0x7F, 0xFF, int(rng.integers(256))])
        read = provenance(bytes(data[: rng.integers(1, len(data) + 1)]), "a")
        json.dumps(provenance_facts(read), allow_nan=False)
        assert all(sentence.isprintable() for sentence in provenance_sentences(read))


def test_no_photo_of_the_shared_sets_surprises(data):
    from forensics.images.read import read_pixels

    for path in sorted((data / "real" / "photos").glob("*.jpg"))[::5]:
        read = provenance(path.read_bytes(), path.name, pixels=read_pixels(path))
        assert (read.generators, read.source_types, read.unreadable) == ((), (), ())
        assert read.thumbnail is None or read.thumbnail.finding == "same"
