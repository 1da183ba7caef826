"""The plates of one inspected picture: each trace, beside it what known sets show."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from forensics._typing import Image, ProfileKind
from forensics.detection.inspection import Inspection
from forensics.detection.typical import GROUND_NAMES, Typical, load_typical
from forensics.engine.saved import load_reference
from forensics.traces.profiles import KINDS
from forensics.traces.significance import holm
from forensics.traces.spectra.peaks import Peak, spectral_peaks
from forensics.traces.spectra.residuals import Autocorrelation, autocorrelation, residual_spectrum
from forensics.views.bands import bands_found, mark_bands
from forensics.views.causewords import listed
from forensics.views.figures import (
    show_autocorrelation,
    show_line_profile,
    show_power_spectrum,
    show_spectrum,
    show_strengths,
    show_typical_spectrum,
)
from forensics.views.inspectsheet import middle_of
from forensics.views.rasters import picture_raster, reduced, step_for
from forensics.views.report.document import Panel, Plate
from forensics.views.report.drawings import Drawings, distance_drawing, raster_drawing
from forensics.views.sentences import SIGNIFICANT, render_p, render_period

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["KNOWN", "picture_plates", "set_plates"]

KNOWN = {
    "thiscatdoesnotexist": "420 pictures of thiscatdoesnotexist.com",
    "afhq": "840 photographs of cats (AFHQ)",
}
"""The shipped sets, by the name of their files."""
_THIS = "This picture"
_READING: dict[ProfileKind, str] = {
    "second": "Second differences between neighbouring lines: how busy each line is.",
    "signed": "Differences between the means of neighbouring lines: what is added to every line "
    "at the same place.",
    "first": "First differences between neighbouring lines: JPEG's blocks and resizing show here.",
}
_SHADES = (
    "Shades hold nine pictures in ten of a set, each measured by itself; lines are the median."
)
_SIGNS = {
    "fingerprint": "fingerprint of a\nknown source",
    "bands": "bands of period 2",
    "lattice": "pattern added\ncrosswise",
}
_WIDE = (1180, 230)
_SQUARE, _SQUARE_SMALL, _SQUARE_LEFT = (340, 330), (250, 240), 46
_SHOWN, _SHOWN_SMALL = (1024, 250_000, 512), (512, 90_000, 256)
"""Longest side of a picture, bytes of it, longest side of its map: of one, and of several."""


def picture_plates(
    inspection: Inspection, image: Image, drawings: Drawings, *, beside: bool
) -> dict[str, tuple[Plate, ...]]:
    """Plates of one picture, by the section that they belong to.

    Parameters
    ----------
    inspection : Inspection
    image : ndarray, shape (M, N, 3), uint8, counts
        The stored pixels.
    drawings : Drawings
    beside : bool
        Whether to set what known sets show beside each.

    Returns
    -------
    dict of str to tuple of Plate
        Keys picture, bands, spectrum and signs.
    """
    kinds: tuple[ProfileKind, ...] = ("second", "signed", "first")
    return {
        "picture": (_picture_plate(inspection, image, beside=beside),),
        "bands": tuple(_bands_plate(inspection, kind, drawings, beside=beside) for kind in kinds),
        "spectrum": _spectrum_plates(inspection, image, drawings, beside=beside),
        "signs": (_signs_plate(inspection, drawings),),
    }


def set_plates(drawings: Drawings) -> tuple[Plate, ...]:
    """Plates of the known sets alone, for reports on several pictures.

    Parameters
    ----------
    drawings : Drawings

    Returns
    -------
    tuple of Plate
    """
    plates = [Plate("Distance from the mean colour", _MAPS, _known_maps())]
    for kind in ("second", "signed"):
        shows, findings = _known_spectra(kind)
        drawn = drawings.axes(shows, findings, shared=True)
        panels = tuple(map(Panel, KNOWN.values(), drawn))
        plates.append(Plate(f"{kind.capitalize()} differences", _SHADES, panels, _READING[kind]))
    return tuple(plates)


_MAPS = (
    "Bands show in the blend of many pictures, where content averages out: the map of 420 "
    "generated cats is full of them, that of 840 photographs is smooth."
)


def _picture_plate(inspection: Inspection, image: Image, *, beside: bool) -> Plate:
    longest, most_bytes, longest_map = _SHOWN if beside else _SHOWN_SMALL
    turn = inspection.record.orientation
    rows, columns = image.shape[:2]
    step = step_for(image.shape, longest)
    said = f"The picture, {columns} x {rows} pixels"
    shown = f", as means of {step} x {step}" if step > 1 else ""
    raster = picture_raster(image, orientation=turn, longest=longest, most_bytes=most_bytes)
    map_of = distance_drawing(
        reduced(image, step_for(image.shape, longest_map)),
        "Every pixel of this picture by its distance from the picture's mean colour",
        orientation=turn,
    )
    panels = (
        Panel(f"{said}{shown}", raster_drawing(raster, said)),
        Panel("Its distance from the mean colour", map_of),
        *(_known_maps() if beside else ()),
    )
    about = "In one picture, the map shows mostly its content. "
    return Plate("Picture and distance map", about + _MAPS if beside else about.strip(), panels)


@cache
def _known_maps() -> tuple[Panel, ...]:
    panels = []
    for name, called in KNOWN.items():
        mean = load_reference(name).mean
        said = f"Map of the blend of {called}: " + (
            "full of fine bands" if name == "thiscatdoesnotexist" else "smooth, without bands"
        )
        # A quarter of the pixels at full size: reduced, bands of two pixels would be gone.
        rows, columns = mean.shape[:2]
        cut = mean[rows // 4 : -rows // 4, columns // 4 : -columns // 4]
        panels.append(Panel(f"Blend of {called}, its middle", distance_drawing(cut, said)))
    return tuple(panels)


def _bands_plate(
    inspection: Inspection, kind: ProfileKind, drawings: Drawings, *, beside: bool
) -> Plate:
    """One kind of profile, its spectrum, and the spectra of known sets on the same axes."""
    profiles = [one for one in inspection.evidence.middle.profiles if one.kind == kind]
    bands = [one for one in inspection.attribution.periods if one.banding.profile == kind]
    found = bands_found(bands)

    def lines(axes: Axes) -> None:
        for profile in profiles:
            show_line_profile(profile, ax=axes)
        _legend(axes)

    def spectrum(axes: Axes) -> None:
        for profile in profiles:
            show_spectrum(profile, ax=axes)
        _legend(axes)
        mark_bands(axes, bands)

    (profile,) = drawings.axes(
        [lines], [f"{kind.capitalize()} line profile of this picture"], size=_WIDE
    )
    shows, findings = _known_spectra(kind) if beside else ([], [])
    spectra = drawings.axes(
        [spectrum, *shows],
        [f"Spectrum of the {kind} profile of this picture: {found}", *findings],
        shared=beside,
    )
    labels = [f"{_THIS}: spectrum", *(KNOWN.values() if beside else ())]
    panels = (
        Panel(f"{_THIS}: a number for every line", profile, wide=True),
        *map(Panel, labels, spectra),
    )
    causes = sorted({cause for one in bands for cause in one.causes})
    explained = f"; what makes them: {listed(causes)}" if causes else ""
    reading = f"{_READING[kind]} {_SHADES}" if beside else _READING[kind]
    return Plate(f"{kind.capitalize()} differences", f"{found}{explained}.", panels, reading)


def _known_spectra(kind: ProfileKind) -> tuple[list[Callable[[Axes], Any]], list[str]]:
    shows: list[Callable[[Axes], Any]] = []
    findings = []
    for name, called in KNOWN.items():
        ratios = load_typical(name).ratios[KINDS.index(kind)]
        shows.append(partial(_show_typical, ratios))
        peak = np.max(ratios[:, 1, -1])
        findings.append(
            f"{called}: in the median picture power at period 2 is {peak:.3g} times the noise"
        )
    return shows, findings


def _show_typical(ratios: Any, axes: Axes) -> None:
    show_typical_spectrum(ratios, ax=axes)
    _legend(axes)


def _legend(axes: Axes) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=2, frameon=False, fontsize=9.5
    )


def _spectrum_plates(
    inspection: Inspection, image: Image, drawings: Drawings, *, beside: bool
) -> tuple[Plate, Plate]:
    square = _SQUARE if beside else _SQUARE_SMALL
    rows, columns = middle_of(inspection)
    power = residual_spectrum(image[rows, columns]).power
    tested = spectral_peaks(power)
    corrected = holm([peak.p_value for peak in tested])
    peaks = {peak: p for peak, p in zip(tested, corrected, strict=True) if p < SIGNIFICANT}
    found = _peaks_found(peaks)
    known = [load_typical(name) for name in KNOWN] if beside else []
    spectra = drawings.axes(
        [
            partial(_show_spectrum, power, tuple(peaks)),
            *(partial(_show_spectrum, one.residual, ()) for one in known),
        ],
        [f"Residual spectrum of this picture: {found}", *map(_spectrum_said, known)],
        size=square,
        left=_SQUARE_LEFT,
    )
    lags = drawings.axes(
        [
            partial(_show_lags, autocorrelation(power)),
            *(partial(_show_lags, one.autocorrelation) for one in known),
        ],
        [
            "Autocorrelation of this picture's residual",
            *(f"Mean autocorrelation, {KNOWN[one.name]}" for one in known),
        ],
        size=square,
        left=_SQUARE_LEFT,
    )
    labels = [_THIS, *(f"Mean of {KNOWN[one.name]}" for one in known)]
    return (
        Plate(
            "Spectrum of the residual",
            f"{found}.",
            tuple(map(Panel, labels, spectra)),
            "The picture without its content, as frequencies: the middle is what changes slowly, "
            "the edge what changes from pixel to pixel. Grids are points. Significant peaks are "
            "circled.",
        ),
        Plate(
            "Autocorrelation of the residual",
            "How alike the picture is to itself, moved by so many pixels: grids repeat.",
            tuple(map(Panel, labels, lags)),
        ),
    )


def _spectrum_said(known: Typical) -> str:
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in known.verdicts.items())
    return f"Mean residual spectrum of {KNOWN[known.name]}; verdicts on each: {verdicts}"


def _peaks_found(peaks: dict[Peak, float]) -> str:
    if not peaks:
        return "No peaks at any tested frequency"
    best = min(peaks, key=peaks.__getitem__)
    more = f" and {len(peaks) - 1} more" if len(peaks) > 1 else ""
    return (
        f"A peak at period {render_period(best.period)} in {best.direction} "
        f"({render_p(peaks[best])}){more}"
    )


def _show_spectrum(power: Any, peaks: tuple[Peak, ...], axes: Axes) -> None:
    show_power_spectrum(power, peaks=peaks, ax=axes)
    axes.set_xlabel("period (pixels)")


def _show_lags(found: Autocorrelation, axes: Axes) -> None:
    show_autocorrelation(found, ax=axes)


def _signs_plate(inspection: Inspection, drawings: Drawings) -> Plate:
    """How strong each sign is, beside how strong it is in pictures of known origin."""
    found = {one.name: one.strength for one in reversed(inspection.attribution.grounds)}
    shown = [name for name in GROUND_NAMES if name in found]
    rows = [GROUND_NAMES.index(name) for name in shown]
    strengths = {_SIGNS[name]: found[name] for name in shown}
    sets = {called: load_typical(name).strengths[rows] for name, called in KNOWN.items()}
    said = listed([f"{name} {found[name]:.2g}" for name in shown])
    (drawn,) = drawings.axes(
        [lambda axes: show_strengths(strengths, sets, ax=axes)],
        [f"Strength of the signs of a generator in this picture: {said}; from 1 it convinces"],
        size=(860, 90 + 60 * len(shown)),
        left=130,
    )
    counted = "; ".join(
        f"of {called} {load_typical(name).verdicts.get('generator trace', 0)} show one"
        for name, called in KNOWN.items()
    )
    return Plate(
        "Signs of a generator",
        f"Strengths: {said}. From 1 a sign convinces: {counted}.",
        (Panel("Strength of each sign", drawn, wide=True),),
        "Boxes hold the middle half of a set, whiskers nine pictures in ten.",
    )
