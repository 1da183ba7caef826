"""What was put together of two histories is found, and where; what has one is left alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics import simulate
from forensics.box import Box
from forensics.errors import ImageShapeError
from forensics.traces.fingerprints.fingerprint import FingerprintSums, fingerprint
from forensics.traces.regions.maps import LEAST_CHANCE, trace_map

NEAR = 16


def saved(image: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Pillow.open(file))


def halves(first: int, second: int, side: int = 256) -> np.ndarray:
    image = skimage.data.astronaut()[:side, : 2 * side]
    return np.concatenate([saved(image, first)[:, :side], saved(image, second)[:, side:]], axis=1)


def pasted(host: np.ndarray, inset: np.ndarray, box: Box) -> np.ndarray:
    image = host.copy()
    image[box.top : box.top + box.rows, box.left : box.left + box.columns] = box.of(inset)
    return image


def edges(box: Box) -> np.ndarray:
    return np.array([box.top, box.left, box.top + box.rows, box.left + box.columns])


def is_near(found: Box, box: Box) -> bool:
    return bool(np.abs(edges(found) - edges(box)).max() <= NEAR)


def is_half(found: Box, side: int) -> bool:
    return is_near(found, Box(0, 0, side, side)) or is_near(found, Box(0, side, side, side))


@pytest.mark.parametrize("last", [None, 92])
@pytest.mark.parametrize("side", [128, 256])
def test_two_histories_side_by_side(side, last):
    image = halves(60, 80, side)
    image = image if last is None else saved(image, last)
    (region,) = trace_map(image).regions
    assert is_half(region.box, side) and region.p_value == LEAST_CHANCE
    save = next(one for one in region.signs if one.layer.endswith("JPEG" if last else "grid"))
    # The half that was told may be either of them.
    told = {region.box.left < side: save.inside, region.box.left >= side: save.outside}
    assert abs(told[True].quality - 60) <= 3 and abs(told[False].quality - 80) <= 3
    assert told[True].origin == told[False].origin == (0, 0)


@pytest.mark.parametrize("last", [None, 92])
def test_a_picture_off_the_grid_of_another(last):
    box = Box(101, 203, 160, 160)
    astronaut = np.roll(saved(skimage.data.astronaut(), 70), (3, 6), axis=(0, 1))
    image = pasted(saved(skimage.data.coffee(), 80), astronaut, box)
    found = trace_map(image if last is None else saved(image, last))
    (region,) = found.regions
    assert is_near(region.box, box)
    origins = {sign.layer: getattr(sign.inside, "origin", None) for sign in region.signs}
    assert (3, 6) in origins.values()


def test_turning_the_picture_turns_the_region():
    image = halves(60, 90)
    (upright,), (turned,) = (
        trace_map(one).regions for one in (image, np.ascontiguousarray(image.swapaxes(0, 1)))
    )
    assert is_half(upright.box, 256)
    assert is_half(Box(turned.box.left, turned.box.top, turned.box.columns, turned.box.rows), 256)


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut", "rocket"])
@pytest.mark.parametrize("chain", [(), (75,), (60, 92)])
def test_what_has_one_history_has_no_region(name, chain):
    image = getattr(skimage.data, name)()
    for quality in chain:
        image = saved(image, quality)
    assert trace_map(image).regions == ()


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
def test_cropping_between_two_saves_makes_no_region(name):
    image = saved(getattr(skimage.data, name)(), 60)[3:, 5:]
    found = trace_map(saved(image, 90))
    assert found.regions == () and found.judged


@pytest.mark.parametrize("last", [None, 90])
def test_a_part_that_a_generator_left_its_bands_in(last):
    box = Box(100, 200, 256, 256)
    made = simulate(skimage.data.astronaut(), "transposed-4").pixels
    image = pasted(skimage.data.coffee(), np.pad(made, ((0, 0), (0, 100), (0, 0))), box)
    (region,) = trace_map(image if last is None else saved(image, last)).regions
    assert is_near(region.box, box)
    assert [(one.layer, one.inside, one.outside) for one in region.signs] == [
        ("bands of period 2", 0.5, None)
    ]


def test_a_picture_that_a_generator_made_is_not_cut_into_parts():
    made = simulate(skimage.data.astronaut(), "transposed-4").pixels
    assert trace_map(made).regions == ()


@pytest.mark.parametrize("factor", [1.4, 1.7])
def test_a_part_that_was_enlarged(factor):
    cat = Pillow.fromarray(skimage.data.chelsea())
    large = np.asarray(cat.resize([round(factor * side) for side in cat.size], Pillow.BICUBIC))
    box = Box(100, 100, 256, 256)
    (region,) = trace_map(pasted(skimage.data.coffee(), large, box)).regions
    (sign,) = region.signs
    # Where the cat is out of focus it says nothing.
    assert np.abs(edges(region.box) - edges(box)).max() <= 3 * NEAR
    assert region.box.rows * region.box.columns > 0.8 * box.rows * box.columns
    assert sign.layer == "resampling" and sign.outside is None
    assert min(abs(sign.inside - 1 / factor), abs(1 - sign.inside - 1 / factor)) < 0.01


def test_a_part_of_the_frame_of_a_known_network():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(512, 512))
    sums = FingerprintSums(100, np.rint(1e6 * shared).astype(np.int64))
    source = fingerprint(sums, "made up", dense=True)
    coffee, box = skimage.data.coffee(), Box(100, 200, 192, 192)
    image = coffee.astype(float)
    image[100:292, 200:392] += 3 * shared[150:342, 200:392, np.newaxis]
    found = trace_map(np.clip(np.rint(image), 0, 255).astype(np.uint8), fingerprints=[source])
    (region,) = found.regions
    assert is_near(region.box, box) and region.signs[0].inside == "made up"
    unsigned = trace_map(coffee, fingerprints=[source])
    assert unsigned.regions == () and not unsigned.layers[-1].judged


def test_no_noise_has_a_region():
    rng = np.random.default_rng(3)
    for _ in range(6):
        noise = rng.integers(0, 256, (160, 224, 3), dtype=np.uint8)
        assert trace_map(noise).regions == ()


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ((95, 400, 3), "smaller than 96 x 96 pixels"),
        ((5000, 5000), "more than 24 megapixels: measure a part, with box"),
    ],
)
def test_what_cannot_be_measured_is_not_judged(shape, why):
    found = trace_map(np.zeros(shape, np.uint8))
    assert not found.judged and found.regions == ()
    assert {layer.why for layer in found.layers} == {why}


@pytest.mark.parametrize("shape", [(200, 200), (130, 257, 3)])
def test_flat_pictures_are_not_judged(shape):
    found = trace_map(np.full(shape, 200, np.uint8))
    assert not found.judged and all(layer.why for layer in found.layers)


def test_grey_and_read_only_pictures():
    image = halves(60, 90)
    grey = np.asarray(Pillow.fromarray(image).convert("L"))
    grey.setflags(write=False)
    (region,) = trace_map(grey).regions
    assert is_half(region.box, 256)


def test_other_shapes_are_refused():
    with pytest.raises(ImageShapeError, match="shape"):
        trace_map(np.zeros((100, 100, 2), np.uint8))


def test_every_layer_lies_over_the_picture():
    found = trace_map(halves(60, 90))
    assert [layer.name for layer in found.layers] == [
        "JPEG grid", "earlier JPEG", "bands of period 2", "resampling", "fingerprint"
    ]  # fmt: skip
    assert {layer.values.shape for layer in found.layers} == {(32, 64)}
    assert all(layer.judged != bool(layer.why) for layer in found.layers)
