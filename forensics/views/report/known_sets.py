"""What the shipped sets show, to be set beside a picture: maps of blends, spectra of pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from forensics._typing import ProfileKind
from forensics.detection.verdict.typical import load_typical
from forensics.engine.blend import load_reference
from forensics.traces.profiles import KINDS
from forensics.views.figures import show_typical_spectrum
from forensics.views.report.document import Panel, Plate
from forensics.views.report.drawings import Drawings, distance_drawing, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "KNOWN",
    "MAPS",
    "READING",
    "SHADES",
    "known_maps",
    "known_plates",
    "known_spectra",
]

KNOWN = {
    "thiscatdoesnotexist": "420 pictures of thiscatdoesnotexist.com",
    "afhq": "840 photographs of cats (AFHQ)",
}
"""The shipped sets, by the name of their files."""
READING: dict[ProfileKind, str] = {
    "second": "Second differences between neighbouring lines: how busy each line is.",
    "signed": "Differences between the means of neighbouring lines: what is added to every line "
    "at the same place.",
    "first": "First differences between neighbouring lines: JPEG's blocks and resizing show here.",
}
SHADES = "Shades hold nine pictures in ten of a set, each measured by itself; lines are the median."
MAPS = (
    "Bands show in the blend of many pictures, where content averages out: the map of 420 "
    "generated cats is full of them, that of 840 photographs is smooth."
)


def known_plates(drawings: Drawings) -> tuple[Plate, ...]:
    """Plates of the known sets alone, for reports on several pictures.

    Parameters
    ----------
    drawings : Drawings
        Draws the figures of the report, and names them.

    Returns
    -------
    tuple of Plate
        Distance maps, then spectra of second and of signed differences.
    """
    plates = [Plate("Distance from the mean colour", MAPS, known_maps())]
    for kind in ("second", "signed"):
        shows, findings = known_spectra(kind)
        drawn = drawings.axes(shows, findings, shared=True)
        panels = tuple(map(Panel, KNOWN.values(), drawn))
        plates.append(Plate(f"{kind.capitalize()} differences", SHADES, panels, READING[kind]))
    return tuple(plates)


@cache
def known_maps() -> tuple[Panel, ...]:
    """Distance maps of the shipped blends, their middle."""
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


def known_spectra(kind: ProfileKind) -> tuple[list[Callable[[Axes], Any]], list[str]]:
    """Drawers of the spectra of a kind of profile, with their text alternatives.

    Parameters
    ----------
    kind : {"signed", "first", "second"}
        Kind of the profiles.

    Returns
    -------
    (list of callable, list of str)
        Each drawer takes axes to draw on.
    """
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
    legend(axes)
