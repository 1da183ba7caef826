"""A score made by hand, whose every number is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forensics.detection.verdict.references import PICTURE_KINDS, Reference, counted
from forensics.detection.verdict.robustness import small_deliveries
from forensics.detection.verdict.score import (
    FEATURES,
    WEIGHED,
    Curve,
    Robustness,
    ScoreModel,
    TrainedSet,
    Training,
    UnseenMetrics,
)

NOTHING_TURNS = dict.fromkeys(small_deliveries((128, 128)), Robustness(0.0))
"""What training has shown of a score that no small delivery moves."""


def known_reference(n: int = 400) -> Reference:
    """Real pictures of two sources and of every kind, their log odds about -1."""
    rng = np.random.default_rng(0)
    sources = np.array(["phones", "scans"])[np.arange(n) % 2]
    return counted(rng.normal(-1, 1, n), sources, rng.integers(len(PICTURE_KINDS), size=n))


def known_score(
    *,
    name: str = "made by hand",
    base: float = 0.0,
    every_second: float = 4.0,
    energies: float = 0.3,
    doubtful: float = 3.0,
    certain: float = 6.0,
    bound: float = 8.0,
    support: float = 99.0,
    robustness: Mapping[str, Robustness] = NOTHING_TURNS,
) -> ScoreModel:
    """What repeats every 2 pixels adds so much, other loud energies so much each; quiet ones as
    much less than nothing.
    """
    curves = [Curve(WEIGHED[0], np.array([0.0, 2.0]), np.array([-0.1, every_second]))]
    curves += [
        Curve(one, np.array([-1.0, 0.0, 2.0]), np.array([-energies, 0.0, energies]))
        for one in WEIGHED[1:]
    ]
    return ScoreModel(
        name=name,
        curves=tuple(curves),
        base=base,
        support=support,
        bound=bound,
        doubtful=doubtful,
        certain=certain,
        robustness=robustness,
        reference=known_reference(),
        training=Training(
            date="2026-11-30",
            seed=3,
            features=FEATURES,
            versions={"numpy": "2"},
            sets={
                "gan": TrainedSet("00", 20, 40, {"one": 20}),
                "real": TrainedSet("01", 400, 800, {"phones": 200, "scans": 200}),
            },
        ),
        metrics=UnseenMetrics(
            {"gan": 1, "real": 2}, 0.5, 0.25, 1.0, {"gan": {"one": (1, 40)}, "real": {}}
        ),
    )
