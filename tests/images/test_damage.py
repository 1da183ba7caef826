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
