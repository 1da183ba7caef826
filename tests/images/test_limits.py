"""What would cost too much is refused before it is decoded, and nothing else is."""

from __future__ import annotations

import io
import struct

import pytest
from hostile.seeds import CONTAINERS, seeds
from PIL import Image as Pillow

from forensics.images.limits import too_many_pieces, unfit_head
from forensics.images.read import read_image, read_pixels, read_size
from forensics.images.sources.local import BytesSource


@pytest.mark.parametrize("container", CONTAINERS[:7])
def test_real_files_pass(container):
    for data in seeds(container):
        assert unfit_head(io.BytesIO(data), container) == ""
        assert too_many_pieces(data, container, (24, 40)) == ""


def test_what_follows_the_end_of_a_picture_is_no_piece_of_it():
    for container in ("JPEG", "PNG", "GIF"):
        data = seeds(container)[0]
        read_pixels(BytesSource("a", data + bytes(3_000_000)))


@pytest.mark.slow
def test_a_header_is_vetted_without_the_rest_of_its_file():
    class Watched(io.BytesIO):
        furthest = 0

        def read(self, size=-1):
            assert size is not None and 0 <= size <= 2**14
            data = super().read(size)
            Watched.furthest = max(Watched.furthest, self.tell())
            return data

    for container in ("JPEG", "PNG", "GIF"):
        Watched.furthest = 0
        assert unfit_head(Watched(seeds(container)[0] + bytes(1_000_000)), container) == ""
        assert Watched.furthest < 100_000
        Watched.furthest = 0
        head = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "GIF": b"GIF89a"}[container]
        assert "pieces" in unfit_head(Watched(head.ljust(13, b"\0") + bytes(2**22)), container)
        assert Watched.furthest < 2**21


def test_a_first_frame_a_little_outside_of_its_gif_is_read():
    # Sloppy programs write these; Pillow makes the picture larger, and so do browsers.
    data = bytearray(seeds("GIF")[0])
    frame = data.index(b",\0\0\0\0\x28\0\x18\0")
    struct.pack_into("<H", data, frame + 1, 3)
    source = BytesSource("a", bytes(data))
    assert read_size(source) == (24, 43)
    assert read_pixels(source).shape == (24, 43, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "CMYK", "I;16"])
def test_pictures_in_strips_are_the_same(cat, monkeypatch, mode, orientation):
    picture = Pillow.fromarray(cat[:53, :37])
    picture = Pillow.new(mode, (37, 53), 7) if mode == "I;16" else picture.convert(mode)
    file = io.BytesIO()
    picture.save(file, "TIFF", tiffinfo={274: orientation})
    source = BytesSource("a", file.getvalue())
    whole, record = read_image(source)
    monkeypatch.setattr("forensics.images.read._STRIP", 100)
    assert whole.shape == (53, 37, 3) and record.orientation == orientation
    assert (read_pixels(source) == whole).all()
    assert whole.flags.c_contiguous
