"""What the score says of sources that nothing of it has seen.

    CATFORENSICS_DATA=path/to/data python benchmarks/check_score.py [DELIVERIES]

Every source is left out in turn: it sets no curve, and no threshold that it is judged by. What
was measured for the shipped score is used again (``build/score.features.npz``). Real pictures are
held against the shipped fingerprints, generated ones against those of other families: what one of
their own adds is told by ``check_deliveries.py`` and ``check_fingerprints.py``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from make_score import KEPT, N_DELIVERIES, OPTIONS, sets
from numpy.typing import NDArray

from forensics.cli.run import Reading
from forensics.detection.classifier.fit import fitted_curves, unseen_log_odds, weights
from forensics.detection.classifier.measure import load_kept, save_kept
from forensics.detection.classifier.train import (
    MeasuredSets,
    least_certain,
    measured_sets,
    support_of,
    thresholds,
)
from forensics.detection.performance.accuracy import auc, calibration_error
from forensics.detection.performance.likelihood import cllr, least_cllr
from forensics.detection.verdict.model_file import shipped_model
from forensics.detection.verdict.score import chances

WITH_LAYERS = (
    "biggan-husky", "cyclegan-cats", "pix2pix-day2night", "pix2pix-facades", "stylegan2ada-ebycow",
    "stylegan2ada-ffhq", "stylegan2ada-metfaces", "stylegan2ada-misc", "thiscatdoesnotexist",
    "cascade", "fluxvae16", "qwenwan", "sd-extile", "sd-negation", "sd12vae", "sd3vae16", "sdxlvae",
)  # fmt: skip
"""Generators with up-sampling layers, and native files of latent diffusion."""
NOT_PHOTOGRAPHS = ("renders", "classics", "products")
FEWEST = 50


def main() -> int:
    """Print the tables, and whether the limits on real pictures hold."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/, diffusion/, real/")
        return 1
    found = measured(Path(root), int(sys.argv[1]) if len(sys.argv) > 1 else N_DELIVERIES)
    table = found.table
    log_odds = np.zeros(len(table))
    log_odds[~found.limited] = unseen_log_odds(table.rows(~found.limited), support_of(table))
    as_found = np.concatenate([one.as_found for one in found.rows])
    holds = real_pictures(found, log_odds, as_found)
    generated_pictures(found, log_odds, as_found)
    figures(found, log_odds, as_found)
    print("\nholds" if holds else "\ndoes not hold")
    return 0 if holds else 1


def measured(data: Path, n: int) -> MeasuredSets:
    """The rows that the shipped score was fitted on."""
    kept = load_kept(KEPT)
    how = Reading(sys.maxsize, strict=False, workers=None, quiet=False)
    with how.run("measuring") as run:
        found = measured_sets(
            *sets(data),
            deliveries=n,
            kept=kept,
            max_pixels=how.max_pixels,
            **run.keywords,
            **OPTIONS,
        )
    save_kept(KEPT, kept)
    return found


def limits_without(found: MeasuredSets, log_odds: NDArray[np.float64], source: str) -> NDArray:
    """Both thresholds, set by all other sources."""
    table = found.table
    others = table.generated | (table.sources != source)
    rest = table.rows(others)
    sayable = rest.rows(~found.limited[others])
    least = least_certain(fitted_curves(sayable)[1], support_of(table))
    return np.array(thresholds(log_odds[others], rest, least=least))


def real_pictures(
    found: MeasuredSets, log_odds: NDArray[np.float64], as_found: NDArray[np.bool_]
) -> bool:
    """False traces and doubts by source, at thresholds of the others."""
    table = found.table
    counts: dict[str, NDArray[np.int64]] = {}
    print(f"{'real, left out':<22}{'as found':>10}{'trace':>7}{'unsure':>8}{'limits':>8}", end="")
    print(f"{'delivered':>11}{'trace':>7}{'unsure':>8}{'limits':>8}")
    for source in np.unique(table.sources[~table.generated]).tolist():
        own = ~table.generated & (table.sources == source)
        doubtful, certain = limits_without(found, log_odds, source)
        cells = []
        for chosen in (own & as_found, own & ~as_found):
            limited = found.limited[chosen]
            said = log_odds[chosen][~limited]
            trace = int((said >= certain).sum())
            cells += [chosen.sum(), trace, int((said >= doubtful).sum()) - trace, limited.sum()]
        counts[source] = np.array(cells)
        print(row(source, counts[source]))
    total = np.sum(list(counts.values()), axis=0)
    print(row("all", total))
    worst = [
        max(one[at + 1] / one[at] for one in counts.values() if one[at] >= FEWEST) for at in (0, 4)
    ]
    share = [total[at + 1] / total[at] for at in (0, 4)]
    photographs = sum(one for name, one in counts.items() if name not in NOT_PHOTOGRAPHS)
    doubt = photographs[2] / (photographs[0] - photographs[3])
    print(
        f"generator trace, as found: {share[0]:.4f}, worst source of {FEWEST} or more "
        f"{worst[0]:.4f}; delivered: {share[1]:.4f}, {worst[1]:.4f} (limits .002, .01)\n"
        f"unsure by the score, photographs as found: {doubt:.3f} (limit .03)"
    )
    return bool(max(share) <= 0.002 and max(worst) <= 0.01 and doubt <= 0.03)


def row(name: str, cells: NDArray[np.int64]) -> str:
    """One source."""
    widths = (10, 7, 8, 8, 11, 7, 8, 8)
    return f"{name:<22}" + "".join(f"{n:>{w}}" for n, w in zip(cells.tolist(), widths, strict=True))


def generated_pictures(
    found: MeasuredSets, log_odds: NDArray[np.float64], as_found: NDArray[np.bool_]
) -> None:
    """What is found of every generator whose family nothing has seen, and its area."""
    table, model = found.table, shipped_model()
    real = ~table.generated
    print(f"\n{'generated, unseen':<24}{'as found':>9}{'trace':>7}{'none':>7}{'AUC':>7}", end="")
    print(f"{'delivered':>11}{'trace':>7}{'none':>7}{'AUC':>7}")
    for source in np.unique(table.sources[table.generated]).tolist():
        own = table.generated & (table.sources == source)
        cells = []
        for way in (as_found, ~as_found):
            said = log_odds[own & way]
            trace, none = np.mean(said >= model.certain), np.mean(said < model.doubtful)
            area = auc(said, log_odds[real & way])
            cells.append(f"{len(said):>9}{trace:>7.2f}{none:>7.2f}{area:>7.3f}")
        print(f"{source:<24}{cells[0]}  {cells[1]}")


def figures(
    found: MeasuredSets, log_odds: NDArray[np.float64], as_found: NDArray[np.bool_]
) -> None:
    """Area, calibration error and Cllr over unseen sources, sources counting alike."""
    table, model = found.table, shipped_model()
    told = model.bounded(log_odds)
    layered = np.isin(table.sources, WITH_LAYERS) | ~table.generated
    print(f"\n{'unseen sources':<44}{'AUC':>7}{'ECE':>7}{'Cllr':>7}{'least':>7}")
    for name, chosen in (
        ("all, as found", as_found),
        ("all, delivered", ~as_found),
        ("all", np.full(len(table), True)),
        ("with layers or native diffusion, as found", layered & as_found),
        ("with layers or native diffusion, delivered", layered & ~as_found),
    ):
        gan, real = chosen & table.generated, chosen & ~table.generated
        share = weights(table.generated[chosen], table.sources[chosen])
        by = {
            "gan_weights": share[table.generated[chosen]],
            "real_weights": share[~table.generated[chosen]],
        }
        print(
            f"{name:<44}{auc(told[gan], told[real]):>7.3f}"
            f"{calibration_error(chances(told[gan]), chances(told[real])):>7.3f}"
            f"{cllr(told[gan], told[real], **by):>7.3f}"
            f"{least_cllr(told[gan], told[real], **by):>7.3f}"
        )


if __name__ == "__main__":
    sys.exit(main())
