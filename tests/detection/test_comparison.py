from __future__ import annotations

import numpy as np
import pytest

import forensics as cf
from forensics.detection.comparison import Comparison, Side, compared
from forensics.engine.blend import Blend, load_reference
from forensics.errors import ImageShapeError
from forensics.traces.periods import PERIODS, banding, line_bands
from forensics.traces.profiles import KINDS
from forensics.traces.sums import moments


def noise(rng: np.random.Generator, *shape: int) -> Blend:
    return Blend(moments([rng.integers(0, 256, (*shape, 3), dtype=np.uint8)]))


def facts(side: Side) -> list[tuple]:
    return [
        (one.axis, one.profile, one.period, one.ratio, one.p_value) for one in side.bands.periods
    ]


def test_every_period_of_every_profile_is_tested(rng):
    assert len(line_bands(noise(rng, 70, 90).mean).periods) == 2 * len(KINDS) * len(PERIODS)


def test_each_side_is_what_it_is_alone(rng):
    a, b = noise(rng, 70, 90), load_reference("afhq")
    both = compared(a, b, names=("mine", "afhq"), channel="red")
    for side, name, blended in ((both.a, "mine", a), (both.b, "afhq", b)):
        assert (side.name, side.bands.channel) == (name, "red") and side.blended is blended
        assert facts(side) == facts(Side(name, blended, line_bands(blended.mean, channel="red")))


def test_swapping_the_sets_swaps_the_sides(rng):
    a, b = noise(rng, 70, 90), noise(rng, 80, 80)
    one, other = compared(a, b), compared(b, a, names=("b", "a"))
    assert facts(one.a) == facts(other.b) and facts(one.b) == facts(other.a)
    assert one.a.name == other.b.name == "a"


def test_the_verb_gives_the_same_and_shows_itself(rng):
    a, b = noise(rng, 70, 90), noise(rng, 80, 80)
    shown = cf.compare(a, b, names=("x", "y"))
    assert isinstance(shown, Comparison) and isinstance(shown, cf.Comparison)
    assert facts(shown.a) == facts(compared(a, b).a) and shown.b.name == "y"


def test_banding_keeps_the_ratios_that_it_combines(rng):
    side = compared(noise(rng, 70, 90), noise(rng, 80, 80)).a
    ratios = {(one.profile, one.period, one.axis): one.ratio for one in side.bands.periods}
    for band in banding(side.bands.periods):
        assert set(band.ratios) == {"rows", "columns"} and band.found == (band.p_holm < 0.01)
        for axis, ratio in band.ratios.items():
            assert ratio == ratios[band.profile, band.period, axis]


def test_a_blend_too_small_to_test_is_refused(rng):
    with pytest.raises(ImageShapeError):
        compared(noise(rng, 70, 90), noise(rng, 20, 90))
