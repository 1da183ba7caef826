"""Is every innocent maker named by its own evidence, and never for a generator's work?

    CATFORENSICS_DATA=path/to/data python benchmarks/check_causes.py [CASES]

CASES of every kind are made (``cases.py``; 24 unless said). Where CATFORENSICS_ENLARGED points
to a folder of ``data/enlarge_by_network.py``, its pictures are judged as well. Then, by set, the
generated pictures whose only finding is an innocent cause, and the causes named in real ones.
No fingerprint is used.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from cases import CASES, case, photographs

from forensics import read_pixels
from forensics.detection.verdict.attribution import attribution
from forensics.detection.verdict.evidence import evidence
from forensics.errors import ForensicsError

N_CASES, N_OF_A_SET = 24, 60
FACTS = {"jpeg", "webp", "chroma", "frame", "unexplained"}
"""Causes that are facts, and excuse nothing: they do not explain alternating lines, or nobody."""
UNSAID = {"unexplained", "resampling"}
"""What may be said where nothing was done: all cases were reduced before."""
Judged = tuple[str, tuple[str, ...]]


def main() -> int:
    """Print the tables; whether the goals are met."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/, diffusion/, real/")
        return 1
    n = int(sys.argv[1]) if len(sys.argv) > 1 else N_CASES
    with ProcessPoolExecutor(int(os.environ.get("CATFORENSICS_PROCESSES", "1"))) as pool:
        holds = made_cases(Path(root), n, pool)
        enlarged = os.environ.get("CATFORENSICS_ENLARGED")
        if enlarged:
            enlargements(Path(enlarged), pool)
        holds &= generated(Path(root), pool)
        real(Path(root), pool)
    print("\nholds" if holds else "\ndoes not hold")
    return 0 if holds else 1


def made_cases(data: Path, n: int, pool: ProcessPoolExecutor) -> bool:
    """By kind: the right cause named, a generator named, what else."""
    paths = photographs(data)
    holds, blamed, total = True, 0, 0
    print(f"{'case':<18}{'right':>7}{'generator':>11}{'n':>5}   causes named")
    for kind, (_, causes) in CASES.items():
        found = list(pool.map(partial(judged_case, kind, paths=paths), range(n)))
        names = Counter(name for _, named in found for name in named)
        right = sum(is_right(causes, named) for _, named in found)
        wrong = sum(verdict == "generator trace" for verdict, _ in found)
        holds &= right >= 0.9 * n
        blamed, total = blamed + wrong, total + n
        print(f"{kind:<18}{right / n:7.2f}{wrong:11}{n:5}   {dict(names)}", flush=True)
    print(f"{'all':<18}{'':7}{blamed:11}{total:5}   goals: .90 by kind, generator 1 %")
    return holds and blamed <= 0.01 * total


def is_right(causes: tuple[str, ...], named: tuple[str, ...]) -> bool:
    """One of the causes is named; or, where nothing was done, none is."""
    return bool(set(causes) & set(named)) if causes else not set(named) - UNSAID


def judged_case(kind: str, number: int, *, paths: list[Path]) -> Judged:
    """Verdict and causes of one case."""
    found = attribution(evidence(case(kind, number, paths).image))
    return found.verdict, tuple(one.cause for one in found.causes)


def judged_file(path: Path) -> Judged | None:
    """Verdict and causes of one picture; None where it is too small."""
    try:
        found = attribution(evidence(read_pixels(path)))
    except ForensicsError:
        return None
    return found.verdict, tuple(one.cause for one in found.causes)


def enlargements(folder: Path, pool: ProcessPoolExecutor) -> None:
    """Verdicts and causes by network: neither innocent nor an accusation would be right."""
    print(f"\n{'enlarged by':<24}{'generator':>11}{'excused':>9}{'n':>5}   causes named")
    networks = sorted({path.stem.rsplit("_", 1)[0] for path in folder.glob("*.png")})
    for network in networks:
        report(network, list(pool.map(judged_file, sorted(folder.glob(f"{network}_*.png")))))


def report(name: str, judged: list[Judged | None]) -> tuple[int, int]:
    """Print one set; how many have an innocent cause as their only finding, of how many."""
    found = [one for one in judged if one is not None]
    names = Counter(cause for _, named in found for cause in named)
    blamed = sum(verdict == "generator trace" for verdict, _ in found)
    excused = sum(is_excused(*one) for one in found)
    print(f"{name:<24}{blamed:11}{excused:9}{len(found):5}   {dict(names)}", flush=True)
    return excused, len(found)


def is_excused(verdict: str, named: tuple[str, ...]) -> bool:
    """An innocent cause is all that was found."""
    return verdict not in ("generator trace", "unsure") and bool(set(named) - FACTS)


def sets(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Folders of pictures, up to 60 of each, evenly."""
    for one in sorted(folder.iterdir()):
        paths = sorted(one.iterdir())
        yield one.name, paths[:: -(-len(paths) // N_OF_A_SET)]


def generated(data: Path, pool: ProcessPoolExecutor) -> bool:
    """Generated pictures that an innocent cause excuses: at most 2 %."""
    print(f"\n{'generated':<24}{'generator':>11}{'excused':>9}{'n':>5}   causes named")
    counts = [
        report(name, list(pool.map(judged_file, paths)))
        for part in ("gan", "diffusion")
        for name, paths in sets(data / part)
    ]
    excused, n = (sum(column) for column in zip(*counts, strict=True))
    print(f"{'all':<24}{'':11}{excused:9}{n:5}   {excused / n:.3f}, goal .02")
    return excused <= 0.02 * n


def real(data: Path, pool: ProcessPoolExecutor) -> None:
    """Causes named in real pictures: most have none of these makers behind them."""
    print(f"\n{'real':<24}{'generator':>11}{'excused':>9}{'n':>5}   causes named")
    for name, paths in sets(data / "real"):
        report(name, list(pool.map(judged_file, paths)))


if __name__ == "__main__":
    sys.exit(main())
