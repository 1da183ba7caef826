"""Speed of `catforensics blend` against the bare decoder and what people use otherwise.

    CATFORENSICS_DATA=path/to/data python benchmarks/bench_blend.py [--rounds 5]
        [--sets baseline progressive png] [--write]

Everything is a process of its own, as people run it, on the same files: 840 baseline JPEGs, 420
progressive ones, and 300 PNGs that are made of both. Start-up is taken out: the time of the same
process on two of the files. In a round all contestants run one after another. "bare" is the
decoder in as many threads as there are cores (simplejpeg, or Pillow for PNGs), files read, arrays
thrown away. Ratios of processor time, which others on the machine disturb least, are taken within
a round, and their median is judged; those of wall time are of the quickest round of each, and say
something only of a machine that has nothing else to do. --write puts the tables into docs/scale.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from written import Table, write_between

PROMISED = {"baseline": 0.80, "progressive": 0.92, "png": 0.92}
"""Bare decoding time over that of the command, per kind of file."""
NAIVE_AT_LEAST = 4.0
N_PNGS = 300
OURS, BARE, NAIVE = "catforensics blend", "bare decoding", "naive np.mean"


# What is timed, each in a process of its own


def in_threads(decode: Callable[[Path], object], files: list[Path]) -> None:
    """Decode every file and keep nothing."""
    from forensics.engine.run import RunOptions

    with ThreadPoolExecutor(RunOptions().n_workers) as pool:
        for _ in pool.map(lambda path: decode(path) is None, files):
            pass


def bare(files: list[Path]) -> None:
    """The decoder that blend uses, alone."""
    import numpy as np
    import simplejpeg
    from PIL import Image

    if files[0].suffix == ".png":
        in_threads(lambda path: np.asarray(Image.open(path)), files)
    else:
        in_threads(lambda path: simplejpeg.decode_jpeg(path.read_bytes()), files)


def imagecodecs(files: list[Path]) -> None:
    """PNGs by libpng and zlib-ng, in as many threads."""
    import imagecodecs

    in_threads(lambda path: imagecodecs.png_decode(path.read_bytes()), files)


def naive(files: list[Path]) -> None:
    """What a first script does."""
    import numpy as np
    from PIL import Image

    np.mean(np.array([np.asarray(Image.open(path)) for path in files]), axis=0)


def opencv(files: list[Path]) -> None:
    """OpenCV's accumulator, one thread as in its tutorials."""
    import cv2
    import numpy as np

    total = np.zeros(cv2.imread(str(files[0])).shape)
    for path in files:
        cv2.accumulate(cv2.imread(str(path)), total)


def pyvips(files: list[Path]) -> None:
    """The sum of all in one pipeline of libvips, in its own threads."""
    import pyvips

    images = [pyvips.Image.new_from_file(str(path), access="sequential") for path in files]
    pyvips.Image.sum(images).write_to_memory()


def imagemagick(files: list[Path]) -> None:
    """ImageMagick's mean of a sequence, everything in memory at once."""
    command = ["convert", *map(str, files), "-evaluate-sequence", "mean", "null:"]
    subprocess.run(command, check=True, capture_output=True)


SCRIPTS = {
    BARE: bare,
    "imagecodecs decoding": imagecodecs,
    NAIVE: naive,
    "OpenCV accumulate": opencv,
    "pyvips sum": pyvips,
    "ImageMagick": imagemagick,
}


def commands(folder: Path, place: Path) -> dict[str, list[str]]:
    """Command lines of all that is installed, of a folder; says what is not."""
    blend = [sys.executable, "-m", "forensics", "blend", str(folder), "-q"]
    written = ["-o", str(place / "blend"), "--force"]
    script = [sys.executable, __file__, "--run"]
    found = {
        BARE: [*script, BARE, str(folder)],
        OURS: [*blend, *written],
        f"{OURS} --json": [*blend, "--json"],
        f"{OURS} --spread": [*blend, *written, "--spread"],
    }
    is_png = next(folder.iterdir()).suffix == ".png"
    needed = {"OpenCV accumulate": "cv2", "pyvips sum": "pyvips", NAIVE: "numpy"}
    needed |= {"imagecodecs decoding": "imagecodecs"} if is_png else {}
    missing = [] if _is_imagemagick() else ["ImageMagick"]
    found |= {} if missing else {"ImageMagick": [*script, "ImageMagick", str(folder)]}
    for name, module in needed.items():
        if importlib.util.find_spec(module):
            found[name] = [*script, name, str(folder)]
        else:
            missing.append(name)
    if missing:
        print(f"not found here: {', '.join(missing)}")
    return found


def _is_imagemagick() -> bool:
    if shutil.which("convert") is None:
        return False
    said = subprocess.run(["convert", "-version"], capture_output=True, text=True, check=False)
    return said.stdout.startswith("Version: ImageMagick")


# How it is timed


class Seconds(NamedTuple):
    """Of the wall, and of the processor."""

    wall: float
    processor: float


class Taken(NamedTuple):
    """What a contestant took, in each round."""

    starts: list[Seconds]
    wholes: list[Seconds]

    @property
    def wall(self) -> float:
        """Of the quickest start-up and the quickest run."""
        return min(one.wall for one in self.wholes) - min(one.wall for one in self.starts)

    @property
    def processor(self) -> list[float]:
        """Of each round, without start-up."""
        return [
            whole.processor - start.processor
            for start, whole in zip(self.starts, self.wholes, strict=True)
        ]

    def over(self, other: Taken) -> list[float]:
        """Ratios of processor time, one a round."""
        return [a / b for a, b in zip(self.processor, other.processor, strict=True)]


def timed(command: list[str]) -> Seconds:
    """Time of a whole process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Seconds(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)


def measure(folder: Path, few: Path, place: Path, rounds: int) -> dict[str, Taken]:
    """Time of each contestant and of its start-up, one a round."""
    running, starting = commands(folder, place), commands(few, place)
    taken = {name: Taken([], []) for name in running}
    timed(running[BARE])  # the files are read from the disk once
    for _ in range(rounds):
        for name, command in running.items():
            taken[name].starts.append(timed(starting[name]))
            taken[name].wholes.append(timed(command))
    return taken


@contextmanager
def folders(kind: str, root: Path) -> Iterator[tuple[Path, Path, Path]]:
    """Yield a folder of the files, one of two of them, and one for results."""
    baseline = sorted((root / "real/afhq").glob("*.jpg"))
    progressive = sorted((root / "gan/thiscatdoesnotexist").glob("*.jpg"))
    with tempfile.TemporaryDirectory() as name:
        every, few, place = (Path(name) / one for one in ("every", "few", "place"))
        for folder in (every, few, place):
            folder.mkdir()
        if kind == "png":
            from PIL import Image

            half = N_PNGS // 2
            for number, path in enumerate((*baseline[:half], *progressive[:half])):
                with Image.open(path) as picture:
                    picture.save(every / f"{number:03}.png")
        else:
            for path in baseline if kind == "baseline" else progressive:
                shutil.copy(path, every)
        for path in sorted(every.iterdir())[:2]:
            shutil.copy(path, few)
        yield every, few, place


def show(kind: str, n: int, taken: dict[str, Taken]) -> tuple[str, bool]:
    """Print the table of one kind of file; its text, and whether what was promised is kept."""
    bare = taken[BARE]
    print(f"\n{n} {kind} files, {len(bare.wholes)} rounds")
    table = Table(
        f"{n} {kind} files", "bare over it, processor", "least to most", "bare over it, wall",
        "pictures a second",
    )  # fmt: skip
    for name, one in taken.items():
        ratios = bare.over(one)
        table.add(
            name,
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f} to {max(ratios):.2f}",
            f"{bare.wall / one.wall:.2f}",
            f"{n / one.wall:,.0f}",
        )
    # Without figures: seconds of them, taken off, would drown what is asked for.
    judged = taken[f"{OURS} --json"]
    ratio = statistics.median(bare.over(judged))
    naive_over = taken[NAIVE].wall / judged.wall
    print(
        f"promised {PROMISED[kind]:.2f} of bare: {ratio:.2f}; "
        f"{NAIVE_AT_LEAST} times the naive script: {naive_over:.1f}"
    )
    return table.text, ratio >= PROMISED[kind] and naive_over >= NAIVE_AT_LEAST


def main() -> int:
    """Print one table a set; exit 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sets", nargs="+", default=[*PROMISED], choices=[*PROMISED])
    parser.add_argument("--write", action="store_true", help="Put the tables into the docs.")
    told = parser.parse_args()
    if told.run:
        SCRIPTS[told.run[0]](sorted(Path(told.run[1]).iterdir()))
        return 0
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    texts, kept = [], True
    for kind in told.sets:
        with folders(kind, Path(root)) as (every, few, place):
            taken = measure(every, few, place, told.rounds)
            text, good = show(kind, len(list(every.iterdir())), taken)
        texts.append(text)
        kept &= good
    if told.write:
        write_between("blend", "\n\n".join(texts))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
