"""The folders that commands leave behind: every file of a result, all or none.

Pictures are written as they come, each whole; the manifest, which makes them a
set, comes last. Where the run fails before that, they go again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from forensics._typing import Metric
from forensics.counting import counted
from forensics.detection.comparison import Side
from forensics.detection.evaluation.evaluate import Evaluation
from forensics.detection.spectra import SpectrumFindings
from forensics.engine.blend import Blend, write_blend
from forensics.engine.deliveries import MadePicture
from forensics.engine.threads import give_back_memory
from forensics.errors import OutputError
from forensics.images.delivery.steps import step_record
from forensics.images.sources.find import Skipped
from forensics.images.sources.local import FileSource, ImageSource
from forensics.images.sources.names import printable
from forensics.output import Writer, refuse_existing, write_together, writing
from forensics.traces.periods import Bands
from forensics.traces.spectra.harmonics import GRIDS
from forensics.views.figures import save_figure
from forensics.views.results.evaluation import evaluation_record
from forensics.views.results.records import (
    FORMAT_VERSION,
    blend_record,
    comparison_record,
    render_json,
)
from forensics.views.results.spectrum import spectrum_record
from forensics.views.sheets.evaluation import EVALUATION_SHEETS, evaluation_sheets
from forensics.views.sheets.profiles import (
    blend_sheet,
    distance_sheet,
    profiles_sheet,
    show_comparison,
)
from forensics.views.sheets.spectrum import show_spectra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "MADE_MANIFEST",
    "blend_files",
    "check_folder",
    "comparison_files",
    "comparison_writers",
    "evaluation_files",
    "figure_writer",
    "json_writer",
    "manifest_record",
    "output_stems",
    "render_made",
    "save_blend_folder",
    "save_comparison_folder",
    "save_evaluation_folder",
    "save_made",
    "save_spectrum_folder",
    "spectrum_files",
]

_BLEND = ("blend.png", "distance.png", "profiles.png", "profiles.csv", "blend.json", "blend.npz")
_COMPARISON = ("compare.png", "compare.svg", "compare.json")


def blend_files(folder: Path) -> list[Path]:
    """Files that `save_blend_folder` writes.

    Parameters
    ----------
    folder : Path
        Folder of the result.

    Returns
    -------
    list of Path
        Paths of all of them.
    """
    return [folder / name for name in _BLEND]


def comparison_files(folder: Path) -> list[Path]:
    """Files that `save_comparison_folder` writes.

    Parameters
    ----------
    folder : Path
        Folder of the result.

    Returns
    -------
    list of Path
        Paths of all of them.
    """
    return [folder / name for name in _COMPARISON]


def save_blend_folder(
    blend: Blend,
    bands: Bands,
    folder: Path,
    *,
    metric: Metric = "euclidean",
    name: str = "",
) -> None:
    """Save a blend: figures to look at, tables to compute with, exact sums to go on from.

    Parameters
    ----------
    blend : Blend
        Blend to save.
    bands : Bands
        Bands of the lines of its mean, from `line_bands`.
    folder : Path
        Folder to write to; made where it is missing.
    metric : {"euclidean", "weighted", "lab"}
        Distance to map; see `color_distance`.
    name : str
        Name of the set, for the titles; a path is cut down to its last part.

    Raises
    ------
    OutputError
        One of the files cannot be written; then none is.

    See Also
    --------
    forensics.engine.blend.save_blend : The sums alone.
    """
    sheets = (
        partial(blend_sheet, blend, bands, name=name),
        partial(distance_sheet, blend, bands, metric=metric, name=name),
        partial(profiles_sheet, blend, bands, name=name),
    )
    writers: tuple[Writer, ...] = (
        # One at a time: each has 40 MB of pixels while it is there.
        *(partial(_draw, sheet, "png") for sheet in sheets),
        partial(_write_profiles, bands),
        json_writer(blend_record(blend, bands)),
        partial(write_blend, blend),
    )
    write_together(folder, dict(zip(_BLEND, writers, strict=True)))


def save_comparison_folder(a: Side, b: Side, folder: Path) -> None:
    """Save a comparison as PNG, SVG and JSON.

    Parameters
    ----------
    a, b : Side
        The two sets, each with its blend and periods.
    folder : Path
        Folder to write to; made where it is missing.

    Raises
    ------
    OutputError
        One of the files cannot be written; then none is.
    """
    write_together(folder, comparison_writers(a, b))


def comparison_writers(a: Side, b: Side) -> dict[str, Writer]:
    """Writers of the files of a comparison, by file name.

    Parameters
    ----------
    a : Side
        First set, with its blend and periods.
    b : Side
        Second set, likewise.

    Returns
    -------
    dict of str to callable
        Each takes an open binary file.
    """
    figure = show_comparison(a, b)
    writers = (
        figure_writer(figure, "png"),
        figure_writer(figure, "svg"),
        json_writer(comparison_record(a, b)),
    )
    return dict(zip(_COMPARISON, writers, strict=True))


def figure_writer(figure: Figure, kind: str) -> Writer:
    """Writer of a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw.
    kind : str
        Format of the file, as from `figure_kind`.

    Returns
    -------
    callable
        Takes an open binary file.
    """
    return partial(save_figure, figure, kind=kind)


def json_writer(record: Mapping[str, object]) -> Writer:
    """Writer of a JSON object, indented for people.

    Parameters
    ----------
    record : mapping of str to object
        Object to write.

    Returns
    -------
    callable
        Takes an open binary file.
    """
    text = render_json(record, indent=2) + "\n"
    return lambda file: file.write(text.encode())


def _write_profiles(bands: Bands, file: IO[bytes]) -> None:
    """Write all line profiles in long form: one value a line of text."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("axis", "profile", "line", "counts"))
    for profile in bands.profiles:
        for line, value in enumerate(profile.values, start=1):
            table.writerow((profile.axis, profile.kind, line, f"{value:.9g}"))
    file.write(text.getvalue().encode())


_FILES = ("spectrum.png", "spectrum.json", "spectrum.npz")


def spectrum_files(folder: Path) -> list[Path]:
    """Files that `save_spectrum_folder` writes.

    Parameters
    ----------
    folder : Path
        Folder of the result.

    Returns
    -------
    list of Path
        Paths of all of them.
    """
    return [folder / name for name in _FILES]


def save_spectrum_folder(findings: SpectrumFindings, folder: Path, *, name: str = "") -> None:
    """Save the spectra of a set: a sheet to look at, an object, arrays to compute with.

    Parameters
    ----------
    findings : SpectrumFindings
        Spectra of the set, from `spectrum_findings`.
    folder : Path
        Folder to write to; made where it is missing.
    name : str
        Name of the picture or the set, for the titles; a path is cut down to its last part.

    Raises
    ------
    OutputError
        One of the files cannot be written; then none is.
    """
    writers = (
        figure_writer(show_spectra(findings, name=name), "png"),
        json_writer(spectrum_record(findings)),
        partial(_write_arrays, findings),
    )
    write_together(folder, dict(zip(_FILES, writers, strict=True)))


def _write_arrays(findings: SpectrumFindings, file: IO[bytes]) -> None:
    """Write all arrays by name; spectra in single precision, zero frequency in the middle."""
    sums, residual = findings.average.sums, findings.residual
    grids = {f"harmonic_grid_{p}": sums.harmonic_grid(p).ratios for p in GRIDS}
    spectra = {
        "power": sums.power_spectrum.power,
        "residual_power": residual.power,
        "residual_locked": residual.locked,
        "mean_residual": sums.mean_residual,
        "cosine_log_magnitude": sums.cosine_spectrum.log_magnitude,
    }
    arrays: dict[str, Any] = {
        "format_version": np.array(FORMAT_VERSION),
        "n_images": np.array(sums.n_images),
        "n_parts": np.array(sums.n_parts),
        "autocorrelation": findings.autocorrelation.values,
        "radial_frequency": findings.radial.frequency,
        "radial_power": findings.radial.power,
        "phase_cells": findings.phases.cells,
        "phase_errors": findings.phases.errors,
        **{name: array.astype(np.float32) for name, array in spectra.items()},
        **grids,
    }
    np.savez_compressed(file, **arrays)


_RECORD = "evaluation.json"


def evaluation_files(folder: Path, figures: str = "png") -> list[Path]:
    """Files that `save_evaluation_folder` writes.

    Parameters
    ----------
    folder : Path
        Folder of the result.
    figures : str
        Format of the figures, as from `figure_kind`.

    Returns
    -------
    list of Path
        Paths of all of them.
    """
    return [folder / name for name in (_RECORD, *(f"{one}.{figures}" for one in EVALUATION_SHEETS))]


def save_evaluation_folder(
    evaluation: Evaluation,
    folder: Path,
    audit: str,
    figures: str = "png",
    *,
    names: tuple[str, str] = ("", ""),
) -> None:
    """Save an evaluation with its figures, all of them or none.

    Parameters
    ----------
    evaluation : Evaluation
        Evaluation of a score, from `evaluate`.
    folder : Path
        Folder to write to; made where it is missing.
    audit : str
        Sentence on what besides the generator tells the sets apart, from `audit_sentence`.
    figures : str
        Format of the figures, as from `figure_kind`.
    names : (str, str)
        Names of the generated and of the real set, for the titles.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    record = f"{render_json(evaluation_record(evaluation, audit))}\n".encode()
    sheets = evaluation_sheets(evaluation, names)
    write_together(
        folder,
        {
            _RECORD: lambda file: file.write(record),
            **{
                f"{name}.{figures}": partial(_draw, sheet, figures)
                for name, sheet in sheets.items()
            },
        },
    )


def _draw(sheet: Callable[[], Figure], kind: str, file: IO[bytes]) -> None:
    save_figure(sheet(), file, kind)
    # Its pixels, up to 40 MB, go with a knot of objects that nobody else unties so soon.
    give_back_memory()


MADE_MANIFEST = "manifest.jsonl"
"""Name of the file that says of every picture where it came from, one object a line."""

_SUFFIXES = {"JPEG": ".jpg", "WEBP": ".webp", "PNG": ".png"}
_LONGEST_NAME = 200
"""Bytes: file systems allow 255, and a suffix and a number have to fit."""


def output_stems(images: Iterable[ImageSource]) -> dict[str, str]:
    """File names without extension for the pictures of a set, numbered where they repeat.

    Parameters
    ----------
    images : iterable of ImageSource
        Pictures of the set, as `find_images` returns them.

    Returns
    -------
    dict of str to str
        Stem for the name of each picture. Unique also where upper and lower case are one.

    Examples
    --------
    >>> output_stems([FileSource("a/1.jpg"), FileSource("b/1.png")])
    {'a/1.jpg': '1', 'b/1.png': '1-2'}
    """
    taken: set[str] = set()
    stems = {}
    for image in images:
        whole = os.path.splitext(os.path.basename(image.name))[0].lstrip(".") or "picture"
        while len(os.fsencode(whole)) > _LONGEST_NAME:
            whole = whole[:-1]
        stem, number = whole, 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{whole}-{number}"
        taken.add(stem.casefold())
        stems[image.name] = stem
    return stems


def check_folder(folder: Path, images: Sequence[ImageSource], *, force: bool) -> None:
    """Raise unless a set made of `images` may be written into `folder`.

    Parameters
    ----------
    folder : Path
        Folder that is to be written to.
    images : sequence of ImageSource
        Pictures of the set, as `find_images` returns them.
    force : bool
        Whether results of an earlier run may be overwritten; the pictures that are read never are.

    Raises
    ------
    OutputError
        A picture that is read lies in `folder`, or a result exists and `force` is False.
    """
    real = os.path.realpath(folder)
    for image in images:
        if isinstance(image, FileSource) and os.path.realpath(os.path.dirname(image.path)) == real:
            raise OutputError(
                f"{printable(image.name)} would be read from where the results go: "
                "name another folder for them"
            )
    wanted = [folder / MADE_MANIFEST]
    for stem in output_stems(images).values():
        wanted += _candidates(folder, stem)
    refuse_existing(wanted, force=force)


def save_made(
    made: Iterable[MadePicture | Skipped], folder: Path, stems: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[Skipped]]:
    """Save a made set: each picture as it comes, and the manifest at the end.

    Parameters
    ----------
    made : iterable of MadePicture or Skipped
        Pictures as `iter_delivered` or `iter_simulated` yields them.
    folder : Path
        Folder to write to; made where it is missing.
    stems : mapping of str to str
        Names of the files, from `output_stems`.

    Returns
    -------
    records : list of dict
        The objects of the manifest. Where there are none, nothing was written.
    skipped : list of Skipped
        Pictures left out, each with the reason.

    Raises
    ------
    OutputError
        A file cannot be written. New pictures of this run are gone again, then and
        after any other error that `made` raises.
    """
    records, skipped = [], []
    with _taken_back(folder) as new:
        for one in made:
            if isinstance(one, Skipped):
                skipped.append(one)
                continue
            path = folder / f"{stems[one.path]}{_SUFFIXES[one.container]}"
            if not path.exists():
                new.append(path)
            with writing(path) as file:
                file.write(one.data)
            for earlier in _candidates(folder, stems[one.path]):
                if earlier != path:  # of an earlier run, with --force
                    with suppress(OSError):
                        earlier.unlink()
            records.append(manifest_record(one, path.name))
        if records:
            with writing(folder / MADE_MANIFEST) as file:
                file.writelines(f"{render_json(record)}\n".encode() for record in records)
    return records, skipped


def manifest_record(made: MadePicture, output: str) -> dict[str, Any]:
    """Object of the manifest for one picture.

    Parameters
    ----------
    made : MadePicture
        The picture as it was made.
    output : str
        Name of its file.

    Returns
    -------
    dict
        ``psnr`` of a step is None where nothing changed or nothing can be compared.
    """
    return {
        "format_version": FORMAT_VERSION,
        "path": made.path,
        "sha256": made.sha256,
        "orientation": made.orientation,
        "output": output,
        "output_sha256": hashlib.sha256(made.data).hexdigest(),
        "shape": list(made.shape),
        "seed": made.seed,
        "index": made.index,
        "steps": [step_record(one.step, one.psnr) for one in made.steps],
    }


def render_made(records: Sequence[Mapping[str, Any]], what: str) -> str:
    """Sentence on a made set, with the bounds of its signal-to-noise ratios.

    Parameters
    ----------
    records : sequence of dict
        Objects of the manifest, from `manifest_record`.
    what : str
        What was done, as in "delivered".

    Returns
    -------
    str
        With a full stop.

    Examples
    --------
    >>> render_made([{"steps": [{"psnr": 38.04}]}, {"steps": [{"psnr": None}]}], "delivered")
    '2 pictures delivered, luma at 38.0 dB of signal to noise.'
    """
    pictures = counted(len(records))
    found = sorted(
        step["psnr"] for record in records for step in record["steps"] if step["psnr"] is not None
    )
    if not found:
        return f"{pictures} {what}, luma unchanged by saving."
    low, high = f"{found[0]:.1f}", f"{found[-1]:.1f}"
    bounds = low if low == high else f"{low} to {high}"
    return f"{pictures} {what}, luma at {bounds} dB of signal to noise."


def _candidates(folder: Path, stem: str) -> list[Path]:
    return [folder / f"{stem}{suffix}" for suffix in _SUFFIXES.values()]


@contextmanager
def _taken_back(folder: Path) -> Iterator[list[Path]]:
    """Yield a list of files in `folder` that vanish again if the block fails."""
    is_new = not folder.exists()
    new: list[Path] = []
    try:
        yield new
    except BaseException:  # also Ctrl-C
        for path in new:
            with suppress(OSError):
                path.unlink()
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise
