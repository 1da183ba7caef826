from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forensics.datasets.faces import (
    MARGIN,
    FaceBox,
    annotated_box,
    detected_boxes,
    faces_of,
    read_points,
)
from forensics.errors import ImageReadError, ParameterError
from forensics.images.read import read_image, turned

POINTS = "9 175 160 239 162 199 199 149 121 137 78 166 93 281 101 312 96 296 133 "


def test_points_are_x_then_y_and_become_rows_then_columns():
    points = read_points(POINTS, "1.jpg.cat")
    assert points.shape == (9, 2)
    assert points[0].tolist() == [160, 175]
    assert points[8].tolist() == [133, 296]


@pytest.mark.parametrize(
    "text", ["", "8 1 2", POINTS.replace("9 ", "8 ", 1), "9 " + "x " * 18, "9 " + "nan " * 18]
)
def test_what_is_no_file_of_points(text):
    with pytest.raises(ImageReadError, match=r"1\.jpg\.cat begins with"):
        read_points(text, "1.jpg.cat")


def test_the_box_holds_eyes_ears_and_mouth_with_a_margin():
    points = read_points(POINTS, "1.jpg.cat")
    box = annotated_box(points)
    low, high = points.min(axis=0), points.max(axis=0)
    assert box.side == pytest.approx((high - low).max() * (1 + 2 * MARGIN))
    assert (box.row, box.column) == pytest.approx(tuple((low + high) / 2))
    for row, column in points:
        assert max(abs(row - box.row), abs(column - box.column)) < box.side / 2


def test_a_crop_is_pixels_of_the_picture_and_says_where(rng):
    image = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    box = FaceBox(150.0, 200.0, 120.0, "points")
    (face,) = faces_of(image, (box,), 100)
    assert (face.row, face.column, face.side, face.factor) == (100, 150, 100, 1.0)
    assert face.grid == (4, 6)
    np.testing.assert_array_equal(face.image, image[100:200, 150:250])


def test_faces_that_do_not_hold_the_size_are_left_out_unless_resampling_is_asked_for(rng):
    image = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    box = FaceBox(150.0, 200.0, 80.0, "points")
    assert list(faces_of(image, (box,), 100)) == []
    (face,) = faces_of(image, (box,), 100, resize=True)
    assert face.image.shape == (100, 100, 3)
    assert (face.side, face.factor) == (80, 1.25)


def test_a_box_that_reaches_over_the_edge_is_moved_inwards(rng):
    image = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    boxes = (FaceBox(5.0, 395.0, 200.0, "cascade"), FaceBox(150.0, 150.0, 900.0, "cascade"))
    corner, whole = faces_of(image, boxes, 100)
    assert (corner.row, corner.column) == (0, 300)
    np.testing.assert_array_equal(corner.image, image[:100, 300:])
    assert whole.image.shape == (100, 100, 3)
    with pytest.raises(ParameterError, match="size is 0"):
        list(faces_of(image, boxes, 0))


class Windows:
    """A cascade that finds what it is told to: left, top, width and height of each."""

    def __init__(self, *windows: tuple[int, int, int, int]) -> None:
        self.windows = windows

    def detectMultiScale(self, gray: np.ndarray, **_: object) -> tuple[tuple[int, ...], ...]:
        assert gray.dtype == np.uint8
        assert max(gray.shape) <= 1024
        return self.windows


@pytest.mark.parametrize(
    ("first", "second", "sides"),
    [
        ([(100, 100, 80, 80)], [(105, 98, 84, 84)], [84, 80]),  # both find it
        ([(100, 100, 80, 80)], [], []),  # one finds it, and it is small
        ([(100, 100, 200, 200)], [], [200]),  # one finds it, and it is large
        ([(100, 100, 30, 30)], [(100, 100, 30, 30)], []),  # too small, whoever finds it
        ([(50, 50, 250, 250), (150, 160, 70, 70)], [(150, 160, 70, 70)], [250]),  # its nose
    ],
)
def test_what_the_cascades_find_is_a_face_if_they_agree_or_it_is_large(
    rng, monkeypatch, first, second, sides
):
    from forensics.datasets import faces

    monkeypatch.setattr(faces, "_cascades", lambda: (Windows(*first), Windows(*second)))
    image = rng.integers(0, 256, (400, 400, 3), dtype=np.uint8)
    found = [box.side for box in detected_boxes(image)]
    assert found == sides[:1]  # one face, however many windows are on it
    assert found == [] or found[0] == max(sides)


def test_a_large_picture_is_searched_small_and_its_boxes_are_of_its_own_pixels(rng, monkeypatch):
    from forensics.datasets import faces

    windows = Windows((100, 200, 300, 300))
    monkeypatch.setattr(faces, "_cascades", lambda: (windows, windows))
    image = rng.integers(0, 256, (1536, 2048, 3), dtype=np.uint8)
    assert detected_boxes(image) == (FaceBox(700.0, 500.0, 600.0, "cascade"),)


def test_in_noise_and_in_a_flat_picture_there_is_no_face(rng):
    pytest.importorskip("cv2", reason="the extra 'faces' is not installed")
    assert detected_boxes(rng.integers(0, 256, (200, 200, 3), dtype=np.uint8)) == ()
    assert detected_boxes(np.zeros((200, 200, 3), np.uint8)) == ()


def test_without_the_extra_it_says_what_to_install(cat, monkeypatch):
    import sys

    from forensics.datasets import faces

    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.setattr(faces, "_OF_THREAD", type("Fresh", (), {})())
    with pytest.raises(ParameterError, match=r"catforensics\[faces\]"):
        detected_boxes(cat)


@pytest.mark.slow
def test_household_photographs_give_faces(data: Path):
    pytest.importorskip("cv2", reason="the extra 'faces' is not installed")
    found = 0
    for path in sorted((data / "real" / "photos").iterdir())[:6]:
        image, record = read_image(path)
        found += len(detected_boxes(turned(image, record.orientation)))
    assert 2 <= found <= 7  # a few; looked at with `catforensics data sheet`
