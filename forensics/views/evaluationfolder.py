"""The folder of an evaluation: the object, and the figures people would rather look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from forensics.detection.evaluation import Evaluation
from forensics.views.evaluationrecords import evaluation_record
from forensics.views.figures import (
    new_figure,
    save_figure,
    show_calibration,
    show_robustness,
    show_roc,
)
from forensics.views.records import render_json
from forensics.writing import write_together

__all__ = ["evaluation_files", "save_evaluation_folder"]

_RECORD = "evaluation.json"
_SHOWN = ("as found", "matched", "jpeg q75", "crop 256", "resize x0.75", "resize x0.5")
"""Conditions in the figure of curves: more cannot be told apart."""


def evaluation_files(folder: Path) -> list[Path]:
    """The files that `save_evaluation_folder` writes."""
    return [folder / name for name in (_RECORD, "roc.png", "calibration.png", "robustness.png")]


def save_evaluation_folder(evaluation: Evaluation, folder: Path, audit: str) -> None:
    """Save an evaluation with its figures, all of them or none.

    Parameters
    ----------
    evaluation : Evaluation
    folder : Path
    audit : str
        What besides the generator tells the sets apart.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    found = evaluation.conditions
    curves = {name: found[name] for name in _SHOWN if name in found}
    plain = found.get("matched", next(iter(found.values())))
    record = f"{render_json(evaluation_record(evaluation, audit))}\n".encode()
    write_together(
        folder,
        {
            _RECORD: lambda file: _write(record, file),
            "roc.png": partial(_drawn, partial(show_roc, curves), (900, 720)),
            "calibration.png": partial(_drawn, partial(show_calibration, plain), (900, 720)),
            "robustness.png": partial(_drawn, partial(show_robustness, found), (1100, 950)),
        },
    )


def _write(data: bytes, file: IO[bytes]) -> None:
    file.write(data)


def _drawn(show: Callable[..., Any], size: tuple[int, int], file: IO[bytes]) -> None:
    figure = new_figure(*size)
    show(ax=figure.add_subplot())
    figure.tight_layout()
    save_figure(figure, file, "png")
