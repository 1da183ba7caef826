from __future__ import annotations

import itertools

import numpy as np
import pytest
import skimage.data

from forensics import deliver
from forensics.errors import ImageShapeError
from forensics.images.delivery.steps import Jpeg
from forensics.traces.fingerprints.link import link

SIDE = 160


def photograph(seed: int) -> np.ndarray:
    rough = np.random.default_rng(seed).normal(size=(SIDE, SIDE))
    return 120 + np.cumsum(rough, axis=0) / 3 + 8 * rough


def shared() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(SIDE, SIDE))


def test_two_pictures_with_one_pattern_are_linked():
    found = link(photograph(1) + 4 * shared(), photograph(2) + 4 * shared())
    assert found.linked and found.z > 6 and found.compared_at == (SIDE, SIDE)


def test_two_pictures_without_are_not():
    z = [link(photograph(i), photograph(50 + i)).z for i in range(40)]
    assert abs(np.mean(z)) < 0.6 and np.std(z) < 1.4 and max(z) < 4.5


def test_the_order_does_not_matter():
    one, other = photograph(3) + 3 * shared(), photograph(4) + 3 * shared()
    assert link(one, other).z == pytest.approx(link(other, one).z, rel=1e-4)


def test_what_a_pipeline_shares_links_nothing():
    grid = 2.0 * ((np.arange(SIDE) % 8 == 0)[:, np.newaxis] | (np.arange(SIDE) % 8 == 0))
    assert not link(photograph(5) + grid, photograph(6) + grid).linked


def test_sizes_must_agree():
    with pytest.raises(ImageShapeError, match="one size"):
        link(photograph(1), photograph(2)[:, :100])
    with pytest.raises(ImageShapeError, match="96 x 96"):
        link(photograph(1)[:50, :50], photograph(2)[:50, :50])


def test_coarse_jpegs_of_two_photographs_are_not_linked_and_scores_stay_normal():
    pictures = [
        deliver(np.ascontiguousarray(image[:256, :256]), [Jpeg(30, "4:2:0", False)]).pixels
        for image in (
            skimage.data.astronaut(),
            skimage.data.chelsea(),
            skimage.data.coffee(),
            np.repeat(skimage.data.camera()[..., np.newaxis], 3, axis=2),
            np.repeat(skimage.data.brick()[..., np.newaxis], 3, axis=2),
            np.repeat(skimage.data.gravel()[..., np.newaxis], 3, axis=2),
        )
    ]
    z = [link(a, b).z for a, b in itertools.combinations(pictures, 2)]
    assert np.max(np.abs(z)) < 4.5 and np.std(z) < 1.8


def test_a_caption_in_both_links_nothing_and_a_pattern_everywhere_does():
    rng = np.random.default_rng(3)
    one, other = rng.normal(120, 12, (2, 256, 256))
    caption = 20 * rng.normal(size=(40, 256))
    for image in (one, other):
        image[-40:] = 120 + caption
    assert not link(one, other).linked
    shared = 6 * rng.normal(size=(256, 256))
    assert link(one + shared, other + shared).linked


def test_what_is_no_number_is_refused():
    image = np.random.default_rng(0).normal(120, 12, (128, 128))
    spoiled = image.copy()
    spoiled[3, 4] = np.nan
    with pytest.raises(ImageShapeError, match="1 of the image's numbers"):
        link(image, spoiled)
    with pytest.raises(ImageShapeError, match="bool"):
        link(image, image > 120)
