"""What a verdict has to stand: a few pixels cut, one JPEG more, a slight resize.

A classifier remembers what each of them did to pictures of its training, so that it need not
be tried again on every picture whose score is far enough from the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forensics.detection.heads import Head
from forensics.detection.measuring import Rows
from forensics.images.steps import Crop, Jpeg, Resize, Step

__all__ = ["Standing", "small_deliveries", "standings"]

_FEWEST = 20
"""Trials below which nothing was shown."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one small delivery did to the pictures on which it was tried.

    Parameters
    ----------
    rise : float, optional
        Log odds by which it raised those that were not found, at most.
    above : float, optional
        Log odds above which none that was called generated fell to the other side.
        Both are None where there were too few trials.
    """

    rise: float | None
    above: float | None


def small_deliveries(shape: tuple[int, ...]) -> dict[str, tuple[Step, ...]]:
    """What must not turn a verdict around.

    Examples
    --------
    >>> list(small_deliveries((512, 512, 3)))
    ['a crop by 3 and 5 pixels', 'jpeg q95', 'jpeg q85', 'resize x0.97', 'resize x1.03']
    """
    return {
        "a crop by 3 and 5 pixels": (Crop(3, 5, shape[0] - 3, shape[1] - 5),),
        "jpeg q95": (Jpeg(95),),
        "jpeg q85": (Jpeg(85),),
        "resize x0.97": (Resize(0.97, "bicubic"),),
        "resize x1.03": (Resize(1.03, "bicubic"),),
    }


def standings(head: Head, rows: Rows) -> Mapping[str, Standing]:
    """What every small delivery did to a head's scores.

    Parameters
    ----------
    head : Head
    rows : Rows
        Of pictures whose journey 0 is the start, and the next ones the small deliveries.

    Returns
    -------
    mapping of str to Standing
    """
    names = tuple(small_deliveries((128, 128)))
    if not len(rows.values):
        return dict.fromkeys(names, Standing(None, None))
    odds, journeys = head.log_odds(rows.values), np.array(rows.journeys)
    first = {rows.pictures[row]: float(odds[row]) for row in np.flatnonzero(journeys == 0).tolist()}
    starts = np.array([first.get(picture, np.nan) for picture in rows.pictures])
    found = {}
    for number, name in enumerate(names, start=1):
        low = (journeys == number) & (starts <= head.doubtful)
        high = (journeys == number) & (starts > head.certain)
        fallen = starts[high & (odds <= head.doubtful)]
        found[name] = Standing(
            max(0.0, float((odds - starts)[low].max())) if low.sum() >= _FEWEST else None,
            max([head.certain, *fallen.tolist()]) if high.sum() >= _FEWEST else None,
        )
    return found
