"""What every group of features is worth: the classifier without it, on unseen pictures.

    CATFORENSICS_DATA=path/to/data python benchmarks/check_ablation.py [KEPT.npz]

All shared pictures, as in training. Scores are those of fits that have not seen the fold of
a generated picture or the origin of a real one; thresholds come from the same scores, so that
the columns compare groups and promise nothing. What is measured is kept in KEPT.npz.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from forensics import find_images
from forensics.detection.features import (
    COMB_FEATURES,
    CROP_FEATURES,
    FRAME_FEATURES,
    GROUND_FEATURES,
    RULE_FEATURES,
    SCALED_FEATURES,
)
from forensics.detection.fitting import WAYS, Telling, fit_ways, fitted_head
from forensics.detection.keeping import load_kept, save_kept
from forensics.detection.ranking import auc
from forensics.detection.samples import sampled
from forensics.detection.specimens import Running
from forensics.detection.tables import Table
from forensics.traces.fingerprints.pattern import FOLD, Fingerprint
from forensics.traces.fingerprints.template import template

SEED = 0
GROUPS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "whole frame": FRAME_FEATURES,
    "crop": CROP_FEATURES,
    "any scale": SCALED_FEATURES,
    "all of the fingerprint": (*FRAME_FEATURES, *CROP_FEATURES, *SCALED_FEATURES),
    "grounds": GROUND_FEATURES,
    "rules and periods": RULE_FEATURES,
    "combs": COMB_FEATURES,
    "all but the fingerprint": (*GROUND_FEATURES, *RULE_FEATURES, *COMB_FEATURES),
}
KINDS = ("whole", "crop", "rescaled crop")


def main() -> int:
    """Print the table."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    kept = load_kept(path) if path else {}
    found = sampled(
        find_images(Path(root) / "gan/thiscatdoesnotexist"),
        find_images(Path(root) / "real"),
        name="thiscatdoesnotexist",
        method="traces",
        seed=SEED,
        kept=kept,
        running=Running(on_error="skip"),
    )
    if path:
        save_kept(path, kept)
    head = "".join(f"{kind:>15}" for kind in KINDS)
    print(f"{'without':<26}{'features':>9}{head}{'found 1 %':>11}{'0.1 %':>8}{'worst origin':>14}")
    for name, group in GROUPS.items():
        print(f"{name:<26}{row(found.table, without(WAYS['together'], group))}", flush=True)
    if found.whole:
        repeated, on_axes = shares(found.whole)
        print(
            f"\nof the energy of the template {repeated:.0%} repeats every {FOLD} pixels, and "
            f"{on_axes:.1%} of that is a pattern of lines"
        )
    return 0


def shares(source: Fingerprint) -> tuple[float, float]:
    """Share of the energy that repeats every 16 pixels, and of that on the axes."""
    energy = np.abs(np.fft.fft2(template(source, source.codes.shape))) ** 2
    rows, columns = (side // FOLD for side in energy.shape)
    repeated = energy[::rows, ::columns]
    on_axes = repeated[0].sum() + repeated[1:, 0].sum()
    return float(repeated.sum() / energy.sum()), float(on_axes / repeated.sum())


def without(ways: Mapping[str, Telling], group: tuple[str, ...]) -> dict[str, Telling]:
    """The ways with some features taken away, and those ways that have none left."""
    left = {
        name: replace(way, features=tuple(one for one in way.features if one not in group))
        for name, way in ways.items()
    }
    return {name: way for name, way in left.items() if way.features}


def row(table: Table, ways: Mapping[str, Telling]) -> str:
    """AUC by kind of delivery, and shares above the thresholds."""
    head, odds = fitted_head(table, partial(fit_ways, ways), SEED)
    areas = [
        auc(
            odds[table.gan & (table.delivered == kind)],
            odds[~table.gan & (table.delivered == kind)],
        )
        for kind in KINDS
    ]
    found = [np.mean(odds[table.gan] > limit) for limit in (head.doubtful, head.certain)]
    false = [
        np.mean(odds[~table.gan & (table.origins == origin)] > head.doubtful)
        for origin in np.unique(table.origins[~table.gan])
    ]
    n_features = len({one for way in ways.values() for one in way.features})
    numbers = "".join(f"{area:15.4f}" for area in areas)
    return f"{n_features:9}{numbers}{found[0]:11.3f}{found[1]:8.3f}{max(false):14.3f}"


if __name__ == "__main__":
    sys.exit(main())
