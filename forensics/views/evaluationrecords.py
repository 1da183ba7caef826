"""A classifier's test as a plain object for JSON, and a table for the terminal."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from forensics.detection.evaluation import Evaluation
from forensics.detection.metrics import Metrics, OperatingPoint
from forensics.detection.shares import chance_right, chance_right_interval
from forensics.images.names import printable
from forensics.views.evaluationcells import condition_cells, interval, percent
from forensics.views.records import FORMAT_VERSION, plain

__all__ = ["PREVALENCES", "evaluation_record", "render_evaluation"]

PREVALENCES = (0.5, 0.1, 0.01)
"""Shares of generated pictures among those that are looked at: a test's, and two of the world."""

_AS_FOUND, _MATCHED = "as found", "matched"
_WIDTH, _NAME, _CELL = 98, 22, 24


def evaluation_record(evaluation: Evaluation, audit: str | None = None) -> dict[str, Any]:
    """The JSON object of one evaluation.

    Parameters
    ----------
    evaluation : Evaluation
    audit : str, optional
        What besides the generator tells the sets apart.

    Returns
    -------
    dict
        Keys format_version, model, n_gan, n_real, match_quality, threshold_at_fpr_0.01,
        conditions (by name: accuracy, accuracy_interval, auc, tpr_at_fpr_0.01,
        tpr_at_fpr_0.001, ece and what they rest on), container_only_accuracy (as
        found), container_only, chance_right and audit.
    """
    container = evaluation.container_only
    record = {
        "format_version": FORMAT_VERSION,
        "model": evaluation.model,
        "n_gan": evaluation.n_gan,
        "n_real": evaluation.n_real,
        "match_quality": evaluation.match_quality,
        "threshold_at_fpr_0.01": evaluation.threshold_1,
        "conditions": {
            name: {**_metrics_record(found), "by_source": _sources(evaluation, name)}
            for name, found in evaluation.conditions.items()
        },
        "container_only_accuracy": container[_AS_FOUND][0] if _AS_FOUND in container else None,
        "container_only": {
            name: {"accuracy": accuracy, "accuracy_interval": interval}
            for name, (accuracy, interval) in container.items()
        },
        "chance_right": [
            {
                "condition": name,
                "prevalence": prevalence,
                "chance": _chance(found, prevalence),
                "chance_interval": _chance_interval(found, prevalence),
            }
            for name, found in _told(evaluation).items()
            for prevalence in PREVALENCES
        ],
        "audit": audit,
    }
    return {key: plain(value) for key, value in record.items()}


def render_evaluation(evaluation: Evaluation) -> str:
    """An evaluation as text: a row for each condition, then what it takes to read them.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    str
        Lines of at most 98 characters; longer names are cut short.
    """
    parts = (
        _condition_lines(evaluation),
        _filled(_reading(evaluation)),
        _source_lines(evaluation),
        _container_lines(evaluation),
        _chance_lines(evaluation),
        _filled(_caution(evaluation)),
    )
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _metrics_record(found: Metrics) -> dict[str, Any]:
    """The numbers that were agreed on first, under their own names; then what they rest on."""
    points = (found.at_one_percent, found.at_one_permille)
    return {
        "accuracy": found.accuracy,
        "accuracy_interval": found.accuracy_interval,
        "auc": found.auc,
        **{f"tpr_at_fpr_{point.fpr:g}": point.tpr for point in points},
        "ece": found.ece,
        "n_gan": found.n_gan,
        "n_real": found.n_real,
        "threshold": found.threshold,
        "right_gan": found.right_gan,
        "right_real": found.right_real,
        "share_right": found.share_right,
        "share_right_interval": found.share_right_interval,
        "auc_interval": found.auc_interval,
        "brier": found.brier,
        "operating_points": [_point_record(point) for point in points],
    }


def _point_record(point: OperatingPoint) -> dict[str, Any]:
    return {
        "fpr": point.fpr,
        "threshold": point.threshold,
        "n_found": point.n_found,
        "n_false": point.n_false,
        "tpr": point.tpr,
        "tpr_interval": point.tpr_interval,
        "resolved": point.resolved,
    }


def _sources(evaluation: Evaluation, condition: str) -> dict[str, dict[str, int]]:
    counts = evaluation.by_source.get(condition, {})
    return {source: {"right": right, "n": n} for source, (right, n) in counts.items()}


def _condition_lines(evaluation: Evaluation) -> list[str]:
    header = (
        f"{'condition':<{_NAME}} {'gan':>5} {'real':>5}  {'accuracy':>8} {'95 %':<15} {'AUC':>7}"
        f"  {'TPR at 1 %':>10}  {'0.1 %':>7}  {'ECE':>5}"
    )
    return [header, *(_row(name, found) for name, found in evaluation.conditions.items())]


def _row(name: str, found: Metrics) -> str:
    cells = condition_cells(name, found)
    gan, real, accuracy, bounds, auc, one_percent, one_permille, error = cells[1:]
    return (
        f"{_cut(name):<{_NAME}} {gan:>5} {real:>5}  {accuracy:>8} {bounds:<15} {auc:>7}"
        f"  {one_percent:>10}  {one_permille:>7}  {error:>5}"
    )


def _reading(evaluation: Evaluation) -> str:
    """What the columns mean, as far as this table needs it."""
    conditions = evaluation.conditions
    said = [
        "Accuracy in %, either class counting half, above and below a score of "
        f"{_thresholds(evaluation)}. TPR in %: generated pictures found where 1 % or 0.1 % of the "
        "real ones are called generated."
    ]
    if not all(found.at_one_permille.resolved for found in conditions.values()):
        said += ["* Too few real pictures for that share: found where none of them is."]
    if set(conditions) - {_AS_FOUND}:
        said += [
            "Under every condition but as found both sets were first saved as JPEG of quality "
            f"{evaluation.match_quality}."
        ]
    return " ".join(said)


def _thresholds(evaluation: Evaluation) -> str:
    return " or ".join(
        f"{value:.3g}"
        for value in sorted({one.threshold for one in evaluation.conditions.values()})
    )


def _source_lines(evaluation: Evaluation) -> list[str]:
    """How many of each source are right, where there is more than one of a class."""
    shown = [name for name in (_AS_FOUND, _MATCHED) if evaluation.by_source.get(name)]
    sources = list(dict.fromkeys(one for name in shown for one in evaluation.by_source[name]))
    if len(sources) < 3:
        return []
    lines = [f"{'right, by source':<{_NAME}} " + "".join(f"{name:<{_CELL}}" for name in shown)]
    for source in sources:
        counts = [evaluation.by_source[name].get(source) for name in shown]
        cells = ["-" if one is None else f"{one[0]} of {one[1]}" for one in counts]
        lines += [f"{_cut(source):<{_NAME}} " + "".join(f"{cell:<{_CELL}}" for cell in cells)]
    return [line.rstrip() for line in lines]


def _container_lines(evaluation: Evaluation) -> list[str]:
    """What a model without pixels reaches: what the sets differ in besides the generator."""
    if not evaluation.container_only:
        return []
    return [
        "accuracy of a model that sees the container alone, on the same pictures:",
        *(
            f"{_cut(name):<{_NAME}} {percent(accuracy)} {interval(bounds)}"
            for name, (accuracy, bounds) in evaluation.container_only.items()
        ),
    ]


def _chance_lines(evaluation: Evaluation) -> list[str]:
    """How often a positive is right, at every prevalence."""
    told = _told(evaluation)
    if not told:
        return []
    shares = [f"{prevalence * 100:g} %" for prevalence in PREVALENCES]
    lines = [
        "chance, in %, that a picture above the threshold for 1 % of the real ones is generated,",
        f"{'if of all pictures':<{_NAME}} "
        + "".join(f"{f'{share} are generated':<{_CELL}}" for share in shares),
    ]
    for name, found in told.items():
        cells = [_chance_cell(found, prevalence) for prevalence in PREVALENCES]
        lines += [f"{_cut(name):<{_NAME}} " + "".join(f"{cell:<{_CELL}}" for cell in cells)]
    return [line.rstrip() for line in lines]


def _chance_cell(found: Metrics, prevalence: float) -> str:
    """The chance with its interval; where no real picture was above, what it is at least."""
    chance = _chance(found, prevalence)
    if chance is None:
        return "none found"
    low, high = _chance_interval(found, prevalence)
    if found.at_one_percent.n_false == 0:
        return f"{math.floor(1000 * low) / 10:.1f} or more"
    return f"{percent(chance)} {interval((low, high))}"


def _caution(evaluation: Evaluation) -> str:
    """Why the first row is not the result."""
    said = (
        "Accuracy as found says little by itself: two sets differ in more than the generator, "
        "in size, in tables, in what was done to them"
    )
    if _AS_FOUND in evaluation.container_only:
        reached = percent(evaluation.container_only[_AS_FOUND][0])
        said += f", and without looking at one pixel {reached} % can be had"
    return f"{said}. The row to quote is the one of the condition that a picture has been through."


def _told(evaluation: Evaluation) -> dict[str, Metrics]:
    """The two conditions for which the chances are told."""
    conditions = evaluation.conditions
    return {name: conditions[name] for name in (_AS_FOUND, _MATCHED) if name in conditions}


def _chance(found: Metrics, prevalence: float) -> float | None:
    point = found.at_one_percent
    return chance_right(point.tpr, point.n_false / found.n_real, prevalence)


def _chance_interval(found: Metrics, prevalence: float) -> tuple[float, float]:
    point = found.at_one_percent
    return chance_right_interval(
        (point.n_found, found.n_gan), (point.n_false, found.n_real), prevalence
    )


def _cut(name: str) -> str:
    name = printable(name)
    return name if len(name) <= _NAME else f"{name[: _NAME - 3]}..."


def _filled(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)
