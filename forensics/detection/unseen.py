"""What a model says of pictures that its fits have not seen: the figures in its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forensics._typing import FloatArray
from forensics.detection.heads import Head, chances
from forensics.detection.metrics import metrics
from forensics.detection.tables import Table

__all__ = ["unseen_metrics"]

_DIGITS = 4


def unseen_metrics(
    table: Table, unseen: Mapping[str, FloatArray], heads: Mapping[str, Head]
) -> dict[str, Any]:
    """Figures of every head on unseen pictures, over all deliveries and by kind and origin.

    Parameters
    ----------
    table : Table
    unseen : mapping of str to ndarray, shape (N,), float64
        Calibrated log odds of its rows by head, from fits that have not seen them.
    heads : mapping of str to Head

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {name: _of_head(table, unseen[name], head) for name, head in heads.items()}


def _of_head(table: Table, log_odds: FloatArray, head: Head) -> dict[str, Any]:
    scores = chances(log_odds)
    by_delivery = {
        kind: _figures(scores[rows], table.gan[rows])
        for kind in np.unique(table.delivered).tolist()
        if np.unique(table.gan[rows := table.delivered == kind]).size == 2
    }
    real = ~table.gan
    return {
        "all": _figures(scores, table.gan),
        "by_delivery": by_delivery,
        "found_at_0.01": _share(log_odds[table.gan] > head.doubtful),
        "found_at_0.001": _share(log_odds[table.gan] > head.certain),
        "false_at_0.01_by_origin": {
            origin: _share(log_odds[real & (table.origins == origin)] > head.doubtful)
            for origin in np.unique(table.origins[real]).tolist()
        },
    }


def _figures(scores: FloatArray, gan: np.ndarray[Any, np.dtype[np.bool_]]) -> dict[str, float]:
    found = metrics(scores[gan], scores[~gan])
    return {
        "accuracy": round(found.accuracy, _DIGITS),
        "auc": round(found.auc, _DIGITS),
        "ece": round(found.ece, _DIGITS),
    }


def _share(flags: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    return round(float(np.mean(flags)), _DIGITS) if len(flags) else 0.0
