"""The sheets of an evaluation: each says of which sets and score it is, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from forensics.counting import counted
from forensics.detection.evaluation.evaluate import Evaluation, Ratios
from forensics.detection.performance.accuracy import Metrics
from forensics.views.figures import (
    MUTED,
    TITLE_SIZE,
    filled,
    house_style,
    new_figure,
    placed_text,
    show_calibration,
    show_robustness,
    show_roc,
    show_tippett,
)
from forensics.views.results.captions import captions
from forensics.views.sheets.panels import fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EVALUATION_SHEETS", "evaluation_sheets"]

EVALUATION_SHEETS = ("roc", "calibration", "robustness", "tippett")
"""Names of the figures of an evaluation."""
_SHOWN = ("as found", "matched", "jpeg q75", "crop 256", "resize x0.75", "resize x0.5")
"""Conditions in the figure of curves: more cannot be told apart."""
_TIPPETT = ("as found", "matched", "jpeg q75")
_LEFT, _LINE = 24, 20


def evaluation_sheets(
    evaluation: Evaluation, names: tuple[str, str] = ("", "")
) -> dict[str, Callable[[], Figure]]:
    """Sheets of an evaluation, each drawn when it is called for.

    Parameters
    ----------
    evaluation : Evaluation
        Evaluation of a score, from `evaluate`.
    names : (str, str)
        Names of the generated and of the real set; a path is cut down to its last part.

    Returns
    -------
    dict of str to callable
        By `EVALUATION_SHEETS`; each returns a figure.
    """
    found = evaluation.conditions
    plain = "matched" if "matched" in found else next(iter(found))
    curves = {name: found[name] for name in _SHOWN if name in found}
    ratios = {
        name: (one.gan, one.real)
        for name, one in evaluation.ratios.items()
        if name in {*_TIPPETT, plain}
    }
    sheets: dict[str, tuple[str, Callable[..., Any], tuple[int, int]]] = {
        "roc": (_found_at(plain, found[plain]), partial(show_roc, curves), (900, 800)),
        "calibration": (
            _off_by(plain, found[plain]),
            partial(show_calibration, found[plain]),
            (900, 800),
        ),
        "robustness": (
            _from_to(found),
            partial(show_robustness, found),
            (1100, 300 + 34 * len(found)),
        ),
        "tippett": (_misled(plain, evaluation.ratios), partial(show_tippett, ratios), (900, 860)),
    }
    return {name: partial(_sheet, evaluation, names, *sheet) for name, sheet in sheets.items()}


@house_style()
def _sheet(
    evaluation: Evaluation,
    names: tuple[str, str],
    finding: str,
    show: Callable[..., Any],
    size: tuple[int, int],
) -> Figure:
    width, height = size
    figure = new_figure(width, height)
    room = width - 2 * _LEFT
    found = filled(finding, room, TITLE_SIZE + 1)
    for number, line in enumerate(found):
        placed_text(figure, _LEFT, 18 + number * (_LINE + 2), line, fontsize=TITLE_SIZE + 1)
    top = 20 + len(found) * (_LINE + 2)
    for number, line in enumerate(_of_what(evaluation, names, room)):
        placed_text(figure, _LEFT, top + number * _LINE, line, fontsize=10, color=MUTED)
    top += 2 * _LINE + 8
    show(ax=figure.add_subplot())
    figure.tight_layout(rect=(0, 0, 1, 1 - top / height), pad=1.4)
    return figure


def _of_what(evaluation: Evaluation, names: tuple[str, str], room: int) -> tuple[str, str]:
    """The sets with their numbers of pictures, and the score, a line each."""
    gan, real = captions(names) if all(names) else ("", "")
    pictures = f"{evaluation.n_gan:,} generated and {counted(evaluation.n_real, 'real picture')}"
    sets = fitted(gan, "", room / 4, 10), fitted(real, "", room / 4, 10)
    said = f"{sets[0]} against {sets[1]}: {pictures}" if gan and real else pictures
    (model,) = captions([evaluation.model])
    return said, f"Score: {fitted(model, '', room - 80, 10)}"


def _found_at(name: str, found: Metrics) -> str:
    point = found.at_one_percent
    return (
        f"AUC {found.auc:.3f}, {name}; {100 * point.tpr:.0f} % of generated pictures are found "
        "where 1 % of real ones are called so"
    )


def _off_by(name: str, found: Metrics) -> str:
    return f"Scores are {100 * found.ece:.1f} % off the share of generated pictures, {name} (ECE)"


def _from_to(found: Mapping[str, Metrics]) -> str:
    worst, best = (choose(found, key=lambda name: found[name].accuracy) for choose in (min, max))
    low, high = (f"{100 * found[name].accuracy:.0f} %" for name in (worst, best))
    if len(found) == 1:
        return f"Balanced accuracy {low} ({worst})"
    return f"Balanced accuracy from {low} ({worst}) to {high} ({best})"


def _misled(name: str, ratios: Mapping[str, Ratios]) -> str:
    if name not in ratios:
        name = next(iter(ratios))
    one = ratios[name]
    gan, real = 100 * np.mean(one.gan < 0), 100 * np.mean(one.real > 0)
    return (
        f"Ratios mislead on {gan:.1f} % of generated and {real:.1f} % of real pictures, {name}; "
        f"Cllr {one.cllr:.2f} bits"
    )
