"""What happens if a scale that was set by hand is off by a fifth?

    CATFORENSICS_DATA=path/to/data python benchmarks/check_scales.py

Every such scale of the signs, the fingerprints and the causes, a fifth lower and higher: how many
pictures get another verdict, and how many another set of causes. Pictures: of every real source
and every generated set some, sent through random deliveries, and made cases of every cause
(``cases.py``). The shipped library is used as it is. A scale that never matters here is printed
with zeros: it stands at a border that none of these pictures is near.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
from cases import CASES, case, photographs
from check_fingerprints import real_sources, some

from forensics import deliver, load_library, read_pixels
from forensics._typing import Image
from forensics.detection.verdict.attribution import attribution
from forensics.detection.verdict.evidence import Evidence, evidence
from forensics.errors import ForensicsError
from forensics.images import random_delivery

SEED = 31
EACH = 1
FACTORS = (0.8, 1.2)
FINGERPRINTS = "forensics.traces.fingerprints"
MAKERS = "forensics.traces.makers"
MEASURED: dict[str, tuple[str, ...]] = {
    f"{FINGERPRINTS}.whitening": ("_LOW_PASS", "_CLIP", "LOUDEST"),
    f"{FINGERPRINTS}.frame": ("_LOUDEST_CELL",),
    f"{FINGERPRINTS}.decoder": ("_CLIP_SIGNED", "_CLIP_BIN", "_CLIP_VECTOR"),
    f"{FINGERPRINTS}.match": ("MATCHED",),
    "forensics.traces.crosswise": (
        "_STEADY", "_KEPT", "_WEBP_PERHAPS", "_REGULAR", "_REPEATED", "_MEDIAN_EFFICIENCY",
    ),
    f"{MAKERS}.enlargement": ("_CLIP", "_LOUDEST"),
    f"{MAKERS}.interlacing": ("_CLEAR", "_USUAL"),
    f"{MAKERS}.mosaic": ("_CLIP", "_LOWEST", "_HIGHEST", "_NEAR"),
    f"{MAKERS}.readout": ("_CLIP",),
    f"{MAKERS}.screens": ("_LONGEST", "_SHORTEST"),
    f"{MAKERS}.tiling": ("_CLIP", "_LOUDEST", "_WORTH", "_SKIRT"),
    f"{MAKERS}.wavelets": ("_NOTHING", "_SEEN"),
}  # fmt: skip
"""Scales that evidence depends on."""
JUDGED: dict[str, tuple[str, ...]] = {
    "forensics.detection.verdict.causes": (
        "NEEDS_CAUSE", "_SURE", "_MOSAIC", "_EXPLAINED", "_DEPARTURE", "_SCREEN_GAIN", "_DOTS",
        "_LUMA_STEPS", "_DITHERED", "_RETURNS", "_NETWORK", "_PAGE", "_REPEATED", "_DOUBLED",
        "_ONE_AXIS", "_OFF_BEAT", "_NEXT_TO", "_SHARED_BEAT", "_BEYOND_BLOCKS",
    ),
    "forensics.detection.verdict.attribution": ("_DITHERED",),
}  # fmt: skip
"""Scales that decide what evidence means."""

Said = tuple[str, tuple[str, ...]]


def main() -> int:
    """Print a line for each scale."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/, diffusion/, real/")
        return 1
    pictures = list(some_pictures(Path(root)))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(measure, pictures, chunksize=4))
    usual = said(found)
    print(f"{len(pictures)} pictures; of these, another verdict / other causes")
    print(f"{'scale':<60}{'value':>9}" + "".join(f"{'x ' + str(factor):>12}" for factor in FACTORS))
    for module, names in MEASURED.items():
        for name in names:
            row = []
            for factor in FACTORS:
                with ProcessPoolExecutor(
                    os.cpu_count(), initializer=partial(scale, module, name, factor)
                ) as pool:
                    row.append(changed(usual, said(list(pool.map(measure, pictures, chunksize=4)))))
            tell(module, name, row)
    for module, names in JUDGED.items():
        for name in names:
            before, row = getattr(import_module(module), name), []
            for factor in FACTORS:
                scale(module, name, factor)
                row.append(changed(usual, said(found)))
                setattr(import_module(module), name, before)
            tell(module, name, row)
    return 0


def some_pictures(data: Path):
    """Real, generated and made pictures, each by its own random numbers."""
    sets = [paths for _, paths in real_sources(data)]
    for part in ("gan", "diffusion"):
        sets += [sorted(folder.iterdir()) for folder in sorted((data / part).iterdir())]
    for number, paths in enumerate(sets):
        for i, path in enumerate(some(paths, EACH)):
            rng = np.random.default_rng([SEED, number, i])
            image = read_pixels(path)
            yield deliver(image, random_delivery(rng, image.shape)).pixels
            if i == 0 and max(image.shape) <= 1200:
                yield image
    large = photographs(data)
    for kind in CASES:
        yield case(kind, 0, large).image


def scale(module: str, name: str, factor: float) -> None:
    """Set a scale off."""
    home = import_module(module)
    setattr(home, name, getattr(home, name) * factor)


def measure(image: Image) -> Evidence | None:
    """Evidence of one picture; None where it is too small."""
    try:
        return evidence(image, fingerprints=load_library())
    except ForensicsError:
        return None


def said(found: Sequence[Evidence | None]) -> list[Said | None]:
    """Verdict and causes of each."""
    results = [None if one is None else attribution(one) for one in found]
    return [
        None if one is None else (one.verdict, tuple(cause.cause for cause in one.causes))
        for one in results
    ]


def changed(before: Sequence[Said | None], after: Sequence[Said | None]) -> tuple[int, int]:
    """How many have another verdict, how many other causes."""
    pairs = [(a, b) for a, b in zip(before, after, strict=True) if a is not None and b is not None]
    return sum(a[0] != b[0] for a, b in pairs), sum(a[1] != b[1] for a, b in pairs)


def tell(module: str, name: str, row: Sequence[tuple[int, int]]) -> None:
    """One line."""
    value = getattr(import_module(module), name)
    short = f"{module.removeprefix('forensics.')}.{name}"
    cells = "".join(f"{f'{verdicts} / {causes}':>12}" for verdicts, causes in row)
    print(f"{short:<60}{value:>9.3g}{cells}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
