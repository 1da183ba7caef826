from __future__ import annotations

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.errors import ParameterError
from forensics.images.delivery.chains import CHAINS, chain_steps, random_delivery, usual_delivery
from forensics.images.delivery.deliver import deliver
from forensics.images.delivery.resize import scaled_shape
from forensics.images.delivery.steps import Crop, Jpeg, Paste, Png, Resize, Webp
from forensics.images.record import jpeg_record


@pytest.mark.parametrize("name", CHAINS)
def test_chains_are_seeded_and_work_on_any_size(cat, name):
    for image in (cat, cat[:1, :1], cat[:9, :40], cat[:, :, 0], np.tile(cat, (6, 1, 1))):
        steps = [chain_steps(name, image.shape, rng=np.random.default_rng(7)) for _ in range(2)]
        assert steps[0] == steps[1]
        done = [deliver(image, steps[0]) for _ in range(2)]
        assert done[0].data == done[1].data and done[0].steps == steps[0]


@pytest.mark.parametrize(
    ("name", "longest", "qualities", "progressive"),
    [("messenger", {1600}, range(70, 81), False), ("social", {1080, 2048}, range(75, 86), True),
     ("thumbnail", {200, 256, 320, 400}, range(65, 76), False)],
)  # fmt: skip
def test_platforms_reduce_the_longer_side_and_save_once(rng, name, longest, qualities, progressive):
    found = set()
    for _ in range(50):
        resize, jpeg = chain_steps(name, (4032, 3024, 3), rng=rng)
        found.add(round(4032 * resize.scale))
        assert jpeg.quality in qualities and jpeg.subsampling == "4:2:0"
        assert jpeg.progressive == progressive
    assert found == longest
    (only,) = chain_steps(name, (200, 100, 3), rng=rng)
    assert isinstance(only, Jpeg)


def test_a_screenshot_shows_the_picture_resampled_on_a_larger_surface(cat, rng):
    offsets = set()
    for _ in range(20):
        resize, paste, png = chain_steps("screenshot", cat.shape, rng=rng)
        assert isinstance(resize, Resize) and isinstance(paste, Paste) and png == Png()
        assert resize.scale != round(resize.scale)
        offsets.add((paste.top % 8, paste.left % 8))
        assert deliver(cat, (resize, paste, png)).pixels.shape == (paste.rows, paste.columns, 3)
    assert len(offsets) > 10


def test_a_messenger_file_is_what_the_chain_says(cat, rng):
    large = np.tile(cat, (7, 4, 1))
    done = deliver(large, chain_steps("messenger", large.shape, rng=rng))
    assert max(done.pixels.shape) == 1600 and done.container == "JPEG"
    assert jpeg_record(Pillow.open(io.BytesIO(done.data))).subsampling == "4:2:0"


def test_random_deliveries_are_seeded(cat):
    first, second = (
        [random_delivery(np.random.default_rng(3), cat.shape) for _ in range(1)] for _ in range(2)
    )
    assert first == second


def test_random_deliveries_cover_what_they_promise(rng):
    counts: Counter[str] = Counter()
    origins, kernels, scales, qualities = set(), set(), [], set()
    for _ in range(3000):
        crop, *later = random_delivery(rng, (512, 512, 3))
        assert isinstance(crop, Crop) and min(crop.rows, crop.columns) >= 256
        origins.add((crop.top % 8, crop.left % 8))
        jpegs = [step for step in later if isinstance(step, Jpeg)]
        counts[f"{len(jpegs)} jpeg"] += 1
        counts["shifted"] += any(isinstance(step, Crop) for step in later)
        counts["nothing else"] += not later
        counts["webp"] += any(isinstance(step, Webp) for step in later)
        for step in later:
            if isinstance(step, Resize):
                kernels.add((step.kernel, step.antialias))
                scales.append(step.scale)
        qualities |= {(jpeg.subsampling, jpeg.progressive) for jpeg in jpegs}
        assert all(50 <= jpeg.quality <= 98 for jpeg in jpegs)
    assert len(origins) == 64 and len(kernels) == 8 and len(qualities) == 6
    assert 0.5 <= min(scales) < 0.52 and 1.95 < max(scales) <= 2
    assert 1600 < counts["1 jpeg"] < 1700 and 650 < counts["2 jpeg"] < 850
    assert 300 < counts["shifted"] < 450
    assert 130 < counts["nothing else"] < 230 and 180 < counts["webp"] < 300


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 200, 3), (300, 451), (300, 451, 3)])
def test_random_deliveries_can_be_done_on_any_size(cat, rng, shape):
    image = (cat if len(shape) == 3 else cat[:, :, 0])[: shape[0], : shape[1]]
    for _ in range(15):
        done = deliver(image, random_delivery(rng, image.shape))
        assert done.pixels.ndim == image.ndim


def test_what_makes_no_sense_is_refused(rng):
    with pytest.raises(ParameterError, match="chain is 'fax', allowed are messenger"):
        chain_steps("fax", (9, 9), rng=rng)
    for wrong in ({"sides": (9, 8)}, {"scales": (0, 1)}, {"qualities": (0, 50)}):
        with pytest.raises(ParameterError, match="pass two positive numbers in order"):
            random_delivery(rng, (512, 512), **wrong)


# As pictures usually travel


def sizes(steps, shape):
    """Rows and columns before and after each step."""
    found = [tuple(shape[:2])]
    for step in steps:
        if isinstance(step, Crop | Paste):
            found.append((step.rows, step.columns))
        else:
            scaled = isinstance(step, Resize)
            found.append(scaled_shape(found[-1], step.scale) if scaled else found[-1])
    return found


@pytest.mark.parametrize("shape", [(512, 512, 3), (300, 451), (40, 4000, 3)])
def test_usual_deliveries_are_seeded(shape):
    for seed in range(20):
        one, other = (usual_delivery(np.random.default_rng(seed), shape) for _ in range(2))
        assert one == other


@pytest.mark.parametrize("shape", [(160, 160), (200, 1000), (512, 512, 3), (3000, 2000)])
@pytest.mark.parametrize("smallest", [64, 128])
def test_usual_deliveries_keep_every_side_large_enough(rng, shape, smallest):
    for _ in range(500):
        steps = usual_delivery(rng, shape, smallest=smallest)
        shown = any(isinstance(step, Paste) for step in steps)
        assert shown or min(sizes(steps, shape)[-1]) >= smallest


def test_what_a_screenshot_shows_is_large_enough_as_well(rng):
    for _ in range(2000):
        steps = usual_delivery(rng, (160, 160))
        assert min(min(size) for size in sizes(steps, (160, 160))) >= 128


def test_what_was_small_before_is_not_made_smaller_but_by_screens(rng):
    for _ in range(500):
        steps = usual_delivery(rng, (90, 300))
        if not any(isinstance(step, Paste) for step in steps):
            assert sizes(steps, (90, 300))[-1][0] >= 90


def test_usual_deliveries_cover_what_they_promise(rng):
    counts: Counter[str] = Counter()
    for _ in range(3000):
        steps = usual_delivery(rng, (512, 512, 3))
        kinds = Counter(type(step) for step in steps)
        counts["as found"] += not steps
        counts["saved before"] += bool(steps) and isinstance(steps[0], Jpeg)
        counts["screen"] += bool(kinds[Paste])
        counts["crop"] += bool(kinds[Crop])
        counts["resize"] += bool(kinds[Resize])
        counts["webp"] += bool(kinds[Webp])
        assert max(kinds[Crop], kinds[Resize], kinds[Webp]) <= 1 and kinds[Jpeg] <= 3
        for before, step in zip(sizes(steps, (512, 512)), steps, strict=False):
            if isinstance(step, Crop):
                assert step.top + step.rows <= before[0]
                assert step.left + step.columns <= before[1]
            if isinstance(step, Resize) and not kinds[Paste]:
                assert 0.4 <= step.scale <= 1.75
            if isinstance(step, Jpeg):
                assert 45 <= step.quality <= 98
    sent = 0.9  # all that is not left as found
    posted = sent * 0.94  # and not shown on a screen either
    promised = {
        "as found": 1 - sent,
        "saved before": sent * 0.9 + posted * 0.1 * (0.6 * 0.45 * 0.72),  # or saved only
        "screen": sent - posted,
        "crop": posted * 0.4,
        "resize": posted * 0.55 + (sent - posted),
        "webp": posted * 0.08,
    }
    for name, share in promised.items():
        spread = np.sqrt(3000 * share * (1 - share))
        assert abs(counts[name] - 3000 * share) < 4 * spread, name


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 200, 3), (300, 451), (300, 451, 3)])
def test_usual_deliveries_can_be_done_on_any_size(cat, rng, shape):
    image = (cat if len(shape) == 3 else cat[:, :, 0])[: shape[0], : shape[1]]
    for _ in range(15):
        done = deliver(image, usual_delivery(rng, image.shape))
        assert done.pixels.ndim == image.ndim
