"""The sheet of one inspected picture: what was found, in words first, then for the eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forensics._typing import Image, ProfileKind
from forensics.detection.verdict.inspect import Inspection
from forensics.detection.verdict.score import Verdict
from forensics.traces.regions.maps import Layer
from forensics.traces.spectra.residual import autocorrelation, residual_peaks, residual_spectrum
from forensics.views.figures import (
    INK,
    MUTED,
    filled,
    house_style,
    new_figure,
    placed_axes,
    placed_text,
    show_autocorrelation,
    show_distance,
    show_grid,
    show_image,
    show_layer,
    show_places,
    show_power_spectrum,
    title,
)
from forensics.views.rasters import reduced
from forensics.views.results.captions import file_name
from forensics.views.results.causes import bands_found, evidence_sentence, mark_bands
from forensics.views.results.explanation import SCORE, bound, explain, headline_parts, render_score
from forensics.views.results.provenance import provenance_sentences
from forensics.views.results.sentences import CORRECTED
from forensics.views.sheets.panels import (
    LEFT,
    PANEL,
    RIGHT,
    fitted,
    footnote,
    footnote_height,
    profile_pair,
    shown_height,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = [
    "show_inspection",
]

_WIDTH, _END = 1240, 1202
_TALLEST, _PLOT, _SMALL = 512, 150, 320
_BETWEEN = 98
"""Pixels from one profile to the next: for ticks, a label and a title of two lines."""
_MIDDLE, _THIRD = 476, 872
"""Pixels from the left to the autocorrelation and to the text beside it."""
_GAUGE = 902
_LAYER, _BESIDE, _AROUND_MAPS = 212, 18, 60
"""Pixels of a map's longer side, between two maps, and around the row of them."""
_LARGE, _LINE, _GAP = 13, 25, 6
_SMALL_TEXT, _TEXT_LINE = 9.5, 18
_COLORS: dict[Verdict, str] = {
    "generator trace": "#d55e00",
    "unsure": "#e69f00",
    "no generator trace": MUTED,
}


@house_style()
def show_inspection(inspection: Inspection, image: Image) -> Figure:
    """Sheet of one inspected picture, on one page.

    The verdict in large type with the sentences to quote; the picture under the grid of its
    JPEG blocks and its distance map; the profiles with every significant period and what
    makes it; residual spectrum and autocorrelation; the evidence for each cause, and apart
    from it what the file says about itself.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.
    image : ndarray, shape (M, N, 3), uint8, counts
        The stored pixels, as `inspect_image` returned them.

    Returns
    -------
    matplotlib.figure.Figure
        1240 pixels wide, about as tall as a page.
    """
    sentences = [filled(bound(one), _END - LEFT, _LARGE) for one in explain(inspection)]
    beside = _beside(inspection)
    written = _sentences_top(inspection) + sum(len(one) * _LINE + _GAP for one in sentences)
    pictures = written + 42
    rows, columns = inspection.evidence.shape[:2]
    tall = shown_height((rows, columns), inspection.record.orientation, _TALLEST)
    maps = pictures + tall + 106
    profiles = maps + _maps_height(inspection)
    spectra = profiles + 2 * (_PLOT + _BETWEEN)
    bottom = spectra + max(_SMALL + 90, _TEXT_LINE * len(beside))
    notes = _notes(inspection)
    figure = new_figure(_WIDTH, bottom + 10 + footnote_height(_WIDTH - 40, notes))
    _show_verdict(figure, inspection, sentences)
    _show_pictures(figure, pictures, tall, inspection, image)
    _show_maps(figure, maps, inspection, image)
    kinds: tuple[ProfileKind, ...] = ("second", "signed")
    for row, kind in enumerate(kinds):
        _show_profiles(figure, profiles + row * (_PLOT + _BETWEEN), kind, inspection)
    _show_spectra(figure, spectra, inspection, image)
    for number, (text, looks) in enumerate(beside):
        placed_text(figure, _THIRD, spectra - 22 + number * _TEXT_LINE, text, **looks)
    footnote(figure, notes)
    return figure


def _show_verdict(figure: Figure, inspection: Inspection, sentences: list[list[str]]) -> None:
    """What was found: in one glance, in one line, in sentences."""
    found = inspection.attribution
    verdict, rest = headline_parts(inspection)
    placed_text(figure, LEFT, 24, _named(inspection), color=MUTED, fontsize=10.5)
    placed_text(figure, LEFT, 50, verdict, fontsize=27, weight="bold")
    placed_text(figure, LEFT, 100, rest.lstrip(":, "), fontsize=_LARGE)
    top = _sentences_top(inspection)
    for lines in sentences:
        for line in lines:
            placed_text(figure, LEFT, top, line, fontsize=_LARGE)
            top += _LINE
        top += _GAP
    bar = placed_axes(figure, 40, 24, 6, top - _GAP - 24)
    bar.axvspan(0, 1, color=_COLORS[found.verdict])
    bar.set_axis_off()
    _show_score(placed_axes(figure, _GAUGE, 58, _END - _GAUGE, 20), found.score)


def _sentences_top(inspection: Inspection) -> int:
    """Pixels from the top to the sentences: under the verdict, or under what follows it."""
    return 136 if headline_parts(inspection)[1] else 128


def _show_score(axes: Axes, score: float) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-1, 1)
    axes.set_axis_off()
    axes.plot((0, 1), (0, 0), color=MUTED, linewidth=1.2, solid_capstyle="round")
    axes.plot((0, 0.5, 1), (0, 0, 0), color=MUTED, marker="|", markersize=7, linestyle="none")
    axes.plot((score,), (0,), color=INK, marker="o", markersize=9, clip_on=False)
    title(axes, f"Score {render_score(score)}")
    axes.text(
        0, -1.4, "\n".join(filled(SCORE, _END - _GAUGE, 8.5)), fontsize=8.5, color=MUTED, va="top"
    )


def _named(inspection: Inspection) -> str:
    rows, columns = inspection.evidence.shape[:2]
    record = inspection.record
    container = record.container
    if record.jpeg is not None:
        container = f"{container} of quality {record.jpeg.quality}"
        if record.jpeg.subsampling:
            container = f"{container}, {record.jpeg.subsampling}"
    rest = f": {columns} x {rows} pixels, {container}"
    return fitted(file_name(inspection.path), rest, _GAUGE - LEFT - 30, 10.5)


def _show_pictures(
    figure: Figure, top: int, height: int, inspection: Inspection, image: Image
) -> None:
    """The picture under the grid of its blocks or its tiles, and its distance map."""
    shape, turn = image.shape, inspection.record.orientation
    step = max(1, max(shape[:2]) // (2 * PANEL))
    shown = reduced(image, step)
    left = placed_axes(figure, LEFT, top, PANEL, height)
    right = placed_axes(figure, RIGHT, top, PANEL, height)
    for axes in (left, right):
        axes.set_anchor("NW")
    artist = show_image(shown, orientation=turn, ax=left)
    _in_stored_pixels(artist, step)
    said = "The picture"
    grid = inspection.evidence.jpeg.grid
    if len(inspection.evidence.parts) > 1:
        show_places(inspection.evidence.places, shape, orientation=turn, ax=left)
        said = "The picture, framed where it was measured"
    if grid.found:
        _, every = show_grid(grid.origin, shape, orientation=turn, ax=left)
        said_every = f", one in {every} each way" if every > 1 else ""
        said_grid = f"+ corners of JPEG's blocks, origin {grid.origin}{said_every}"
        left.set_xlabel("\n".join(filled(said_grid, PANEL, 9)), loc="left", fontsize=9)
    title(left, said)
    show_distance(shown, orientation=turn, ax=right)
    means = f", means of {step} x {step} pixels" if step > 1 else ""
    title(right, f"Distance from the mean colour{means}")


def _layers(inspection: Inspection) -> list[Layer]:
    """Kinds of evidence that have something to be drawn."""
    found = inspection.trace_map
    return [] if found is None else [one for one in found.layers if one.judged]


def _layer_height(inspection: Inspection) -> int:
    """Pixels of a panel of a map, which is as wide as there is room for."""
    rows, columns = inspection.evidence.shape[:2]
    tall = shown_height((rows, columns), inspection.record.orientation, _TALLEST)
    return max(40, round(tall * _LAYER / PANEL))


def _maps_height(inspection: Inspection) -> int:
    return _layer_height(inspection) + _AROUND_MAPS if _layers(inspection) else 0


def _show_maps(figure: Figure, top: int, inspection: Inspection, image: Image) -> None:
    """Every kind of evidence over the picture, with the regions that differ from the rest."""
    found = inspection.trace_map
    layers = _layers(inspection)
    if found is None or not layers:
        return
    boxes = [
        (slice(box.top, box.top + box.rows), slice(box.left, box.left + box.columns))
        for box in (region.box for region in found.regions)
    ]
    for number, layer in enumerate(layers):
        axes = placed_axes(
            figure, LEFT + number * (_LAYER + _BESIDE), top, _LAYER, _layer_height(inspection)
        )
        axes.set_anchor("NW")
        turn = inspection.record.orientation
        show_layer(layer.values, image, boxes, orientation=turn, ax=axes)
        title(axes, f"By place: {layer.name}")


def _in_stored_pixels(artist: AxesImage, step: int) -> None:
    """Let the axes of a reduced picture count the pixels that it was made of."""
    left, right, bottom, top = ((edge + 0.5) * step - 0.5 for edge in artist.get_extent())
    artist.set_extent((left, right, bottom, top))


def _show_profiles(figure: Figure, top: int, kind: ProfileKind, inspection: Inspection) -> None:
    """A profile and its spectrum, every significant period marked with what makes it."""
    here = [one for one in inspection.evidence.middle.profiles if one.kind == kind]
    bands = [one for one in inspection.attribution.periods if one.banding.profile == kind]
    mark_bands(profile_pair(figure, top, here, bands_found(bands), height=_PLOT), bands)


def _show_spectra(figure: Figure, top: int, inspection: Inspection, image: Image) -> None:
    """Residual spectrum and autocorrelation of the part in the middle."""
    residual = residual_spectrum(image[inspection.evidence.middle_place])
    left = placed_axes(figure, LEFT, top, _SMALL, _SMALL)
    peaks = [one.peak for one in residual_peaks(residual) if one.found]
    show_power_spectrum(residual.power, peaks=peaks, ax=left)
    title(left, f"Residual spectrum{', peaks circled' if peaks else ''}")
    right = placed_axes(figure, _MIDDLE, top, _SMALL, _SMALL)
    show_autocorrelation(autocorrelation(residual.power), ax=right)
    title(right, "Autocorrelation of the residual")


def _beside(inspection: Inspection) -> list[tuple[str, dict[str, Any]]]:
    """Lines of text with their looks: each cause, then the file's own words."""
    heading: dict[str, Any] = {"fontsize": 11.5}
    small: dict[str, Any] = {"fontsize": _SMALL_TEXT}
    lines: list[tuple[str, dict[str, Any]]] = [("Causes, and what shows them", heading)]
    for cause in inspection.attribution.causes:
        lines += [(cause.cause, {**small, "weight": "bold"})]
        lines += [(line, small) for line in _small(evidence_sentence(cause))]
    if not inspection.attribution.causes:
        lines += [("none", small)]
    lines += [("", small), ("What the file says, not in the score", heading)]
    for sentence in provenance_sentences(inspection.provenance):
        lines += [(line, small) for line in _small(sentence)]
    return lines


def _small(text: str) -> list[str]:
    return filled(bound(text), _END - _THIRD, _SMALL_TEXT)


def _notes(inspection: Inspection) -> list[str]:
    notes = [CORRECTED]
    if len(inspection.evidence.parts) > 1:
        notes.append("Profiles and spectra are those of the part in the middle, p the median's.")
    if inspection.record.orientation != 1:
        notes.append("Shown turned by its EXIF orientation; lines are counted as stored.")
    return notes
