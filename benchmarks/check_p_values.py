"""Are the p-values of `period_test` what they say, where there is no period?

    CATFORENSICS_DATA=path/to/data python benchmarks/check_p_values.py [--images 1000]

White noise, 1/f noise, scikit-image's least processed pictures and, where CATFORENSICS_DATA is
set, phone photographs reduced until nothing of their JPEG grid is left. A share of 1.00
means: as many p-values under .05 (.01, .001) as there should be by chance; above 1.30 is
a broken promise. It says nothing about the photographs it has not seen.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from forensics import line_profiles, period_test, read_pixels
from forensics.traces.periods import PERIODS
from forensics.traces.profiles import KINDS

SIDE, STRIDE = 512, 300
SEED = 20210401
LEVELS = (0.05, 0.01, 0.001)
ALLOWED = 1.3
ENOUGH = 5
"""Tests that have to be expected under a level before its share is judged."""

FACTORS = (2.62, 2.72, 2.79, 2.88)
"""Generic: see `assert_generic`. 2.83 would put the grid's third harmonic on 1/16."""
CLEARANCE = 0.012
TESTED = np.array([1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2])
PHOTOGRAPHS = ("notashelf_*.jpg", "verhey_*.jpg")
UNPROCESSED = ("brick", "grass", "gravel", "camera", "astronaut", "chelsea", "coffee")
"""Not rocket, retina and hubble_deep_field: they are JPEGs. Grass and chelsea were JPEGs once, of
quality 90 and 98: too fine to show here."""

Pictures = Callable[[], Iterator[NDArray[np.uint8]]]
"""One piece of work: some pictures of a source."""


def white_noise(number: int) -> Iterator[NDArray[np.uint8]]:
    """Independent pixels."""
    yield as_counts(np.random.default_rng([SEED, 0, number]).normal(128, 30, (SIDE, SIDE)))


def pink_noise(number: int) -> Iterator[NDArray[np.uint8]]:
    """Amplitude 1/f, as photographs have it; cut out of a larger one, which is periodic."""
    side = SIDE * 5 // 4
    spectrum = np.fft.rfft2(np.random.default_rng([SEED, 1, number]).normal(size=(side, side)))
    radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    radius[0, 0] = np.inf
    noise = np.fft.irfft2(spectrum / radius)[:SIDE, :SIDE]
    yield as_counts(128 + 40 * (noise - noise.mean()) / noise.std())


def as_counts(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Rounded and clipped to uint8."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def unprocessed(name: str) -> Iterator[NDArray[np.uint8]]:
    """One picture of scikit-image, whole."""
    yield getattr(skimage.data, name)()


def reduced(path: Path, factor: float) -> Iterator[NDArray[np.uint8]]:
    """Patches of 512x512 of a photograph reduced by `factor`, exactly, in both directions."""
    assert_generic(factor)
    image = Image.fromarray(read_pixels(path))
    size = (int(image.width / factor), int(image.height / factor))
    box = (0, 0, size[0] * factor, size[1] * factor)
    pixels = np.asarray(image.resize(size, Image.Resampling.LANCZOS, box=box))
    for row in range(0, size[1] - SIDE + 1, STRIDE):
        for column in range(0, size[0] - SIDE + 1, STRIDE):
            yield pixels[row : row + SIDE, column : column + SIDE]


def assert_generic(factor: float) -> None:
    """Refuse a factor that would put a harmonic k / 8 of the JPEG grid on a tested bin."""
    harmonics = np.arange(1, 5) * factor / 8
    folded = np.abs(harmonics - np.rint(harmonics))
    nearest = float(np.abs(folded[:, None] - TESTED).min())
    if nearest < CLEARANCE:
        raise ValueError(f"factor {factor} brings the JPEG grid within {nearest:.4f} of a period")


def sources(n_images: int) -> dict[str, dict[str, list[Pictures]]]:
    """Name to work, by class of source."""
    found: dict[str, dict[str, list[Pictures]]] = {
        "noise": {
            "white noise": [partial(white_noise, i) for i in range(n_images)],
            "1/f noise": [partial(pink_noise, i) for i in range(n_images)],
        },
        "photographs": {"scikit-image": [partial(unprocessed, name) for name in UNPROCESSED]},
    }
    root = os.environ.get("CATFORENSICS_DATA")
    if root:
        folder = Path(root) / "real" / "photos"
        paths = sorted(path for pattern in PHOTOGRAPHS for path in folder.glob(pattern))
        found["photographs"]["phones, reduced"] = [
            partial(reduced, path, factor) for path in paths for factor in FACTORS
        ]
    return found


def tested(work: Pictures) -> list[NDArray[np.float64]]:
    """The p-value and ratio of every test of some pictures: (kind, axis, period, 2) for each."""
    shape = (len(KINDS), 2, len(PERIODS), 2)
    return [
        np.reshape(
            [(t.p_value, t.ratio) for p in line_profiles(image) for t in period_test(p)], shape
        )
        for image in work()
    ]


def shares(p_values: NDArray[np.float64]) -> list[float]:
    """Share under each level, in multiples of the level."""
    return [float((p_values < level).mean() / level) for level in LEVELS]


def line(source: str, kind: str, results: NDArray[np.float64]) -> str:
    """One row of the table, of results (..., period, 2)."""
    p_values, ratios = results[..., 0], results[..., 1]
    by_period = (p_values.reshape(-1, len(PERIODS)) < 0.01).mean(axis=0) / 0.01
    return (
        f"{source:16} {kind:7} {p_values.size:6}  "
        + " ".join(f"{share:5.2f}" for share in shares(p_values))
        + "  |"
        + " ".join(f"{share:5.2f}" for share in by_period)
        + f"  | {ratios.max():6.1f}"
    )


def broken(source: str, p_values: NDArray[np.float64]) -> list[str]:
    """The promises not kept, in words; levels with too few tests are not judged."""
    return [
        f"{source}: {share:.2f} times as many p-values under {level} as allowed by chance"
        for level, share in zip(LEVELS, shares(p_values), strict=True)
        if level * p_values.size >= ENOUGH and share > ALLOWED
    ]


def main() -> int:
    """Print one row for each source and kind of profile; exit 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1000, help="of either noise")
    n_images = parser.parse_args().images
    periods = " ".join(f"{period:5.3g}" for period in PERIODS)
    print("shares under a level over that level; by period at .01; the largest ratio met\n")
    print(
        f"{'source':16} {'profile':7} {'tests':>6}  " + "   .05   .01  .001"[1:] + f"  |{periods}"
    )
    failures: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        for kind_of_source, named in sources(n_images).items():
            pooled = []
            for name, work in named.items():
                results = np.array([one for some in pool.map(tested, work) for one in some])
                for number, kind in enumerate(KINDS):
                    print(line(name, kind, results[:, number]))
                print(line(name, "all", results), flush=True)
                pooled.append(results)
            everything = np.concatenate(pooled)
            print(line(kind_of_source.upper(), "all", everything) + "\n")
            failures += broken(kind_of_source, everything[..., 0])
    print("\n".join(failures) or f"every pooled share is within {ALLOWED} of its level")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
