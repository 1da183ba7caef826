"""False generator traces on real pictures sent through random deliveries, and what is found.

    CATFORENSICS_DATA=path/to/data python benchmarks/check_deliveries.py [DELIVERIES]

Real pictures: AFHQ, phones and photographs, the inputs of the CycleGAN, scikit-image's own,
in equal shares, 10,000 deliveries unless another number is given. Then, at the same
setting, the site's pictures that the fingerprint was not made of, and other generators.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from check_correlation import halves

from forensics import find_images, read_pixels
from forensics.detection.attribution import Attribution, attribution
from forensics.detection.evidence import evidence
from forensics.engine.fingerprints import find_fingerprint, reference_fingerprint
from forensics.errors import ForensicsError
from forensics.images.chains import random_delivery
from forensics.images.delivery import deliver
from forensics.images.steps import Jpeg, Resize, Step
from forensics.traces.fingerprints.pattern import Fingerprint

SEED = 3
N_DELIVERIES = 10_000
N_SITE = 200
PHOTOGRAPHS = (
    "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png",
    "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png", "moon.png",
    "motorcycle_left.png", "motorcycle_right.png", "retina.jpg", "rocket.jpg",
)  # fmt: skip
"""Of what the scikit-image wheel holds, the pictures that a lens made."""
SETTINGS: dict[str, tuple[tuple[Step, ...], float]] = {
    "as found": ((), 0.99),
    "q90": ((Jpeg(90, "4:2:0", False),), 0.98),
    "q75": ((Jpeg(75, "4:2:0", False),), 0.95),
    "q60": ((Jpeg(60, "4:2:0", False),), 0.90),
    "x0.75": ((Resize(0.75, "lanczos", True),), 0.90),
}


def main() -> int:
    """Print the false ones by source, then what is found, and whether the limits hold."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    n = int(sys.argv[1]) if len(sys.argv) > 1 else N_DELIVERIES
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        holds = real_pictures(Path(root), n, pool)
        holds &= site_pictures(Path(root), pool)
        other_generators(Path(root), pool)
    print("\nholds" if holds else "\ndoes not hold")
    return 0 if holds else 1


def real_pictures(data: Path, n: int, pool: ProcessPoolExecutor) -> bool:
    """At most 50 false ones in 10,000, at most 1 % of any source."""
    n_each = -(-n // 4)
    holds, total, false = True, 0, 0
    print(f"{'real pictures':<18}{'n':>7}{'generator':>11}{'share':>9}   verdicts")
    for source, paths in sources(data).items():
        jobs = [(paths[i % len(paths)], i, SEED) for i in range(n_each)]
        jobs.sort()  # a picture is decoded once for all of its deliveries
        verdicts: Counter[str] = Counter()
        blamed: Counter[str] = Counter()
        for found in pool.map(sent_at_random, jobs, chunksize=25):
            if found is not None:
                verdicts[found[1]] += 1
                blamed[found[0]] += found[1] == "generator trace"
        n_done, n_false = verdicts.total(), verdicts["generator trace"]
        total, false = total + n_done, false + n_false
        holds &= n_false <= 0.01 * n_done
        print(
            f"{source:<18}{n_done:7}{n_false:11}{n_false / n_done:9.4f}   {dict(verdicts)}\n"
            f"{'':45}   by picture: {dict(blamed.most_common(4)) if n_false else {}}",
            flush=True,
        )
    print(f"{'all':<18}{total:7}{false:11}{false / total:9.4f}   limit .005")
    return holds and false <= 0.005 * total


def sources(data: Path) -> dict[str, list[Path]]:
    """Real pictures by source."""
    import skimage.data

    shipped = Path(skimage.data.data_dir)
    return {
        "AFHQ": sorted((data / "real/afhq").iterdir()),
        "photos": sorted((data / "real/photos").iterdir()),
        "CycleGAN inputs": sorted((data / "real/cyclegan-inputs").iterdir()),
        "scikit-image": [shipped / name for name in PHOTOGRAPHS],
    }


_HELD: dict[Path, np.ndarray] = {}
_SHIPPED: list[Fingerprint] = []


def sent_at_random(job: tuple[Path, int, int]) -> tuple[str, str] | None:
    """Name and verdict of one picture after its own random delivery; None if too small."""
    path, number, seed = job
    if path not in _HELD:
        _HELD.clear()
        _HELD[path] = read_pixels(path)
    if not _SHIPPED:
        _SHIPPED.append(reference_fingerprint("thiscatdoesnotexist"))
    rng = np.random.default_rng([seed, number])
    pixels = deliver(_HELD[path], random_delivery(rng, _HELD[path].shape)).pixels
    try:
        return path.name, attribution(evidence(pixels, fingerprints=_SHIPPED)).verdict
    except ForensicsError:
        return None


def site_pictures(data: Path, pool: ProcessPoolExecutor) -> bool:
    """Shares called generator trace: by all grounds, without, and by the fingerprint alone."""
    rng = np.random.default_rng(SEED)
    ours, theirs = halves(sorted((data / "gan/thiscatdoesnotexist").iterdir()), rng)
    source = find_fingerprint(find_images([str(path) for path in ours]), "site").fingerprint
    print(f"\n{'site, unseen':<18}{'n':>7}{'generator':>11}{'general':>9}{'fingerprint':>13}")
    holds = True
    for name, (steps, least) in SETTINGS.items():
        found = list(pool.map(partial(judged, steps, source), theirs[:N_SITE], chunksize=10))
        share = np.mean([one.verdict == "generator trace" for one in found])
        general, mark = (
            np.mean([any(g.strength >= 1 for g in one.grounds if chosen(g.name)) for one in found])
            for chosen in (lambda name: name != "fingerprint", lambda name: name == "fingerprint")
        )
        holds &= bool(share >= least)
        print(
            f"{name:<18}{len(found):7}{share:11.3f}{general:9.3f}{mark:13.3f}   goal {least}",
            flush=True,
        )
    return holds


def judged(steps: tuple[Step, ...], source: Fingerprint | None, path: Path) -> Attribution:
    """Attribution of one picture after a delivery."""
    pixels = deliver(read_pixels(path), steps).pixels
    return attribution(evidence(pixels, fingerprints=[source] if source else []))


def other_generators(data: Path, pool: ProcessPoolExecutor) -> None:
    """Generators without a fingerprint, and the real pictures that the CycleGAN was given."""
    print(f"\n{'others':<32}{'n':>5}   generator traces as found, q90, q75")
    for name, paths in folders(data):
        found = [
            sum(
                one.verdict == "generator trace"
                for one in pool.map(partial(judged, SETTINGS[how][0], None), paths)
            )
            for how in ("as found", "q90", "q75")
        ]
        print(f"{name:<32}{len(paths):5}   {found}", flush=True)


def folders(data: Path) -> Iterator[tuple[str, list[Path]]]:
    """The small sets."""
    for name in ("cyclegan-cats", "stylegan2ada-metfaces", "biggan-husky", "stylegan3-faces"):
        yield name, sorted((data / "gan" / name).iterdir())
    yield "cyclegan-inputs (real)", sorted((data / "real/cyclegan-inputs").iterdir())


if __name__ == "__main__":
    sys.exit(main())
