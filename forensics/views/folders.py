"""The folders that commands leave behind: every file of a result, all or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from forensics._typing import Channel, Metric
from forensics.detection.comparison import Side
from forensics.engine.blend import Blend
from forensics.engine.saved import write_blend
from forensics.traces.periods import Period
from forensics.traces.profiles import line_profiles
from forensics.views.figures import save_figure
from forensics.views.records import blend_record, comparison_record, render_json
from forensics.views.sheets import blend_sheet, distance_sheet, profiles_sheet, show_comparison
from forensics.writing import Writer, write_together

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "blend_files",
    "comparison_files",
    "comparison_writers",
    "figure_writer",
    "json_writer",
    "save_blend_folder",
    "save_comparison_folder",
]

_BLEND = ("blend.png", "distance.png", "profiles.png", "profiles.csv", "blend.json", "blend.npz")
_COMPARISON = ("compare.png", "compare.svg", "compare.json")


def blend_files(folder: Path) -> list[Path]:
    """The files that `save_blend_folder` writes."""
    return [folder / name for name in _BLEND]


def comparison_files(folder: Path) -> list[Path]:
    """The files that `save_comparison_folder` writes."""
    return [folder / name for name in _COMPARISON]


def save_blend_folder(
    blend: Blend,
    periods: tuple[Period, ...],
    folder: Path,
    *,
    channel: Channel = "luma",
    metric: Metric = "euclidean",
) -> None:
    """Write a blend: figures to look at, tables to compute with, exact sums to go on from.

    Parameters
    ----------
    blend : Blend
    periods : tuple of Period
        What `blend_periods` returned.
    folder : Path
    channel : {"luma", "red", "green", "blue"}
        Of the profiles.
    metric : {"euclidean", "weighted", "lab"}
        Of the distance map.

    Raises
    ------
    OutputError
        One of the files cannot be written; then none is.
    """
    writers = (
        figure_writer(blend_sheet(blend), "png"),
        figure_writer(distance_sheet(blend, periods, metric=metric), "png"),
        figure_writer(profiles_sheet(blend, periods, channel=channel), "png"),
        partial(_write_profiles, blend, channel),
        json_writer(blend_record(blend, periods, channel=channel)),
        partial(write_blend, blend),
    )
    write_together(folder, dict(zip(_BLEND, writers, strict=True)))


def save_comparison_folder(a: Side, b: Side, folder: Path) -> None:
    """Write a comparison as PNG, SVG and JSON.

    Parameters
    ----------
    a, b : Side
    folder : Path

    Raises
    ------
    OutputError
        One of the files cannot be written; then none is.
    """
    write_together(folder, comparison_writers(a, b))


def comparison_writers(a: Side, b: Side) -> dict[str, Writer]:
    """What writes the files of a comparison, by file name."""
    figure = show_comparison(a, b)
    writers = (
        figure_writer(figure, "png"),
        figure_writer(figure, "svg"),
        json_writer(comparison_record(a, b)),
    )
    return dict(zip(_COMPARISON, writers, strict=True))


def figure_writer(figure: Figure, kind: str) -> Writer:
    """What draws a figure into an open file, as "png" or "svg"."""
    return partial(save_figure, figure, kind=kind)


def json_writer(record: Mapping[str, object]) -> Writer:
    """What writes a JSON object into an open file, indented for people."""
    text = render_json(record, indent=2) + "\n"
    return lambda file: file.write(text.encode())


def _write_profiles(blend: Blend, channel: Channel, file: IO[bytes]) -> None:
    """Write all line profiles in long form: one value a line of text."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("axis", "profile", "line", "counts"))
    for profile in line_profiles(blend.mean, channel=channel):
        for line, value in enumerate(profile.values, start=1):
            table.writerow((profile.axis, profile.kind, line, f"{value:.9g}"))
    file.write(text.getvalue().encode())
