"""Regions with another history: collages whose place is known, and untouched real pictures.

CATFORENSICS_DATA=path/to/data python benchmarks/check_map.py [collages | untouched]
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from forensics import find_images, read_pixels
from forensics._typing import Image
from forensics.box import Box
from forensics.engine.fingerprints import load_library
from forensics.images.delivery.resize import resized
from forensics.traces.regions.maps import trace_map

SITE = "gan/thiscatdoesnotexist"
SETTING = (
    "afhq", "animegan-inputs", "bsds-film", "car-camera", "cats-cataas", "cats-cdn", "classics",
    "cyclegan-inputs", "exif-cameras",
)  # fmt: skip
"""Sources that the scales of evidence were set on; all others only judge."""
REPEATS, SIDES = 10, (128, 192, 256)
NEAR = 16
LARGEST, HOST = 1024, 640
"""Pixels a side that an untouched picture, and the photograph in a collage, are cut to."""
MOST, MOST_EACH = 500, 40
ALLOWED = 0.01


def main() -> int:
    """Print what is found and placed, row by row; exit 1 if too many real ones have a region."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    parts = sys.argv[1:] or ["collages", "untouched"]
    if "collages" in parts:
        judge_collages(Path(root))
    return judge_untouched(Path(root)) if "untouched" in parts else 0


def judge_collages(root: Path) -> None:
    """Each kind of collage at each size, as found and saved once more."""
    library = load_library()
    print(f"{'what':34}{'side':>5}  {'as found':^24}{'q90':^24}")
    print(f"{'':41}{'found':>12}{'placed':>12}{'found':>12}{'placed':>12}")
    for kind, collage in KINDS.items():
        for side in SIDES:
            rates = []
            for quality in (None, 90):
                rng = np.random.default_rng(side)
                found = placed = 0
                for _ in range(REPEATS):
                    image, box = collage(root, side, rng)
                    image = image if quality is None else saved(image, quality)
                    regions = trace_map(image, fingerprints=library).regions
                    found += any(share(one.box, box, image.shape) > 0.25 for one in regions)
                    placed += any(is_near(one.box, box, image.shape) for one in regions)
                rates += [found / REPEATS, placed / REPEATS]
            print(f"{kind:34}{side:5}  " + "".join(f"{rate:12.2f}" for rate in rates), flush=True)


def cat_in_photograph(root: Path, side: int, rng: np.random.Generator) -> tuple[Image, Box]:
    """Part of a site cat in a real picture."""
    return pasted(real(root, rng), part(drawn(root, SITE, rng), (side, side), rng), rng)


def photograph_in_cat(root: Path, side: int, rng: np.random.Generator) -> tuple[Image, Box]:
    """Part of a real picture in a site cat."""
    return pasted(drawn(root, SITE, rng), part(real(root, rng), (side, side), rng), rng)


def two_histories(root: Path, side: int, rng: np.random.Generator) -> tuple[Image, Box]:
    """Two halves of one photograph without a history, each saved at a quality of its own."""
    while True:
        image = drawn(root, "real/photos", rng)
        if min(image.shape[:2]) >= 4 * side:
            break
    small = resized(image, 2 * side / min(image.shape[:2]))
    whole = part(small, (side, 2 * side), rng)
    first, second = rng.choice(np.arange(50, 96), 2, replace=False)
    while abs(first - second) < 10:
        second = int(rng.integers(50, 96))
    halves = saved(whole, int(first))[:, :side], saved(whole, int(second))[:, side:]
    return np.concatenate(halves, axis=1), Box(0, 0, side, side)


KINDS = {
    "a site cat in a photograph": cat_in_photograph,
    "a photograph in a site cat": photograph_in_cat,
    "two JPEG histories side by side": two_histories,
}


def real(root: Path, rng: np.random.Generator) -> Image:
    """A cat of AFHQ or a photograph, of large ones a part."""
    image = drawn(root, ("real/afhq", "real/photos")[int(rng.integers(2))], rng)
    return part(image, (min(HOST, image.shape[0]), min(HOST, image.shape[1])), rng)


def drawn(root: Path, name: str, rng: np.random.Generator) -> Image:
    """A picture of a source."""
    images = find_images(root / name).images
    return read_pixels(images[int(rng.integers(len(images)))])


def part(image: Image, shape: tuple[int, int], rng: np.random.Generator) -> Image:
    """A part that begins anywhere."""
    top, left = (int(rng.integers(a - b + 1)) for a, b in zip(image.shape[:2], shape, strict=True))
    return image[top : top + shape[0], left : left + shape[1]]


def pasted(host: Image, inset: Image, rng: np.random.Generator) -> tuple[Image, Box]:
    """One picture in another, anywhere."""
    sides = inset.shape[:2]
    top, left = (int(rng.integers(a - b + 1)) for a, b in zip(host.shape[:2], sides, strict=True))
    image = host.copy()
    image[top : top + sides[0], left : left + sides[1]] = inset
    return image, Box(top, left, *sides)


def saved(image: Image, quality: int) -> Image:
    """The picture after a save as JPEG, of colour at half the size, as most programs do it."""
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Pillow.open(file).convert("RGB"))


def share(found: Box, box: Box, shape: tuple[int, ...]) -> float:
    """Overlap of two boxes over what both cover; half a picture may be told by the other half."""
    return max(_share(found, one) for one in either(box, shape))


def _share(one: Box, other: Box) -> float:
    high = min(one.top + one.rows, other.top + other.rows) - max(one.top, other.top)
    wide = min(one.left + one.columns, other.left + other.columns) - max(one.left, other.left)
    both = max(high, 0) * max(wide, 0)
    return both / (one.rows * one.columns + other.rows * other.columns - both)


def is_near(found: Box, box: Box, shape: tuple[int, ...]) -> bool:
    """Whether all four edges are within 16 pixels."""
    return any(
        max(abs(a - b) for a, b in zip(edges(found), edges(one), strict=True)) <= NEAR
        for one in either(box, shape)
    )


def edges(box: Box) -> tuple[int, int, int, int]:
    """First and last rows and columns."""
    return box.top, box.left, box.top + box.rows, box.left + box.columns


def either(box: Box, shape: tuple[int, ...]) -> Iterator[Box]:
    """The box, and the other half where it is the left half of the picture."""
    yield box
    if (box.top, box.left, box.rows) == (0, 0, shape[0]):
        yield Box(0, box.columns, box.rows, shape[1] - box.columns)


def judge_untouched(root: Path) -> int:
    """Real pictures as they are: how many have a region, source by source."""
    library = load_library()
    folders = sorted(path.name for path in (root / "real").iterdir() if path.is_dir())
    images = {name: find_images(root / "real" / name).images for name in folders}
    most = {name: min(len(images[name]), MOST_EACH) for name in folders}
    most["afhq"] += max(0, min(MOST - sum(most.values()), len(images["afhq"]) - most["afhq"]))
    counts: dict[bool, list[int]] = defaultdict(lambda: [0, 0])
    began = time.process_time()
    print(f"\n{'untouched real pictures':28}{'n':>5}{'with a region':>15}")
    for name in folders:
        step = max(1, len(images[name]) // most[name])
        n = with_region = 0
        for source in images[name][::step][: most[name]]:
            image = middle(read_pixels(source))
            regions = trace_map(image, fingerprints=library).regions
            n += 1
            with_region += bool(regions)
            for one in regions:
                said = [(s.layer, round(s.nats), f"{s.p_value:.0e}") for s in one.signs]
                print(f"    {Path(source.name).name[:40]} {image.shape[:2]} {one.box} {said}")
        counts[name in SETTING][0] += with_region
        counts[name in SETTING][1] += n
        mark = " *" if name in SETTING else ""
        print(f"{name + mark:28}{n:5}{with_region:15}", flush=True)
    for is_setting, told in ((True, "set scales (*)"), (False, "only judge")):
        with_region, n = counts[is_setting]
        print(f"{told:28}{n:5}{with_region:15}  {with_region / max(1, n):.3f}")
    total = sum(n for _, n in counts.values())
    every = sum(with_region for with_region, _ in counts.values())
    print(f"{'all':28}{total:5}{every:15}  {every / max(1, total):.3f}")
    print(f"{1000 * (time.process_time() - began) / max(1, total):.0f} ms a picture")
    return 0 if every <= ALLOWED * total else 1


def middle(image: Image) -> Image:
    """The middle of a large picture, cut at multiples of 16, so that its grid stays."""
    top, left = (max(0, side - LARGEST) // 2 // 16 * 16 for side in image.shape[:2])
    return image[top : top + LARGEST, left : left + LARGEST]


if __name__ == "__main__":
    sys.exit(main())
