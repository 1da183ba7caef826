from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from forensics import load_reference, read_pixels
from forensics.errors import ImageShapeError, ParameterError
from forensics.traces.periods import PERIODS, Period, banding, noise_bins, noise_ratios, period_test
from forensics.traces.profiles import AXES, KINDS, LineProfile, line_profile, line_profiles
from forensics.traces.significance import nyquist_evidence

LEVELS = (0.05, 0.01, 0.001)
ALLOWED = 1.3
UNPROCESSED = ("brick", "grass", "gravel", "camera", "astronaut", "chelsea", "coffee")
PLANTED = [(p, phase) for p in PERIODS for phase in range(math.ceil(p)) if phase < 5]

p_values_of = st.floats(1e-12, 1)


def wave(n: int, period: float, phase: float) -> np.ndarray:
    """High on the lines `phase`, `phase + period`, ...; value i of a profile is line i + 1."""
    return np.cos(2 * np.pi * (np.arange(n) + 1 - phase) / period)


def signed(values: np.ndarray) -> LineProfile:
    return LineProfile(np.asarray(values, float), "rows", "signed", "luma")


def pink(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """1/f noise around 128, cut from a larger field, which is periodic."""
    shape = (rows * 5 // 4, columns * 5 // 4)
    spectrum = np.fft.rfft2(rng.normal(size=shape))
    radius = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1]))
    radius[0, 0] = np.inf
    noise = np.fft.irfft2(spectrum / radius, shape)[:rows, :columns]
    return 128 + 40 * noise / noise.std()


def white(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return rng.normal(128, 30, (rows, columns))


def periods_in(image: np.ndarray) -> list[Period]:
    return [tested for profile in line_profiles(image) for tested in period_test(profile)]


def share(p_values: list[float] | np.ndarray, level: float) -> float:
    """Of the p-values under a level, over that level."""
    return float((np.asarray(p_values) < level).mean() / level)


# --- what is found


@pytest.mark.parametrize("period, phase", PLANTED)
def test_a_planted_wave_is_found_with_its_phase_and_amplitude(rng, period, phase):
    values = rng.normal(0, 2, 511) + 3 * wave(511, period, phase)
    (found,) = period_test(signed(values), periods=[period])
    assert found.p_value < 1e-6
    assert found.phase == phase
    assert found.amplitude == pytest.approx(3, abs=0.6)
    others = period_test(signed(values), periods=[p for p in PERIODS if p != period])
    assert min(other.p_value for other in others) > 1e-3


@pytest.mark.parametrize("period", PERIODS)
def test_the_amplitude_of_a_clean_wave_is_exact(period):
    (found,) = period_test(signed(3 * wave(511, period, 1)), periods=[period])
    assert found.amplitude == pytest.approx(3, rel=1e-6)
    assert found.phase == 1


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("phase", [0, 1])
def test_brighter_lines_are_found_by_signed_on_their_axis_only(rng, axis, phase):
    image = rng.normal(100, 10, (514, 514))
    image[phase::2] += 2
    image = image if axis == "rows" else image.T
    for profile in line_profiles(image, kinds=("signed",)):
        (found,) = period_test(profile, periods=[2])
        if profile.axis == axis:
            assert found.p_value < 1e-6
            assert found.phase == phase
            assert found.amplitude == pytest.approx(2, rel=0.1)  # a step up and a step down
        else:
            assert found.p_value > 0.01


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("period, phase", [(2, 0), (2, 1), (4, 3), (8, 5), (16, 9), (8 / 3, 1)])
def test_busier_lines_are_found_by_second_on_their_axis_only(rng, axis, period, phase):
    spread = 10 * (1 + 0.2 * wave(514, period, phase + 1))
    image = 128 + spread[:, None] * rng.normal(size=(514, 514))
    image = image if axis == "rows" else image.T
    for profile in line_profiles(image, kinds=("second",)):
        (found,) = period_test(profile, periods=[period])
        assert (found.axis, found.profile) == (profile.axis, "second")
        if profile.axis != axis:
            assert found.p_value > 0.01
            continue
        variances = spread**2
        bend = np.sqrt(2 / np.pi * (variances[:-2] + 4 * variances[1:-1] + variances[2:]))[:496]
        power = abs(np.fft.rfft(bend)[round(496 / period)]) / 496
        assert found.p_value < 1e-6
        assert found.phase == phase
        assert found.amplitude == pytest.approx(power * (1 if period == 2 else 2), rel=0.2)


def test_trap_5_a_crop_moves_the_phase_and_keeps_the_evidence(rng):
    image = rng.normal(128, 10, (528, 64)) + 3 * wave(528, 8, 3)[:, None]
    whole, cropped = (
        period_test(line_profile(part, kind="signed"), periods=[8])[0]
        for part in (image[:512], image[3:515])
    )
    assert cropped.phase == (whole.phase - 3) % 8
    assert cropped.ratio == pytest.approx(whole.ratio, rel=0.5)
    assert max(whole.p_value, cropped.p_value) < 1e-6


@pytest.mark.parametrize("kind", ["first", "second"])
@pytest.mark.parametrize("factor", [0.01, 0.5, 3, 200])
def test_the_scale_of_first_and_second_changes_no_p(cat, kind, factor):
    profile = line_profile(cat, kind=kind)
    other = replace(profile, values=profile.values * factor)
    for one, scaled in zip(period_test(profile), period_test(other), strict=True):
        assert scaled.p_value == pytest.approx(one.p_value, rel=1e-6)
        assert scaled.ratio == pytest.approx(one.ratio, rel=1e-6, abs=1e-9)
        assert scaled.amplitude == pytest.approx(one.amplitude * factor, rel=1e-6, abs=1e-9)
        assert scaled.phase == one.phase


@pytest.mark.parametrize("factor", [0.01, 3, 200])
def test_the_contrast_of_a_picture_changes_no_p(cat, factor):
    for one, other in zip(periods_in(cat * 1.0), periods_in(cat * float(factor)), strict=True):
        assert other.p_value == pytest.approx(one.p_value, rel=1e-6)


def slope(rows: float, columns: float) -> np.ndarray:
    return rows * np.arange(256)[:, None] + columns * np.arange(300)


@pytest.mark.parametrize(
    "image",
    [
        np.full((256, 256, 3), 77, np.uint8),
        np.full((256, 300), 255 / 7),
        slope(0.1, 0).astype(float),
        slope(1 / 3, 0.7),
        slope(1, 0).astype(np.uint8),
        np.dstack([slope(0.3, 0.1), slope(0.1, 0.2), slope(0, 0.7)]),
    ],
)
def test_rounding_is_no_evidence(image):
    found = periods_in(image)
    assert min(tested.p_value for tested in found) > 0.05
    assert max(tested.amplitude for tested in found if tested.profile != "signed") < 1e-9


# --- the p-value


def test_evidence_at_nyquist_is_the_tail_of_f_in_scipy():
    for half in (0.5, 1.2, 3, 7.5, 14.8, 19.75, 40):
        for ratio in (0, 1e-6, 0.1, 0.5, 1, 2, 6.6, 30, 200, 1e4, 1e6, 1e9):
            tail = stats.f.sf(ratio, 1, 2 * half)
            if tail > 1e-290:
                expected = -stats.f.logsf(ratio, 1, 2 * half)
                assert nyquist_evidence(ratio, half) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("half", [0.5, 3, 14.8, 19.75])
def test_evidence_at_nyquist_is_finite_where_the_tail_is_no_float(half):
    ratio = 1e200
    # I_x(half, 1/2) is x**half / (half B(half, 1/2)) for small x
    expected = -half * math.log(2 * half / ratio) + math.log(half) + special.betaln(half, 0.5)
    assert nyquist_evidence(ratio, half) == pytest.approx(expected, rel=1e-9)


@given(st.floats(0, 1e12), st.floats(1.001, 10), st.floats(1, 40))
def test_evidence_at_nyquist_grows_with_the_ratio(ratio, more, half):
    larger = ratio * more + 1e-3
    assert nyquist_evidence(ratio, half) >= -1e-11
    assert nyquist_evidence(larger, half) > nyquist_evidence(ratio, half)


@pytest.mark.parametrize("kind", KINDS)
def test_p_is_the_larger_of_the_law_of_noise_and_the_tail_of_the_picture(rng, kind):
    ruled = {"noise": 0, "tail": 0}
    for _ in range(20):
        profile = line_profile(pink(rng, 400, 40), kind=kind)
        ratios, effective = noise_ratios(profile)
        law = (1 + ratios / effective) ** -effective
        law[-1] = stats.f.sf(ratios[-1], 1, 2 * effective[-1])
        background = -np.log(law[noise_bins(len(ratios))])
        start = np.quantile(background, 0.8)
        excess = background[background > start] - start
        m = len(excess) / 1.944
        for tested in period_test(profile):
            k = round(2 * (len(ratios) - 1) / tested.period)
            beyond = (-np.log(law[k]) - start) / (m * excess.mean())
            tail = 0.2 * (1 + beyond) ** -m if beyond > 0 else 0
            ruled["tail" if tail > law[k] else "noise"] += 1
            assert tested.ratio == ratios[k]
            assert tested.p_value == pytest.approx(max(law[k], tail), rel=1e-9)
    assert min(ruled.values()) > 2


@pytest.mark.parametrize("period", [2, 4, 8])
def test_a_strong_pattern_that_changes_over_the_frame_does_not_hide_itself(rng, period):
    place = np.linspace(-1, 1, 511)
    pattern = 100 * wave(511, period, 1) * np.exp(-40 * (place - 0.2) ** 2) * (1 + place)
    (found,) = period_test(signed(rng.normal(size=511) + pattern), periods=[period])
    assert found.ratio > 1000
    assert found.p_value < 1e-9


def test_trap_4_a_median_level_makes_the_exponential_anti_conservative(rng):
    shipped, exponential, complex_at_nyquist = [], [], []
    for _ in range(800):
        profile = signed(np.diff(rng.normal(size=512)))
        tested = period_test(profile)
        shipped += [one.p_value for one in tested]
        exponential += [math.exp(-one.ratio) for one in tested]
        half = float(noise_ratios(profile)[1][-1])
        complex_at_nyquist.append((1 + tested[0].ratio / half) ** -half)
    assert share(exponential, 0.01) > 1.6
    assert share(complex_at_nyquist, 0.01) > 1.6
    assert share(shipped, 0.01) <= ALLOWED
    assert share(shipped[:: len(PERIODS)], 0.05) <= ALLOWED  # at Nyquist alone


@pytest.mark.slow
@pytest.mark.parametrize("noise", [white, pink])
def test_noise_is_found_no_more_often_than_it_says(rng, noise):
    p_values = [
        tested.p_value
        for _ in range(600)
        for kind in KINDS
        for tested in period_test(line_profile(noise(rng, 512, 48), kind=kind))
    ]
    assert len(p_values) == 9000
    for level in LEVELS:
        assert share(p_values, level) <= ALLOWED


@pytest.mark.parametrize("lines", [128, 256])
def test_in_small_pictures_no_period_is_found_more_often_than_it_says(rng, lines):
    tested = [
        one for _ in range(1200) for one in period_test(signed(np.diff(rng.normal(size=lines))))
    ]
    for period in PERIODS:
        p_values = [one.p_value for one in tested if one.period == period]
        assert share(p_values, 0.05) <= ALLOWED


def test_unprocessed_pictures_are_found_no_more_often_than_it_says():
    # Grass and chelsea were JPEGs, of quality 90 and 98: too fine to show here.
    # All tests pooled and none corrected: seven pictures make 210 tests, too few for .001,
    # while after Holm a share under a level is no longer that level. Of 2.1 expected under
    # .01, 3 cannot be told from 1.3 times as many, so there chance is left its room.
    p_values = [
        t.p_value for name in UNPROCESSED for t in periods_in(getattr(skimage.data, name)())
    ]
    assert len(p_values) == 210
    assert share(p_values, 0.05) <= ALLOWED
    under = sum(p < 0.01 for p in p_values)
    assert under <= stats.binom.ppf(0.95, len(p_values), ALLOWED * 0.01)


@given(st.integers(64, 400), st.integers(0, 2**32), st.floats(0, 1e6), st.sampled_from(KINDS))
def test_every_p_is_a_chance(length, seed, amplitude, kind):
    noise = np.random.default_rng(seed).normal(0, 1, length)
    values = noise + amplitude * wave(length, 2, 1)
    for tested in period_test(LineProfile(np.abs(values), "rows", kind, "luma")):
        assert 0 < tested.p_value <= 1
        assert tested.ratio >= 0 and math.isfinite(tested.ratio)
        assert 0 <= tested.phase < tested.period
    for band in banding(period_test(signed(values))):
        assert 0 < band.p_value <= band.p_holm <= 1


def test_the_cleanest_grid_leaves_a_chance_above_zero():
    checker = 255.0 * (np.indices((4096, 80)).sum(axis=0) % 2 + np.arange(4096)[:, None] % 2)
    found = period_test(line_profile(checker, kind="signed"), periods=[2])
    assert 0 < found[0].p_value < 1e-300
    both = banding([*found, *(replace(one, axis="columns") for one in found)])
    assert 0 < both[0].p_value <= both[0].p_holm < 1e-300


# --- combining


def one_period(p_value: float, period: float = 2.0, axis: str = "rows") -> Period:
    return Period(axis, "signed", period, 1.0, 1.0, 0, p_value)


@given(p_values_of, p_values_of)
def test_rows_and_columns_combine_by_fisher(rows, columns):
    (band,) = banding([one_period(rows), one_period(columns, axis="columns")])
    expected = stats.combine_pvalues([rows, columns], method="fisher").pvalue
    assert band.p_value == pytest.approx(expected, rel=1e-9)
    assert band.p_holm == band.p_value


def test_holm_worked_out_by_hand():
    tested = [one_period(p, q) for p, q in zip((0.01, 0.04, 0.03, 0.005), PERIODS, strict=False)]
    assert [band.p_holm for band in banding(tested)] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert [band.p_value for band in banding(tested)] == pytest.approx([0.01, 0.04, 0.03, 0.005])


@given(st.lists(p_values_of, min_size=5, max_size=5))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p_values):
    bands = banding(one_period(p, q) for p, q in zip(p_values, PERIODS, strict=True))
    for band in bands:
        assert band.p_value <= band.p_holm <= min(1, 5 * band.p_value) * (1 + 1e-12)
    by_p = sorted(bands, key=lambda band: band.p_value)
    assert [b.p_holm for b in by_p] == sorted(b.p_holm for b in bands)


def test_every_kind_is_corrected_for_its_own_periods(cat):
    tested = periods_in(cat)
    together = banding(tested)
    alone = [band for kind in KINDS for band in banding(t for t in tested if t.profile == kind)]
    assert [(b.profile, b.period) for b in together] == [(k, p) for k in KINDS for p in PERIODS]
    assert [b.p_holm for b in together] == [b.p_holm for b in alone]


def test_nothing_combines_to_nothing():
    assert banding([]) == ()


# --- arguments


@given(st.permutations(PERIODS), st.integers(1, 5))
def test_results_come_in_the_order_asked_for_and_do_not_depend_on_it(periods, count):
    profile = signed(np.random.default_rng(0).normal(size=200))
    by_period = {one.period: one.p_value for one in period_test(profile)}
    found = period_test(profile, periods=periods[:count])
    assert [one.period for one in found] == periods[:count]
    assert [one.p_value for one in found] == [by_period[p] for p in periods[:count]]


@pytest.mark.parametrize("period", [0, 1, 3, 5, 32, -2, 2.5, math.nan, math.inf])
def test_other_periods_are_refused(period):
    with pytest.raises(ParameterError, match="is not tested, allowed are 2, 4, 8, 16 and 8/3"):
        period_test(signed(np.zeros(100)), periods=[2, period])


def test_a_short_profile_is_refused():
    with pytest.raises(ImageShapeError, match="has 63 values, a period test needs at least 64"):
        period_test(line_profile(np.zeros((64, 8)), kind="signed"))
    assert len(period_test(line_profile(np.zeros((65, 8)), kind="signed"))) == 5


def test_a_read_only_profile_is_tested_and_left_as_it_is(rng):
    profile = signed(rng.normal(size=100))
    before = profile.values.copy()
    profile.values.setflags(write=False)
    period_test(profile)
    assert np.array_equal(profile.values, before)


# --- the sets


def test_the_blend_of_the_site_has_periods_2_and_8():
    rows, columns = line_profiles(load_reference("thiscatdoesnotexist").mean, kinds=("signed",))
    for profile in (rows, columns):
        (two,) = period_test(profile, periods=[2])
        assert two.ratio > 1000
        assert two.p_value < 1e-12
    (eight,) = period_test(rows, periods=[8])
    assert eight.ratio > 100


def test_the_blend_of_real_faces_has_no_signed_period():
    profiles = line_profiles(load_reference("afhq").mean, kinds=("signed",))
    bands = banding(tested for profile in profiles for tested in period_test(profile))
    assert len(bands) == len(PERIODS)
    assert min(band.p_holm for band in bands) > 0.01


def test_period_2_is_found_in_one_picture_of_the_site_at_a_time(data):
    paths = sorted((data / "gan" / "thiscatdoesnotexist").glob("*.jpg"))[::7]
    assert len(paths) == 60
    found = {"second": 0, "signed": 0}
    for path in paths:
        profiles = line_profiles(read_pixels(path), kinds=("second", "signed"))
        tested = (t for profile in profiles for t in period_test(profile, periods=[2]))
        for band in banding(tested):
            found[band.profile] += band.p_value < 0.01
    assert found["second"] >= 0.99 * len(paths)
    assert found["signed"] >= 0.90 * len(paths)
