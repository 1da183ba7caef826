from __future__ import annotations

from functools import cache
from typing import get_args

import numpy as np
import pytest
import skimage.data
from known_source import bearing, generated, known

from forensics.detection.attribution import Attribution, attribution
from forensics.detection.causes import CauseName, Container, Verdict
from forensics.detection.evidence import Evidence, evidence
from forensics.images.encoding import decoded, jpeg_bytes, webp_bytes
from forensics.images.resizing import resized
from forensics.images.simulate import simulated

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
    return decoded(jpeg_bytes(generated(), quality=90))


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
    image = decoded(jpeg_bytes(photograph(name), quality=quality))
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


@pytest.mark.parametrize("name", ["chelsea / 2"])
@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("scale", [0.75, 1.5])
def test_no_resizing_makes_a_generator(name, kernel, scale):
    found = judged(resized(photograph(name), scale, kernel=kernel))
    assert found.verdict != "generator trace" and found.score < 0.5


@pytest.mark.parametrize("quality", [90, 75])
def test_a_webp_picture_names_webp_and_no_generator(quality):
    image = decoded(webp_bytes(photograph("chelsea / 2"), quality=quality))
    found = judged(image, Container("WEBP"))
    assert "webp" in names(found) and found.verdict != "generator trace"


def test_webp_is_known_by_its_pixels():
    assert "webp" in names(judged(decoded(webp_bytes(skimage.data.astronaut(), quality=80))))


# Generators


def test_a_generator_is_found_and_named():
    found = judged(generated())
    assert found.verdict == "generator trace" and names(found)[0] == "generator"
    grounds = found.causes[0].to_dict()["grounds"]
    assert grounds and all(one["strength"] >= 1 for one in grounds.values())
    assert set(grounds) == {one.name for one in found.grounds if one.strength >= 1}


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
    assert found.verdict == "unsure" and "generator" not in names(found)
    assert any(one.banding.period == 2 for one in found.periods)


def test_its_color_is_not_called_subsampled():
    assert "chroma" not in names(judged(generated()))


@pytest.mark.parametrize("name", ["camera", "gravel"])
def test_gray_generated_pictures_are_found(name):
    assert judged(bearing(getattr(skimage.data, name)())).verdict == "generator trace"


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
    assert found.score <= 0.5
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
            decoded(jpeg_bytes(photograph("coffee / 2"), quality=75)),
            generated(),
            generated_jpeg(),
            np.full((80, 80, 3), 9, np.uint8),
            ordered_dither(photograph("coffee / 2"), 2),
        )
    )


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_file_never_raises_the_score(container):
    for found in every_evidence():
        alone, told = attribution(found), attribution(found, container)
        assert told.score <= alone.score
        assert (told.score, told.verdict) == (alone.score, alone.verdict)


def test_lossy_webp_in_its_pixels_undoes_bands_and_lattice():
    found = judged(decoded(webp_bytes(photograph("chelsea / 2"), quality=80)))
    strengths = {ground.name: ground.strength for ground in found.grounds}
    assert strengths["lattice"] == strengths["bands"] == 0 and "webp" in names(found)


def test_the_quality_in_a_jpeg_file_is_quoted():
    found = attribution(every_evidence()[1], Container("JPEG", 75, "4:2:0"))
    [jpeg] = [cause for cause in found.causes if cause.cause == "jpeg"]
    assert jpeg.to_dict()["file_quality"] == jpeg.to_dict()["quality"] == 75


# What always holds


@pytest.mark.parametrize("number", range(6))
def test_every_answer_is_in_bounds(number):
    found = attribution(every_evidence()[number])
    assert found.verdict in VERDICTS and 0 <= found.score <= 1
    assert len(set(names(found))) == len(found.causes) and set(names(found)) <= set(CAUSES)
    strengths = [ground.strength for ground in found.grounds]
    assert strengths == sorted(strengths, reverse=True) and min(strengths) >= -1e-12  # rounding
    assert (found.verdict == "generator trace") == ("generator" in names(found))
    if {"unexplained", "network enlargement"} & set(names(found)):
        assert found.verdict != "no generator trace"
    if found.score > 0.5:
        assert found.verdict in ("generator trace", "unsure")
    if found.verdict == "generator trace":
        assert found.score > 0.5 and not found.limits


@pytest.mark.parametrize("number", range(6))
def test_every_period_has_a_cause_that_is_there_or_is_unexplained(number):
    found = attribution(every_evidence()[number])
    for period in found.periods:
        assert period.banding.p_holm < 1e-3 and period.causes
        assert set(period.causes) <= set(names(found))
        assert "unexplained" not in period.causes or len(period.causes) == 1
    unexplained = any(period.causes == ("unexplained",) for period in found.periods)
    assert unexplained == ("unexplained" in names(found))


def test_no_verdict_says_real_or_names_another_cause():
    assert VERDICTS == ("generator trace", "unsure", "no generator trace")
