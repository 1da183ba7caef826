from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import get_args

import numpy as np
import pytest
import skimage.data
from cases import CASES
from known_score import known_score
from known_source import bearing, generated, known

from forensics.detection.verdict.attribution import Attribution, attribution
from forensics.detection.verdict.causes import CauseName, Container, vetoed
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.detection.verdict.references import FEWEST_ALIKE, kind_number
from forensics.detection.verdict.score import BASE, CUT, FEATURES, Verdict, chances, features
from forensics.detection.verdict.signs import signs
from forensics.images.delivery.encode import decoded_pixels, jpeg_bytes, webp_bytes
from forensics.images.delivery.resize import resized
from forensics.images.delivery.simulate import simulated

CLEAN = ("camera", "gravel", "chelsea / 2", "astronaut / 2", "coffee / 2")
"""Photographs that nobody has compressed or resized visibly: others in the wheel have been."""
CONTAINERS = (
    None,
    Container("PNG"),
    Container("JPEG", 75, "4:2:0"),
    Container("WEBP"),
    Container("GIF"),
)
VERDICTS, CAUSES = get_args(Verdict), get_args(CauseName)


@cache
def photograph(name: str) -> np.ndarray:
    image = getattr(skimage.data, name.split(" ", maxsplit=1)[0])()
    if name.endswith("/ 2"):
        return resized(image, 0.5)
    return image[:256, :256] if image.ndim == 2 else image


@cache
def generated_jpeg() -> np.ndarray:
    return decoded_pixels(jpeg_bytes(generated(), quality=90))


def judged(image: np.ndarray, container: Container | None = None) -> Attribution:
    return attribution(evidence(image, fingerprints=(known(),)), container)


def names(found: Attribution) -> list[str]:
    return [cause.cause for cause in found.causes]


def explaining(found: Attribution) -> list[str]:
    return [name for name in names(found) if name in ("camera", "jpeg", "resampling")]


def ordered_dither(image: np.ndarray, levels: int) -> np.ndarray:
    """Bayer's screen of 4 x 4 pixels, to so many levels of each channel."""
    screen = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16
    rows, columns = np.indices(image.shape[:2]) % 4
    threshold = screen[rows, columns].reshape(*image.shape[:2], *[1] * (image.ndim - 2))
    scaled = image / 255 * (levels - 1)
    return (np.floor(scaled + threshold).clip(0, levels - 1) * 255 / (levels - 1)).astype(np.uint8)


# Photographs


@pytest.mark.parametrize("name", CLEAN)
def test_a_photograph_has_no_trace(name):
    found = judged(photograph(name))
    assert found.verdict == "no generator trace" and found.limits == ()
    assert explaining(found) == [] and "generator" not in names(found) and found.score < 0.5


@pytest.mark.parametrize("quality", [95, 80, 60])
@pytest.mark.parametrize("name", ["chelsea / 2", "astronaut / 2", "coffee / 2"])
def test_its_jpeg_is_named_as_the_cause_and_the_origin_follows_the_crop(name, quality):
    image = decoded_pixels(jpeg_bytes(photograph(name), quality=quality))
    for down, right in ((0, 0), (3, 5)):
        found = judged(image[down:, right:])
        assert found.verdict == "no generator trace"
        assert names(found)[0] == "jpeg" and "camera" not in names(found)
        numbers = found.causes[0].to_dict()
        assert numbers["origin"] == [-down % 8, -right % 8]
        assert numbers["quality"] == quality and "file_quality" not in numbers


@pytest.mark.parametrize("name", ["chelsea / 2", "astronaut / 2", "coffee / 2"])
def test_its_enlargement_is_named_as_the_cause(name):
    found = judged(resized(photograph(name), 1.4, kernel="bilinear"))
    assert found.verdict == "no generator trace"
    assert names(found)[0] == "resampling" and explaining(found) == ["resampling"]
    assert any(abs(factor / 1.4 - 1) < 0.02 for factor in found.causes[0].to_dict()["factors"])


@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "bicubic"])
def test_a_doubling_is_one_as_well(kernel):
    found = judged(resized(photograph("chelsea / 2"), 2.0, kernel=kernel))
    assert found.verdict == "no generator trace"
    assert names(found)[0] == "resampling" and explaining(found) == ["resampling"]
    assert any(abs(factor - 2) < 0.05 for factor in found.causes[0].to_dict()["factors"])


@pytest.mark.parametrize("name", ["coffee / 2"])
@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("scale", [0.75, 1.5])
def test_no_resizing_makes_a_generator(name, kernel, scale):
    found = judged(resized(photograph(name), scale, kernel=kernel))
    assert found.verdict != "generator trace" and found.score < 0.8


@pytest.mark.parametrize("quality", [90, 75])
def test_a_webp_picture_names_webp_and_no_generator(quality):
    image = decoded_pixels(webp_bytes(photograph("chelsea / 2"), quality=quality))
    found = judged(image, Container("WEBP"))
    assert "webp" in names(found) and found.verdict != "generator trace"


def test_webp_is_known_by_its_pixels():
    assert "webp" in names(judged(decoded_pixels(webp_bytes(skimage.data.astronaut(), quality=80))))


# Generators


def test_a_generator_is_found_and_named():
    found = judged(generated())
    assert found.verdict == "generator trace" and names(found)[0] == "generator"
    assert found.family == known().name and found.score > 0.99
    told = found.causes[0].to_dict()["signs"]
    assert set(told) == {one.name for one in found.signs if found.log_odds_of(one.name) >= 1}
    assert told["fingerprint"]["source"] == known().name


def test_it_is_found_after_a_crop():
    assert judged(generated()[3:, 5:]).verdict == "generator trace"


def test_after_a_jpeg_both_causes_are_named():
    for image in (generated_jpeg(), generated_jpeg()[3:, 5:]):
        found = judged(image)
        assert found.verdict == "generator trace" and names(found)[:2] == ["generator", "jpeg"]


def test_period_2_of_luma_names_nobody():
    """Cameras, sensors, codecs and screens make it, as strongly as generators do."""
    rng = np.random.default_rng(0)
    image = simulated(photograph("chelsea"), "transposed-4", strength=3, rng=rng).pixels
    found = judged(image)
    assert found.verdict != "generator trace" and "generator" not in names(found)
    assert any(one.banding.period == 2 for one in found.periods)


def test_its_color_is_not_called_subsampled():
    assert "chroma" not in names(judged(generated()))


@pytest.mark.parametrize("name", ["camera", "gravel"])
def test_gray_generated_pictures_are_found(name):
    picture = bearing(getattr(skimage.data, name)())
    assert judged(picture).verdict == "generator trace"
    # Of a source that may be a camera or a watermark, the same pattern accuses nobody.
    found = attribution(evidence(picture, fingerprints=(replace(known(), family=""),)))
    assert found.verdict != "generator trace" and found.family is None
    assert "known source" in names(found)
    assert next(one for one in found.signs if one.name == "fingerprint").match is None


def test_turning_and_mirroring_keep_the_verdict():
    turns = (lambda x: x.swapaxes(0, 1), lambda x: x[::-1], lambda x: x[:, ::-1])
    for image in (generated(), generated_jpeg(), photograph("coffee / 2")):
        verdict = judged(image).verdict
        assert all(judged(np.ascontiguousarray(turn(image))).verdict == verdict for turn in turns)


def test_the_stronger_the_pattern_the_higher_the_score():
    scores = [judged(bearing(photograph("chelsea"), strength)).score for strength in (0, 1, 5)]
    assert scores == sorted(scores) and scores[0] < 0.5 < scores[-1]


# What is no photograph


def never_generated(image: np.ndarray) -> Attribution:
    found = judged(image)
    assert found.verdict != "generator trace" and "generator" not in names(found)
    return found


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_color_says_nothing(value):
    found = never_generated(np.full((128, 128, 3), value, np.uint8))
    assert (found.verdict, found.score, found.limits) == ("unsure", 0.5, ("flat",))


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_trace(seed):
    rng = np.random.default_rng(seed)
    for image in (
        rng.integers(0, 256, (128, 160, 3), dtype=np.uint8),
        rng.normal(120, 20, (192, 192)).clip(0, 255).astype(np.uint8),
    ):
        found = never_generated(image)
        assert found.verdict == "no generator trace" and explaining(found) == []


@pytest.mark.parametrize("levels", [2, 4])
@pytest.mark.parametrize("name", ["camera", "coffee / 2"])
def test_a_screen_of_few_levels_is_drawn(name, levels):
    found = never_generated(ordered_dither(photograph(name), levels))
    assert found.verdict == "unsure" and found.limits == ("drawn",)


@pytest.mark.parametrize("levels", [8, 16])
@pytest.mark.parametrize("name", ["camera", "coffee / 2", "astronaut / 2"])
def test_an_ordered_dither_is_the_perfect_checkerboard_and_no_generator_made_it(name, levels):
    never_generated(ordered_dither(photograph(name), levels))


def test_checkerboards_and_stripes_are_drawn():
    rows, columns = np.indices((128, 128))
    for image in ((rows + columns) % 2, rows % 2, (rows // 4 + columns // 4) % 2):
        assert never_generated((255 * image).astype(np.uint8)).verdict == "unsure"


@pytest.mark.parametrize("name", ["astronaut / 2", "chelsea", "coffee"])
def test_a_mosaic_of_colors_is_no_generator(name):
    """Bilinear demosaicing of a Bayer mosaic: every second line is smoother, in both axes."""
    from scipy.ndimage import convolve

    image = photograph(name)
    rows, columns = np.indices(image.shape[:2]) % 2
    sites = ((rows == 0) & (columns == 0), rows != columns, (rows == 1) & (columns == 1))
    wide = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
    cross = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4
    colors = [
        convolve(np.where(site, image[..., i], 0.0), kernel, mode="mirror")
        for i, (site, kernel) in enumerate(zip(sites, (wide, cross, wide), strict=True))
    ]
    never_generated(np.clip(np.rint(np.stack(colors, axis=2)), 0, 255).astype(np.uint8))


# What the file says


@cache
def every_evidence() -> tuple[Evidence, ...]:
    return tuple(
        evidence(image, fingerprints=(known(),))
        for image in (
            photograph("coffee / 2"),
            decoded_pixels(jpeg_bytes(photograph("coffee / 2"), quality=75)),
            generated(),
            generated_jpeg(),
            np.full((80, 80, 3), 9, np.uint8),
            ordered_dither(photograph("coffee / 2"), 2),
        )
    )


N = range(6)
LIMITED = (4, 5)
"""Numbers of the flat and of the drawn one."""
MODELS = (
    known_score(),
    known_score(base=2.5, every_second=9.0),
    known_score(base=-3.0, energies=2.0),
)


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_file_never_changes_score_or_verdict(container):
    for found in every_evidence():
        for model in MODELS:
            alone, told = (attribution(found, said, model=model) for said in (None, container))
            assert (told.score, told.verdict, told.limits) == (
                alone.score, alone.verdict, alone.limits,
            )  # fmt: skip
            assert told.log_likelihood_ratio == alone.log_likelihood_ratio
            assert told.log_odds == alone.log_odds and told.reference == alone.reference


def test_lossy_webp_in_its_pixels_excuses_a_crosswise_pattern():
    found = judged(decoded_pixels(webp_bytes(photograph("chelsea / 2"), quality=80)))
    excused = {sign.name for sign in found.signs if sign.excused}
    assert excused == {"crosswise pattern"} and "webp" in names(found)
    assert all(found.log_odds_of(name) == 0 for name in excused)


def test_the_quality_in_a_jpeg_file_is_quoted():
    found = attribution(every_evidence()[1], Container("JPEG", 75, "4:2:0"))
    [jpeg] = [cause for cause in found.causes if cause.cause == "jpeg"]
    assert jpeg.to_dict()["file_quality"] == jpeg.to_dict()["quality"] == 75


# The sum


@pytest.mark.parametrize("number", N)
@pytest.mark.parametrize("model", MODELS)
def test_contributions_are_those_of_the_features_and_sum_up_to_the_log_odds(number, model):
    one = every_evidence()[number]
    found = attribution(one, model=model)
    if found.limits:
        assert found.contributions == () and found.log_odds == 0
        return
    assert tuple(part.name for part in found.contributions) == (*FEATURES, BASE, CUT)
    assert found.log_odds == pytest.approx(sum(part.log_odds for part in found.contributions))
    excused = {sign.name for sign in found.signs if sign.excused}
    heeded = tuple(
        replace(sign, value=math.nan, excused=True) if sign.name in excused else sign
        for sign in signs(one)
    )
    values = features(one, heeded)
    np.testing.assert_array_equal([part.value for part in found.contributions[:-2]], values)
    np.testing.assert_allclose(
        [part.log_odds for part in found.contributions], model.contributions(values)
    )
    for part in found.contributions:
        assert found.log_odds_of(part.name) == part.log_odds
    assert found.log_odds_of("nothing of this name") == 0


@pytest.mark.parametrize("number", N)
@pytest.mark.parametrize("model", MODELS)
def test_what_is_told_is_the_sum_as_far_as_the_reference_supports_it(number, model):
    found = attribution(every_evidence()[number], model=model)
    ratio = found.log_likelihood_ratio
    assert ratio == pytest.approx(float(model.bounded(found.log_odds)))
    assert found.score == float(chances(ratio)) and 0 < found.score < 1
    assert found.reference == model.reference.rate(found.log_odds)
    assert found.reference.real == 400 and found.reference.kind == ""
    if not found.limits:
        expected = model.verdict(found.log_odds)
        assert found.verdict == expected


@pytest.mark.parametrize("number", LIMITED)
@pytest.mark.parametrize("base", [-99.0, 0.0, 99.0])
def test_where_nothing_can_be_said_nothing_is(number, base):
    found = attribution(every_evidence()[number], model=known_score(base=base))
    assert found.limits == ({4: "flat", 5: "drawn"}[number],)
    assert (found.verdict, found.score, found.log_likelihood_ratio) == ("unsure", 0.5, 0.0)
    assert found.contributions == () and found.family is None and "generator" not in names(found)
    assert found.reference == known_score().reference.rate(0.0)


def page(number: int) -> Evidence:
    """One of them, most of which is of one shade."""
    one = every_evidence()[number]
    found = replace(one, content=replace(one.content, plain=0.9))
    assert found.content.is_page and not found.content.is_drawn
    return found


def test_of_a_page_nothing_is_said_where_there_is_something_to_doubt():
    quiet = attribution(page(0), model=known_score(base=-99.0))
    loud = attribution(page(0), model=known_score(base=99.0))
    assert (quiet.verdict, quiet.limits) == ("no generator trace", ())
    assert (loud.verdict, loud.limits, loud.contributions) == ("unsure", ("page",), ())


def test_no_page_has_the_fingerprint_of_a_generator():
    found = attribution(page(2), model=known_score())
    assert (found.verdict, found.limits, found.family) == ("generator trace", (), known().name)


@pytest.mark.parametrize("kind_of", [2, 0])
def test_real_pictures_of_its_kind_are_told_where_there_are_enough(kind_of):
    one = every_evidence()[kind_of]
    few = attribution(one, model=known_score())
    assert few.alike is None  # 400 of 12 kinds
    model = known_score()
    counts = np.repeat(model.reference.counts, 10, axis=0)
    sources = tuple(str(i) for i in range(len(counts)))
    many = replace(model, reference=replace(model.reference, sources=sources, counts=counts))
    found = attribution(one, model=many)
    assert found.alike == many.reference.rate(found.log_odds, kind_number(None, one.shape))
    assert found.alike.real >= FEWEST_ALIKE


# Whose it is


def test_a_family_is_named_with_a_trace_and_a_match_alone():
    made, photo = every_evidence()[2], every_evidence()[0]
    assert attribution(made, model=known_score()).family == known().name
    too_careful = attribution(made, model=known_score(certain=1e9))
    assert (too_careful.verdict, too_careful.family) == ("unsure", None)
    blind = attribution(photo, model=known_score(base=99.0))
    assert (blind.verdict, blind.family) == ("generator trace", None)
    nobody = attribution(replace(made, matches=()), model=known_score(base=99.0))
    assert (nobody.verdict, nobody.family) == ("generator trace", None)
    turned = attribution(made, model=known_score()).turned_by("jpeg q95")
    assert (turned.verdict, turned.turned, turned.family) == ("unsure", "jpeg q95", None)


def test_one_that_no_sign_speaks_for_has_a_generator_without_signs():
    found = attribution(every_evidence()[0], model=known_score(base=99.0))
    assert found.causes[0].to_dict() == {"signs": {}}


# Causes


@cache
def case(kind: str) -> Evidence:
    image, _ = CASES[kind][0](skimage.data.coffee(), np.random.default_rng(1))
    return evidence(np.ascontiguousarray(image))


@pytest.mark.parametrize("kind", sorted(CASES))
def test_no_cause_adds_to_a_score(kind):
    """What is excused adds nothing, and what is not adds what it added before."""
    for one in (every_evidence()[2], every_evidence()[0], case("nothing")):
        planted = replace(one, makers=case(kind).makers)
        plain = replace(one, makers=case("nothing").makers)
        for model in MODELS:
            before, after = (attribution(some, model=model) for some in (plain, planted))
            excused = vetoed(list(after.causes))
            assert excused == {sign.name for sign in after.signs if sign.excused}
            for part, was in zip(after.contributions, before.contributions, strict=False):
                assert part.name == was.name
                if math.isnan(part.value) and not math.isnan(was.value):
                    assert part.log_odds == 0
                else:
                    assert part.log_odds == was.log_odds
            speaking = [sign for sign in after.signs if sign.excused and sign.value > -1]
            assert all(after.log_odds_of(sign.name) <= 0 for sign in speaking)


@pytest.mark.parametrize("kind", sorted(CASES))
def test_what_a_cause_excuses_cannot_raise_the_score(kind):
    """However much of it there is."""
    loud = replace(
        case(kind),
        added=replace(case(kind).added, p_value=1e-250),
        energies=np.full(16, 9.0),
    )
    found = attribution(loud, model=known_score())
    if any(sign.excused for sign in found.signs if sign.name == "crosswise pattern"):
        quiet = attribution(case(kind), model=known_score())
        assert found.log_odds_of("crosswise pattern") == 0
        assert quiet.log_odds <= found.log_odds < quiet.log_odds + 0.3  # what spoke against
        assert found.verdict == quiet.verdict != "generator trace"


# What always holds


@pytest.mark.parametrize("number", N)
@pytest.mark.parametrize("model", (None, *MODELS))
def test_every_answer_is_in_bounds(number, model):
    found = attribution(every_evidence()[number], model=model)
    assert found.verdict in VERDICTS and 0 <= found.score <= 1
    assert len(set(names(found))) == len(found.causes) and set(names(found)) <= set(CAUSES)
    weight = [found.log_odds_of(sign.name) for sign in found.signs]
    assert weight == sorted(weight, reverse=True) and len(found.signs) == 2
    assert (found.verdict == "generator trace") == ("generator" in names(found))
    if "network enlargement" in names(found):
        assert found.verdict != "no generator trace"
    if found.verdict == "generator trace":
        assert not found.limits and found.contributions
    if found.limits:
        assert found.verdict == "unsure"
    assert found.turned == ""


@pytest.mark.parametrize("number", N)
@pytest.mark.parametrize("model", (None, *MODELS))
def test_every_period_has_a_cause_that_is_there_or_is_unexplained(number, model):
    found = attribution(every_evidence()[number], model=model)
    for period in found.periods:
        assert period.banding.p_holm < 1e-3 and period.causes
        assert set(period.causes) <= set(names(found))
        assert "unexplained" not in period.causes or len(period.causes) == 1
    unexplained = any(period.causes == ("unexplained",) for period in found.periods)
    assert unexplained == ("unexplained" in names(found))


def test_no_verdict_says_real_or_names_another_cause():
    assert VERDICTS == ("generator trace", "unsure", "no generator trace")
