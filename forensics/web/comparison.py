"""What the page asks of two sets: the object that `compare` prints, and what to draw of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cache
from typing import Any, cast

import numpy as np

from forensics._records import NotRequired
from forensics.counting import counted
from forensics.detection.comparison import Side, compared
from forensics.detection.evaluation.audit import audit
from forensics.detection.spectra import spectrum_findings
from forensics.engine.blend import Blend, blend, load_reference
from forensics.engine.spectra import average_spectra
from forensics.errors import EmptySetError, ParameterError
from forensics.images.sources.archives import UploadedSet, uploaded_sets
from forensics.images.sources.local import asked_for, first_reasons
from forensics.images.sources.names import printable
from forensics.traces.color import color_distance
from forensics.traces.periods import line_bands
from forensics.traces.profiles import AXES, KINDS
from forensics.views.rasters import map_raster, picture_raster, shared_limits
from forensics.views.report.document import making, render_report
from forensics.views.report.known_sets import KNOWN
from forensics.views.report.sets import MeasuredSet, set_report
from forensics.views.results.records import ComparisonRecord, comparison_record, json_value
from forensics.views.results.sentences import (
    ratio_cells,
    render_finding,
    render_p,
    render_period,
    sentence,
)
from forensics.web.answers import data_url, lines_view
from forensics.web.limits import Limits, RefusedError, in_page_words

__all__ = [
    "CompareAnswer",
    "compare_answer",
    "known_sets_answer",
    "set_report_answer",
]

_LONGEST = 512


class CompareAnswer(ComparisonRecord):
    """The object that `catforensics compare --json` prints, and what the page draws if asked."""

    view: NotRequired[dict[str, Any]]


def compare_answer(
    data: bytes,
    names: tuple[str, str],
    size: int | None,
    limits: Limits,
    stop: threading.Event,
    *,
    view: bool,
) -> CompareAnswer:
    """JSON object of a comparison of two sets, with what a page needs to draw it if asked.

    Parameters
    ----------
    data : bytes
        Bytes of a zip archive with both sets, as `uploaded_sets` takes it.
    names : (str, str)
        Names of the sets.
    size : int, optional
        Side of the square that is cropped from the centre of every picture, in pixels.
    limits : Limits
        Limits of what the page takes.
    stop : threading.Event
        Set when the answer is no longer wanted.
    view : bool
        Whether the key ``view`` is added.

    Returns
    -------
    CompareAnswer
        Ready to be sent as JSON.

    Raises
    ------
    RefusedError
        There are too many pictures.
    ForensicsError
        A set is damaged, empty, or its pictures are of several sizes.
    """
    a, b = (_side(one, size, limits, stop) for one in _sets(data, names, limits))
    return _answer(a, b, view=view)


def set_report_answer(
    data: bytes,
    names: tuple[str, str],
    size: int | None,
    limits: Limits,
    stop: threading.Event,
) -> str:
    """Report on two sets, as one file of HTML.

    Parameters
    ----------
    data : bytes
        Bytes of a zip archive with both sets, as `uploaded_sets` takes it.
    names : (str, str)
        Names of the sets.
    size : int, optional
        Side of the square that is cropped from the centre of every picture, in pixels.
    limits : Limits
        Limits of what the page takes.
    stop : threading.Event
        Set when the answer is no longer wanted.

    Returns
    -------
    str
        The whole page.
    """
    sets = _sets(data, names, limits)
    a, b = (_measured(one, size, limits, stop) for one in sets)
    found = audit(
        *(one.images for one in sets),
        names=names,
        on_error="skip",
        max_pixels=limits.pixels,
        stop=stop,
    )
    skipped = [left for one in (a, b) for left in one.side.blended.skipped]
    skipped += [left for one in sets for left in one.skipped]
    how = making("catforensics serve, two sets that were dropped on the page")
    return render_report(set_report(a, b, found, how, skipped=skipped))


def _sets(data: bytes, names: tuple[str, str], limits: Limits) -> list[UploadedSet]:
    """Both sets, refused where one has too many pictures."""
    sets = uploaded_sets(data, dict(zip("ab", names, strict=True)))
    for one in sets.values():
        if len(one.images) > limits.set_pictures:
            raise RefusedError(
                413,
                f"{printable(one.name)} has {counted(len(one.images))}, the page takes at most "
                f"{limits.set_pictures:,}: use `catforensics compare`, which has no such limit",
            )
    return [
        replace(one, images=tuple(asked_for(image, heif=limits.heif) for image in one.images))
        for one in sets.values()
    ]


@cache
def known_sets_answer() -> CompareAnswer:
    """JSON object of a comparison of the shipped blends, of generated and of real cats."""
    first, second = KNOWN
    known = compared(
        load_reference(first), load_reference(second), names=(KNOWN[first], KNOWN[second])
    )
    return _answer(known.a, known.b, view=True)


def _side(one: UploadedSet, size: int | None, limits: Limits, stop: threading.Event) -> Side:
    if not one.images:
        if one.skipped:
            raise first_reasons(one.skipped)
        raise EmptySetError(f"there is no picture in {printable(one.name)}: name another set")
    found: Blend = blend(
        one.images, size=size, on_error="skip", max_pixels=limits.pixels, stop=stop
    )
    if stop.is_set():
        raise ParameterError("the comparison was broken off: begin anew")
    return Side(one.name, found, line_bands(found.mean))


def _measured(
    one: UploadedSet, size: int | None, limits: Limits, stop: threading.Event
) -> MeasuredSet:
    side = _side(one, size, limits, stop)
    spectra = average_spectra(
        one.images, size=size, on_error="skip", max_pixels=limits.pixels, stop=stop
    )
    return MeasuredSet(side, spectrum_findings(spectra))


def _answer(a: Side, b: Side, *, view: bool) -> CompareAnswer:
    record = cast(CompareAnswer, comparison_record(a, b))
    if view:
        record["view"] = _view(a, b)
    return record


def _view(a: Side, b: Side) -> dict[str, Any]:
    distances = [color_distance(side.blended.mean) for side in (a, b)]
    low, high = shared_limits(distances)
    sides = {
        key: {
            "name": printable(side.name),
            "n_images": side.blended.n_images,
            "finding": sentence(render_finding(side.bands.tested, "signed")),
            "findings": {kind: sentence(render_finding(side.bands.tested, kind)) for kind in KINDS},
            "blend": data_url(
                picture_raster(np.rint(side.blended.mean).astype(np.uint8), longest=_LONGEST)
            ),
            "distance": data_url(map_raster(distance, (low, high))),
            "lines": lines_view(side.blended.mean),
            "bands": _bands(side),
            "skipped": [
                in_page_words(f"{printable(left.path)} {left.reason}")
                for left in side.blended.skipped
            ],
        }
        for key, side, distance in zip("ab", (a, b), distances, strict=True)
    }
    return json_value({**sides, "low": low, "high": high})


def _bands(side: Side) -> list[dict[str, Any]]:
    """Every tested period, in words."""
    return [
        {
            "profile": one.profile,
            "period": one.period,
            "label": render_period(one.period),
            "p": render_p(one.p_holm),
            "found": one.found,
            **dict(zip(AXES, ratio_cells(one), strict=True)),
        }
        for one in side.bands.tested
    ]
