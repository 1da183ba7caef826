"""What the spectra of the real sets show, how often chance passes for a peak, and the time.

CATFORENSICS_DATA=path/to/data python benchmarks/check_spectra.py
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from forensics import find_images, read_pixels
from forensics.detection.spectra import spectrum_findings
from forensics.engine.spectra import AverageSpectra, average_spectra
from forensics.traces.color import CHANNELS
from forensics.traces.phases import PARTS, STATISTICS, phase_statistics
from forensics.traces.spectra.harmonics import harmonic_grid
from forensics.traces.spectra.peaks import ratios_to_noise, spectral_peaks
from forensics.traces.spectra.power import cosine_spectrum, power_spectrum, radial_profile
from forensics.traces.spectra.residual import (
    autocorrelation,
    autocorrelation_peaks,
    residual_spectrum,
)
from forensics.views.results.spectrum import render_peaks, render_peaks_table

SETS = {
    "gan/thiscatdoesnotexist": {2, 8},
    "gan/stylegan2ada-metfaces": {2, 4},
    "gan/biggan-husky": {4},
    "gan/cyclegan-cats": {2, 4},
    "gan/stylegan3-faces": set(),
    "real/afhq": set(),
    "real/cyclegan-inputs": None,
}
"""Periods that must be found; none may be where the set is empty; None is only reported."""
MOST_FALSE = {0.05: 0.075, 0.01: 0.025, 0.001: 0.006}
MOST_SECONDS = 0.15
OFFSETS = {512: (5, 9, 13, 19, 23), 64: (2,)}
"""Bins by which a spectrum of each side is moved: where no grid is comes to multiples of 1/16."""
SIDE, SMALL = 512, 64


def main() -> int:
    """Print every figure; exit 1 where one is not what it should be."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    reached = [known(Path(root), name, wanted) for name, wanted in SETS.items()]
    reached.append(same_sums(Path(root)))
    reached.append(false_peaks(Path(root)))
    reached.append(seconds(Path(root)))
    return 0 if all(reached) else 1


def known(root: Path, name: str, wanted: set[int] | None) -> bool:
    """Spectra of one set: peaks, repeats, harmonic grid, 2 x 2 cells."""
    average = average_spectra(find_images(root / name), on_error="skip")
    findings = spectrum_findings(average)
    print(f"\n{name}: {average.n_images} pictures. {render_peaks(findings.peaks)}.")
    print(render_peaks_table(findings.peaks))
    repeats = autocorrelation_peaks(findings.autocorrelation, count=4)
    said = ", ".join(f"({r.rows}, {r.columns}) {r.value:.3f}" for r in repeats)
    print(f"autocorrelation, most prominent lags from 6 pixels on: {said}")
    print_grid(average)
    print_cells(average)
    found = {round(one.peak.period, 2) for one in findings.peaks if one.found}
    return wanted is None or (found >= wanted if wanted else not found)


def print_grid(average: AverageSpectra) -> None:
    """Harmonics of 8 along both axes."""
    ratios = average.sums.harmonic_grid().ratios
    for axis, line in (("rows", ratios[1:5, 0]), ("columns", ratios[0, 1:5])):
        said = "  ".join(f"{ratio:.3g}" for ratio in line)
        print(f"cross-differences, harmonics 1 to 4 of 8 in {axis:7}: {said}")


def print_cells(average: AverageSpectra) -> None:
    """Contrasts of 2 x 2 cells, absolute, luma and green."""
    phases = average.sums.phase_statistics
    s = STATISTICS.index("absolute")
    for channel in ("luma", "green"):
        c = CHANNELS.index(channel)
        said = ", ".join(
            f"{part} {100 * phases.parts[s, c, p]:+.2f} % (z {phases.z_scores[s, c, p]:+.1f})"
            for p, part in enumerate(PARTS)
        )
        print(f"2 x 2 cells, mean |high-pass| of {channel:5}: {said}")


def same_sums(root: Path) -> bool:
    """Whether sums of 40 pictures are the same bits for several ways of making them."""
    some = list(find_images(root / "gan/thiscatdoesnotexist"))[:40]
    once = average_spectra(some, workers=1).sums
    ways = {
        "2 workers": average_spectra(some, workers=2).sums,
        "4 workers, reversed": average_spectra(some[::-1], workers=4).sums,
        "two halves": average_spectra(some[20:]).sums + average_spectra(some[:20]).sums,
    }
    print()
    for way, sums in ways.items():
        print(f"sums of 40 pictures, 1 worker against {way}: equal {sums == once}")
    return all(sums == once for sums in ways.values())


def false_peaks(root: Path) -> bool:
    """Shares of untested frequencies with a small p-value, of single pictures and of sets."""
    print("\nfrequencies where no grid is, share of p below .05 / .01 / .001")
    afhq = list(residuals(root / "real/afhq", 4))
    photos = list(residuals(root / "real/photos", 1))
    rng = np.random.default_rng(0)
    noise = [residual_spectrum(rng.normal(100, 10, (SIDE, SIDE))).power for _ in range(100)]
    sets = [np.mean(afhq[start : start + 10], axis=0) for start in range(0, len(afhq), 10)]
    small = list(residuals(root / "real/afhq", 2, SMALL))
    kept = True
    for name, spectra in (
        ("white noise", noise),
        ("AFHQ", afhq),
        ("centres of photographs", photos),
        ("means of 10 AFHQ", sets),
        ("AFHQ, 64 x 64 pixels", small),
    ):
        p_values = np.concatenate([untested(power) for power in spectra])
        shares = {level: float(np.mean(p_values < level)) for level in MOST_FALSE}
        said = " / ".join(f"{share:.4f}" for share in shares.values())
        print(f"  {name:23} {len(p_values):6,} frequencies  {said}")
        kept &= all(shares[level] <= most for level, most in MOST_FALSE.items())
    tested = [peak.p_value for power in afhq for peak in spectral_peaks(power)]
    share = np.mean(np.less(tested, 0.01))
    print(f"  tested periods of AFHQ  {len(tested):6,} peaks, below .01: {share:.4f}")
    return kept


def residuals(folder: Path, step: int, size: int = SIDE) -> Iterator[np.ndarray]:
    """Residual spectra of the centres of every so many pictures."""
    for source in list(find_images(folder))[::step]:
        image = read_pixels(source)
        top, left = ((side - size) // 2 for side in image.shape[:2])
        if min(top, left) >= 0:
            yield residual_spectrum(image[top : top + size, left : left + size]).power


def untested(power: np.ndarray) -> np.ndarray:
    """P-values beside the multiples of 1/16, along both axes and both diagonals."""
    places = np.array([(a, 0) for a in (2, 4, 6)])
    p_values = []
    for down, right in ((1, 0), (0, 1), (1, 1), (1, -1)):
        here = places[:, :1] * np.array([[down, right]])
        for offset in OFFSETS[len(power)]:
            moved = np.roll(power, (-offset * down, -offset * right), axis=(0, 1))
            p_values.append(ratios_to_noise(moved, here)[2])
    return np.concatenate(p_values)


def seconds(root: Path) -> bool:
    """Time of every trace on one 512 x 512 picture, warm, one thread."""
    image = read_pixels(next(iter(find_images(root / "gan/thiscatdoesnotexist"))))
    residual, power = residual_spectrum(image).power, power_spectrum(image).power
    work: dict[str, Callable[[], object]] = {
        "power_spectrum": lambda: power_spectrum(image),
        "radial_profile": lambda: radial_profile(power),
        "cosine_spectrum": lambda: cosine_spectrum(image),
        "residual_spectrum": lambda: residual_spectrum(image),
        "spectral_peaks": lambda: spectral_peaks(residual),
        "autocorrelation and its peaks": lambda: autocorrelation_peaks(autocorrelation(residual)),
        "harmonic_grid of 8": lambda: harmonic_grid(image),
        "harmonic_grid of 16": lambda: harmonic_grid(image, period=16),
        "phase_statistics": lambda: phase_statistics(image),
    }
    print("\nmedian of 15 runs on 512 x 512 pixels")
    total = 0.0
    for name, run in work.items():
        took = []
        for _ in range(16):
            start = time.perf_counter()
            run()
            took.append(time.perf_counter() - start)
        median = statistics.median(took[1:])
        total += median
        print(f"  {name:30} {1000 * median:6.1f} ms")
    print(f"  {'all':30} {1000 * total:6.1f} ms (promised {1000 * MOST_SECONDS:.0f})")
    return total <= MOST_SECONDS


if __name__ == "__main__":
    sys.exit(main())
