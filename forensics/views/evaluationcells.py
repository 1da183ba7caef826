"""The figures of a classifier's test as the cells of tables, for a terminal and for a report."""

from __future__ import annotations

from forensics.detection.evaluation import Evaluation
from forensics.detection.metrics import Metrics

__all__ = ["condition_cells", "condition_rows", "interval", "percent"]


def condition_rows(evaluation: Evaluation) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Every condition as cells of a table, without padding.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    heading : tuple of str
    rows : tuple of tuple of str
    """
    heading = ("condition", "gan", "real", "accuracy (%)", "95 %", "AUC", "TPR at 1 %")
    cells = (condition_cells(name, found) for name, found in evaluation.conditions.items())
    return (*heading, "TPR at 0.1 %", "ECE"), tuple(
        tuple(cell.strip() for cell in row) for row in cells
    )


def condition_cells(name: str, found: Metrics) -> tuple[str, ...]:
    """The cells of one condition; shares that too few pictures resolve have a star.

    Parameters
    ----------
    name : str
    found : Metrics

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
    """In percent with one digit; 100 only where it is all of them."""
    return f"{100 * share:.1f}" if share == 1 else f"{min(100 * share, 99.9):.1f}"


def interval(bounds: tuple[float, float]) -> str:
    """The ends of an interval of shares, in percent."""
    return f"({percent(bounds[0])} to {percent(bounds[1])})"


def _area(area: float) -> str:
    """Four digits; 1 only where not one pair is the wrong way round."""
    return f"{area:.4f}" if area == 1 else f"{min(area, 0.9999):.4f}"
