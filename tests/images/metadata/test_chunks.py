from __future__ import annotations

import struct
import zlib

import pytest
from PIL.PngImagePlugin import PngInfo

XMP_KEY = b"XML:com.adobe.xmp"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("international", [False, True])
def test_texts_in_every_kind_of_chunk(make, found_in, packed, international):
    texts = PngInfo()
    add = texts.add_itxt if international else texts.add_text
    add("parameters", "a cat\nSteps: 20", zip=packed)
    found = found_in(make.saved("PNG", pnginfo=texts))
    assert [(e.place, e.key, e.text) for e in found.entries] == [
        ("PNG text", "parameters", "a cat\nSteps: 20")
    ]


def test_texts_behind_the_pixels(make, found_in):
    data = make.saved("PNG")
    late = data[:-12] + make.text("Software", "a program") + data[-12:]
    assert found_in(late).text("Software") == "a program"
    assert found_in(late).end == len(late)


def test_xmp_and_exif(make, found_in):
    texts = PngInfo()
    texts.add_itxt(XMP_KEY.decode(), make.xmp('xmp:CreatorTool="a program"').decode(), zip=True)
    found = found_in(make.saved("PNG", pnginfo=texts, exif=make.exif({0x010F: "maker"})))
    assert (found.text("CreatorTool"), found.text("Make")) == ("a program", "maker")


@pytest.mark.parametrize(
    ("name", "key", "text"),
    [("exif", "Make", "maker"), ("APP1", "Make", "maker"), ("xmp", "Credit", "me"),
     ("iptc", "Credit", "me"), ("8bim", "Credit", "me")],
)  # fmt: skip
def test_blocks_that_imagemagick_writes_as_digits(make, found_in, name, key, text):
    block = {
        "exif": b"Exif\0\0" + make.exif({0x010F: "maker"})[6:],
        "APP1": b"Exif\0\0" + make.exif({0x010F: "maker"})[6:],
        "xmp": make.xmp('photoshop:Credit="me"'),
        "iptc": make.iptc(110, b"me"),
        "8bim": make.photoshop(make.iptc(110, b"me"))[14:],
    }[name]
    digits = block.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    found = found_in(
        make.png(make.text(f"Raw profile type {name}", f"\n{name}\n{len(block):8}\n{lines}\n"))
    )
    assert found.text(key) == text


def test_bombs_fill_nothing(make, found_in):
    bomb = zlib.compress(bytes(50_000_000), 9)
    found = found_in(
        make.png(
            *[make.chunk(b"zTXt", b"a\0\0" + bomb)] * 300,
            make.chunk(b"iTXt", XMP_KEY + b"\0\1\0\0\0" + bomb),
        )
    )
    assert found.entries == []
    assert 1 <= len(found.notes) <= 4
    assert found.end is not None


def test_a_huge_text_is_read_at_its_beginning(make, found_in):
    found = found_in(make.png(make.text("prompt", "x" * 5_000_000)))
    assert len(found.entries[0].text) == 2**15
    assert found.notes == ["The PNG text 'prompt' is very long: only its beginning was looked at."]


@pytest.mark.parametrize(
    "chunk",
    [(b"zTXt", b"a\0\0garbage"), (b"iTXt", b"a\0\1\0\0\0garbage"),
     (b"tEXt", b"Raw profile type exif\0\nexif\n 4\nxyz")],
)  # fmt: skip
def test_damaged_texts_are_named(make, found_in, chunk):
    found = found_in(make.png(make.chunk(*chunk)))
    assert found.entries == []
    assert ["damaged" in note for note in found.notes] == [True]


@pytest.mark.parametrize("body", [b"", b"\0", b"a", b"a\0", b"a\0\1", b"\0\0\0\0\0\0"])
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_texts_that_are_cut_short(make, found_in, kind, body):
    assert all(e.text == "\1" for e in found_in(make.png(make.chunk(kind, body))).entries)


def test_a_png_without_an_end(make, found_in):
    found = found_in(make.saved("PNG")[:-12])
    assert (found.end, len(found.notes)) == (None, 1)


def test_webp(make, found_in):
    data = make.saved(
        "WEBP", exif=make.exif({0x010F: "maker"}), xmp=make.xmp('photoshop:Credit="me"')
    )
    found = found_in(data + b"behind")
    assert (found.text("Make"), found.text("Credit")) == ("maker", "me")
    assert found.end == len(data)


def test_manifest_stores(make, found_in):
    store = make.store(b"odd" * 3)
    assert bytes(found_in(make.png(make.chunk(b"caBX", store))).credentials) == store
    webp = make.saved("WEBP")
    webp += b"C2PA" + struct.pack("<I", len(store)) + store + bytes(len(store) % 2)
    webp = webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:]
    assert bytes(found_in(webp).credentials) == store
