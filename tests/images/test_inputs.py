from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.errors import EmptySetError, ImageReadError, ImageShapeError, ParameterError
from forensics.images.delivery.encode import png_bytes
from forensics.images.inputs import as_source, as_sources, is_single
from forensics.images.read import read_pixels
from forensics.images.sources.find import find_images
from forensics.images.sources.local import BytesSource, FileSource


@pytest.fixture
def folder(tmp_path, cat):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png_bytes(cat[: 80 + number, :90]))
    return tmp_path


def test_whatever_names_one_picture_gives_its_pixels(folder, cat):
    path, wanted = folder / "0.png", cat[:80, :90]
    for one in (
        path, str(path), path.read_bytes(), bytearray(path.read_bytes()),
        memoryview(path.read_bytes()), wanted, Pillow.fromarray(wanted), FileSource(str(path)),
        BytesSource("mine", path.read_bytes()),
    ):  # fmt: skip
        assert np.array_equal(read_pixels(as_source(one)), wanted) and is_single(
            one, as_sources(one)
        )
        assert [np.array_equal(read_pixels(each), wanted) for each in as_sources(one)] == [True]


def test_a_gray_array_is_a_gray_picture(cat):
    pixels = read_pixels(as_source(cat[..., 1]))
    assert np.array_equal(pixels, np.stack([cat[..., 1]] * 3, axis=-1))


def test_sets_are_named_by_folders_patterns_lists_and_arrays(folder, cat):
    wanted = [str(folder / f"{number}.png") for number in range(3)]
    for some in (
        folder,
        str(folder),
        str(folder / "*.png"),
        wanted,
        iter(wanted),
        find_images(folder),
    ):
        sources = as_sources(some)
        assert [one.name for one in sources] == wanted and not is_single(some, sources)
    stack = np.stack([cat[:80, :80]] * 2)
    assert not is_single(stack, as_sources(stack)) and len(as_sources(stack)) == 2
    mixed = as_sources([folder / "0.png", cat, folder])
    assert [one.name for one in mixed] == [wanted[0], "picture 2 in memory", *wanted]


def test_a_folder_of_one_picture_is_a_set(folder):
    for name in ("1.png", "2.png"):
        (folder / name).unlink()
    assert not is_single(folder, as_sources(folder)) and len(as_sources(folder)) == 1


@pytest.mark.parametrize(
    ("image", "told"),
    [
        (np.zeros((9, 9, 4), np.uint8), r"image\[\.\.\., :-1\]"),
        (np.full((9, 9), 0.5), r"pass \(255 \* image\)\.round\(\)\.astype\(np\.uint8\)"),
        (np.full((9, 9), np.nan), "fill in what is not finite"),
        (np.full((9, 9), 300.5), "from 300.5 to 300.5, scale them to counts"),
        (np.full((9, 9), 99.5), r"pass image\.round\(\)\.astype\(np\.uint8\)"),
        (np.zeros((9, 9), complex), r"of abs\(image\) for example"),
        (np.array(["a.png", "b.png"]), r"pass paths as a list, image\.tolist\(\)"),
        (np.zeros((9, 9), bool), r"pass image \* np\.uint8\(255\)"),
        (np.zeros((9, 9), np.uint16), r"pass \(image / 257\)\.round\(\)\.astype\(np\.uint8\)"),
        (np.zeros((9, 9, 5), np.uint8), "put rows first and the three channels last"),
        (Pillow.new("P", (9, 9)), r"image\.convert\('RGB'\)"),
    ],
)
def test_other_arrays_are_refused_with_the_way_out(image, told):
    for make in (as_source, as_sources):
        with pytest.raises(ImageShapeError, match=told):
            make(image)


@pytest.mark.parametrize("image", [7, None, 1.5, object()])
def test_what_names_no_picture_is_refused(image):
    for make in (as_source, as_sources):
        with pytest.raises(ParameterError, match=f"of type {type(image).__name__}: pass a path"):
            make(image)


def test_lists_of_lists_are_refused_by_their_place(cat):
    with pytest.raises(ParameterError, match="picture 2 of images is a list: pass one flat list"):
        as_sources([cat, [cat]])


def test_what_a_list_holds_is_refused_by_its_place(cat):
    with pytest.raises(ParameterError, match="picture 2 in memory is of type NoneType"):
        as_sources([cat, None])


def test_none_at_all_is_an_empty_set(tmp_path):
    with pytest.raises(EmptySetError, match="no picture was given: pass a folder"):
        as_sources([])
    with pytest.raises(ImageReadError, match="does not exist"):
        as_sources(tmp_path / "gone.png")


def test_what_cannot_be_read_is_lost_nowhere(folder):
    gone = str(folder / "gone.png")
    sources = as_sources([folder / "0.png", gone], on_error="skip")
    assert [one.name for one in sources] == [str(folder / "0.png"), gone]
    with pytest.raises(ImageReadError, match=r"gone\.png does not exist"):
        sources[1].read_bytes()
