"""A test of the score as a plain object for JSON, and as tables for a terminal and a report."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from forensics._records import Chance, Count, NotRequired, TypedDict
from forensics.counting import counted
from forensics.detection.evaluation.evaluate import Evaluation
from forensics.detection.performance.accuracy import Metrics, OperatingPoint
from forensics.detection.performance.intervals import chance_right, chance_right_interval
from forensics.detection.verdict.score import Verdict
from forensics.images.sources.names import printable
from forensics.views.results.records import FORMAT_VERSION, Version, json_value

__all__ = [
    "EvaluationRecord",
    "PREVALENCES",
    "condition_cells",
    "condition_rows",
    "evaluation_record",
    "interval",
    "percent",
    "render_evaluation",
]


def condition_rows(evaluation: Evaluation) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Every condition as cells of a table, without padding.

    Parameters
    ----------
    evaluation : Evaluation
        Evaluation of a score, from `evaluate`.

    Returns
    -------
    heading : tuple of str
        Headings of the columns.
    rows : tuple of tuple of str
        Cells of each condition.
    """
    heading = ("condition", "gan", "real", "accuracy (%)", "95 %", "AUC", "TPR at 1 %")
    cells = (condition_cells(name, found) for name, found in evaluation.conditions.items())
    return (*heading, "TPR at 0.1 %", "ECE"), tuple(
        tuple(cell.strip() for cell in row) for row in cells
    )


def condition_cells(name: str, found: Metrics) -> tuple[str, ...]:
    """Cells of one condition; shares that too few pictures resolve have a star.

    Parameters
    ----------
    name : str
        Name of the condition.
    found : Metrics
        Metrics under the condition.

    Returns
    -------
    tuple of str
        Name, both numbers of pictures, accuracy, its interval, AUC, both rates, ECE.
    """
    rates = [
        f"{percent(point.tpr)}{' ' if point.resolved else '*'}"
        for point in (found.at_one_percent, found.at_one_permille)
    ]
    return (
        name,
        str(found.n_gan),
        str(found.n_real),
        percent(found.accuracy),
        interval(found.accuracy_interval),
        _area(found.auc),
        *rates,
        f"{found.ece:.3f}",
    )


def percent(share: float) -> str:
    """Share in percent with one digit; 100 only where it is all of them.

    Parameters
    ----------
    share : float
        Share, 0 to 1.

    Returns
    -------
    str
        Without the percent sign.
    """
    return f"{100 * share:.1f}" if share == 1 else f"{min(100 * share, 99.9):.1f}"


def interval(bounds: tuple[float, float]) -> str:
    """Ends of an interval of shares, in percent.

    Parameters
    ----------
    bounds : (float, float)
        Lower and upper bound, 0 to 1.

    Returns
    -------
    str
        As in "(91.2 to 96.4)".
    """
    return f"({percent(bounds[0])} to {percent(bounds[1])})"


def _area(area: float) -> str:
    """Four digits; 1 only where not one pair is the wrong way round."""
    return f"{area:.4f}" if area == 1 else f"{min(area, 0.9999):.4f}"


PREVALENCES = (0.5, 0.1, 0.01)
"""Shares of generated pictures among those that are looked at: a test's, and two of the world."""

_AS_FOUND, _MATCHED = "as found", "matched"
_WIDTH, _NAME, _CELL = 98, 22, 24


class AccuracyRecord(TypedDict):
    """An accuracy with its interval."""

    accuracy: Chance
    accuracy_interval: tuple[float, float]


class PointRecord(TypedDict):
    """What is found at a share of false positives."""

    fpr: Chance
    threshold: float | None
    n_found: Count
    n_false: Count
    tpr: Chance
    tpr_interval: tuple[float, float]
    resolved: bool


class SourceRecord(TypedDict):
    """How many pictures of a source are right."""

    right: Count
    n: Count


class ChanceRecord(TypedDict):
    """How likely a positive is right, at a share of generated pictures."""

    condition: str
    prevalence: Chance
    chance: Chance | None
    chance_interval: tuple[float, float]


class RatiosRecord(TypedDict):
    """What the likelihood ratios are worth under a condition."""

    verdicts: NotRequired[Mapping[str, Mapping[Verdict, int]]]
    cllr: NotRequired[float]
    least_cllr: NotRequired[float]
    one_sided: NotRequired[dict[str, float] | None]


MetricsRecord = TypedDict(
    "MetricsRecord",
    {
        "accuracy": Chance,
        "accuracy_interval": tuple[float, float],
        "auc": Chance,
        "tpr_at_fpr_0.01": Chance,
        "tpr_at_fpr_0.001": Chance,
        "ece": float,
        "n_gan": Count,
        "n_real": Count,
        "threshold": float,
        "right_gan": Count,
        "right_real": Count,
        "share_right": Chance,
        "share_right_interval": tuple[float, float],
        "auc_interval": tuple[float, float],
        "brier": float,
        "operating_points": list[PointRecord],
    },
)


class ConditionRecord(MetricsRecord, RatiosRecord):
    """How the score does under a condition: its metrics, and what they rest on."""

    by_source: dict[str, SourceRecord]


class EvaluationRecord(TypedDict):
    """The object that `catforensics evaluate --json` prints."""

    format_version: Version
    model: str
    n_gan: Count
    n_real: Count
    match_quality: int
    threshold: float
    conditions: dict[str, ConditionRecord]
    container_only_accuracy: Chance | None
    container_only: dict[str, AccuracyRecord]
    thread: dict[str, AccuracyRecord]
    prior: dict[str, Any] | None
    chance_right: list[ChanceRecord]
    audit: str | None


def evaluation_record(evaluation: Evaluation, audit: str | None = None) -> EvaluationRecord:
    """JSON object of one evaluation.

    Parameters
    ----------
    evaluation : Evaluation
        Evaluation of a score, from `evaluate`.
    audit : str, optional
        Sentence on what besides the generator tells the sets apart, from `audit_sentence`.

    Returns
    -------
    EvaluationRecord
        Its threshold is the score from which a picture is called generator trace; of the
        container, the one accuracy is that as found.
    """
    container = evaluation.container_only
    record: EvaluationRecord = {
        "format_version": FORMAT_VERSION,
        "model": evaluation.model,
        "n_gan": evaluation.n_gan,
        "n_real": evaluation.n_real,
        "match_quality": evaluation.match_quality,
        "threshold": evaluation.threshold,
        "conditions": {
            name: {
                **_metrics_record(found),
                "by_source": _sources(evaluation, name),
                **_ratios_record(evaluation, name),
            }
            for name, found in evaluation.conditions.items()
        },
        "container_only_accuracy": container[_AS_FOUND][0] if _AS_FOUND in container else None,
        "container_only": _accuracies(container),
        "thread": _accuracies(evaluation.thread),
        "prior": None if evaluation.prior is None else asdict(evaluation.prior),
        "chance_right": [
            {
                "condition": name,
                "prevalence": prevalence,
                "chance": _chance(found, prevalence),
                "chance_interval": _chance_interval(found, prevalence),
            }
            for name, found in _told(evaluation).items()
            for prevalence in _prevalences(evaluation)
        ],
        "audit": audit,
    }
    return json_value(record)


def render_evaluation(evaluation: Evaluation) -> str:
    """Evaluation as text: a row for each condition, then what it takes to read them.

    Parameters
    ----------
    evaluation : Evaluation
        Evaluation of a score, from `evaluate`.

    Returns
    -------
    str
        Lines of at most 98 characters; longer names are cut short.
    """
    parts = (
        _condition_lines(evaluation),
        _filled(_reading(evaluation)),
        _ratio_lines(evaluation),
        _filled(_reading_ratios(evaluation)),
        _source_lines(evaluation),
        _baseline_lines(evaluation),
        _prior_lines(evaluation),
        _chance_lines(evaluation),
        _filled(_caution(evaluation)),
    )
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _accuracies(
    found: Mapping[str, tuple[float, tuple[float, float]]],
) -> dict[str, AccuracyRecord]:
    return {
        name: {"accuracy": accuracy, "accuracy_interval": bounds}
        for name, (accuracy, bounds) in found.items()
    }


def _metrics_record(found: Metrics) -> MetricsRecord:
    """The numbers that were agreed on first, under their own names; then what they rest on."""
    return {
        "accuracy": found.accuracy,
        "accuracy_interval": found.accuracy_interval,
        "auc": found.auc,
        "tpr_at_fpr_0.01": found.at_one_percent.tpr,
        "tpr_at_fpr_0.001": found.at_one_permille.tpr,
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
        "operating_points": [
            _point_record(point) for point in (found.at_one_percent, found.at_one_permille)
        ],
    }


def _point_record(point: OperatingPoint) -> PointRecord:
    return {
        "fpr": point.fpr,
        "threshold": point.threshold,
        "n_found": point.n_found,
        "n_false": point.n_false,
        "tpr": point.tpr,
        "tpr_interval": point.tpr_interval,
        "resolved": point.resolved,
    }


def _sources(evaluation: Evaluation, condition: str) -> dict[str, SourceRecord]:
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


def _ratios_record(evaluation: Evaluation, name: str) -> RatiosRecord:
    ratios, one_sided = evaluation.ratios.get(name), evaluation.one_sided.get(name)
    if ratios is None:
        return {}
    return {
        "verdicts": ratios.verdicts,
        "cllr": ratios.cllr,
        "least_cllr": ratios.least_cllr,
        "one_sided": None if one_sided is None else asdict(one_sided),
    }


def _ratio_lines(evaluation: Evaluation) -> list[str]:
    """What the likelihood ratios are worth, and what delivering one class alone would feign."""
    if not evaluation.ratios:
        return []
    lines = [
        f"{'condition':<{_NAME}} {'gan: trace':>10} {'unsure':>7}  {'real: trace':>11}"
        f" {'unsure':>7}"
        f"  {'Cllr':>6} {'least':>6}  {'shift gan':>9} {'real':>6}"
    ]
    for name, one in evaluation.ratios.items():
        counts = [
            f"{_share(one.verdicts[label], verdict)}"
            for label in ("gan", "real")
            for verdict in ("generator trace", "unsure")
        ]
        alone = evaluation.one_sided.get(name)
        shifts = f"{alone.shift_gan:>+9.2f} {alone.shift_real:>+6.2f}" if alone else ""
        lines.append(
            f"{_cut(name):<{_NAME}} {counts[0]:>10} {counts[1]:>7}  {counts[2]:>11} {counts[3]:>7}"
            f"  {one.cllr:>6.3f} {one.least_cllr:>6.3f}  {shifts}".rstrip()
        )
    return lines


def _share(counts: Mapping[Verdict, int], verdict: Verdict) -> str:
    return percent(counts.get(verdict, 0) / max(1, sum(counts.values())))


def _reading_ratios(evaluation: Evaluation) -> str:
    if not evaluation.ratios:
        return ""
    said = (
        "Verdicts in %, by the score alone. Cllr in bits: 0 is the best, 1 is what saying nothing "
        "costs; least: after the best calibration."
    )
    if evaluation.one_sided:
        said += (
            " Shift: how far the mean log likelihood ratio of a class moves against as found; "
            "where only one class has come this way, that is bias, and no merit."
        )
    return said


def _baseline_lines(evaluation: Evaluation) -> list[str]:
    """What others reach on the same pictures: without pixels, and the thread's network."""
    lines = []
    for what, found in (
        ("of a model that sees the container alone", evaluation.container_only),
        ("of the thread's network, trained as found on four fifths of them", evaluation.thread),
    ):
        if found:
            lines.append(f"accuracy {what}, on the same pictures:")
            lines += [
                f"{_cut(name):<{_NAME}} {percent(accuracy)} {interval(bounds)}"
                for name, (accuracy, bounds) in found.items()
            ]
    return lines


def _prior_lines(evaluation: Evaluation) -> list[str]:
    found = evaluation.prior
    if found is None:
        return []
    return _filled(
        f"Of {counted(found.n)} without labels {percent(found.share)} % are generated "
        f"{interval((found.low, found.high))}, as far as generators leave traces: those that leave "
        "none are counted with the real ones."
    )


def _chance_lines(evaluation: Evaluation) -> list[str]:
    """How often a positive is right, at every prevalence."""
    told = _told(evaluation)
    if not told:
        return []
    shares = [f"{prevalence * 100:.3g} %" for prevalence in _prevalences(evaluation)]
    lines = [
        "chance, in %, that a picture above the threshold for 1 % of the real ones is generated,",
        f"{'if of all pictures':<{_NAME}} "
        + "".join(f"{f'{share} are generated':<{_CELL}}" for share in shares),
    ]
    for name, found in told.items():
        cells = [_chance_cell(found, prevalence) for prevalence in _prevalences(evaluation)]
        lines += [f"{_cut(name):<{_NAME}} " + "".join(f"{cell:<{_CELL}}" for cell in cells)]
    return [line.rstrip() for line in lines]


def _prevalences(evaluation: Evaluation) -> tuple[float, ...]:
    """The usual ones, and that of a folder without labels."""
    prior = evaluation.prior
    return PREVALENCES if prior is None else (*PREVALENCES, prior.share)


def _chance_cell(found: Metrics, prevalence: float) -> str:
    """The chance with its interval; where no real picture was above, what it is at least."""
    chance = _chance(found, prevalence)
    if chance is None:
        return "none found"
    low, high = _chance_interval(found, prevalence)
    if found.at_one_percent.n_false == 0:
        least = math.floor(1000 * low) / 10
        return "100" if least >= 100 else f"{least:.1f} or more"
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
