from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import ImageShapeError, OutputError, ParameterError
from forensics.images.delivery import simulate
from forensics.images.delivery.deliver import resize_to_cover
from forensics.images.delivery.encode import luma_psnr
from forensics.images.delivery.simulate import LAYERS, UpLayer, draw_layer, interpolating, simulated
from forensics.images.read import read_pixels
from forensics.traces.periods import period_test
from forensics.traces.profiles import line_profile

SEEDS, NAMES = st.integers(0, 2**32), st.sampled_from(LAYERS)


def ratio(image: np.ndarray, kind: str = "second", period: float = 2) -> float:
    """The larger one of both axes."""
    profiles = (line_profile(image, axis=axis, kind=kind) for axis in ("rows", "columns"))
    return max(period_test(profile, periods=[period])[0].ratio for profile in profiles)


@given(NAMES, st.integers(1, 20), st.integers(1, 20), st.booleans(), SEEDS)
def test_any_size_keeps_its_shape_and_stays_as_it_was(name, rows, columns, colored, seed):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (rows, columns, 3)[: 2 + colored], dtype=np.uint8)
    image.setflags(write=False)
    for strength in (0, 1):
        done = simulated(image, name, strength=strength, rng=np.random.default_rng(seed))
        assert done.pixels.shape == image.shape and done.pixels.dtype == np.uint8
        assert done.psnr == luma_psnr(image, done.pixels) and done.layer.name == name
    assert done.psnr > 10
    depth = draw_layer(name, rng, depth=5)
    assert simulated(image, depth, strength=0.1, rng=rng).pixels.shape == image.shape


@pytest.mark.parametrize("name", LAYERS)
def test_it_is_seeded(cat, name):
    first, same, other = (simulated(cat, name, rng=np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(first.pixels, same.pixels) and first.psnr == same.psnr
    assert not np.array_equal(first.pixels, other.pixels)


@pytest.mark.parametrize("name", LAYERS)
def test_strength_goes_from_nothing_to_the_full_layer(cat, name):
    layer = draw_layer(name, np.random.default_rng(2))
    ratios = []
    for strength in (0, 0.5, 1, 2):
        done = simulated(cat, layer, strength=strength, rng=np.random.default_rng(3))
        ratios.append(done.psnr)
        assert done.strength == strength and done.layer is layer
    assert ratios == sorted(ratios, reverse=True) and ratios[0] == np.inf
    assert 28 < ratios[2] < 55 and ratios[1] - ratios[2] == pytest.approx(6, abs=2)


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_leaves_period_2(cat, name):
    image = resize_to_cover(cat, 256)
    assert ratio(image) < 10
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        found.append(ratio(simulated(image, name, strength=2, rng=rng).pixels))
    assert np.median(found) > 20


def test_a_symmetric_layer_leaves_none_in_second_but_in_first(cat):
    layer = UpLayer("bilinear", interpolating(4)[None], np.ones(1))
    image = resize_to_cover(cat, 256)
    found = [
        simulated(image, layer, strength=2, rng=np.random.default_rng(seed)).pixels
        for seed in range(5)
    ]
    assert np.median([ratio(pixels) for pixels in found]) < 6
    assert np.median([ratio(pixels, "first") for pixels in found]) > 20


def test_two_layers_leave_period_4_as_well(cat):
    image = resize_to_cover(cat, 256)
    found = {}
    for depth in (1, 2):
        rng = np.random.default_rng(0)
        made = [
            simulated(image, draw_layer("nearest", rng, depth=depth), strength=2, rng=rng).pixels
            for _ in range(6)
        ]
        found[depth] = np.median([ratio(pixels, "first", 4) for pixels in made])
    assert found[1] < 6 and found[2] > 3 * found[1]


def test_pictures_of_one_layer_have_a_fingerprint_in_common(cat, rng):
    def grid(layer: UpLayer, image: np.ndarray) -> np.ndarray:
        done = simulated(image, layer, strength=2, rng=rng)
        change = (done.pixels - image.astype(float)).mean(axis=2)
        rows, columns = (side // 2 * 2 for side in change.shape)
        folded = change[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2).mean(axis=(0, 2))
        return folded - folded.mean()

    one = draw_layer("transposed-3", np.random.default_rng(5))
    first, second = grid(one, cat), grid(one, cat[::-1].copy())
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.9


def test_a_layer_that_does_nothing_is_found_out(cat, monkeypatch):
    monkeypatch.setattr(simulate, "_change", lambda image, *_: np.full(image.shape, -5.0))
    simulated(cat, "nearest", rng=np.random.default_rng(0))
    with pytest.raises(OutputError, match=r"should change the picture by 5\.0 counts and did not"):
        simulated(np.zeros_like(cat), "nearest", rng=np.random.default_rng(0))


def test_a_picture_beyond_recognition_is_found_out(rng):
    bits = (rng.integers(0, 2, (64, 64)) * 255).astype(np.uint8)
    with pytest.raises(OutputError, match="dB of the picture, at least 10 are allowed"):
        simulated(bits, UpLayer("nearest", 99 * interpolating(4)[None], np.ones(1)), rng=rng)


@pytest.mark.parametrize("strength", [-0.1, 4.1, float("nan"), float("inf")])
def test_strengths_beyond_what_is_allowed_are_refused(cat, rng, strength):
    with pytest.raises(ParameterError, match="strength is"):
        simulated(cat, "nearest", strength=strength, rng=rng)


def test_what_is_no_image_is_refused(rng):
    with pytest.raises(ImageShapeError, match="image has dtype"):
        simulated(np.zeros((9, 9)), "nearest", rng=rng)


@pytest.mark.slow
def test_on_photographs_the_traces_are_about_those_of_real_generators(data):
    # CycleGAN has a median ratio of 11 in second, BigGAN of 91, the site's cats of 270.
    photos = [
        resize_to_cover(read_pixels(path), 512)
        for path in sorted((data / "real" / "photos").glob("verhey_*"))[:5]
    ]
    assert len(photos) == 5
    for name in LAYERS:
        found = [
            ratio(simulated(photo, name, rng=np.random.default_rng([seed, place])).pixels)
            for place, photo in enumerate(photos)
            for seed in range(2)
        ]
        assert 10 < np.median(found) < 1000
