"""What would cost too much is refused before it is decoded, and nothing else is."""

from __future__ import annotations

import io
import struct

import pytest
from hostile.seeds import CONTAINERS, seeds
from PIL import Image as Pillow

from forensics.images.decode import read_image, read_pixels, read_size
from forensics.images.files import BytesSource
from forensics.images.vetting import too_many_pieces, too_many_scans, unfit_head


@pytest.mark.parametrize("container", CONTAINERS[:7])
def test_real_files_pass(container):
    for data in seeds(container):
        assert unfit_head(io.BytesIO(data), container.capitalize()) == ""
        assert too_many_pieces(data, container.capitalize()) == ""
        assert too_many_scans(data, (24, 40)) == ""


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
    monkeypatch.setattr("forensics.images.pixels._STRIP", 100)
    assert whole.shape == (53, 37, 3) and record.orientation == orientation
    assert (read_pixels(source) == whole).all()
    assert whole.flags.c_contiguous
