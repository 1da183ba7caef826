"""Are grid and quality of a JPEG found in its pixels, and nowhere else?

    CATFORENSICS_DATA=path/to/data python benchmarks/check_jpeg.py [--repeat 2]

Never-JPEG pictures: photographs reduced at least three times, which leaves nothing of the
JPEG that they were, the PNGs of generators, scikit-image's, and drawn ones of the kind that
fools a grid detector. The photographs, saved at random qualities, cropped to a random one of
the 64 origins, are the JPEGs. Then what no promise is made for: two saves, and foreign tables
(the shared photographs as found, against their own headers). Without CATFORENSICS_DATA only
scikit-image's pictures and the drawn ones are there.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from forensics import read_image, read_pixels
from forensics.traces.jpeg.grid import JpegTrace, jpeg_grid, jpeg_trace
from forensics.traces.jpeg.quality import jpeg_quality

SIDE = 512
SEED = 20210401
FACTORS = (3.1, 3.7)
"""Not whole: the grid of a picture reduced by 3 is a grid of 8 again, of three blocks each."""
UNPROCESSED = ("brick", "gravel", "camera", "astronaut", "coffee", "cell", "clock")
"""Not rocket, retina and hubble_deep_field, which are JPEGs, and not chelsea, grass, coins,
moon and page: their pixels have a grid at (0, 0), chelsea's of quality 98, grass's of 90."""
GENERATED = ("stylegan2ada-metfaces", "stylegan3-faces", "biggan-husky", "cyclegan-cats")
QUALITIES = (50, 98)
TWICE = ((50, 75), (75, 90), (75, 95), (85, 90), (90, 95), (95, 98), (90, 75), (75, 75))
PROMISED = {"origin": 0.99, "quality": 0.99, "none": 0.98}
PROMISED_SECONDS = {"jpeg_grid": 0.15, "jpeg_quality": 0.05}

Picture = NDArray[np.uint8]
Named = tuple[str, Picture]


def reduced(path: Path, factor: float) -> Iterator[Picture]:
    """Parts of at most 512x512 of a photograph reduced with Lanczos."""
    image = Image.fromarray(read_pixels(path))
    small = image.resize(
        (int(image.width / factor), int(image.height / factor)), Image.Resampling.LANCZOS
    )
    pixels = np.asarray(small)
    for row in range(0, max(pixels.shape[0] - SIDE, 0) + 1, SIDE):
        for column in range(0, max(pixels.shape[1] - SIDE, 0) + 1, SIDE):
            yield pixels[row : row + SIDE, column : column + SIDE]


def photographs(root: Path | None) -> list[Named]:
    """Pictures that never were JPEGs, or of which reducing has left nothing."""
    found: list[Named] = [("scikit-image", getattr(skimage.data, n)()) for n in UNPROCESSED]
    if root:
        real = root / "real"
        for source in ("notashelf", "verhey", "gpriamo"):
            paths = sorted((real / "photos").glob(f"{source}_*"))
            for factor in FACTORS if source != "gpriamo" else FACTORS[:1]:
                found += [(f"{source}, reduced", p) for a in paths for p in reduced(a, factor)]
        paths = sorted((real / "afhq").glob("*"))[::10]
        found += [("afhq, reduced", part) for path in paths for part in reduced(path, FACTORS[0])]
    return found


def drawn(base: Sequence[Picture]) -> Iterator[Named]:
    """What fools a grid detector: repetition, flat areas, few levels, enlargement, patterns."""
    rng = np.random.default_rng(SEED)
    for number, picture in enumerate(base):
        rows, columns = np.indices(picture.shape[:2])
        image = Image.fromarray(picture).convert("RGB")
        part = image.crop((0, 0, 128, 128))
        for name in ("NEAREST", "BILINEAR", "BICUBIC", "LANCZOS"):
            for factor in (2, 4):
                size = (128 * factor, 128 * factor)
                enlarged = part.resize(size, Image.Resampling[name])
                yield f"enlarged x{factor}", np.asarray(enlarged)
        tiny = image.resize((image.width // 4, image.height // 4)).quantize(12).convert("RGB")
        yield (
            "pixel art",
            np.asarray(tiny.resize((4 * tiny.width, 4 * tiny.height), Image.Resampling.NEAREST)),
        )
        yield "1-bit scan", np.asarray(image.convert("1").convert("L"))
        yield "16 colors", np.asarray(image.quantize(16).convert("RGB"))
        yield "8 levels", np.asarray(image) // 32 * 32
        yield "overexposed", as_counts(2.0 * np.asarray(image))
        pixels = np.asarray(image).astype(float)
        wave = 3 * (-1.0) ** (rows + columns)
        yield "generator, period 2", as_counts(pixels + wave[..., np.newaxis])
        cell = rng.normal(0, 3, (8, 8))[rows % 8, columns % 8]
        yield "generator, period 8", as_counts(pixels + cell[..., np.newaxis])
        yield "text", written(rng, cell=None)
        yield "terminal", written(rng, cell=8)
        icons = rng.integers(0, 256, (6, 16, 16), dtype=np.uint8)
        layout = np.repeat(np.repeat(rng.integers(0, 6, (32, 32)), 16, axis=0), 16, axis=1)
        at = np.indices((SIDE, SIDE)) % 16
        yield "icons", icons[layout, at[0], at[1]]
        yield "flat", np.full((300, 300, 3), 20 * number % 256, np.uint8)
        yield "white noise", rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        slope = np.add.outer(np.arange(SIDE) * rng.normal(), np.arange(SIDE) * rng.normal())
        yield "gradient", as_counts(128 + 120 * np.sin(slope / 100))


def written(rng: np.random.Generator, cell: int | None) -> Picture:
    """A page of random letters: set on cells, as in a terminal, or not."""
    page = Image.new("RGB", (SIDE, SIDE), (250, 250, 245))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default()
    for top in range(4, SIDE, 16):
        letters = "".join(map(chr, rng.integers(97, 123, 64)))
        if cell:
            for number, letter in enumerate(letters):
                pen.text((number * cell, top), letter, font=font, fill=(20, 20, 30))
        else:
            pen.text((8, top), letters, font=font, fill=(20, 20, 30))
    return np.asarray(page)


def as_counts(values: NDArray[np.float64]) -> Picture:
    """Rounded and clipped to uint8."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def saved(picture: Picture, quality: int, subsampling: int) -> Picture:
    """Through a JPEG and back: 0 is 4:4:4, 2 is 4:2:0."""
    stream = io.BytesIO()
    options = {} if picture.ndim == 2 else {"subsampling": subsampling}
    Image.fromarray(picture).save(stream, "JPEG", quality=quality, **options)
    return np.asarray(Image.open(stream))


def cropped(picture: Picture, start: NDArray[np.int64]) -> Picture:
    """Without the rows and columns before `start`."""
    return picture[start[0] :, start[1] :]


def origin_after(start: NDArray[np.int64]) -> tuple[int, int]:
    """Where the grid of a picture begins that is cropped by `start`."""
    down, right = (-start % 8).tolist()
    return down, right


def single(pictures: Iterable[Named], repeat: int, qualities: tuple[int, int]) -> list[bool]:
    """One save at random qualities and origins; prints a line, returns (origin, quality) right."""
    rng = np.random.default_rng([SEED, *qualities])
    found, misses = [], []
    for number, (name, picture) in enumerate([*pictures] * repeat):
        quality = int(rng.integers(qualities[0], qualities[1] + 1))
        start = rng.integers(0, 8, 2)
        trace = jpeg_trace(cropped(saved(picture, quality, 2 * (number % 2)), start))
        origin = trace.grid.found and trace.grid.origin == origin_after(start)
        off = abs(trace.quality.quality - quality) if trace.quality else 100
        found.append((origin, off <= 1, off == 0, trace.earlier is not None))
        if not origin or off > 1:
            misses.append(f"    {name} {picture.shape} at q{quality}: {trace.grid}")
    shares = np.mean(found, axis=0)
    print(
        f"q{qualities[0]} to q{qualities[1]:<4} {len(found):6} {shares[0]:9.3%} {shares[1]:10.3%} "
        f"{shares[2]:9.3%} {shares[3]:9.3%}"
    )
    print("\n".join(misses[:5]) if qualities == QUALITIES and misses else "", end="")
    return [bool(shares[0] >= PROMISED["origin"]), bool(shares[1] >= PROMISED["quality"])]


def never(pictures: Iterable[Named]) -> bool:
    """Grids claimed where there was no JPEG; prints a line a source, returns promise kept."""
    total, claimed = Counter[str](), Counter[str]()
    for name, picture in pictures:
        total[name] += 1
        claimed[name] += jpeg_grid(picture).found
    for name, n in total.items():
        print(f"{name:24} {n:6} {claimed[name]:8}")
    none = 1 - claimed.total() / total.total()
    print(f"{'all':24} {total.total():6} {claimed.total():8}   none claimed on {none:.2%}")
    return none >= PROMISED["none"]


def twice(pictures: Sequence[Named]) -> None:
    """Two saves, on one grid or shifted: what is said of the last and of the earlier one."""
    for shift in (False, True):
        for first, last in TWICE:
            rng = np.random.default_rng([SEED, first, last])
            seen = []
            for _, picture in pictures:
                start, between = rng.integers(0, 8, (2, 2))
                between = between if shift else between * 0
                once = cropped(saved(picture, first, 2), between)
                trace = jpeg_trace(cropped(saved(once, last, 2), start))
                seen.append(
                    (
                        trace.grid.found and trace.grid.origin == origin_after(start),
                        *(trace.quality and trace.quality.quality == q for q in (last, first)),
                        trace.earlier is not None,
                        is_right(trace, origin_after(start + between), first),
                    )
                )
            shares = " ".join(f"{share:9.1%}" for share in np.mean(seen, axis=0, dtype=float))
            print(f"{'shifted' if shift else 'aligned'} q{first}, q{last} {len(seen):5} {shares}")


def is_right(trace: JpegTrace, origin: tuple[int, int], quality: int) -> bool:
    """Whether the earlier save has this origin and, within 2, this quality."""
    earlier = trace.earlier
    return earlier is not None and earlier.origin == origin and abs(earlier.quality - quality) <= 2


def as_found(root: Path) -> None:
    """JPEGs as they are, against their headers: foreign tables among them."""
    folders = {"photos": 1, "afhq": 10}
    groups = {
        f"{folder}{', IJG table' if exact else ', foreign table'}": []
        for folder in folders
        for exact in (True, False)
    } | {"the site's, q99": []}
    site = sorted((root / "gan" / "thiscatdoesnotexist").glob("*"))[::6]
    for folder, every in folders.items():
        for path in sorted((root / "real" / folder).glob("*"))[::every]:
            pixels, record = read_image(path)
            if record.jpeg:
                kind = ", IJG table" if record.jpeg.exact else ", foreign table"
                groups[folder + kind].append((jpeg_trace(pixels), record.jpeg))
    for path in site:
        pixels, record = read_image(path)
        groups["the site's, q99"].append((jpeg_trace(pixels), record.jpeg))
    for name, seen in groups.items():
        if not seen:
            continue
        found = [(t, r) for t, r in seen if t.grid.found and t.grid.origin == (0, 0)]
        told = [(t.quality, r) for t, r in found]
        off = [abs(quality.quality - record.quality) for quality, record in told]
        known = [(quality.steps.ravel(), np.array(record.tables[0])) for quality, record in told]
        right = sum(int(((steps == table) & (steps > 0)).sum()) for steps, table in known)
        n_known = sum(int((steps > 0).sum()) for steps, _ in known)
        standard = sum(quality.standard for quality, _ in told)
        print(
            f"{name:24} {len(seen):6} {len(found):6} {standard:9} {median(off or [0]):9.0f} "
            f"{max(off, default=0):7} {right:7} of {n_known}"
        )


def speed(picture: Picture) -> bool:
    """Median seconds of 15 warm calls on 512x512; returns promise kept."""
    picture = np.ascontiguousarray(picture)
    origin = jpeg_grid(picture).origin
    calls: dict[str, Callable[[], object]] = {
        "jpeg_grid": lambda: jpeg_grid(picture),
        "jpeg_quality": lambda: jpeg_quality(picture, origin),
        "jpeg_trace": lambda: jpeg_trace(picture),
    }
    kept = True
    for name, call in calls.items():
        call()
        taken = []
        for _ in range(15):
            begin = time.perf_counter()
            call()
            taken.append(time.perf_counter() - begin)
        allowed = PROMISED_SECONDS.get(name)
        kept &= allowed is None or median(taken) <= allowed
        print(f"{name:14} {median(taken):6.3f} s" + (f"   promised {allowed}" if allowed else ""))
    return kept


def main() -> int:
    """Print the tables; exit 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=2, help="saves of each picture")
    repeat = parser.parse_args().repeat
    folder = os.environ.get("CATFORENSICS_DATA")
    root = Path(folder) if folder else None
    named = photographs(root)

    print(f"one save, random origin, 4:2:0 and 4:4:4\n{'':11} saves    origin  within 1     exact")
    promises = dict(zip(PROMISED, single(named, repeat, QUALITIES), strict=False))
    for band in ((50, 79), (80, 94), (95, 98), (99, 99), (100, 100)):
        single(named, 1, band)
    print("(last column: an earlier save claimed, wrongly)\n\nnever a JPEG, grid claimed")
    large = [picture for _, picture in named if min(picture.shape[:2]) >= 256][::8]
    others = [
        (name, read_pixels(path))
        for name in GENERATED * bool(root)
        for path in sorted((root / "gan" / name).glob("*.png"))
    ]
    promises["none"] = never([*named, *others])
    promises["none"] &= never(drawn(large))

    print(f"\ntwo saves{'':14} last grid  last q    first q  earlier    right")
    twice(named[:: max(len(named) // 40, 1)])
    if root:
        print(f"\nas found{'':22}   at 0 0  standard  median q  max q  steps right")
        as_found(root)
    print()
    promises["speed"] = speed(saved(skimage.data.astronaut(), 85, 2)[:SIDE, :SIDE])
    broken = [name for name, kept in promises.items() if not kept]
    print(f"broken: {', '.join(broken)}" if broken else "every promise is kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
