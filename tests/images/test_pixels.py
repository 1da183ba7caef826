from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.errors import ImageReadError, ParameterError
from forensics.images.damage import strict_pixels
from forensics.images.read import HIDDEN, hush_pillow, read_image, read_pixels, read_size
from forensics.images.sources.local import BytesSource, asked_for
from forensics.views.results.files import file_sentences


def saved(image: Pillow.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(content: bytes, *, columns: int, rows: int, depth: int, color: int) -> bytes:
    """A PNG by hand: Pillow cannot write 16-bit colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return struct.pack(">L", len(body)) + whole + struct.pack(">L", zlib.crc32(whole))

    stride = len(content) // rows
    lines = b"".join(b"\0" + content[n * stride : (n + 1) * stride] for n in range(rows))
    head = struct.pack(">LLBBBBB", columns, rows, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")]
    )


def tiff(content: bytes, *, bits: tuple[int, ...], photometric: int, format_: int = 1) -> bytes:
    """A TIFF of 2 x 2 pixels by hand, for what Pillow cannot write."""
    n = len(bits)
    tags = [(256, 2), (257, 2), (259, 1), (262, photometric), (273, 8), (277, n), (278, 2)]
    tags += [(279, len(content))]
    at = 8 + len(content)
    entries = [struct.pack("<HHLL", tag, 4, 1, value) for tag, value in tags]
    bits_at = at + 2 + 12 * (len(tags) + 2) + 4
    packed = struct.pack(f"<{n}H", *bits)
    bits_value = packed.ljust(4, b"\0") if n <= 2 else struct.pack("<L", bits_at)
    entries.append(struct.pack("<HHL", 258, 3, n) + bits_value)
    formats = struct.pack(f"<{n}H", *[format_] * n)
    format_value = formats.ljust(4, b"\0") if n <= 2 else struct.pack("<L", bits_at + len(packed))
    entries.append(struct.pack("<HHL", 339, 3, n) + format_value)
    entries.sort()
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<L", 0)
    return b"II*\0" + struct.pack("<L", at) + content + directory + packed + formats


def read(data: bytes) -> np.ndarray:
    return read_pixels(BytesSource("a.png", data))


def converted(data: bytes) -> str:
    return read_image(BytesSource("a.png", data))[1].converted


# Traps 6, 7 and 8 of the method page


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_trap_6_stored_pixels_are_measured_not_turned_ones(cat, kind, orientation, compression):
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    options |= {"compression": compression} if kind == "TIFF" else {}
    picture = Pillow.fromarray(cat[:40, :24])
    plain = read(saved(picture, kind, **options))
    turned = read(saved(picture, kind, exif=exif, **options))
    assert plain.shape == (40, 24, 3)
    assert np.array_equal(turned, plain) and turned.flags.c_contiguous


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_trap_7_gray_of_16_bits_is_scaled_not_clipped(kind):
    every = np.arange(2**16, dtype=np.uint16).reshape(256, 256)
    data = saved(Pillow.fromarray(every), kind)
    expected = np.rint(every / 257).astype(np.uint8)
    assert np.array_equal(read(data), np.stack([expected] * 3, axis=2))
    assert converted(data) == "16 bits scaled to 8, gray to three equal channels"


def test_trap_7_big_endian_tiffs_too():
    every = np.arange(2**16, dtype=">u2").reshape(256, 256)
    data = saved(Pillow.frombytes("I;16B", (256, 256), every.tobytes()), "TIFF")
    assert np.array_equal(read(data)[..., 0], np.rint(every / 257))


def scaled(deep: np.ndarray) -> np.ndarray:
    return ((deep.astype(int) + 128) // 257).astype(np.uint8)


@pytest.mark.parametrize(("color", "channels"), [(2, 3), (6, 4), (4, 2)])
def test_trap_7_colour_of_16_bits_is_scaled_in_png(rng, color, channels):
    deep = rng.integers(0, 2**16, (20, 30, channels))
    if channels != 3:
        deep[:5, :, -1] = 0
        deep[5:9, :, -1] = 1  # almost hidden is not hidden
    data = png(deep.astype(">u2").tobytes(), columns=30, rows=20, depth=16, color=color)
    # What Pillow makes of it without a word.
    assert Pillow.open(io.BytesIO(data)).mode in ("RGB", "RGBA", "LA")
    expected = scaled(deep[..., [0, 0, 0]] if channels == 2 else deep[..., :3])
    if channels != 3:
        expected[:5] = HIDDEN
    pixels, record = read_image(BytesSource("a.png", data))
    assert np.array_equal(pixels, expected)
    assert record.bit_depth == 16 and record.converted.startswith("16 bits scaled to 8")
    assert record.hidden == (0 if channels == 3 else 0.25)


@pytest.mark.parametrize(("color", "channels"), [(0, 1), (2, 3)])
def test_a_transparent_colour_of_16_bits_is_hidden(rng, color, channels):
    deep = rng.integers(0, 2**16, (20, 30, channels))
    deep[:5] = 1001
    deep[5:9] = 1002  # the same in 8 bits
    data = png(deep.astype(">u2").tobytes(), columns=30, rows=20, depth=16, color=color)
    key = b"tRNS" + struct.pack(f">{channels}H", *[1001] * channels)
    key = struct.pack(">L", len(key) - 4) + key + struct.pack(">L", zlib.crc32(key))
    pixels, record = read_image(BytesSource("a.png", data[:33] + key + data[33:]))
    expected = np.broadcast_to(scaled(deep), (20, 30, 3)).copy()
    expected[:5] = HIDDEN
    assert np.array_equal(pixels, expected) and record.hidden == 0.25


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("packed", [None, "zlib"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("how", [{}, {"tile": (16, 16)}, {"bigtiff": True}, {"planar": True}])
def test_trap_7_colour_of_16_bits_is_scaled_in_tiff(rng, order, packed, channels, how):
    tifffile = pytest.importorskip("tifffile")
    deep = rng.integers(0, 2**16, (20, 30, channels), np.uint16)
    planar = how.get("planar", False)
    file = io.BytesIO()
    tifffile.imwrite(
        file, deep.transpose(2, 0, 1) if planar else deep, photometric="rgb", byteorder=order,
        compression=packed, planarconfig="separate" if planar else "contig",
        extrasamples=["unassalpha"] if channels == 4 else None,
        **{name: value for name, value in how.items() if name != "planar"},
    )  # fmt: skip
    if planar and packed:
        with pytest.raises(ImageReadError, match="has 16 bits per channel in RGB"):
            read(file.getvalue())
    elif order == ">" and "bigtiff" in how:
        with pytest.raises(ImageReadError, match="is a big-endian BigTIFF, which is not read"):
            read(file.getvalue())
    else:
        assert np.array_equal(read(file.getvalue()), scaled(deep[..., :3]))
        assert converted(file.getvalue()).startswith("16 bits scaled to 8")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("packed", [None, "zlib"])
def test_trap_7_a_fourth_channel_and_ink_of_16_bits(rng, order, packed):
    tifffile = pytest.importorskip("tifffile")
    deep = rng.integers(0, 2**16, (20, 30, 4), np.uint16)
    for photometric, options in (("rgb", {"extrasamples": ["unspecified"]}), ("separated", {})):
        file = io.BytesIO()
        tifffile.imwrite(
            file, deep, photometric=photometric, byteorder=order, compression=packed, **options
        )
        expected = scaled(deep[..., :3])
        if photometric == "separated":
            ink = Pillow.frombytes("CMYK", (30, 20), scaled(deep).tobytes())
            expected = np.asarray(ink.convert("RGB"))
        assert np.array_equal(read(file.getvalue()), expected)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("packed", [None, "zlib"])
def test_trap_7_gray_of_16_bits_may_count_down_from_white(rng, order, packed):
    tifffile = pytest.importorskip("tifffile")
    deep = rng.integers(0, 2**16, (20, 30), np.uint16)
    file = io.BytesIO()
    tifffile.imwrite(file, deep, photometric="miniswhite", byteorder=order, compression=packed)
    assert np.array_equal(read(file.getvalue())[..., 0], scaled(65535 - deep))
    assert converted(file.getvalue()) == "16 bits scaled to 8, gray to three equal channels"


@pytest.mark.parametrize(
    ("bits", "format_", "told"),
    [
        (32, 3, "mode F"),
        (32, 2, "mode I"),
        (32, 1, "mode I"),
        (16, 2, "mode I"),
        (12, 1, "12 bits"),
    ],
)
def test_trap_7_other_deep_gray_is_refused(rng, bits, format_, told):
    data = tiff(rng.bytes(bits // 2), bits=(bits,), photometric=1, format_=format_)
    with pytest.raises(ImageReadError, match=told):
        read(data)


def test_trap_8_alpha_is_dropped_not_applied(cat):
    small = cat[:20, :30]
    for alpha in (1, 100, 255):
        picture = Pillow.fromarray(small).convert("RGBA")
        picture.putalpha(alpha)
        data = saved(picture, "PNG")
        assert np.array_equal(read(data), small)
        assert converted(data) == "alpha dropped"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_transparency_hides_is_gray_and_counted(cat, kind):
    hidden = np.zeros((20, 30), bool)
    hidden[:5] = True
    read_as = []
    for below in (cat[:20, :30], cat[40:60, :30]):
        picture = np.dstack([cat[20:40, :30], np.where(hidden, 0, 255).astype(np.uint8)])
        picture[hidden, :3] = below[hidden]
        data = saved(
            Pillow.fromarray(picture), kind, **({"lossless": True} if kind == "WEBP" else {})
        )
        pixels, record = read_image(BytesSource("a", data))
        assert record.hidden == 0.25
        assert (pixels[hidden] == HIDDEN).all()
        read_as.append(pixels)
    assert np.array_equal(*read_as)
    assert np.array_equal(read_as[0][~hidden], cat[20:40, :30][~hidden])


def test_a_transparent_colour_of_a_palette_is_hidden_too(cat):
    palette = Pillow.fromarray(cat[:20, :30]).quantize(64)
    data = saved(palette, "PNG", transparency=3)
    hidden = np.asarray(palette) == 3
    pixels, record = read_image(BytesSource("a", data))
    assert record.hidden == hidden.mean() > 0 and (pixels[hidden] == HIDDEN).all()


def test_trap_8_gray_with_alpha():
    picture = Pillow.merge("LA", [Pillow.new("L", (3, 2), 9), Pillow.new("L", (3, 2), 7)])
    assert (read(saved(picture, "PNG")) == 9).all()
    assert converted(saved(picture, "PNG")) == "gray to three equal channels, alpha dropped"


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF"])
def test_trap_8_palettes_give_colours_not_indices(cat, kind):
    palette = Pillow.fromarray(cat[:20, :30]).quantize(64)
    data = saved(palette, kind)
    assert np.array_equal(read(data), np.array(palette.convert("RGB")))
    assert converted(data) == "palette to RGB"


@pytest.mark.parametrize("transparency", [3, bytes(range(64))])
def test_trap_8_transparent_palettes_too_and_without_a_warning(cat, transparency):
    palette = Pillow.fromarray(cat[:20, :30]).quantize(64)
    data = saved(palette, "PNG", transparency=transparency)
    seen = np.array(palette.convert("RGB"))
    seen[np.asarray(palette) == (3 if transparency == 3 else 0)] = HIDDEN
    assert np.array_equal(read(data), seen)
    assert converted(data) == "palette to RGB, alpha dropped"


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_trap_8_cmyk_is_converted_and_said(cat, kind):
    data = saved(Pillow.fromarray(cat[:20, :30]).convert("CMYK"), kind)
    assert np.array_equal(read(data), np.array(Pillow.open(io.BytesIO(data)).convert("RGB")))
    assert abs(read(data).astype(int) - cat[:20, :30]).mean() < 8
    assert converted(data) == "CMYK to RGB without its colour profile"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "PNG", "TIFF"])
def test_trap_8_of_animations_and_pages_one_is_measured_and_said(cat, kind):
    frames = [np.ascontiguousarray(cat[n : n + 20, :30]) for n in range(0, 60, 20)]
    first, *rest = map(Pillow.fromarray, frames)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(first, kind, save_all=True, append_images=rest, **options)
    part = "page" if kind == "TIFF" else "frame"
    for number, frame in enumerate(frames):
        pixels, record = read_image(BytesSource("a", data), frame=number)
        assert (record.frame, record.frames) == (number, 3)
        assert np.array_equal(read_pixels(BytesSource("a", data), frame=number), pixels)
        far = {"GIF": 12, "AVIF": 6}.get(kind, 0)
        assert abs(pixels.astype(int) - frame).mean() <= far
        if number or kind != "GIF":
            assert file_sentences(record)[-1].endswith(f"{part} {number} was measured.")
    with pytest.raises(ImageReadError, match=rf"has 3 {part}s, .* no (frame|page) 3, pass frame=2"):
        read_pixels(BytesSource("a", data), frame=3)


def test_a_page_of_another_size_is_that_size(cat):
    pages = [Pillow.fromarray(cat[:side, :side]) for side in (20, 40, 30)]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    for number, page in enumerate(pages):
        source = asked_for(BytesSource("a", data), number)
        assert read_size(source) == page.size == read_pixels(source).shape[:2]
    with pytest.raises(ImageReadError, match=r"limit is 0\.001: pass max_pixels=1600"):
        read_pixels(BytesSource("a", data), frame=1, max_pixels=1000)


@pytest.mark.parametrize("frame", [-1, True])
def test_a_frame_is_counted_from_0(cat, frame):
    with pytest.raises(ParameterError, match="pass 0 for the first frame"):
        read_pixels(cat, frame=frame)


# The rest of what files store


@given(st.sampled_from(["JPEG", "PNG", "TIFF", "BMP", "GIF"]), st.integers(0, 255))
def test_gray_is_three_equal_channels(kind, value):
    data = saved(Pillow.new("L", (5, 4), value), kind)
    assert (read(data) == value).all() and read(data).shape == (4, 5, 3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_black_and_white_is_0_and_255(kind):
    bits = np.eye(9, dtype=bool)
    data = saved(Pillow.fromarray(bits), kind)
    assert np.array_equal(read(data), np.repeat(bits[:, :, None] * np.uint8(255), 3, axis=2))
    assert "black and white" in converted(data)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "WEBP"])
def test_lossless_rgb_comes_out_as_it_went_in(cat, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(Pillow.fromarray(cat), kind, **options)
    assert np.array_equal(read(data), cat) and converted(data) == ""


def test_lab_is_refused(cat):
    lab = Pillow.frombytes("LAB", (3, 2), bytes(18))
    with pytest.raises(ImageReadError, match="has pixels of mode LAB: convert it"):
        read(saved(lab, "TIFF"))


def test_pixels_are_new_writable_and_in_order(cat):
    for kind in ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"]:
        for picture in [Pillow.fromarray(cat), Pillow.fromarray(cat).convert("L")]:
            pixels = read(saved(picture, kind))
            assert pixels.flags.c_contiguous and pixels.flags.writeable and pixels.flags.owndata
            assert pixels.dtype == np.uint8


# Two decoders of JPEG


def by_pillow(data: bytes) -> np.ndarray:
    return np.array(Pillow.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", "4:1:1"])
@pytest.mark.parametrize("quality", [5, 75, 100])
def test_simplejpeg_gives_what_pillow_gives(cat, quality, subsampling, progressive):
    for crop in (cat, cat[:37, :53], cat[:1, :1]):
        data = saved(
            Pillow.fromarray(crop), "JPEG",
            quality=quality, subsampling=subsampling, progressive=progressive,
        )  # fmt: skip
        fast, said = strict_pixels(data, "RGB", crop.shape[:2])
        assert said == "" and np.array_equal(fast, by_pillow(data))


def test_a_jpeg_stored_as_rgb_gives_what_pillow_gives(cat):
    data = saved(Pillow.fromarray(cat), "JPEG", keep_rgb=True)
    fast, said = strict_pixels(data, "RGB", cat.shape[:2])
    assert said == "" and np.array_equal(fast, by_pillow(data))


@pytest.mark.slow
def test_every_jpeg_of_the_shared_sets_is_bit_identical(data):
    paths = sorted(data.rglob("*.jpg"))
    assert len(paths) > 1000
    for path in paths:
        content = path.read_bytes()
        with Pillow.open(io.BytesIO(content)) as opened:
            expected = np.asarray(opened.convert("RGB"))
            if opened.mode != "RGB":
                assert np.array_equal(read_pixels(path), expected), path
                continue
        fast, said = strict_pixels(content, "RGB", expected.shape[:2])
        assert said == "" and np.array_equal(fast, expected), path


def test_a_wrong_size_is_not_believed(cat):
    data = saved(Pillow.fromarray(cat), "JPEG")
    for rows in (299, 301):
        pixels, said = strict_pixels(data, "RGB", (rows, 451))
        assert pixels is None and said


# Warnings


def test_the_filter_is_there_once_however_often_it_is_asked_for():
    hush_pillow()
    before = list(warnings.filters)
    hush_pillow()
    assert list(warnings.filters) == before


def test_remarks_of_pillow_on_metadata_are_no_errors(cat):
    picture = Pillow.fromarray(cat[:20, :30])
    exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0\x0e\x01\x02\0\xff\xff\0\0\x10\0\0\0" + b"\x12\x01\x03\0"
    animation = b"\0\0\0\x08acTL" + bytes(8)
    apng = saved(picture, "PNG")
    apng = apng[:33] + animation + struct.pack(">L", zlib.crc32(animation[4:])) + apng[33:]
    cut_tags = tiff(bytes(12), bits=(8, 8, 8), photometric=2)
    cut_tags = cut_tags.replace(
        struct.pack("<HHLL", 278, 4, 1, 2), struct.pack("<HHLL", 305, 2, 99, 2**20)
    )
    for data in [saved(picture, "JPEG", exif=exif), apng, cut_tags]:
        with pytest.warns(UserWarning):
            Pillow.open(io.BytesIO(data)).getexif()
        assert read(data).ndim == 3
        assert read_image(BytesSource("a", data))[1].orientation == 1
