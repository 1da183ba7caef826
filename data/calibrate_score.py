"""Calibrate the score of a verdict: the chance of a generator at each strength of the grounds.

    CATFORENSICS_DATA=path/to/data python data/calibrate_score.py [DELIVERIES]

Real pictures of all sources, counting alike, and generated ones of two known sources, half of
each matched with a fingerprint of those it is not among, and of others that nobody has a
fingerprint of, go through the same random deliveries. Log odds, straight between four knots, are
fitted to one half of the pictures of each source, and held against the other half. They stand
in ``forensics/detection/attribution.py``.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from check_correlation import parts_alike
from make_fingerprints import real_sources

from forensics import find_images, read_pixels
from forensics.detection.attribution import attribution
from forensics.detection.evidence import evidence
from forensics.engine.fingerprinting import make_fingerprints
from forensics.engine.fingerprints import load_library
from forensics.errors import ForensicsError
from forensics.images.chains import random_delivery
from forensics.images.delivery import deliver
from forensics.traces.fingerprints.matching import AnyFingerprint

SEED = 40
N_DELIVERIES = 3000
KNOTS = (0.0, 0.8, 1.0, 3.0)
DOUBTFUL = 1
"""The knot up to which a verdict is not even unsure: odds are even at most."""
KNOWN = ("thiscatdoesnotexist", "stylegan2ada-ffhq")
OTHERS = ("stylegan2ada-metfaces", "stylegan2ada-ebycow", "animegan", "stylegan3-faces")


def main() -> int:
    """Print the curve and how well it holds."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    data = Path(root)
    n = int(sys.argv[1]) if len(sys.argv) > 1 else N_DELIVERIES
    rng = np.random.default_rng(SEED)
    known = {name: parts_alike(sorted((data / "gan" / name).iterdir()), 2, rng) for name in KNOWN}
    reals = [paths for _, paths in real_sources(data)]
    jobs = []
    for paths in reals:
        jobs += spread(paths, n // (2 * len(reals)), generated=False)
    for name, halves in known.items():
        for half in (0, 1):
            jobs += spread(halves[half], n // 16, generated=True, half=(name, half))
    for name in OTHERS:
        jobs += spread(sorted((data / "gan" / name).iterdir()), n // 16, generated=True)
    numbered = sorted(((*job, number) for number, job in enumerate(jobs)), key=itemgetter(0))
    with ProcessPoolExecutor(os.cpu_count(), initializer=take, initargs=(known,)) as pool:
        found = [one for one in pool.map(strength, numbered, chunksize=25) if one is not None]
    strengths, labels, first = (np.array(column) for column in zip(*found, strict=True))
    fit = LogisticRegression(C=1e3).fit(pieces(strengths[first]), labels[first])
    at_knots = fit.decision_function(pieces(np.array(KNOTS)))
    at_knots[: DOUBTFUL + 1] = np.minimum(at_knots[: DOUBTFUL + 1], 0)
    print(f"{len(found)} deliveries\nknots    {KNOTS}\nlog odds {np.round(at_knots, 2).tolist()}\n")
    odds = np.interp(strengths[~first], KNOTS, at_knots)
    report(1 / (1 + np.exp(-odds)), labels[~first])
    return 0


def pieces(strengths: np.ndarray) -> np.ndarray:
    """How far each strength reaches into each piece between two knots."""
    pairs = pairwise(KNOTS)
    return np.column_stack([np.clip(strengths, low, high) - low for low, high in pairs])


def report(scores: np.ndarray, labels: np.ndarray) -> None:
    """Print what share was generated at each score, and the expected calibration error."""
    print(f"{'score':<14}{'n':>7}{'mean score':>12}{'generated':>11}")
    error = 0.0
    edges = np.linspace(0, 1, 11)
    for low, high in pairwise(edges):
        inside = (scores >= low) & ((scores < high) | (high == 1))
        if inside.any():
            mean, share = float(scores[inside].mean()), float(labels[inside].mean())
            error += abs(mean - share) * float(inside.mean())
            print(f"{low:.1f} to {high:.1f}{'':4}{inside.sum():7}{mean:12.3f}{share:11.3f}")
    print(f"\nexpected calibration error on the half not fitted: {error:.3f}")


def spread(
    paths: list[Path], n: int, *, generated: bool, half: tuple[str, int] | None = None
) -> list[tuple]:
    """Each picture in turn; every second one is for the fit."""
    places = sorted(i % len(paths) for i in range(n))
    return [(paths[i], generated, half, i % 2 == 0) for i in places]


_HELD: dict[Path, np.ndarray] = {}
_KNOWN: dict[str, list[list[Path]]] = {}


def take(known: dict[str, list[list[Path]]]) -> None:
    """Tell a process how the known sources are split."""
    _KNOWN.update(known)


@cache
def library(half: tuple[str, int] | None) -> tuple[AnyFingerprint, ...]:
    """The shipped library; of a known source the fingerprints of its other half."""
    held = load_library()
    if half is None:
        return held
    name, number = half
    other = make_fingerprints(
        find_images([str(path) for path in _KNOWN[name][1 - number]]),
        "own",
        planes="luma",
        workers=1,
    ).fingerprints
    own = "thiscatdoesnotexist" if name == KNOWN[0] else "stylegan2-faces"
    # The faces were saved at q92: their tile is that of a JPEG, and is not shipped either.
    kept = other if name == KNOWN[0] else other[:1]
    return (*kept, *(one for one in held if one.name != own))


def strength(
    job: tuple[Path, bool, tuple[str, int] | None, bool, int],
) -> tuple[float, bool, bool] | None:
    """Strength of the grounds after a delivery, the truth, and whether it is for the fit."""
    path, generated, half, first, number = job
    rng = np.random.default_rng([SEED, number])
    if path not in _HELD:
        _HELD.clear()
        _HELD[path] = read_pixels(path)
    stored = _HELD[path]
    pixels = deliver(stored, random_delivery(rng, stored.shape)).pixels
    try:
        found = attribution(evidence(pixels, fingerprints=library(half)))
    except ForensicsError:
        return None
    return None if found.limits else (found.grounds[0].strength, generated, first)


if __name__ == "__main__":
    sys.exit(main())
