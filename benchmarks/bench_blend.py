"""Speed of `blend` against the bare decoder and what people use otherwise.

    CATFORENSICS_DATA=path/to/data python benchmarks/bench_blend.py [--rounds 5]

Every round runs all contestants one after another on the same files, and a ratio is
taken within its round, so that a machine that slows down slows all of them down.
"bare" is simplejpeg in as many threads as there are cores, files read, pixels thrown away.
"""

from __future__ import annotations

import argparse
import importlib.util
import operator
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image

from forensics import blend, find_images
from forensics.engine.run import RunOptions
from forensics.images.sources.find import FoundImages

SETS = {"gan/thiscatdoesnotexist": 0.85, "real/afhq": 0.60}
NAIVE_AT_LEAST = 2.0


def bare(files: list[Path]) -> None:
    """Decode every file and keep nothing."""
    with ThreadPoolExecutor(RunOptions().n_workers) as pool:
        for _ in pool.map(lambda path: simplejpeg.decode_jpeg(path.read_bytes()).shape, files):
            pass


@cache
def found(files: tuple[Path, ...]) -> FoundImages:
    """The files as sources; the others are given their list of files, too."""
    return find_images(files)


def ours(files: list[Path]) -> None:
    """Blend, with its mean."""
    _ = blend(found(tuple(files))).mean


def naive(files: list[Path]) -> None:
    """What a first script does."""
    stack = np.array([np.asarray(Image.open(path)) for path in files])
    _ = np.mean(stack, axis=0), np.std(stack[:, ::64], axis=0)  # the whole std needs 5 GB


def opencv(files: list[Path]) -> None:
    """OpenCV's accumulators, one thread as in its tutorials."""
    import cv2

    first = cv2.imread(str(files[0]))
    sums, squares = np.zeros(first.shape), np.zeros(first.shape)
    for path in files:
        image = cv2.imread(str(path))
        cv2.accumulate(image, sums)
        cv2.accumulateSquare(image, squares)


def imagemagick(files: list[Path]) -> None:
    """ImageMagick's mean of a sequence: mean only, and everything in memory at once."""
    command = ["convert", *map(str, files), "-evaluate-sequence", "mean", "null:"]
    subprocess.run(command, check=True, capture_output=True)


def contestants() -> dict[str, Callable[[list[Path]], None]]:
    """Those that are installed, `bare` first."""
    found: dict[str, Callable[[list[Path]], None]] = {
        "bare": bare,
        "catforensics": ours,
        "naive np.mean": naive,
    }
    if importlib.util.find_spec("cv2"):
        found["OpenCV accumulate"] = opencv
    if _is_imagemagick():
        found["ImageMagick"] = imagemagick
    return found


def _is_imagemagick() -> bool:
    if shutil.which("convert") is None:
        return False
    said = subprocess.run(["convert", "-version"], capture_output=True, text=True, check=False)
    return "ImageMagick" in said.stdout


def main() -> int:
    """Print one table a set; exit 1 where the promise of the design is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    kept = True
    for name, promised in SETS.items():
        files = sorted((Path(root) / name).glob("*.jpg"))
        rates = measure(files, rounds)
        print(f"\n{name}: {len(files)} pictures, {RunOptions().n_workers} threads, {rounds} rounds")
        print(f"{'':20} {'pictures/s':>10}  rate over bare: median (min to max)")
        for contestant, measured in rates.items():
            if not measured:
                print(f"{contestant:20} gave up: more pictures than its limits allow")
                continue
            over_bare = list(map(operator.truediv, measured, rates["bare"]))
            spread = f"{min(over_bare):.2f} to {max(over_bare):.2f}"
            print(
                f"{contestant:20} {statistics.median(measured):10.0f}  "
                f"{statistics.median(over_bare):.2f} ({spread})"
            )
        ratio, over_naive = (
            statistics.median(map(operator.truediv, rates["catforensics"], rates[other]))
            for other in ("bare", "naive np.mean")
        )
        print(f"promised {promised:.2f} of bare: {ratio:.2f}; 2.0 of naive: {over_naive:.1f}")
        kept &= ratio >= promised and over_naive >= NAIVE_AT_LEAST
    return 0 if kept else 1


def measure(files: list[Path], rounds: int) -> dict[str, list[float]]:
    """Pictures a second of each contestant, one number a round; a first round is not counted."""
    running = contestants()
    rates: dict[str, list[float]] = {name: [] for name in running}
    for number in range(rounds + 1):
        for name, run in tuple(running.items()):
            start = time.perf_counter()
            try:
                run(files)
            except subprocess.CalledProcessError:
                del running[name]
                continue
            if number:
                rates[name].append(len(files) / (time.perf_counter() - start))
    return rates


if __name__ == "__main__":
    sys.exit(main())
