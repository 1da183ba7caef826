"""What somebody aligned stands still, what was cut at random does not, copies count once."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics import find_images, read_pixels
from forensics.detection import align
from forensics.errors import EmptySetError, ImageReadError, ImageShapeError
from forensics.images.sources.local import BytesSource
from forensics.views.results.alignment import (
    alignment_record,
    alignment_table,
    render_alignment,
    render_placed,
)
from forensics.views.sheets.alignment import show_alignment


def source(name: str, pixels: np.ndarray, kind: str = "PNG", **options: object) -> BytesSource:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, kind, **options)
    return BytesSource(name, file.getvalue())


def faces(n: int = 30) -> list[np.ndarray]:
    """Faces of LFW, 25 x 25 pixels: found by a detector, and cut out alike."""
    return [np.rint(255 * one).astype(np.uint8) for one in skimage.data.lfw_subset()[:n]]


def cuts(n: int, side: int = 120, seed: int = 0) -> list[np.ndarray]:
    """Parts of photographs, each of another place, none of which overlap much."""
    rng = np.random.default_rng(seed)
    names = ("astronaut", "camera", "cat", "coffee", "rocket", "moon", "coins")
    pictures = [getattr(skimage.data, name)() for name in names]
    pictures = [one if one.ndim == 3 else np.stack([one] * 3, axis=-1) for one in pictures]
    places = [
        (i, top, left)
        for i, one in enumerate(pictures)
        for top in range(0, one.shape[0] - side + 1, side)
        for left in range(0, one.shape[1] - side + 1, side)
    ]
    chosen = [places[i] for i in rng.permutation(len(places))[:n]]
    return [pictures[i][top : top + side, left : left + side] for i, top, left in chosen]


@pytest.fixture(scope="module")
def aligned():
    return align(faces(40))


def test_faces_that_somebody_aligned_stand_still(aligned):
    assert aligned.found == "still" and aligned.still.p_value == 1 / 500
    assert aligned.still.area > 0.25 and aligned.blend.shape == (128, 128)
    assert aligned.laid.placed.mean() > 0.3 and np.median(aligned.laid.distances) < 0.05


@pytest.mark.slow
def test_parts_of_photographs_do_not():
    found = align(cuts(30))
    assert found.found == "not found" and found.moved is None
    assert found.laid.placed.mean() < 0.1 and not len(found.laid.distances)
    assert "Nothing stands still" in render_alignment(found)
    assert "of offsets nothing can be said" in render_placed(found)


def test_a_watermark_stands_still_and_says_where():
    pictures = [one.copy() for one in cuts(14)]
    for one in pictures:
        one[90:110, 80:115:4] = 255
    found = align(pictures)
    down, right, _ = found.still.strongest
    assert found.found == "still" and 0.6 < down < 1 and 0.55 < right < 1
    assert "a watermark, a border or a caption" in render_alignment(found).replace("\n", " ")


def test_copies_count_once():
    one, *others = cuts(8)
    again = [
        source(f"again-{i}.jpg", np.ascontiguousarray(one), "JPEG", quality=60 + 5 * i)
        for i in range(6)
    ]
    found = align([one, *others, *again, one])
    assert len(found.names) == 8 and found.found == "not found"
    (group,) = found.copies
    assert len(group) == 8 and group[0] == found.names[0]
    assert "copies of others, not compared: 7 pictures" in render_alignment(found)


@pytest.mark.slow
def test_orientation_and_size_of_the_file_do_not_count():
    pictures = faces(12)
    plain = align([source(f"{i}.png", one) for i, one in enumerate(pictures)])
    turned, exif = [], Pillow.Exif()
    exif[0x0112] = 6
    for i, one in enumerate(pictures):
        file = io.BytesIO()
        Pillow.fromarray(np.rot90(one).copy()).save(file, "PNG", exif=exif)
        turned.append(BytesSource(f"{i}.png", file.getvalue()))
    same = align(turned)
    assert np.array_equal(same.still.correlation, plain.still.correlation)
    assert np.array_equal(same.laid.scores, plain.laid.scores)


@pytest.mark.slow
def test_most_pictures_say_the_aspect_and_others_are_cut():
    pictures = cuts(12)
    pictures[3] = pictures[3][:80]
    found = align(pictures)
    assert found.blend.shape == (128, 128) and found.cut == (found.names[3],)
    assert "1 picture has another aspect than the commonest, 128 to 128" in render_alignment(found)
    wide = align([one[:60] for one in cuts(12)])
    assert wide.blend.shape == (64, 128) and wide.cut == ()


# What is no set


@pytest.mark.parametrize("n", [1, 2, 5])
def test_too_few_are_refused(n):
    with pytest.raises(EmptySetError, match=rf"{n} pictures? given: too few, at least 6 different"):
        align(cuts(n))


def test_ten_thousand_of_one_are_one():
    one = source("a.png", skimage.data.coins()[:40, :40])
    many = [BytesSource(f"{i}.png", one.data) for i in range(300)]
    with pytest.raises(EmptySetError, match=r"300 pictures show 1 different picture, the others"):
        align(many)


def test_black_pictures_show_nothing():
    black = [np.full((40, 40 + i, 3), i, np.uint8) for i in range(8)]
    with pytest.raises(EmptySetError, match=r"8 pictures are of one shade each: nothing in them"):
        align(black)
    found = align([*cuts(8), *black])
    assert len(found.names) == 8 and len(found.skipped) == 8
    assert "is of one shade" in found.skipped[0].reason


def test_what_cannot_be_read_is_told():
    broken = [BytesSource(f"{i}.png", b"\x89PNG\r\n\x1a\n") for i in range(8)]
    with pytest.raises(EmptySetError, match=r"no picture was left: 0.png .* \(and 7 more\)"):
        align(broken, on_error="skip")
    with pytest.raises(ImageReadError, match=r"0\.png"):
        align(broken)
    with pytest.raises(EmptySetError, match=r"3 of 11 pictures can be compared \(0.png .*too few"):
        align([*broken, *cuts(3)], on_error="skip")
    with pytest.raises(ImageShapeError, match=r"has 200 x 20 pixels.*nothing can be told"):
        align([np.zeros((20, 200), np.uint8)] * 6)
    assert len(align([*broken, *cuts(6)], on_error="skip").skipped) == 8


# What is told


def test_a_record_has_all_of_it(aligned):
    record = alignment_record(aligned)
    assert record["n_images"] == len(record["pictures"]) == len(aligned.names)
    placed = [one for one in record["pictures"] if one["placed"]]
    assert record["placed"]["n"] == len(placed) > 0 and record["found"] == "still"
    assert all(one["p_value"] < record["level"] for one in placed)
    unplaced = next(one for one in record["pictures"] if not one["placed"])
    assert unplaced["right"] is unplaced["down"] is unplaced["scale"] is None
    heading, rows = alignment_table(aligned)
    assert len(heading) == len(rows[0]) and len(rows) == len(aligned.names)
    assert [row[0] for row in rows] == list(aligned.names)


def test_a_sheet_is_drawn_with_and_without_offsets(aligned):
    assert len(show_alignment(aligned, name="faces").axes) == 4
    assert len(show_alignment(align(cuts(8)), name="x" * 300).axes) == 3


# The shared sets


def some(data, name: str, n: int) -> list:
    images = find_images(data / name).images
    return list(images[:: max(1, len(images) // n)][:n])


def test_faces_of_a_network_stand_still_to_one_per_cent(data):
    found = align(some(data, "gan/stylegan2ada-ffhq", 60))
    assert found.found == "still" and found.still.area > 0.2
    assert np.median(found.laid.distances) < 0.01


def test_cats_do_not(data):
    for name in ("gan/thiscatdoesnotexist", "real/afhq"):
        found = align(some(data, name, 100))
        assert found.found == "still" and np.median(found.laid.distances) > 0.01


def test_whole_photographs_do_not_stand_still(data):
    for name in ("real/photos", "real/imagenet"):
        assert align(some(data, name, 60), on_error="skip").found == "not found"


def test_faces_that_were_cut_anew_are_found_again(data):
    rng = np.random.default_rng(9)
    pictures, where = [], []
    for one in some(data, "gan/stylegan2ada-ffhq", 60):
        pixels = read_pixels(one)
        side = int(len(pixels) * rng.uniform(0.6, 0.85))
        top, left = rng.integers(0, len(pixels) - side + 1, 2)
        pictures.append(pixels[top : top + side, left : left + side])
        where.append(np.array([top + side / 2, left + side / 2, side]) / len(pixels))
    found = align(pictures)
    known = ~np.isnan(found.laid.scales)
    assert known.mean() > 0.4
    # Names are "picture 7 in memory"; copies were left out.
    true = np.array(where)[[int(name.split()[1]) - 1 for name in found.names]][known]
    away = found.laid.moves[known] * np.median(true[:, 2]) - true[:, :2]
    assert np.median(np.hypot(*(away - np.median(away, axis=0)).T)) < 0.02
