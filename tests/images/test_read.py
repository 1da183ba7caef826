from __future__ import annotations

import io
import os
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.errors import ForensicsError, ImageReadError, ParameterError
from forensics.images.read import MAX_PIXELS, read_image, read_pixels, read_size
from forensics.images.sources.find import BytesSource, find_images

KINDS = ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF", "GIF"]
READERS = [read_pixels, read_image, read_size]
SMALL = Pillow.fromarray(np.arange(9 * 7 * 3, dtype=np.uint8).reshape(9, 7, 3))


def saved(image: Pillow.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_header(columns: int, rows: int) -> bytes:
    head = b"IHDR" + struct.pack(">LLBBBBB", columns, rows, 8, 2, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(b"")
    chunks = [head, pixels, b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(c) - 4) + c + struct.pack(">L", zlib.crc32(c)) for c in chunks
    )


def jpeg_header(columns: int, rows: int) -> bytes:
    data = bytearray(saved(SMALL, "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", rows, columns)
    return bytes(data)


@pytest.fixture(params=READERS)
def reader(request):
    return request.param


# One picture, three readers


@pytest.mark.parametrize("kind", KINDS)
def test_the_readers_agree(tmp_path, kind):
    path = tmp_path / "a.dat"  # the content decides, not the name
    path.write_bytes(saved(SMALL, kind))
    pixels, record = read_image(path)
    assert np.array_equal(read_pixels(path), pixels)
    assert np.array_equal(read_pixels(BytesSource("a", path.read_bytes())), pixels)
    assert read_size(str(path)) == read_size(BytesSource("a", path.read_bytes()))
    assert read_size(path) == pixels.shape[:2] == (record.rows, record.columns) == (9, 7)


@pytest.mark.parametrize("kind", KINDS)
def test_one_pixel_is_a_picture(kind):
    data = saved(Pillow.new("RGB", (1, 1), (10, 10, 10)), kind)
    assert read_pixels(BytesSource("a", data)).shape == (1, 1, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_in_an_archive_is_that_picture(tmp_path, kind):
    data = saved(SMALL, kind)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("1.jpg", data)
    (source,) = find_images(tmp_path)
    assert np.array_equal(read_pixels(source), read_pixels(BytesSource("a", data)))


@given(st.integers(1, 40), st.integers(1, 40))
def test_sizes_are_rows_then_columns(rows, columns):
    data = saved(Pillow.new("RGB", (columns, rows)), "PNG")
    assert read_size(BytesSource("a", data)) == (rows, columns)
    assert read_pixels(BytesSource("a", data)).shape == (rows, columns, 3)


def test_several_jpegs_in_one_file_give_the_first(cat):
    frames = [Pillow.fromarray(cat[n : n + 40, :60]) for n in range(2)]
    data = saved(frames[0], "MPO", save_all=True, append_images=frames[1:])
    first = np.array(Pillow.open(io.BytesIO(data)))
    assert np.array_equal(read_pixels(BytesSource("a", data)), first)


def test_the_size_of_a_large_file_is_read_from_its_header(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png_header(30, 20) + bytes(20_000_000))
    tracemalloc.start()
    assert read_size(path) == (20, 30)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_files_are_closed(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(SMALL, "JPEG"))
    before = len(os.listdir("/proc/self/fd"))
    for read in READERS:
        read(path)
    path.write_bytes(b"text")
    for read in READERS:
        with pytest.raises(ImageReadError):
            read(path)
    assert len(os.listdir("/proc/self/fd")) == before


# Limits


@pytest.mark.parametrize("header", [png_header, jpeg_header])
def test_a_huge_header_is_refused_with_the_way_out(reader, header):
    with pytest.raises(ImageReadError) as caught:
        reader(BytesSource("big.png", header(60_000, 60_000)))
    assert str(caught.value) == (
        "big.png is 60000 x 60000 pixels, 3600 megapixels; the limit is 100: "
        "pass max_pixels=3600000000 to read it"
    )


def test_the_limit_is_exact(reader):
    source = BytesSource("a", saved(SMALL, "PNG"))
    reader(source, max_pixels=63)
    with pytest.raises(ImageReadError, match="pass max_pixels=63 to read it"):
        reader(source, max_pixels=62)


def test_a_raised_limit_holds_above_pillows_own(monkeypatch):
    # Pillow warns above this, and refuses twice as much.
    monkeypatch.setattr(Pillow, "MAX_IMAGE_PIXELS", 10)
    for kind in ["JPEG", "PNG", "BMP", "TIFF", "GIF"]:
        assert read_pixels(BytesSource("a", saved(SMALL, kind))).shape == (9, 7, 3)
    assert MAX_PIXELS == 100_000_000


def test_where_pillow_keeps_its_own_limit_it_is_an_error_of_ours(monkeypatch):
    pytest.importorskip("PIL", minversion="13", reason="Pillow's WebP plugin keeps none before 13")
    monkeypatch.setattr(Pillow, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(ImageReadError):
        read_pixels(BytesSource("a", saved(SMALL, "WEBP")))


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_positive(reader, limit):
    with pytest.raises(ParameterError, match="max_pixels is"):
        reader("a.jpg", max_pixels=limit)


# What is no picture, or a damaged one


def one_sentence(error: ForensicsError, name: str) -> bool:
    text = str(error)
    return text.startswith(name) and text.isprintable() and ": " in text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"hello, world\n", r"is no picture, it begins with 'hello, world\\n'"),
        (b"\xff\xd8", "is no picture"),
        (b"\xff\xd8\xff", "cannot be decoded"),
        (b"GIF89a", "cannot be decoded"),
        (b"BM", "cannot be decoded"),
        (b"II*\0", "cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n", "cannot be decoded"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "cannot be decoded"),
        (b"\0\0\0\x1cftypavif", "cannot be decoded"),
        (b"%PDF-1.4", "is no picture"),
        (b"\0" * 100, "is no picture"),
    ],
)
def test_what_is_no_picture_is_said(reader, data, told):
    with pytest.raises(ImageReadError, match=rf"^cat\.jpg {told}") as caught:
        reader(BytesSource("cat.jpg", data))
    assert one_sentence(caught.value, "cat.jpg")


def test_names_that_break_lines_do_not_break_messages(reader):
    with pytest.raises(ImageReadError) as caught:
        reader(BytesSource("two\nlines\x1b[31m.jpg", b"text"))
    assert str(caught.value).isprintable()


def test_a_missing_file_is_said(reader, tmp_path):
    with pytest.raises(ImageReadError, match="does not exist"):
        reader(tmp_path / "missing.jpg")


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_picture_is_an_error(cat, kind):
    whole = saved(Pillow.fromarray(cat[:80, :90]), kind)
    for share in (0.3, 0.5, 0.9):
        with pytest.raises(ImageReadError) as caught:
            read_pixels(BytesSource("a.jpg", whole[: int(len(whole) * share)]))
        assert one_sentence(caught.value, "a.jpg")


def test_a_wrong_checksum_in_a_png_is_an_error(cat):
    data = bytearray(saved(Pillow.fromarray(cat[:20, :30]), "PNG"))
    data[data.index(b"IEND") - 5] ^= 1  # last byte of the checksum of the pixels
    Pillow.open(io.BytesIO(data)).load()  # Pillow does not mind
    for read in (read_pixels, read_image):
        with pytest.raises(ImageReadError, match="bad header checksum in b'IDAT'"):
            read(BytesSource("a.png", bytes(data)))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=6)), min_size=1, max_size=4)
)
def test_damage_gives_pixels_or_one_sentence_and_nothing_else(kind, edits):
    data = bytearray(saved(SMALL, kind))
    for place, content in edits:
        at = int(place * len(data))
        data[at : at + len(content)] = content
    for read in READERS:
        try:
            read(BytesSource("a", bytes(data)), max_pixels=10_000)
        except ImageReadError as error:
            assert one_sentence(error, "a")


# Threads


def test_threads_neither_mix_pictures_nor_touch_the_warning_filters(rng):
    pictures = [rng.integers(0, 256, (40, 30, 3), dtype=np.uint8) for _ in range(8)]
    kinds = ["PNG", "TIFF", "BMP"]
    sources = [
        BytesSource(f"{n}", saved(Pillow.fromarray(picture), kinds[n % 3]))
        for n, picture in enumerate(pictures)
    ]
    read_pixels(sources[0])
    before = list(warnings.filters)
    with ThreadPoolExecutor(6) as pool:
        for n, pixels in enumerate(pool.map(read_pixels, sources * 20)):
            assert np.array_equal(pixels, pictures[n % 8])
    assert list(warnings.filters) == before


def test_every_shared_picture_is_read(data):
    found = find_images(data)
    assert len(found) > 1300 and not found.skipped
    for source in list(found)[::25]:
        pixels, record = read_image(source)
        assert pixels.shape == (record.rows, record.columns, 3) == (*read_size(source), 3)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP"])
def test_pixels_go_where_they_are_told_if_they_fit(cat, kind, mode):
    picture = Pillow.fromarray(cat).convert(mode).convert("RGB" if kind == "JPEG" else mode)
    source = BytesSource("cat", saved(picture, kind))
    room = np.zeros(cat.shape, np.uint8)
    pixels = read_pixels(source, out=room)
    assert np.array_equal(pixels, read_pixels(source))
    assert pixels is room
    other = read_pixels(source, out=np.zeros((2, 2, 3), np.uint8))
    assert np.array_equal(other, pixels)
