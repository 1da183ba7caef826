"""From a thousand pictures to fifty thousand: rate and memory of what is done to each.

    CATFORENSICS_DATA=path/to/data python benchmarks/bench_scale.py [--sizes 1000 10000 50000]
        [--names blend features ...] [--write]

The 420 shared site pictures are repeated under new names (hard links in a temporary folder).
Every figure is of processes of its own: commands whole, with all that they write, without their
start-up, which is the time of the same command on two pictures (with Dask it starts the workers);
scripts once they have imported what they need. Peak memory is what the system counted for the
process or the largest of its workers, figures included. Bare decoding (simplejpeg in as
many threads as there are cores, pixels thrown away) is timed before and after every other run,
and "over bare" is the rate over the mean of these two: a machine that slows down slows down
both.
--write keeps the figures in docs/scale.json, where those of sizes and names that are not run
again stay, puts the table of all into docs/scale.md and draws docs/figures/scale.png.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from written import DOCS, write_between

SIZES = (1_000, 10_000, 50_000)
PEERS_MOST = 10_000
GROWTH = 1.05
DASK_AT_LEAST = 0.85


# What is timed, each in a process of its own


def bare(folder: Path) -> None:
    """Decode every file and keep nothing."""
    import simplejpeg

    from forensics.engine.run import RunOptions

    def shape(path: Path) -> tuple[int, ...]:
        return simplejpeg.decode_jpeg(path.read_bytes()).shape

    with ThreadPoolExecutor(RunOptions().n_workers) as pool:
        for _ in pool.map(shape, sorted(folder.iterdir())):
            pass


def blend(folder: Path) -> None:
    """The command, all its files written."""
    _command("blend", folder, "results")


def blend_on_dask(folder: Path) -> None:
    """The same on as many Dask workers as there are cores."""
    _command("blend", folder, "results", "--scheduler", "local")


def features(folder: Path) -> None:
    """The command, its table written."""
    _command("features", folder, "table.csv")


def _command(name: str, folder: Path, output: str, *options: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "forensics", name, str(folder), "-q", *options]
        result = ["-o", f"{place}/{output}"]
        subprocess.run([*command, *result], check=True, stdout=subprocess.DEVNULL)


def naive(folder: Path) -> None:
    """What a first script does, its sum running so that it fits into memory."""
    import numpy as np
    from PIL import Image

    paths = sorted(folder.iterdir())
    total = 0.0
    for path in paths:
        total = total + np.asarray(Image.open(path)).astype(float)
    _ = total / len(paths)


def bag(folder: Path) -> None:
    """A Dask bag of Pillow calls, in as many processes as there are cores."""
    import dask.bag

    paths = dask.bag.from_sequence(sorted(map(str, folder.iterdir())), partition_size=64)
    paths.map(_pillow).fold(_added, initial=0.0).compute(
        scheduler="processes", num_workers=os.cpu_count()
    )


def _pillow(path: str) -> object:
    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(path)).astype(float)


def _added(a: object, b: object) -> object:
    return a + b


RUNS: dict[str, Callable[[Path], None]] = {
    "bare decoding": bare,
    "blend": blend,
    "blend, Dask workers": blend_on_dask,
    "features": features,
    "naive script": naive,
    "Dask bag of Pillow": bag,
}
COMMANDS = ("blend", "blend, Dask workers", "features")
PEERS = ("naive script", "Dask bag of Pillow")


# How it is timed


@dataclass
class Timing:
    """One run: pictures, seconds, MB (10**6 bytes), and its rate over that of bare decoding."""

    name: str
    n: int
    seconds: float
    memory: float
    over_bare: float = 1.0

    @property
    def rate(self) -> float:
        """Pictures in a second."""
        return self.n / self.seconds


def timed(name: str, folder: Path, n: int) -> Timing:
    """Run it in a process of its own."""
    command = [sys.executable, __file__, "--run", name, str(folder)]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return Timing(name, n, told["seconds"], told["memory"])


def beside_bare(name: str, folder: Path, n: int) -> Timing:
    """The same, between two runs of the bare decoder."""
    few = few_of(folder, n)
    with repeated(few, min(n, 2_000)) as short:
        before = timed("bare decoding", short, min(n, 2_000))
        timing = timed(name, folder, n)
        after = timed("bare decoding", short, min(n, 2_000))
    timing.over_bare = timing.rate / ((before.rate + after.rate) / 2)
    return timing


def few_of(folder: Path, n: int) -> list[Path]:
    """Some files of the folder."""
    return [folder / f"{number:06}.jpg" for number in range(min(n, 420))]


@contextmanager
def repeated(files: list[Path], n: int) -> Iterator[Path]:
    """Yield a folder with `n` files, the given ones again and again."""
    # On the disk of the files if they may be linked there, else of copies.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(n):
            target = folder / f"{number:06}.jpg"
            if number < len(files):
                target.write_bytes(files[number].read_bytes())
            else:
                os.link(folder / f"{number % len(files):06}.jpg", target)
        yield folder


def run(name: str, folder: Path) -> None:
    """Be the process that is timed, once all is imported, or without the command's start-up."""
    start_up = 0.0
    if name != "Dask bag of Pillow":
        with repeated(few_of(folder, 2), 2) as few:
            start_up = _seconds(name, few)
    seconds = _seconds(name, folder) - (start_up if name in COMMANDS else 0)
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    memory = peak * (1 if sys.platform == "darwin" else 1024) / 1e6
    print(json.dumps({"seconds": seconds, "memory": memory}))


def _seconds(name: str, folder: Path) -> float:
    begin = time.perf_counter()
    RUNS[name](folder)
    return time.perf_counter() - begin


# What is said about it


def table(timings: list[Timing]) -> str:
    """All of them, in Markdown."""
    head = "| run | pictures | seconds | pictures a second | over bare | peak memory, MB |"
    rows = [
        f"| {one.name} | {one.n:,} | {one.seconds:,.1f} | {one.rate:,.0f} | {one.over_bare:.2f} "
        f"| {one.memory:,.0f} |"
        for one in timings
    ]
    return "\n".join([head, "|---|---:|---:|---:|---:|---:|", *rows])


def verdicts(timings: list[Timing]) -> Iterator[tuple[str, bool]]:
    """What was promised, and whether it is kept."""
    by_name = {name: [one for one in timings if one.name == name] for name in RUNS}
    for name in ("blend", "features"):
        if not by_name[name]:
            continue
        few, many = by_name[name][0], by_name[name][-1]
        rate = many.over_bare / few.over_bare
        memory = many.memory / few.memory
        said = f"{name}, {many.n:,} over {few.n:,}"
        yield f"{said}: rate (over bare) x {rate:.2f}", rate > 1 / GROWTH
        yield f"{said}: memory x {memory:.2f}", memory < GROWTH
    for here, there in zip(by_name["blend"], by_name["blend, Dask workers"], strict=False):
        ratio = there.over_bare / here.over_bare
        said = f"Dask workers over threads, {here.n:,} pictures: x {ratio:.2f}"
        # Of a thousand, the batches of 64 are too few to be even.
        yield said, here.n < PEERS_MOST or ratio >= DASK_AT_LEAST


def draw(timings: list[Timing], path: Path) -> None:
    """Rates and memory over the number of pictures."""
    import matplotlib.pyplot as plt

    figure, (rates, memories) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name in RUNS:
        of = [one for one in timings if one.name == name]
        numbers = [one.n for one in of]
        rates.plot(numbers, [one.rate for one in of], "o-", label=name)
        memories.plot(numbers, [one.memory for one in of], "o-")
    rates.set(ylabel="pictures a second", yscale="log")
    memories.set(ylabel="peak memory, MB", ylim=(0, None))
    for axes in (rates, memories):
        axes.set(xlabel="pictures", xscale="log")
        axes.grid(visible=True, alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=120)


def with_earlier(timings: list[Timing], path: Path) -> list[Timing]:
    """Add the timings of earlier runs that were not made again, and keep all of them."""
    now = {(one.name, one.n): one for one in timings}
    earlier = json.loads(path.read_text()) if path.exists() else []
    merged = {(facts["name"], facts["n"]): Timing(**facts) for facts in earlier} | now
    path.write_text(json.dumps([asdict(one) for one in merged.values()], indent=1) + "\n")
    return [*merged.values()]


def main() -> int:
    """Print the table and what was promised; exit 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--names", nargs="+", default=[*RUNS], choices=[*RUNS])
    parser.add_argument("--write", action="store_true", help="Put it into the docs.")
    told = parser.parse_args()
    if told.run:
        run(told.run[0], Path(told.run[1]))
        return 0
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    files = sorted((Path(root) / "gan/thiscatdoesnotexist").glob("*.jpg"))
    timings = []
    for n in told.sizes:
        with repeated(files, n) as folder:
            for name in told.names:
                if name in PEERS and n > PEERS_MOST:
                    continue
                timings.append(beside_bare(name, folder, n))
                print(table(timings[-1:]).splitlines()[-1], flush=True)
    kept_in = DOCS / "scale.json"
    if told.write:
        timings = with_earlier(timings, kept_in)
    timings.sort(key=lambda one: ([*RUNS].index(one.name), one.n))
    text = table(timings)
    print(f"\n{text}\n")
    kept = True
    for said, good in verdicts(timings):
        print(f"{said}{'' if good else '  NOT AS PROMISED'}")
        kept &= good
    if told.write:
        write_between("table", text)
        draw(timings, DOCS / "figures" / "scale.png")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
