from __future__ import annotations

import itertools

import numpy as np
import pytest
import skimage.data
from scipy.ndimage import gaussian_filter

from forensics import deliver
from forensics.engine.fingerprints import reference_noise
from forensics.errors import ImageShapeError
from forensics.images.delivery.steps import Jpeg
from forensics.traces.fingerprints.frame import rescaled
from forensics.traces.fingerprints.link import (
    LINK_PARTS,
    common_shape,
    link,
    link_vectors,
    tile_link_score,
)
from forensics.traces.fingerprints.match import repeated_part

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


@pytest.mark.parametrize("side", [120, 200])
def test_the_larger_one_is_brought_to_the_size_of_the_other(side):
    pattern = np.random.default_rng(0).normal(size=(320, 320))
    pattern = gaussian_filter(pattern, 1) * 3
    one = 4 * pattern + 5 * np.random.default_rng(1).normal(size=(320, 320)) + 120
    other = 8 * rescaled(pattern, (side, side)) + np.random.default_rng(2).normal(
        120, 5, (side, side)
    )
    found = link(one, other)
    assert found.linked and found.compared_at == (side, side)
    assert link(other, one).z == pytest.approx(found.z, rel=1e-4)
    assert not link(one, photograph(9)[:side, :side]).linked


def test_sizes_must_agree():
    with pytest.raises(ImageShapeError, match="one aspect"):
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


# Decoder tiles


def tiled(seed: int, strength: float, tile: int = 1, side: int = 192) -> np.ndarray:
    """Noise with one pattern of 16 x 16 pixels over all of it, in colour."""
    pattern = np.random.default_rng((tile, 0)).normal(size=(16, 16, 3))
    noise = np.random.default_rng((seed, 1)).normal(120, 14, (side, side, 3))
    covered = noise + strength * np.tile(pattern, (side // 16, side // 16, 1))
    return np.clip(np.rint(covered), 0, 255).astype(np.uint8)


def vectors(image: np.ndarray, *, has_grid: bool):
    coefficients = repeated_part(image)
    assert coefficients is not None
    return link_vectors(coefficients, reference_noise(), has_grid=has_grid)


def test_two_pictures_of_one_decoder_are_linked_and_others_are_not():
    own = [vectors(tiled(i, 2.5), has_grid=False)["all"] for i in range(4)]
    others = [vectors(tiled(i, 2.5, tile=i), has_grid=False)["all"] for i in range(10, 26)]
    for one, other in itertools.combinations(own, 2):
        assert tile_link_score(one, other, "all") > 6
    z = [tile_link_score(a, b, "all") for a, b in itertools.combinations(others, 2)]
    assert max(np.abs(z)) < 4.5 and 0.5 < np.std(z) < 1.3


def test_what_has_a_grid_is_compared_beyond_jpeg_alone():
    found = vectors(tiled(1, 2.0), has_grid=True)
    assert set(found) == {"beyond JPEG"}
    assert np.linalg.norm(found["beyond JPEG"]) == pytest.approx(1)
    gray = vectors(tiled(1, 2.0)[..., 1], has_grid=False)
    assert set(gray) == {"beyond JPEG", "luma"}


@pytest.mark.parametrize("part", LINK_PARTS)
def test_scores_of_tiles_do_not_depend_on_lengths(part):
    one, other = (vectors(tiled(i, 1.0), has_grid=False)[part] for i in (1, 2))
    assert one.size * 2 >= LINK_PARTS[part]
    score = tile_link_score(one, other, part)
    assert tile_link_score(3 * other, one, part) == pytest.approx(score, rel=1e-4)


def test_a_texture_that_fits_everywhere_links_nothing():
    weave = 40.0 * ((np.arange(192) % 4 < 2)[:, np.newaxis] ^ (np.arange(192) % 4 < 2))
    images = [
        np.clip(tiled(i, 0.0).astype(float) + weave[..., np.newaxis], 0, 255).astype(np.uint8)
        for i in (1, 2)
    ]
    one, other = (vectors(image, has_grid=False)["all"] for image in images)
    assert tile_link_score(one, other, "all") < 5


def test_frames_are_compared_at_the_smaller_size_or_not_at_all():
    assert common_shape((400, 400), (1024, 1024, 3)) == (400, 400)
    assert common_shape((512, 512), (512, 512)) == (512, 512)
    assert common_shape((400, 412), (1000, 1000)) == (400, 412)
    assert common_shape((400, 420), (1000, 1000)) is None
    assert common_shape((90, 90), (1000, 1000)) is None
