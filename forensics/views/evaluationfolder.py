"""The folder of an evaluation: the object, and the figures people would rather look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from forensics.detection.evaluation import Evaluation
from forensics.images.names import printable
from forensics.views.evaluationrecords import evaluation_record
from forensics.views.figures import (
    new_figure,
    save_figure,
    show_calibration,
    show_robustness,
    show_roc,
    show_tippett,
)
from forensics.views.records import render_json
from forensics.writing import write_together

__all__ = ["evaluation_files", "save_evaluation_folder"]

_RECORD = "evaluation.json"
_FIGURES = ("roc", "calibration", "robustness", "tippett")
_SHOWN = ("as found", "matched", "jpeg q75", "crop 256", "resize x0.75", "resize x0.5")
"""Conditions in the figure of curves: more cannot be told apart."""
_TIPPETT = ("as found", "matched", "jpeg q75")


def evaluation_files(folder: Path, figures: str = "png") -> list[Path]:
    """The files that `save_evaluation_folder` writes."""
    return [folder / name for name in (_RECORD, *(f"{one}.{figures}" for one in _FIGURES))]


def save_evaluation_folder(
    evaluation: Evaluation, folder: Path, audit: str, figures: str = "png"
) -> None:
    """Save an evaluation with its figures, all of them or none.

    Parameters
    ----------
    evaluation : Evaluation
    folder : Path
    audit : str
        What besides the generator tells the sets apart.
    figures : {"png", "svg", "pdf"}

    Raises
    ------
    OutputError
        It cannot be written.
    """
    found = evaluation.conditions
    curves = {name: found[name] for name in _SHOWN if name in found}
    plain_name = "matched" if "matched" in found else next(iter(found))
    ratios = {
        name: (one.gan, one.real)
        for name, one in evaluation.ratios.items()
        if name in {*_TIPPETT, plain_name}
    }
    record = f"{render_json(evaluation_record(evaluation, audit))}\n".encode()
    draw = partial(_drawn, evaluation, figures)
    shows: dict[str, Callable[[IO[bytes]], None]] = {
        "roc": partial(draw, "", partial(show_roc, curves), (900, 760)),
        "calibration": partial(
            draw, f", {plain_name}", partial(show_calibration, found[plain_name]), (900, 760)
        ),
        "robustness": partial(draw, "", partial(show_robustness, found), (1100, 990)),
        "tippett": partial(draw, "", partial(show_tippett, ratios), (900, 800)),
    }
    write_together(
        folder,
        {
            _RECORD: lambda file: _write(record, file),
            **{f"{name}.{figures}": shows[name] for name in _FIGURES},
        },
    )


def _write(data: bytes, file: IO[bytes]) -> None:
    file.write(data)


def _drawn(
    evaluation: Evaluation,
    ending: str,
    which: str,
    show: Callable[..., Any],
    size: tuple[int, int],
    file: IO[bytes],
) -> None:
    """One figure under a title that says of what it is."""
    figure = new_figure(*size)
    show(ax=figure.add_subplot())
    figure.suptitle(
        f"{evaluation.n_gan:,} generated and {evaluation.n_real:,} real pictures{which}; score "
        f"{printable(evaluation.model)}",
        x=0.02,
        ha="left",
        fontsize=10,
        parse_math=False,
    )
    figure.tight_layout()
    save_figure(figure, file, ending)
