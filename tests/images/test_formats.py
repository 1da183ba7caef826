"""Kinds of files that cameras and phones write, and those that are known and not read."""

from __future__ import annotations

import builtins
import io
import struct

import numpy as np
import pytest
from heics import with_auxiliary
from PIL import Image as Pillow

from forensics.errors import ImageReadError
from forensics.images.metadata.containers import read_container
from forensics.images.pieces import directories
from forensics.images.read import read_image, read_pixels, read_size
from forensics.images.record import describe
from forensics.images.sources.find import find_images
from forensics.images.sources.local import BytesSource, asked_for
from forensics.views.results.files import file_sentences

# HEIC


@pytest.fixture
def heif():
    return pytest.importorskip("pillow_heif", reason="the extra heif is not installed")


def heic(made) -> bytes:
    file = io.BytesIO()
    made.save(file, quality=90)
    return file.getvalue()


def test_a_heic_of_8_bits_is_as_it_is(heif, cat):
    data = heic(heif.from_pillow(Pillow.fromarray(cat)))
    pixels, record = read_image(BytesSource("a", data))
    assert np.array_equal(pixels, np.asarray(heif.open_heif(data).to_pillow()))
    assert np.array_equal(pixels, read_pixels(data)) and read_size(data) == (300, 451)
    assert (record.container, record.bit_depth, record.converted) == ("HEIF", 8, "")
    assert file_sentences(record) == ()


@pytest.mark.parametrize("mode", ["RGB;16", "RGBA;16", "I;16"])
def test_a_heic_of_10_bits_is_scaled_and_said(heif, rng, mode):
    channels = {"RGB;16": 3, "RGBA;16": 4, "I;16": 1}[mode]
    deep = rng.integers(0, 2**16, (64, 80, channels), np.uint16)
    data = heic(heif.from_bytes(mode, (80, 64), deep.tobytes()))
    stored = np.asarray(heif.open_heif(data, convert_hdr_to_8bit=False, hdr_to_16bit=False))
    stored = stored.reshape(64, 80, channels).astype(int)
    assert 255 < stored.max() < 1024
    pixels, record = read_image(BytesSource("a", data))
    expected = np.rint(stored[..., :3] * 255 / 1023)
    if channels == 4:
        expected[stored[..., 3] == 0] = 128
    assert np.array_equal(pixels, np.broadcast_to(expected, (64, 80, 3)))
    assert record.bit_depth == 10 and record.converted.startswith("10 bits scaled to 8")
    assert any("10 bits a channel" in one for one in file_sentences(record))


def test_of_several_pictures_the_primary_one_is_measured(heif, cat):
    made = heif.from_pillow(Pillow.fromarray(cat[:100, :100]))
    made.add_from_pillow(Pillow.fromarray(cat[100:180, 100:180]))
    file = io.BytesIO()
    made.save(file, quality=90, primary_index=1)
    pixels, record = read_image(BytesSource("a", file.getvalue()))
    assert abs(pixels.astype(int) - cat[100:180, 100:180]).mean() < 4
    assert record.ignored == "1 more picture" and record.frames == 1


@pytest.mark.parametrize(
    ("aux", "depth", "said"),
    [
        ({"urn:com:apple:photo:2020:aux:hdrgainmap": [2]}, [], "a gain map"),
        ({}, ["a depth map"], "a depth map"),
        ({"urn:com:apple:photo:2018:aux:portraiteffectsmatte": [3]}, [1], "a depth map, a matte"),
        ({"urn:strange": [2]}, [], "an auxiliary picture"),
    ],
)
def test_gain_maps_and_depth_are_ignored_and_said(heif, cat, aux, depth, said):
    opened = heif.HeifImageFile(io.BytesIO(heic(heif.from_pillow(Pillow.fromarray(cat)))))
    opened.info |= {"aux": aux, "depth_images": depth}
    record = describe(opened, b"", "")
    assert record.ignored == said
    assert file_sentences(record) == (f"Besides the picture the file holds {said}: not looked at.",)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (b"urn:com:apple:photo:2020:aux:hdrgainmap", "a gain map"),
        (b"urn:mpeg:hevc:2015:auxid:2", "a depth map"),
    ],
)
def test_an_auxiliary_picture_is_not_measured(heif, cat, kind, said):
    data = with_auxiliary(Pillow.fromarray(cat[:128, :128]), kind)
    pixels, record = read_image(BytesSource("a", data))
    assert abs(pixels.astype(int) - cat[:128, :128]).mean() < 4
    assert record.ignored == said and record.frames == 1


def test_without_the_extra_a_heic_is_told_what_it_needs(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith(("pillow_heif", "forensics.images.heif")):
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    from forensics.images.read import _plugin

    _plugin.cache_clear()
    for brands in (b"heic\0\0\0\0mif1heic", b"mif1\0\0\0\0mif1heic", b"heix\0\0\0\0mif1heic"):
        with pytest.raises(ImageReadError, match=r"extra heif: pip install .* or export it"):
            read_pixels(b"\0\0\0\x18ftyp" + brands + bytes(100))
    _plugin.cache_clear()


def test_a_heic_is_not_decoded_where_that_was_switched_off(heif, cat):
    source = BytesSource("a", heic(heif.from_pillow(Pillow.fromarray(cat))))
    with pytest.raises(ImageReadError, match="not read here unless that was switched on"):
        read_pixels(asked_for(source, heif=False))


# JPEG 2000 and JPEG XL


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("bare", [False, True])
def test_jpeg_2000_is_read(cat, mode, bare):
    picture = Pillow.fromarray(cat[:90, :80]).convert(mode)
    file = io.BytesIO()
    picture.save(file, "JPEG2000", no_jp2=bare)
    pixels, record = read_image(BytesSource("a", file.getvalue()))
    assert np.array_equal(pixels, np.asarray(picture.convert("RGB")))
    assert (record.container, record.bit_depth) == ("JPEG2000", 8)
    assert read_size(file.getvalue()) == (90, 80)


def test_gray_of_16_bits_in_jpeg_2000_is_scaled(rng):
    deep = rng.integers(0, 2**16, (64, 64), np.uint16)
    file = io.BytesIO()
    Pillow.fromarray(deep).save(file, "JPEG2000")
    assert np.array_equal(read_pixels(file.getvalue())[..., 0], np.rint(deep / 257))


def test_a_jpeg_2000_that_was_cut_off_is_an_error(cat):
    file = io.BytesIO()
    Pillow.fromarray(cat).save(file, "JPEG2000")
    for share in (0.2, 0.5, 0.9):
        with pytest.raises(ImageReadError):
            read_pixels(file.getvalue()[: int(share * file.tell())])


@pytest.mark.parametrize("start", [b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"])
@pytest.mark.parametrize("read", [read_pixels, read_image, read_size])
def test_jpeg_xl_is_told_the_way_out(start, read):
    with pytest.raises(ImageReadError, match="is a JPEG XL picture, which is not read: export it"):
        read(BytesSource("a.jxl", start + bytes(100)))


def test_folders_find_all_of_them(tmp_path):
    names = ["a.heic", "b.HEIF", "c.hif", "d.jp2", "e.j2k", "f.jpx", "g.jpf", "h.j2c", "i.jpc"]
    for name in (*names, "j.jxl", "k.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert len(find_images(tmp_path)) == 10


def test_colours_of_16_bits_in_jpeg_2000_are_told_the_way_out(rng, tmp_path):
    cv2 = pytest.importorskip("cv2")
    deep = rng.integers(0, 2**16, (64, 64, 3), np.uint16)
    cv2.imwrite(str(tmp_path / "deep.jp2"), deep)
    with pytest.raises(ImageReadError, match=r"colours of 16 bits in JPEG 2000.* 16-bit PNG"):
        read_pixels(tmp_path / "deep.jp2")
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    assert np.array_equal(read_pixels(tmp_path / "deep.png"), np.rint(deep[..., ::-1] / 257))


# PPM, PGM, PBM


@pytest.mark.parametrize("most", [255, 65535])
@pytest.mark.parametrize("channels", [1, 3])
def test_netpbm_is_read(rng, most, channels):
    stored = rng.integers(0, most + 1, (33, 41, channels)).astype(">u2" if most > 255 else "u1")
    head = b"P6" if channels == 3 else b"P5"
    data = head + b"\n# drawn by hand\n41 33\n%d\n" % most + stored.tobytes()
    pixels, record = read_image(data)
    assert np.array_equal(pixels, np.rint(stored / (most / 255)) * np.ones(3))
    assert np.array_equal(pixels, read_pixels(data)) and read_size(data) == (33, 41)
    assert (record.container, record.bit_depth) == ("PPM", 16 if most > 255 else 8)
    assert ("scaled" in record.converted) == (most > 255)
    assert [one.text for one in read_container(data).entries] == ["drawn by hand"]


def test_black_and_white_netpbm():
    pixels = read_pixels(b"P4\n10 2\n" + bytes([0b10101010, 0b10000000, 0, 0]))
    assert np.array_equal(pixels[0, :, 0], [0, 255] * 4 + [0, 255]) and (pixels[1] == 255).all()


@pytest.mark.parametrize("head", [b"P2\n2 2\n255\n", b"P3\n2 2\n255\n", b"P5\n2 2\n1023\n"])
def test_other_netpbm_is_told_the_way_out(head):
    with pytest.raises(ImageReadError, match="than 255 or 65535: convert it to PNG"):
        read_pixels(head + b"1 2 3 4 5 6 7 8 9 10 11 12 ")


@pytest.mark.parametrize(
    "data",
    [b"P6 41", b"P6\n#" + b"a" * 9000 + b"\n2 2\n255\n", b"P5 1 -1 255 ", b"P4 5 # 6\n"],
)
def test_a_netpbm_without_a_head_is_refused(data):
    with pytest.raises(ImageReadError, match="has no sizes at its beginning, as a PPM has"):
        read_pixels(data + bytes(99))


# Other pictures, and what is none whatever its name says


@pytest.mark.parametrize("name", ["a.tga", "a.TGA", "a.pcx", "a.sgi", "a.exr", "a.psd", "a.ico"])
def test_other_pictures_are_found_and_told_the_way_out(name, tmp_path):
    (tmp_path / name).write_bytes(b"\0\0\2" + bytes(9) + b"\x10\0\x10\0\x18\0" + bytes(800))
    assert [one.name for one in find_images(tmp_path)] == [str(tmp_path / name)]
    with pytest.raises(ImageReadError, match=r"which is not read: save it as PNG"):
        read_pixels(tmp_path / name)


def test_what_has_the_name_of_another_picture_and_is_a_png_is_read(cat, tmp_path):
    Pillow.fromarray(cat).save(tmp_path / "a.tga", "PNG")
    assert np.array_equal(read_pixels(tmp_path / "a.tga"), cat)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (b"PK\3\4", r"a zip archive or an Office document does: give it the ending \.zip"),
        (b"%PDF-1.7", "a PDF document does: take the pictures out"),
        (b"<!DOCTYPE html><html>", "a web page does: download the picture itself"),
        (b"\n<html lang", "a web page does"),
        (b'<?xml version="1.0"?>\n<svg xmlns', "a drawing .SVG. does: it has no pixels"),
        (b"\0\0\0\x18ftypisom", "a film .MP4 or QuickTime. does: save frames"),
        (b"RIFF\0\0\0\0AVI ", "a film or sound .* does: save frames"),
        (b"\x1f\x8b\x08", "packed by gzip does: unpack it"),
        (
            b"version https://git-lfs.github.com/spec/v1",
            "of Git LFS does: run git lfs pull",
        ),
        (bytes(64), "an empty or unfinished file does: copy or download it again"),
        (b"8BPS\0\1", "is a Photoshop document, which is not read: save it as PNG"),
    ],
)
@pytest.mark.parametrize("read", [read_pixels, read_image, read_size])
def test_foreign_content_behind_the_name_of_a_picture_is_told(start, told, read):
    with pytest.raises(ImageReadError, match=told):
        read(BytesSource("a.png", start + bytes(100)))


# Channels of a TIFF that no colour is made of


@pytest.mark.parametrize(("n", "said"), [(4, "1 more channel"), (5, "2 more channels"), (6, "3 m")])
def test_further_channels_of_a_tiff_are_said(n, said, rng, tmp_path):
    tifffile = pytest.importorskip("tifffile")
    stored = rng.integers(0, 256, (20, 30, n), np.uint8)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, stored, photometric="rgb", extrasamples=["unspecified"] * (n - 3))
    pixels, record = read_image(path)
    assert np.array_equal(pixels, stored[..., :3]) and record.ignored.startswith(said)
    assert "not looked at" in " ".join(file_sentences(record))
    tifffile.imwrite(path, stored[..., :4], photometric="rgb", extrasamples=["unassalpha"])
    assert read_image(path)[1].ignored == ""


# Camera RAW


def tiff(
    *tags: tuple[int, int], order: str = "<", below: tuple[tuple[int, int], ...] = ()
) -> bytes:
    """A thumbnail of 2 x 2 gray pixels as the first page, and perhaps a directory below it."""
    own = {256: 2, 257: 2, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 279: 4}
    own |= dict(tags)
    if below:
        own[330] = 12 + 2 + 12 * (len(own) + 1) + 4
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}L", 12) + b"abcd"
    for entries in (sorted(own.items()), below):
        head += struct.pack(f"{order}H", len(entries))
        head += b"".join(struct.pack(f"{order}HHLL", tag, 4, 1, n) for tag, n in entries)
        head += bytes(4)
    return head


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("read", [read_pixels, read_image, read_size])
def test_a_raw_file_is_not_measured_by_its_thumbnail(order, read):
    assert read_pixels(tiff(order=order)).shape == (2, 2, 3)
    mosaic = ((262, 32803),)
    for name, data in (
        ("a.dng", tiff((50706, 0x0401), order=order)),
        ("renamed.tif", tiff((50706, 0x0401), order=order)),
        ("a.tif", tiff(below=mosaic, order=order)),
        ("a.pef", tiff((262, 32803), order=order)),
        ("a.NEF", tiff(order=order)),
        ("cards/a.arw", tiff(order=order)),
    ):
        with pytest.raises(ImageReadError, match=r"camera RAW file.*: develop it .* export it"):
            read(BytesSource(name, data))


@pytest.mark.parametrize(
    "start",
    [
        b"II*\0\x10\0\0\0CR\2\0", b"IIRO\x08\0\0\0", b"IIRS\x08\0\0\0", b"MMOR\0\0\0\x08",
        b"IIU\0\x18\0\0\0", b"FUJIFILMCCD-RAW 0201", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    ],
)  # fmt: skip
def test_raw_files_that_are_no_plain_tiff(start):
    with pytest.raises(ImageReadError, match=r"^a.* is a camera RAW file"):
        read_pixels(BytesSource("a", start + bytes(200)))


def test_a_jpeg_of_a_raw_name_is_a_jpeg(cat):
    file = io.BytesIO()
    Pillow.fromarray(cat).save(file, "JPEG")
    assert read_pixels(BytesSource("a.nef", file.getvalue())).shape == cat.shape


def test_a_chain_of_directories_ends():
    data = bytearray(tiff())
    data[-6:-2] = struct.pack("<L", 12)  # behind the first, which leads to itself
    at = 12 + 2 + 12 * 8
    data[at : at + 4] = struct.pack("<L", 12)
    assert len(list(directories(io.BytesIO(bytes(data))))) == 1
