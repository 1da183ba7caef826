"""Damaged files that can be decoded: left out by name, or kept and marked."""

from __future__ import annotations

import io
import re
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import PngImagePlugin

from forensics.errors import ImageReadError, ParameterError
from forensics.images import damage
from forensics.images.damage import plain_head, scans_of, strict_pixels
from forensics.images.read import read_image, read_pixels, read_size
from forensics.images.sources.local import BytesSource
from forensics.views.results.files import file_sentences

SCAN, END = b"\xff\xda", b"\xff\xd9"
HOW = [
    {"progressive": progressive, "restart_marker_blocks": restart}
    for progressive in (False, True)
    for restart in (0, 7)
]


def jpeg(picture: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    options = {name: value for name, value in options.items() if value}
    Pillow.fromarray(picture).save(file, "JPEG", quality=85, **options)
    return file.getvalue()


def scans(data: bytes) -> list[int]:
    return [found.start() for found in re.finditer(SCAN, data)]


def by_pillow(data: bytes) -> np.ndarray:
    return np.array(Pillow.open(io.BytesIO(data)).convert("RGB"))


def is_left_out(data: bytes) -> None:
    """By name; and measured and marked if that is asked for."""
    source = BytesSource("a.jpg", data)
    for read in (read_pixels, read_image):
        with pytest.raises(ImageReadError, match=r'^a\.jpg is a damaged JPEG .* damaged="keep"'):
            read(source)
    pixels, record = read_image(source, damaged="keep")
    assert np.array_equal(pixels, by_pillow(data))
    assert record.damaged and "what the decoder made up" in file_sentences(record)[-1]


# Four ways to damage a JPEG that Pillow decodes without a word


@pytest.mark.parametrize("how", HOW)
def test_a_flipped_bit_of_which_libjpeg_warns(cat, rng, how):
    whole = jpeg(cat[:160, :200], **how)
    n_warned = 0
    for at in rng.integers(scans(whole)[0] + 20, len(whole) - 2, 60):
        data = bytearray(whole)
        data[at] ^= 1 << rng.integers(8)
        try:
            by_pillow(bytes(data))
        except OSError:
            continue
        if strict_pixels(bytes(data), "RGB", (160, 200))[0] is None:
            n_warned += 1
            is_left_out(bytes(data))
    assert n_warned > 1


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("n", [1, 3, 8])
def test_lost_restart_intervals(cat, progressive, n):
    whole = jpeg(cat[:160, :200], progressive=progressive, restart_marker_blocks=7)
    marks = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", whole)]
    is_left_out(whole[: marks[3]] + whole[marks[3 + n] :])


@pytest.mark.parametrize("restart", [0, 7])
def test_an_end_mark_before_the_last_scan(cat, restart):
    whole = jpeg(cat[:80, :100], progressive=True, restart_marker_blocks=restart)
    for at in scans(whole)[1:]:
        is_left_out(whole[:at] + END + whole[at:])
        is_left_out(whole[:at] + END)


@pytest.mark.parametrize("how", HOW)
def test_a_file_that_was_cut_and_closed(cat, how):
    whole = jpeg(cat[:160, :200], **how)
    starts = scans(whole)
    ends = [*starts[1:], len(whole)]
    for start, end in zip(starts, ends, strict=True):
        is_left_out(whole[: (start + 14 + end) // 2] + END)


def test_gray_and_cmyk_too(cat):
    for mode in ("L", "CMYK"):
        file = io.BytesIO()
        Pillow.fromarray(cat[:80, :100]).convert(mode).save(file, "JPEG", quality=90)
        whole = file.getvalue()
        assert read_image(whole)[1].damaged == ""
        assert np.array_equal(read_pixels(whole), by_pillow(whole))
        is_left_out(whole[: len(whole) // 2] + END)


# What was cut off


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_that_was_cut_off_is_kept_as_far_as_it_goes(cat, how, mode):
    picture = Pillow.fromarray(cat[:160, :200]).convert(mode)
    file = io.BytesIO()
    picture.save(file, "JPEG", **{name: value for name, value in how.items() if value})
    whole = file.getvalue()
    expected = by_pillow(whole)
    for data in (whole[:-1], whole[:-2], whole[:-2] + bytes(500)):  # the end mark alone
        pixels, record = read_image(BytesSource("a.jpg", data))
        assert np.array_equal(pixels, expected) and record.damaged == ""
    first = scans(whole)[0] + 30
    for cut in np.linspace(first, len(whole) - 3, 20).astype(int):
        for data in (whole[:cut], whole[:cut] + bytes(500)):
            source = BytesSource("a.jpg", data)
            with pytest.raises(ImageReadError, match=r'is a damaged JPEG \(.*damaged="keep"'):
                read_image(source)
            pixels, record = read_image(source, damaged="keep")
            assert pixels.shape == expected.shape and record.damaged
            if told := re.search(r"missing (\d+) of 160 rows", record.damaged):
                n = 160 - int(told[1])
                assert np.array_equal(pixels[:n], expected[:n])
                assert n > 140 or not np.array_equal(pixels[n:], expected[n:])
            else:
                assert how["progressive"] and "scans" in record.damaged


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1", "I;16"])
def test_a_png_that_was_cut_off_is_kept_as_far_as_it_goes(cat, mode):
    picture = Pillow.fromarray(cat[:60, :80])
    picture = (
        Pillow.fromarray(cat[:60, :80, 0].astype(np.uint16) * 257)
        if ";" in mode
        else (picture.convert(mode))
    )
    file = io.BytesIO()
    picture.save(file, "PNG")
    whole = file.getvalue()
    expected = read_pixels(whole)
    for data in (whole[:-12], whole[:-5], whole[:-18]):  # the end and its checksums alone
        pixels, record = read_image(BytesSource("a.png", data))
        assert np.array_equal(pixels, expected)
        assert record.damaged == "" and record.damaged_chunks == ("IEND",)
        assert "cut off" in file_sentences(record)[-1]
    for cut in np.linspace(len(whole) // 2, len(whole) - 40, 10).astype(int):
        source = BytesSource("a.png", whole[:cut])
        with pytest.raises(ImageReadError, match=r'is a damaged PNG \(cut off.*damaged="keep"'):
            read_image(source)
        pixels, record = read_image(source, damaged="keep")
        n = 60 - int(re.search(r"missing (\d+) of 60 rows", record.damaged)[1])
        assert np.array_equal(pixels[:n], expected[:n])
        assert (pixels[n + 1 :] == pixels[-1, -1]).all() or n > 57


def test_a_png_whose_pixels_are_damaged_is_kept_up_to_there(cat):
    whole = bytearray(shown(cat, "PNG"))
    whole[len(whole) // 2] ^= 255
    source = BytesSource("a.png", bytes(whole))
    with pytest.raises(ImageReadError, match=r'is a damaged PNG .*damaged="keep"'):
        read_image(source)
    pixels, record = read_image(source, damaged="keep")
    assert record.damaged and np.array_equal(pixels[:40], cat[:40])


def shown(cat: np.ndarray, kind: str) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(cat).save(file, kind)
    return file.getvalue()


def test_an_interlaced_png_says_how_much_is_missing(cat):
    # Pillow writes none: eight rows and columns by hand, of one pass after another.
    gray = cat[:16, :16, 0]
    passes = (gray[t::d, le::a] for t, le, d, a in damage._PASSES)
    raw = b"".join(b"\0" + row.tobytes() for one in passes for row in one)
    header = struct.pack(">2L5B", 16, 16, 8, 0, 0, 0, 1)
    pieces = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 0)), (b"IEND", b""))
    whole = b"\x89PNG\r\n\x1a\n" + b"".join(damage._chunk(*one) for one in pieces)
    assert np.array_equal(read_pixels(whole)[..., 0], gray)
    cut = whole[: whole.index(b"IDAT") + 4 + 7 + len(raw) // 2]
    pixels, record = read_image(cut, damaged="keep")
    assert record.damaged == "cut off, missing 50% of its interlaced pixels"
    assert np.array_equal(pixels[::8, ::8, 0], gray[::8, ::8])


def test_a_png_of_which_no_pixel_is_there_stays_an_error(cat):
    whole = shown(cat, "PNG")
    for end in (20, whole.index(b"IDAT") + 4, whole.index(b"IDAT") + 8):
        with pytest.raises(ImageReadError, match=r"a\.png cannot be decoded"):
            read_image(BytesSource("a.png", whole[:end]), damaged="keep")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM"])
def test_who_has_half_of_another_file_is_not_told_to_convert_it(cat, kind):
    whole = shown(cat, kind)
    with pytest.raises(ImageReadError, match=r"it is cut off \(.*\): copy it again$"):
        read_image(BytesSource("a", whole[: len(whole) // 2]))


def test_a_cut_png_is_not_unpacked_beyond_the_limit(cat):
    cut = shown(cat, "PNG")[:-500]
    with pytest.raises(ImageReadError, match=r"the limit is 0\.001"):
        read_image(cut, damaged="keep", max_pixels=1000)


# What does not reach the pixels


@pytest.mark.parametrize("how", HOW)
def test_what_stands_beside_the_pixels_is_no_damage(cat, how):
    whole = jpeg(cat[:40, :60], **how)
    plain = by_pillow(whole)
    for data in (
        whole[:-2] + bytes(50) + END,  # filled up with zeros
        whole + b"behind the end",
        whole + whole[:500],
        whole[:20] + b"abc" + whole[20:],  # between two segments
        whole[:2] + b"\xff" * 5 + whole[2:],
        whole[:11] + b"\x07" + whole[12:],  # a version of JFIF that there is not
    ):
        pixels, record = read_image(BytesSource("a", data))
        assert record.damaged == "" and np.array_equal(pixels, plain)


@given(st.integers(1, 90), st.integers(1, 90), st.booleans(), st.sampled_from("LR"))
def test_no_whole_jpeg_is_called_damaged(rows, columns, progressive, mode):
    picture = np.random.default_rng(rows).integers(0, 256, (rows, columns, 3), np.uint8)
    whole = jpeg(picture if mode == "R" else picture[..., 0], progressive=progressive)
    assert scans_of(whole).missing == "" and read_image(whole)[1].damaged == ""


SMALL = np.random.default_rng(3).integers(0, 256, (24, 20, 3), np.uint8)
WHOLE = [jpeg(SMALL, **how) for how in HOW]


def outcome(read, data: bytes) -> bytes | str:
    """Pixels, or why there are none."""
    try:
        found = read(BytesSource("a.jpg", data))
    except ImageReadError as error:
        return str(error)
    return (found if isinstance(found, np.ndarray) else found[0]).tobytes()


@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3), st.integers(0, 3)), max_size=2),
    st.booleans(),
)
def test_the_short_way_of_plain_files_says_what_the_long_way_says(whole, changes, at_front):
    data = bytearray(whole)
    for place, new, n_old in changes:
        # Most of what can go wrong stands before the pixels.
        at = 2 + int(place * (scans(whole)[0] if at_front else len(whole)))
        data[at : at + n_old] = new
    assert outcome(read_pixels, bytes(data)) == outcome(read_image, bytes(data))


@pytest.mark.parametrize("whole", WHOLE)
def test_most_files_are_plain(whole):
    assert plain_head(whole) == (24, 20, b"\xff\xc2" in whole)
    for other in (
        jpeg(SMALL, icc_profile=b"colours"),
        jpeg(SMALL, exif=b"Exif\0\0"),
        jpeg(SMALL[..., 0]),
        whole[:2] + b"\xff\xe0\0\x08JFIF\0\1" + whole[20:],
        whole[:2] + b"\xff\xfe\0\2" * 64 + whole[2:],
        whole.replace(b"\xff\xc0", b"\xff\xc1").replace(b"\xff\xc2", b"\xff\xca"),
        whole[:150],
        b"",
    ):
        assert plain_head(other) is None
    with pytest.raises(ImageReadError, match="24 x 20 pixels"):
        read_pixels(whole, max_pixels=479)


@pytest.mark.slow
def test_no_shared_jpeg_is_called_damaged(data):
    for path in sorted(data.rglob("*.jpg")):
        assert read_image(path)[1].damaged == "", path


def test_damaged_is_skip_or_keep(cat):
    with pytest.raises(ParameterError, match="damaged is 'maybe': pass 'skip' or 'keep'"):
        read_pixels(cat, damaged="maybe")


# Checksums of a PNG


def png(cat: np.ndarray) -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("parameters", "a cat, Steps: 20, Sampler: Euler a, Seed: 1")
    file = io.BytesIO()
    Pillow.fromarray(cat[:20, :30]).quantize(16).save(file, "PNG", pnginfo=texts)
    return file.getvalue()


def edited(data: bytes, kind: bytes) -> bytes:
    """The first byte of a chunk changed by hand, its checksum not."""
    at = data.index(kind) + 4
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_wrong_checksum_of_a_text_is_said_and_the_pixels_are_measured(cat):
    whole = png(cat)
    for data in (edited(whole, b"tEXt"), edited(whole[:-12] + texts() + whole[-12:], b"tEXt")):
        pixels, record = read_image(BytesSource("a", data))
        assert np.array_equal(pixels, read_pixels(whole))
        assert np.array_equal(pixels, read_pixels(data)) and read_size(data) == (20, 30)
        assert record.damaged_chunks == ("tEXt",)
        assert "wrong checksum (tEXt)" in file_sentences(record)[-1]


@pytest.mark.parametrize("kind", [b"acTL", b"fcTL", b"fdAT"])
def test_an_animation_with_a_wrong_checksum_is_its_still_picture(cat, kind):
    frames = [Pillow.fromarray(cat[top : top + 40, :40]) for top in (0, 40, 80)]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    data = edited(file.getvalue(), kind)
    pixels, record = read_image(BytesSource("a", data))
    assert np.array_equal(pixels, cat[:40, :40])
    assert record.damaged_chunks == (kind.decode(),) and record.frames == 1
    with pytest.raises(ImageReadError, match="bad header checksum"):
        read_pixels(data, frame=1)


def texts() -> bytes:
    body = b"tEXtSoftware\0a program"
    return struct.pack(">L", len(body) - 4) + body + struct.pack(">L", zlib.crc32(body))


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE", b"IDAT"])
def test_a_wrong_checksum_that_pixels_depend_on_is_an_error(cat, kind):
    at = png(cat).index(kind) + 4
    at += struct.unpack(">L", png(cat)[at - 8 : at - 4])[0]
    data = bytearray(png(cat))
    data[at] ^= 1
    with pytest.raises(ImageReadError, match=f"bad header checksum in b'{kind.decode()}'"):
        read_pixels(bytes(data))
