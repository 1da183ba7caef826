"""What the page asks of one picture: the object that commands print, and what to draw of it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from forensics._records import NotRequired
from forensics._typing import FloatArray, Image
from forensics.box import as_box
from forensics.detection.verdict.attribution import Attribution
from forensics.detection.verdict.inspect import Inspection, inspect_image
from forensics.detection.verdict.typical import load_typical
from forensics.engine.fingerprints import load_library
from forensics.images.delivery.encode import png_bytes
from forensics.images.read import read_image
from forensics.images.sources.local import BytesSource, asked_for
from forensics.traces.color import CHANNELS, color_distance
from forensics.traces.fingerprints.fingerprint import Fingerprint
from forensics.traces.fingerprints.frame import rescaled
from forensics.traces.fingerprints.match import AnyFingerprint
from forensics.traces.periods import ratio_spectrum
from forensics.traces.planes import PlanesLike, as_planes
from forensics.traces.profiles import KINDS, LineProfile, line_profiles
from forensics.traces.spectra.peaks import STEPS
from forensics.traces.spectra.residual import residual_peaks, residual_spectrum
from forensics.views.figures import layer_over, save_figure
from forensics.views.rasters import Raster, map_raster, picture_raster, reduced, step_for
from forensics.views.report.document import making, render_report
from forensics.views.report.known_sets import KNOWN
from forensics.views.report.pictures import picture_report
from forensics.views.results.causes import evidence_sentence
from forensics.views.results.explanation import headline_parts, render_rate, render_score
from forensics.views.results.inspection import InspectionRecord, inspection_record
from forensics.views.results.maps import LAYER_WORDS
from forensics.views.results.provenance import provenance_sentences
from forensics.views.results.records import json_value, significant
from forensics.views.results.sentences import render_p, render_period, sentence
from forensics.views.sheets.inspection import show_inspection
from forensics.web.limits import Limits

__all__ = [
    "InspectAnswer",
    "data_url",
    "figure_answer",
    "inspect_answer",
    "known_answer",
    "lines_view",
    "photograph",
    "picture_report_answer",
    "traced_photograph",
    "warm_up",
]

_SHOWN_BY_BROWSERS = {"JPEG", "PNG", "WebP", "GIF", "BMP", "AVIF"}
_LONGEST = 1024
_SPECTRUM = 512
_STRETCH = (1, 99.8)
_EXAMPLE, _EXAMPLE_COUNTS, _EXAMPLE_NAME = 256, 3.0, "thiscatdoesnotexist"
"""Side, strength and fingerprint of the example of a generator's trace."""


class InspectAnswer(InspectionRecord):
    """The object that `catforensics inspect --json` prints, and what the page draws if asked."""

    view: NotRequired[dict[str, Any]]


def inspect_answer(
    data: bytes,
    name: str,
    limits: Limits,
    *,
    view: bool,
    box: str | None = None,
    by_place: bool = False,
) -> InspectAnswer:
    """JSON object of one inspected picture, with what a page needs to draw it if asked.

    Parameters
    ----------
    data : bytes
        Bytes of the whole file.
    name : str
        Name of the picture, as people are shown it.
    limits : Limits
        Limits of what the page takes.
    view : bool
        Whether the key ``view`` is added.
    box : str, optional
        The part that is measured alone, as in "40,16,90,80".
    by_place : bool
        Whether the traces are mapped as well.

    Returns
    -------
    InspectAnswer
        Ready to be sent as JSON.

    Raises
    ------
    ImageReadError, ImageShapeError
        It is no picture that can be measured.
    """
    inspection, image = _inspected(data, name, limits, box, by_place)
    record = cast(InspectAnswer, inspection_record(inspection))
    if view:
        record["view"] = _view(inspection, image)
    return record


def picture_report_answer(
    data: bytes, name: str, limits: Limits, *, box: str | None = None, by_place: bool = False
) -> str:
    """Report on one picture, as one file of HTML.

    Parameters
    ----------
    data : bytes
        Bytes of the whole file.
    name : str
        Name of the picture, as people are shown it.
    limits : Limits
        Limits of what the page takes.
    box : str, optional
        The part that is measured alone, as in "40,16,90,80".
    by_place : bool
        Whether the traces are mapped as well.

    Returns
    -------
    str
        The whole page.
    """
    how = making("catforensics serve, a picture that was dropped on the page")
    one = _inspected(data, name, limits, box, by_place)
    return render_report(picture_report([one], how, detail="beside"))


def figure_answer(
    data: bytes,
    name: str,
    limits: Limits,
    kind: Literal["png", "svg"],
    *,
    box: str | None = None,
    by_place: bool = False,
) -> bytes:
    """Sheet of one picture, as `catforensics inspect` draws it.

    Parameters
    ----------
    data : bytes
        Bytes of the whole file.
    name : str
        Name of the picture, as people are shown it.
    limits : Limits
        Limits of what the page takes.
    kind : {"png", "svg"}
        Format of the figure.
    box : str, optional
        The part that is measured alone, as in "40,16,90,80".
    by_place : bool
        Whether the traces are mapped as well.

    Returns
    -------
    bytes
        Bytes of the whole file.
    """
    file = io.BytesIO()
    save_figure(show_inspection(*_inspected(data, name, limits, box, by_place)), file, kind)
    return file.getvalue()


def known_answer() -> dict[str, Any]:
    """What the line spectra of known sets are like, to be drawn behind others.

    Returns
    -------
    dict
        By set: its name, and for each kind and axis the 5th, 50th and 95th percentile.
    """
    return {
        name: {
            "label": called,
            "spectra": {
                kind: {
                    axis: [_brief(one) for one in ratios]
                    for axis, ratios in zip(("rows", "columns"), of_kind, strict=True)
                }
                for kind, of_kind in zip(KINDS, load_typical(name).ratios, strict=True)
            },
        }
        for name, called in KNOWN.items()
    }


def photograph() -> bytes:
    """Photograph of a cat that comes with scikit-image, as a PNG."""
    from importlib import resources

    return (resources.files("skimage.data") / "chelsea.png").read_bytes()


@cache
def traced_photograph() -> bytes:
    """The same photograph, with the shipped fingerprint of a generator laid over it, as a PNG.

    What a generator would have left in it, 3 counts strong: an example of a trace that is no
    picture of anybody's.
    """
    image, _ = read_image(BytesSource("chelsea.png", photograph()))
    square = image[:_EXAMPLE, 100 : 100 + _EXAMPLE].astype(np.float64)
    source = next(
        one for one in load_library() if isinstance(one, Fingerprint) and one.name == _EXAMPLE_NAME
    )
    pattern = rescaled(source.pattern, (_EXAMPLE, _EXAMPLE))
    pixels = square + (_EXAMPLE_COUNTS / pattern.std() * pattern)[..., np.newaxis]
    return png_bytes(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def warm_up() -> None:
    """Load what the first picture needs, so that it does not have to wait for it."""
    inspect_answer(photograph(), "chelsea.png", Limits(), view=True)


def data_url(raster: Raster) -> str:
    """Picture as an address that carries it.

    Parameters
    ----------
    raster : Raster
        Picture to carry.

    Returns
    -------
    str
        Address that begins with ``data:``.
    """
    return f"data:{raster.kind};base64,{base64.b64encode(raster.data).decode()}"


def lines_view(image: PlanesLike, *, luma: Sequence[LineProfile] = ()) -> dict[str, Any]:
    """Line profiles and their spectra, of every channel, kind and axis.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3), uint8 or float, counts
        Picture or blend to measure.
    luma : sequence of LineProfile
        Profiles of luma, if they were measured before.

    Returns
    -------
    dict
        ``[channel][kind][axis]`` has ``values`` and ``ratios``.
    """
    picture = as_planes(image)
    found = {"luma": luma} if luma else {}
    return {
        channel: _lines_of(found.get(channel) or line_profiles(picture, channel=channel))
        for channel in CHANNELS
    }


def _lines_of(profiles: Sequence[LineProfile]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for one in profiles:
        found[one.kind][one.axis] = {
            "values": _brief(one.values),
            "ratios": _brief(ratio_spectrum(one)),
        }
    return found


def _brief(values: NDArray[Any]) -> list[float | None]:
    """Numbers of four digits, None for what is none."""
    return [significant(one, 4) if np.isfinite(one) else None for one in values.tolist()]


@cache
def _fingerprints() -> tuple[AnyFingerprint, ...]:
    return load_library()


def _inspected(
    data: bytes, name: str, limits: Limits, box: str | None, by_place: bool
) -> tuple[Inspection, Image]:
    part = None if box is None else as_box([int(one) for one in box.split(",")])
    source = asked_for(BytesSource(name, data), box=part, heif=limits.heif)
    return inspect_image(
        source, fingerprints=_fingerprints(), by_place=by_place, max_pixels=limits.pixels
    )


def _view(inspection: Inspection, image: Image) -> dict[str, Any]:
    verdict, rest = headline_parts(inspection)
    turn = inspection.record.orientation
    found = inspection.attribution
    step = step_for(image.shape, _LONGEST)
    shown = reduced(image, step)
    distance = color_distance(shown)
    low, high = np.percentile(distance, (1, 99)).tolist()
    rows, columns = inspection.evidence.middle_place
    middle = as_planes(image)[rows, columns]
    record = inspection.record
    unseen = record.container not in _SHOWN_BY_BROWSERS or record.box is not None
    view: dict[str, Any] = {
        "verdict": verdict,
        "rest": rest.lstrip(":, "),
        "score": render_score(found.score),
        "rate": _rate(found),
        "causes": [[one.cause, evidence_sentence(one)] for one in found.causes],
        "provenance": list(provenance_sentences(inspection.provenance)),
        "picture": data_url(picture_raster(shown, orientation=turn)) if unseen else None,
        "distance": {
            "image": data_url(map_raster(distance, (low, high), orientation=turn)),
            "low": low,
            "high": high,
            "step": step,
        },
        "first_line": [rows.start + 1, columns.start + 1],
        "lines": lines_view(middle, luma=inspection.evidence.middle.profiles),
        "bands": [
            {
                "profile": one.banding.profile,
                "period": one.banding.period,
                "label": render_period(one.banding.period),
                "p": render_p(one.banding.p_holm),
                "causes": list(one.causes),
            }
            for one in found.periods
        ],
        "spectrum": _spectrum_view(middle),
        "maps": _maps_view(inspection, image),
    }
    return json_value(view)


def _maps_view(inspection: Inspection, image: Image) -> list[dict[str, Any]]:
    """Every kind of evidence that was judged, over the picture."""
    found = inspection.trace_map
    if found is None:
        return []
    step, turn = step_for(image.shape, _SPECTRUM), inspection.record.orientation
    framed = [
        (slice(box.top, box.top + box.rows), slice(box.left, box.left + box.columns))
        for box in (region.box for region in found.regions)
    ]
    return [
        {
            "layer": layer.name,
            "words": LAYER_WORDS[layer.name],
            "image": data_url(
                picture_raster(layer_over(layer.values, image, step, framed), orientation=turn)
            ),
        }
        for layer in found.layers
        if layer.judged
    ]


def _rate(found: Attribution) -> str:
    """How many real pictures show as much; nothing where nothing can be said."""
    return sentence(render_rate(found)) if found.contributions else ""


def _spectrum_view(image: PlanesLike) -> dict[str, Any]:
    """The residual spectrum as a picture, with the places of its significant peaks."""
    residual = residual_spectrum(image)
    decibels = 10 * np.log10(np.maximum(_pooled(residual.power), 1e-9))
    low, high = np.percentile(decibels, _STRETCH).tolist()
    return {
        "image": data_url(map_raster(decibels, (low, high))),
        "low": low,
        "high": high,
        "peaks": [
            {
                "direction": one.peak.direction,
                "period": render_period(one.peak.period),
                "row": STEPS[one.peak.direction][0] / one.peak.period,
                "column": STEPS[one.peak.direction][1] / one.peak.period,
                "p": render_p(one.p_holm),
            }
            for one in residual_peaks(residual)
            if one.found
        ],
    }


def _pooled(power: FloatArray) -> FloatArray:
    """Largest of neighbours, so that no point of a large spectrum is lost."""
    high, wide = (-(-side // _SPECTRUM) for side in power.shape)
    rows, columns = power.shape[0] // high * high, power.shape[1] // wide * wide
    cells = power[:rows, :columns].reshape(rows // high, high, columns // wide, wide)
    return cast(FloatArray, cells.max(axis=(1, 3)))
