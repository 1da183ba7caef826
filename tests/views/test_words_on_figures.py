"""No text of any figure lies on another, or leaves it, whatever somebody wrote."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
import pytest
from lettering import misplaced
from matplotlib.figure import Figure
from PIL import Image as Pillow

from forensics.datasets.contact_sheet import show_sheet
from forensics.detection.comparison import Side
from forensics.detection.evaluation.audit import audit
from forensics.detection.evaluation.evaluate import Evaluation, Ratios
from forensics.detection.performance.accuracy import metrics
from forensics.detection.spectra import SpectrumFindings, spectrum_findings
from forensics.detection.verdict.attribution import PeriodCause
from forensics.detection.verdict.causes import Unexplained
from forensics.detection.verdict.inspect import inspect_image
from forensics.engine.blend import RESIZED_WARNING, load_reference
from forensics.engine.profiles import profile_image
from forensics.engine.spectra import AverageSpectra
from forensics.images.metadata.provenance import NamedCamera
from forensics.images.sources.find import find_images
from forensics.images.sources.local import BytesSource
from forensics.traces.periods import Banding, Bands, line_bands
from forensics.traces.spectra.sums import spectral_sums
from forensics.views.figures import house_style
from forensics.views.report import drawings
from forensics.views.report.document import Making
from forensics.views.report.pictures import picture_report
from forensics.views.report.sets import MeasuredSet, set_report
from forensics.views.sheets.evaluation import evaluation_sheets
from forensics.views.sheets.inspection import show_inspection
from forensics.views.sheets.profiles import (
    blend_sheet,
    distance_sheet,
    profiles_sheet,
    show_comparison,
    show_profile,
)
from forensics.views.sheets.spectrum import show_spectra

NAMES = {
    "short": "cats",
    "long": "/home/somebody/" + "a folder with a name that goes on and on " * 6 + "7.png",
    "wide": "W" * 250,
    "emoji": "🐈‍⬛🔥" * 60 + ".png",
    "dollars": "$\\frac{1}{$" * 12 + "猫" * 40,
}
MADE = Making("0", "catforensics report", "2026-01-01T00:00:00+00:00", (("Python", "3"),))
CAUSES = ("generator", "jpeg", "resampling", "network enlargement")


def check(figure: Figure) -> None:
    with house_style():
        wrong = misplaced(figure)
    assert not wrong, wrong


@dataclass(frozen=True)
class Shown:
    """A blend of any number of pictures."""

    mean: np.ndarray
    n_images: int = 123_456_789
    warnings: tuple[str, ...] = (RESIZED_WARNING, RESIZED_WARNING)
    skipped: tuple[object, ...] = ()


def everywhere(bands: Bands) -> Bands:
    """The same, with every tested period found, and every number as long as they come."""
    found = tuple(
        replace(one, p_value=3e-28, p_holm=2.8e-28, ratios=dict.fromkeys(one.ratios, 1.2e8))
        for one in bands.tested
    )
    return replace(bands, tested=found)


def shape_of(*shape: int, scale: float = 1.0, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 120 + scale * rng.normal(0, 20, (*shape, 3))


MEANS = {
    "noise": shape_of(512, 512),
    "small": shape_of(70, 90),
    "wide": shape_of(70, 400),
    "tall": shape_of(700, 80),
    "faint": shape_of(128, 128, scale=1e-5),
    "flat": np.full((128, 128, 3), 100.0),
}
BLENDS = pytest.mark.parametrize(
    ("mean", "name"), [*zip(MEANS, [*NAMES, "short"], strict=True)], ids=MEANS
)


@BLENDS
@pytest.mark.slow
def test_the_sheets_of_a_blend(mean, name):
    blended, bands = Shown(MEANS[mean]), line_bands(MEANS[mean])
    check(profiles_sheet(blended, bands, name=NAMES[name]))
    found = everywhere(bands)
    check(blend_sheet(blended, found, name=NAMES[name]))
    check(distance_sheet(blended, found, metric="lab", name=NAMES[name]))
    check(profiles_sheet(blended, found, name=NAMES[name]))


@BLENDS
@pytest.mark.slow
def test_the_sheet_of_two_sets(mean, name):
    shown, bands = Shown(MEANS[mean]), line_bands(MEANS[mean])
    other = load_reference("afhq")
    a = Side(NAMES[name], shown, everywhere(bands))
    check(show_comparison(a, Side(f"{NAMES[name]}/other", other, line_bands(other.mean))))
    check(show_comparison(Side(NAMES[name], shown, bands), a))


def picture(shape: tuple[int, ...], orientation: int = 1) -> bytes:
    exif = Pillow.Exif()
    exif[274] = orientation
    pixels = np.random.default_rng(6).integers(0, 256, (*shape, 3), dtype=np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", quality=80, exif=exif)
    return file.getvalue()


PICTURES = pytest.mark.parametrize(
    ("shape", "name"),
    [
        ((100, 130), NAMES["long"]),
        ((66, 700), NAMES["wide"]),
        ((700, 66), NAMES["emoji"]),
        ((90, 90), NAMES["dollars"]),
    ],
)


@PICTURES
@pytest.mark.slow
def test_the_sheet_of_a_profile(shape, name):
    profile, image = profile_image(BytesSource(name, picture(shape, 6)))
    check(show_profile(profile, image))
    check(show_profile(replace(profile, bands=everywhere(profile.bands)), image))


def crowded(inspection):
    """An inspection with as much to say as there can be."""
    camera = NamedCamera("x" * 190, "y" * 190, "")
    said = replace(inspection.provenance, camera=camera, software=("z " * 95,) * 8)
    periods = tuple(
        PeriodCause(Banding(kind, period, 1e-28, 2.8e-28, {"rows": 1e7, "columns": 1e7}), CAUSES)
        for kind in ("signed", "first", "second")
        for period in (2.0, 8 / 3, 4.0, 8.0, 16.0)
    )
    causes = tuple(Unexplained((2.0, 4.0, 8.0, 16.0, 8 / 3)) for _ in range(6))
    found = replace(inspection.attribution, causes=causes, periods=periods)
    return replace(inspection, provenance=said, attribution=found)


@PICTURES
@pytest.mark.slow
def test_the_sheet_of_an_inspection(shape, name):
    inspection, image = inspect_image(BytesSource(name, picture(shape)))
    check(show_inspection(inspection, image))
    check(show_inspection(crowded(inspection), image))


def spectra(n: int, shape: tuple[int, int] = (128, 160)) -> SpectrumFindings:
    rng = np.random.default_rng(3)
    pattern = 9 * (np.arange(shape[1]) % 2)[None, :, None]
    images = [rng.integers(80, 120, (*shape, 3)) + pattern for _ in range(n)]
    sums = sum(spectral_sums(x.astype(np.uint8)) for x in images)
    return spectrum_findings(AverageSpectra(sums, stopped=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "shape", "name"),
    [
        (1, (128, 160), NAMES["emoji"]),
        (3, (300, 64), NAMES["long"]),
        (2, (800, 640), NAMES["wide"]),
    ],
)
def test_the_sheet_of_spectra(n, shape, name):
    found = spectra(n, shape)
    check(show_spectra(found, name=name))
    peaks = tuple(replace(one, p_holm=2.8e-28) for one in found.peaks)
    check(show_spectra(replace(found, peaks=peaks), name=name))


def evaluation(names: list[str], model: str) -> Evaluation:
    rng = np.random.default_rng(2)

    def scored(apart: float):
        gan, real = rng.normal(apart, 1.5, 60), rng.normal(-apart, 1.5, 80)
        return metrics(1 / (1 + np.exp(-gan)), 1 / (1 + np.exp(-real)))

    return Evaluation(
        n_gan=123_456_789,
        n_real=123_456_789,
        conditions={name: scored(3 / (1 + n)) for n, name in enumerate(names)},
        ratios={
            name: Ratios(rng.normal(2, 1, 60), rng.normal(-2, 1, 80), 0.5, 0.4, {})
            for name in names
        },
        one_sided={},
        container_only={},
        thread={},
        match_quality=75,
        by_source={},
        threshold=0.5,
        prior=None,
        model=model,
        left_out={},
        skipped=(),
    )


KNOWN = ["as found", "matched", "jpeg q75", "crop 256", "resize x0.75", "resize x0.5"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("conditions", "name"),
    [
        (KNOWN[:1], NAMES["emoji"]),
        (KNOWN, NAMES["long"]),
        ([*KNOWN, *map(str, range(15))], NAMES["wide"]),
    ],
)
def test_the_sheets_of_an_evaluation(conditions, name):
    done = evaluation(conditions, name)
    for draw in evaluation_sheets(done, (name, f"{name}-2")).values():
        check(draw())
    longer = evaluation([*conditions, name], name)
    check(evaluation_sheets(longer)["robustness"]())


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("n", [1, 9])
def test_a_contact_sheet(n, name):
    small = np.full((128, 90, 3), 50, np.uint8)
    check(show_sheet([(name, small)] * n, 123_456_789, name))


@pytest.fixture
def drawn(monkeypatch) -> list[Figure]:
    """Every figure of a report."""
    figures: list[Figure] = []
    plain = drawings.inline_svg

    def keep(figure, name, finding):
        figures.append(figure)
        return plain(figure, name, finding)

    monkeypatch.setattr(drawings, "inline_svg", keep)
    return figures


@pytest.mark.slow
@pytest.mark.parametrize("detail", ["beside", "alone"])
def test_the_figures_of_a_report_on_pictures(drawn, detail):
    inspection, image = inspect_image(BytesSource(NAMES["emoji"], picture((100, 130))))
    picture_report([(inspection, image), (crowded(inspection), image)], MADE, detail=detail)
    assert len(drawn) > 12
    for figure in drawn:
        check(figure)


@pytest.mark.slow
def test_the_figures_of_a_report_on_sets(drawn, picture_folder):
    found = [find_images(picture_folder(4, name)) for name in "ab"]
    sets = [
        MeasuredSet(Side(NAMES[name], Shown(mean), everywhere(line_bands(mean))), spectra(3))
        for name, mean in (("emoji", MEANS["small"]), ("long", MEANS["faint"]))
    ]
    done = evaluation([*KNOWN, *map(str, range(15))], NAMES["wide"])
    set_report(*sets, audit(*found, names=("a", "b")), MADE, evaluation=done)
    assert len(drawn) > 15
    for figure in drawn:
        check(figure)
