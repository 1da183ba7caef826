"""Known bombs: small files that ask for gigabytes or minutes, each through a whole process.

What may be read is read, the rest refused in one sentence, within a gigabyte and half a minute of
computing: five times what the slowest takes, so that a busy machine makes no difference.
"""

from __future__ import annotations

import io
import json
import os
import struct
import zlib
from collections.abc import Callable
from functools import cache

import pytest
from hostile.seeds import chunk, seeds, tarred, zipped
from processes import command, needs_usage

from forensics.errors import ImageReadError
from forensics.images.read import read_image, read_pixels, read_size
from forensics.images.sources.find import find_images
from forensics.images.sources.local import BytesSource

GIGABYTE = 10**9
SECONDS = 30.0
MEGABYTE = 2**20


# What the bombs are made of


@cache
def zeros(n: int) -> bytes:
    """A zlib stream of n megabytes of zeros, a thousandth as long."""
    packer = zlib.compressobj(9, wbits=-15)
    piece = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush nothing depends on what went before: the same piece over and over.
    end = b"\x03\0" + struct.pack(">HH", n * MEGABYTE % 65521, 1)
    return b"\x78\xda" + n * piece + end


def png(*chunks: bytes) -> bytes:
    """A real small picture with these chunks before its pixels."""
    data = seeds("PNG")[0]
    return data[:33] + b"".join(chunks) + data[33:]


def blank_png(rows: int, columns: int, depth: int = 8) -> bytes:
    head = chunk(b"IHDR", struct.pack(">LLBBBBB", columns, rows, depth, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zeros(rows * (1 + 3 * columns * depth // 8) // MEGABYTE + 1))
    return b"\x89PNG\r\n\x1a\n" + head + pixels + chunk(b"IEND", b"")


def jpeg(*segments: bytes) -> bytes:
    data = seeds("JPEG")[0]
    return data[:2] + b"".join(segments) + data[2:]


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def icc_in_jpeg(n_bytes: int) -> bytes:
    parts = range(n_bytes // 65_000)
    return jpeg(*(segment(0xE2, b"ICC_PROFILE\0\1\xff" + bytes(65_000)) for _ in parts))


@cache
def progressive(side: int) -> bytes:
    from PIL import Image as Pillow

    file = io.BytesIO()
    Pillow.new("RGB", (side, side)).save(file, "JPEG", progressive=True)
    return file.getvalue()


def many_scans(side: int, n: int) -> bytes:
    """A progressive JPEG whose last scan, which is empty, comes again and again."""
    data = progressive(side)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + n * last + b"\xff\xd9"


def tiff_with_a_count_of_billions() -> bytes:
    data = bytearray(seeds("TIFF")[0])
    (first,) = struct.unpack_from("<L", data, 4)
    struct.pack_into("<HHLL", data, first + 2, 256, 3, 4_000_000_000, 8)
    return bytes(data)


def exif_of_tags(n_bytes: int) -> bytes:
    """Sixty thousand tags, the value of each of them all of the block."""
    tags = b"".join(struct.pack("<HHLL", tag, 7, n_bytes, 8) for tag in range(60_000))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 60_000) + tags + bytes(n_bytes)


def gif(body: bytes) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", 80, 80, 0, 0, 0) + body


def quine() -> bytes:
    """A zip in a zip in a zip, and so on, each with a picture beside the next."""
    packed = seeds("PNG")[0]
    for depth in range(20):
        packed = zipped({"1.png": seeds("PNG")[0], f"{depth}.zip": packed})
    return packed


def films(n: int) -> bytes:
    """A GIF of 500 x 500 pixels, and of many frames."""
    from PIL import Image as Pillow

    file = io.BytesIO()
    Pillow.new("P", (500, 500)).save(file, "GIF")
    data = file.getvalue()
    frame = data[data.index(b",\0\0\0\0") : -1]
    return data[:-1] + (n - 1) * frame + b";"


def pages(n: int) -> bytes:
    """A TIFF whose pages are all the first one again, each with a directory of its own."""
    from PIL import Image as Pillow

    file = io.BytesIO()
    Pillow.new("RGB", (80, 80)).save(file, "TIFF")
    data = bytearray(file.getvalue())
    (first,) = struct.unpack_from("<L", data, 4)
    (n_tags,) = struct.unpack_from("<H", data, first)
    directory = bytes(data[first : first + 2 + 12 * n_tags])
    struct.pack_into("<L", data, first + len(directory), len(data))
    step = len(directory) + 4
    return bytes(data) + b"".join(
        directory + struct.pack("<L", len(data) + (page + 1) * step if page < n - 1 else 0)
        for page in range(n)
    )


def tiff_of_tags() -> bytes:
    """A TIFF each of whose directories says that it has 65,535 tags, and leads to the next."""
    n = 2_000
    return b"II*\0\x08\0\0\0" + b"".join(
        struct.pack("<H", 0xFFFF) + bytes(64) + struct.pack("<L", 8 + 70 * (page + 1))
        for page in range(n)
    )


def vast(container: str, number: int = 0) -> bytes:
    """A real small picture whose header says that it has 20,000 x 20,000 pixels."""
    if container == "HEIF":
        pytest.importorskip("pillow_heif", reason="the extra heif is not installed")
    data = bytearray(seeds(container)[number])
    if container == "HEIF":
        at = data.index(b"ispe") + 8
        struct.pack_into(">2L", data, at, 20_000, 20_000)
        return bytes(data)
    at = data.index(b"ihdr") + 4
    struct.pack_into(">2L", data, at, 20_000, 20_000)
    at = data.index(b"\xff\x4f\xff\x51") + 8
    struct.pack_into(">2L", data, at, 20_000, 20_000)
    struct.pack_into(">2L", data, at + 16, 20_000, 20_000)
    return bytes(data)


def hidden_zeros() -> bytes:
    """A picture in whose alpha a gzip of a gigabyte of zeros is hidden."""
    import gzip

    import numpy as np
    from PIL import Image as Pillow

    packed = gzip.compress(bytes(2**30), mtime=0)
    head = b"stealth_pngcomp" + struct.pack(">L", 8 * len(packed))
    bits = np.unpackbits(np.frombuffer(head + packed, np.uint8))
    alpha = np.full(3_000 * 3_000, 254, np.uint8)
    alpha[: bits.size] |= bits
    pixels = np.zeros((3_000, 3_000, 4), np.uint8)
    pixels[..., 3] = alpha.reshape(3_000, 3_000).T
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


READ = "verdict"
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "within.png": (lambda: blank_png(9_999, 10_000), READ),
    "above.png": (lambda: blank_png(20_000, 17_000), "340 megapixels; the limit is 100"),
    "wide.png": (lambda: blank_png(1, 95_000_000), "cannot be decoded"),
    "ztxt.png": (lambda: png(chunk(b"zTXt", b"a\0\0" + zeros(1024))), "cannot be decoded"),
    "itxt.png": (lambda: png(chunk(b"iTXt", b"a\0\1\0\0\0" + zeros(1024))), "cannot be decoded"),
    "iccp.png": (lambda: png(chunk(b"iCCP", b"a\0\0" + zeros(1024))), "cannot be decoded"),
    "icc-50.png": (lambda: png(chunk(b"iCCP", b"a\0\0" + zeros(50))), "cannot be decoded"),
    "icc-50.jpg": (lambda: icc_in_jpeg(50_000_000), "at least 66 x 66 pixels"),
    "exif.jpg": (
        lambda: jpeg(*[segment(0xE1, b"Exif\0\0" + bytes(65_000))] * 1000),
        "more than 131,072 pieces",
    ),
    "some-exif.jpg": (
        lambda: jpeg(*[segment(0xE1, b"Exif\0\0" + bytes(65_000))] * 60),
        "at least 66 x 66 pixels",
    ),
    "exif.png": (lambda: png(chunk(b"eXIf", exif_of_tags(40_000_000))), "at least 66 x 66 pixels"),
    "count.tif": (tiff_with_a_count_of_billions, "cannot be decoded"),
    "scans.jpg": (lambda: many_scans(2_000, 5_000), "has 5,010 scans of 4 megapixels"),
    "tiny-scans.jpg": (lambda: many_scans(8, 5_000), "has 5,010 scans of 6.4e-05 megapixels"),
    "few-scans.jpg": (lambda: many_scans(2_000, 400), "is a damaged JPEG"),
    "frames.gif": (lambda: films(20_000), READ),
    "pages.tif": (lambda: pages(100_000), READ),
    "deep.png": (lambda: blank_png(7_000, 7_000, 16), READ),
    "above-deep.png": (lambda: blank_png(9_000, 9_000, 16), "the limit for such files is 50"),
    "tags.tif": (tiff_of_tags, "cannot be decoded"),
    "above.heic": (lambda: vast("HEIF", 4), "400 megapixels; the limit for such files is 50"),
    # 24 x 40 pixels are cut out of what is coded.
    "cut.heic": (lambda: vast("HEIF"), "400 megapixels, of which a part is shown"),
    "above.jp2": (lambda: vast("JPEG2000"), "400 megapixels; the limit for such files is 25"),
    "hidden.png": (hidden_zeros, READ),
    "chunks.png": (lambda: png(chunk(b"teSt", b"") * 1_000_000), "more than 131,072 pieces"),
    "late-chunks.png": (
        lambda: seeds("PNG")[0][:-12] + chunk(b"teSt", b"") * 1_000_000 + chunk(b"IEND", b""),
        "more than 131,072 pieces",
    ),
    "segments.jpg": (lambda: jpeg(b"\xff\xfe\0\2" * 5_000_000), "more than 131,072 pieces"),
    "fill.jpg": (lambda: jpeg(b"\xff" * 50_000_000), "more than 131,072 pieces"),
    "stray.gif": (lambda: gif(bytes(200_000_000)), "more than 1,048,576 pieces"),
    "pieces.gif": (lambda: gif(b"!\xfe" + b"\1a" * 50_000_000), "more than 1,048,576 pieces"),
    "outside.gif": (
        lambda: gif(b"," + struct.pack("<HHHHB", 60_000, 0, 5_000, 5_000, 0) + b"\2\0;"),
        "first frame of 5000 x 5000 at 0, 60000",
    ),
    # Lossless WebP of one colour, 34 bytes as its encoder writes them; it took 1.8 GB and 6 s.
    "one-colour.webp": (
        lambda: bytes.fromhex(
            "524946461a000000574542505650384c0e0000002f0fa7c309071011fd0f4444ff03"
        ),
        "99.99 megapixels; the limit for such files is 50",
    ),
    "nested.zip": (quine, "at least 66 x 66 pixels"),
    "zeros.zip": (lambda: zipped({"1.png": bytes(3 * 10**8)}), "200 times its size"),
}


@pytest.mark.slow
@needs_usage
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_refused_in_time_and_memory(tmp_path, name):
    make, told = BOMBS[name]
    path = tmp_path / name
    path.write_bytes(make())
    run = command("inspect", "--json", str(path))
    assert run.peak < GIGABYTE and run.seconds < SECONDS
    if told == READ:
        assert run.status == 0 and READ in json.loads(run.out) and run.err == ""
    else:
        assert run.status == 1 and run.out == "" and len(run.err.splitlines()) == 1
        assert run.err.startswith("catforensics: ") and str(path) in run.err
        assert told in run.err or "is an archive in an archive" in run.err
        assert run.err.isprintable() and len(run.err) < 1000


@pytest.mark.parametrize("name", [name for name, (_, told) in BOMBS.items() if told != READ])
def test_the_library_refuses_a_bomb_by_its_own_error(tmp_path, name):
    make, told = BOMBS[name]
    path = tmp_path / name
    path.write_bytes(make())
    if name.endswith(".zip"):
        found = find_images(path, on_error="skip")
        named = [one for one in found.skipped if "is an archive in an archive" not in one.reason]
        assert len(found.images) + len(named) == 1
    elif "66 x 66" in told:
        # Too small for a verdict, and read as any other.
        pixels, record = read_image(path)
        assert pixels.shape == (record.rows, record.columns, 3)
    else:
        for read in (read_image, read_pixels):
            with pytest.raises(ImageReadError) as caught:
                read(path)
            assert told in str(caught.value)


def test_the_limit_of_scans_leaves_every_program_room():
    # mozjpeg and jpegtran write up to some dozens.
    # A scan that comes again is out of order, which a decoder does not mind.
    for side, n in ((2_000, 100), (8, 980)):
        source = BytesSource("a", many_scans(side, n))
        assert read_pixels(source, damaged="keep").shape == (side, side, 3)
        with pytest.raises(ImageReadError, match="is a damaged JPEG"):
            read_pixels(source)


def test_marks_of_scans_behind_the_picture_do_not_count():
    data = progressive(2_000) + b"\xff\xda" * 100_000
    assert read_pixels(BytesSource("a", data)).shape == (2_000, 2_000, 3)


def test_the_size_of_a_heavy_kind_is_limited_by_half(tmp_path):
    for kind in ("WEBP", "AVIF"):
        source = BytesSource("a", seeds(kind)[0])
        rows, columns = read_size(source, max_pixels=2 * 24 * 40)
        assert (rows, columns) == (24, 40)
        with pytest.raises(ImageReadError, match="the limit for such files is"):
            read_size(source, max_pixels=2 * 24 * 40 - 1)


# Polyglots: a file is what it begins like


CODE = b"*/=1;alert(1);//<script>alert(1)</script>"
POLYGLOTS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "jpeg-zip": (lambda: seeds("JPEG")[10] + zipped({"a.txt": b"hidden"}), "JPEG", "a ZIP archive"),
    "png-zip": (lambda: seeds("PNG")[13] + zipped({"a.txt": b"hidden"}), "PNG", "a ZIP archive"),
    "gif-script": (lambda: seeds("GIF")[5] + CODE, "GIF", "text"),
    "jpeg-pdf": (lambda: seeds("JPEG")[10] + b"%PDF-1.7\n%%EOF", "JPEG", "a PDF document"),
    "webp-jpeg": (lambda: seeds("WEBP")[6] + seeds("JPEG")[0], "WEBP", "a JPEG picture"),
    "png-tar": (
        lambda: seeds("PNG")[13] + tarred({"a": b"hidden"}),
        "PNG",
        "data of no known kind",
    ),
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_polyglot_is_what_it_begins_like_and_the_rest_is_named(catforensics, tmp_path, name):
    make, container, like = POLYGLOTS[name]
    # The name may say what it likes.
    path = tmp_path / f"{name}.pdf"
    path.write_bytes(make())
    run = catforensics("inspect", "--json", path)
    record = json.loads(run.out)
    assert run.status == 0 and record["file"]["format"] == container
    assert record["provenance"]["appended"][0]["begins_like"] == like


def test_a_pdf_that_holds_a_jpeg_is_no_picture(catforensics, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"%PDF-1.7\n" + seeds("JPEG")[10])
    run = catforensics("inspect", tmp_path / "a.jpg")
    assert run.refused and "is no picture, it begins with '%PDF-1.7" in run.err


# Places that are no files


@pytest.mark.slow
def test_links_and_devices(tmp_path):
    (tmp_path / "cat.png").write_bytes(seeds("PNG")[26])
    (tmp_path / "link.png").symlink_to("cat.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "fifo.png")
    bad = ["/dev/zero", *(str(tmp_path / name) for name in ("zero.png", "loop.png", "fifo.png"))]
    for name in ("profile", "inspect", "classify"):
        run = command(name, "--json", str(tmp_path / "link.png"), *bad)
        assert run.status == 1 and json.loads(run.out)["path"].endswith("link.png")
        assert run.err.startswith("skipped 4:") and run.peak < GIGABYTE
        assert run.err.count("is a device, not a regular file") == 2
        assert run.err.count("is a FIFO, not a regular file") == 1
        assert run.err.count("loop.png cannot be read (too many levels of symbolic links)") == 1
        alone = command(name, "--json", *bad)
        assert alone.status == 1 and alone.out == "" and len(alone.err.splitlines()) == 1
    table = tmp_path / "table.csv"
    run = command("features", str(tmp_path), *bad, "-o", str(table))
    assert run.status == 1 and len(table.read_text().splitlines()) == 2
    run = command("blend", str(tmp_path), "--json")
    assert run.status == 0 and json.loads(run.out)["n_images"] == 1
