"""Do the p-values of the signs of an unknown maker hold, and what do they find?

    CATFORENSICS_DATA=path/to/data python benchmarks/check_signs.py [DELIVERIES]

For every source of real pictures, the shares of p below .01, .001 and .0001, as found and
after random deliveries (as many of each source, 600 unless another number is given). The
limits are .015, .002 and .0005 over all, sources counting alike, and three times that in any
one of them, one picture of a source being allowed. The null has no scale fitted to a source;
the vetoes beside it (rounding, WebP, dither, least side) were set by hand while these very
sources were looked at, so the table is no leave-one-source-out estimate of those. Then, for
every set of generated pictures, the share with p < 1e-4, as found and saved as JPEG.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from forensics import read_pixels
from forensics.images.delivery.chains import random_delivery
from forensics.images.delivery.deliver import deliver
from forensics.images.delivery.steps import Jpeg, Step
from forensics.traces.crosswise import added_pattern

SEED = 16
N_DELIVERIES = 600
LEVELS, LIMITS = (0.01, 0.001, 0.0001), (0.015, 0.002, 0.0005)
FOUND = 1e-4
LEAST_SIDE = 66
SIGNS: dict[str, Callable[[np.ndarray], float]] = {
    "added pattern": lambda image: added_pattern(image).p_value,
}
SAVED: dict[str, tuple[Step, ...]] = {
    "as found": (),
    "q90": (Jpeg(90, "4:2:0", False),),
    "q75": (Jpeg(75, "4:2:0", False),),
}


def main() -> int:
    """Print both tables, and whether the limits hold."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    n = int(sys.argv[1]) if len(sys.argv) > 1 else N_DELIVERIES
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        holds = real_pictures(Path(root), n, pool)
        generated_pictures(Path(root), pool)
    print("\nholds" if holds else "\ndoes not hold")
    return 0 if holds else 1


def real_pictures(data: Path, n: int, pool: ProcessPoolExecutor) -> bool:
    """Shares by source, sign and delivery; False where a limit is passed."""
    holds = True
    rates: dict[tuple[str, str], list[np.ndarray]] = {}
    print(f"{'real pictures':<18}{'sign':<16}{'':<10}{'n':>6}   share of p < .01, .001, .0001")
    for folder in sorted((data / "real").iterdir()):
        paths = sorted(folder.iterdir())
        jobs = [(path, number, n, len(paths)) for number, path in enumerate(paths)]
        of_each = list(pool.map(p_values_of_one, jobs, chunksize=4))
        for sign in SIGNS:
            for how in ("as found", "delivered"):
                named = [pair for one in of_each for pair in one[how][sign]]
                values = np.array([p for _, p in named])
                counts = np.array([(values < level).sum() for level in LEVELS])
                rates.setdefault((sign, how), []).append(counts / len(values))
                low = sorted((p, name) for name, p in named if p < LEVELS[1])[:3]
                allowed = np.maximum(3 * np.array(LIMITS) * len(values), 1)
                holds &= bool((counts <= allowed).all())
                print(
                    f"{folder.name:<18}{sign:<16}{how:<10}{len(values):6}   "
                    + " ".join(f"{share:.4f}" for share in counts / len(values))
                    + "".join(f"  {p:.0e} {name}" for p, name in low),
                    flush=True,
                )
    for (sign, how), shares in rates.items():
        mean = np.mean(shares, axis=0)
        holds &= bool((mean <= LIMITS).all())
        print(f"{'all, alike':<18}{sign:<16}{how:<10}{'':6}   {mean.round(5).tolist()}")
    return holds


Shares = dict[str, dict[str, list[tuple[str, float]]]]
"""By delivery and sign, names and p-values."""


def p_values_of_one(job: tuple[Path, int, int, int]) -> Shares:
    """All p-values of one picture, as found and after its share of a source's deliveries."""
    path, number, n, count = job
    image = read_pixels(path)
    found: Shares = {how: {sign: [] for sign in SIGNS} for how in ("as found", "delivered")}
    for sign, measure in SIGNS.items():
        found["as found"][sign].append((path.name, measure(image)))
    for again in range(number, n, count):
        steps = random_delivery(np.random.default_rng([SEED, again]), image.shape)
        pixels = deliver(image, steps).pixels
        if min(pixels.shape[:2]) < LEAST_SIDE:
            continue
        name = f"{path.name} #{again} {'; '.join(map(str, steps))}"
        for sign, measure in SIGNS.items():
            found["delivered"][sign].append((name, measure(pixels)))
    return found


def generated_pictures(data: Path, pool: ProcessPoolExecutor) -> None:
    """Share found by every sign, in every set."""
    print(f"\n{'generated':<34}{'n':>4}   share of p < {FOUND:g}: {', '.join(SAVED)}")
    for name, paths in sets(data):
        found = np.array(list(pool.map(found_in_one, paths, chunksize=4)))
        for number, sign in enumerate(SIGNS):
            shares = found[:, :, number].mean(axis=0)
            print(
                f"{name:<34}{len(paths):4}   {sign:<16}"
                + " ".join(f"{share:5.2f}" for share in shares),
                flush=True,
            )


def sets(data: Path) -> Iterator[tuple[str, list[Path]]]:
    """Of the large set of one site, a part."""
    for kind in ("gan", "diffusion"):
        for folder in sorted((data / kind).iterdir()):
            yield f"{kind}/{folder.name}", sorted(folder.iterdir())[:60]


def found_in_one(path: Path) -> list[list[bool]]:
    """For every way of saving, which signs are found."""
    image = read_pixels(path)
    saved = [deliver(image, steps).pixels if steps else image for steps in SAVED.values()]
    return [[measure(pixels) < FOUND for measure in SIGNS.values()] for pixels in saved]


if __name__ == "__main__":
    sys.exit(main())
