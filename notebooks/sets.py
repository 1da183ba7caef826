"""The pictures of the notebooks: scikit-image's own, and real sets where they are.

Set CATFORENSICS_DATA to a folder laid out as data/README.md says, and the notebooks take the
site of the thread and AFHQ; without it, views of the photographs in scikit-image's wheel, half
of them put through the last layer of a generator.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import skimage.data

import forensics as cf

DATA = Path(os.environ["CATFORENSICS_DATA"]) if "CATFORENSICS_DATA" in os.environ else None
if DATA:
    print("with the real sets")
_FOLDER = tempfile.TemporaryDirectory(prefix="catforensics-")
SCRATCH = Path(_FOLDER.name)
"""What the notebooks write goes here, never beside your pictures, and goes when they end."""

PHOTOGRAPHS = (
    "astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel",
    "hubble_deep_field", "moon", "retina", "rocket", "stereo_motorcycle",
)  # fmt: skip


def photograph(name: str) -> np.ndarray:
    """One of scikit-image's photographs, (M, N, 3), uint8."""
    found = getattr(skimage.data, name)()
    pixels = found[0] if isinstance(found, tuple) else found
    return np.repeat(pixels[:, :, np.newaxis], 3, axis=2) if pixels.ndim == 2 else pixels[:, :, :3]


def patches(side: int, *, most: int = 16) -> list[np.ndarray]:
    """Patches of all photographs that do not overlap, at most so many of each."""
    found = []
    for name in PHOTOGRAPHS:
        pixels = photograph(name)
        rows, columns = (n // side for n in pixels.shape[:2])
        cut = [
            pixels[i * side : (i + 1) * side, j * side : (j + 1) * side]
            for i in range(rows)
            for j in range(columns)
        ]
        # Without an even sky or a black border, in which nothing can be seen.
        lively = [patch for patch in cut if patch.std() > 12]
        found += lively[:: max(1, len(lively) // most)][:most]
    return found


def views(names: Iterable[str], n: int, side: int, rng: np.random.Generator) -> list[np.ndarray]:
    """So many squares out of these photographs, at random places, sizes and ways round."""
    photographs, found = [photograph(name) for name in names], []
    while len(found) < n:
        whole = photographs[len(found) % len(photographs)]
        large = int(side * rng.uniform(1.0, min(2.0, min(whole.shape[:2]) / side)))
        top, left = (rng.integers(0, length - large + 1) for length in whole.shape[:2])
        square = cf.images.resized(whole[top : top + large, left : left + large], (side, side))
        square = np.rot90(square, rng.integers(4))
        if square.std() > 12:
            found.append(square)
    return found


def two_sets(n: int, *, test: bool, side: int = 192) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """So many generated and so many real pictures, to train with or to test on.

    The site and AFHQ where they are. Else views of scikit-image's photographs, the first half of
    them put through the last layer of one generator; no photograph is on both sides.
    """
    if DATA:
        start, folders = (300 if test else 0), ("gan/thiscatdoesnotexist", "real/afhq")
        found = [cf.find_images(DATA / folder)[start : start + n] for folder in folders]
        gan, real = ([cf.read_pixels(image) for image in each] for each in found)
        return gan, real
    rng = np.random.default_rng(7 + test)
    names = PHOTOGRAPHS[9:] if test else PHOTOGRAPHS[:9]
    pile = views(names, 2 * n, side, rng)
    layer = cf.images.simulated(pile[0], "transposed-3", rng=np.random.default_rng(5)).layer
    made = [cf.images.simulated(view, layer, strength=4.0, rng=rng).pixels for view in pile[:n]]
    return made, pile[n:]


LAYERS = ("transposed-3", "transposed-4", "zero-insertion", "pixel-shuffle")
KNOWN_GAN = ("biggan-husky", "cyclegan-cats", "pix2pix-facades", "pix2pix-day2night")
KNOWN_REAL = ("afhq", "bsds-film", "cats-cdn", "imagenet", "products", "pix2pix-real")


def sources(side: int = 200) -> dict[str, dict[str, list[np.ndarray]]]:
    """Generated and real pictures to train with, by their sources, a few of each.

    Four generators and six collections of photographs where they are, cut to size. Else views of
    scikit-image's photographs: each photograph is a source of real pictures, and each of four
    last layers, with views of all of them, one of generated pictures.
    """
    if DATA:
        return {
            part: {name: squares(DATA / part / name, most, side) for name in names}
            for part, names, most in (("gan", KNOWN_GAN, 7), ("real", KNOWN_REAL, 5))
        }
    rng = np.random.default_rng(3)
    names = PHOTOGRAPHS[:9]
    real = {name: views((name,), 3, side, rng) for name in names}
    gan = {}
    for number, kind in enumerate(LAYERS):
        pile = views(names, 7, side, rng)
        layer = cf.images.simulated(pile[0], kind, rng=np.random.default_rng(number)).layer
        gan[kind] = [
            cf.images.simulated(view, layer, strength=4.0, rng=rng).pixels for view in pile
        ]
    return {"gan": gan, "real": real}


def squares(folder: Path, most: int, side: int) -> list[np.ndarray]:
    """The middle of pictures of a folder, of those that are large enough."""
    pictures = [cf.read_pixels(image) for image in cf.find_images(folder)[: 2 * most]]
    large = [pixels for pixels in pictures if min(pixels.shape[:2]) >= side]
    return [cf.images.crop_center(pixels, (side, side)) for pixels in large[:most]]


def saved(
    pictures: Iterable[np.ndarray], name: str, *steps: cf.images.Jpeg | cf.images.Png
) -> Path:
    """Write pictures into a folder of their own, delivered in some steps; PNG unless told."""
    folder = SCRATCH / name
    folder.mkdir(parents=True)
    for number, pixels in enumerate(pictures):
        delivered = cf.deliver(pixels, steps or (cf.images.Png(),))
        (folder / f"{number:03}.{delivered.container.lower()}").write_bytes(delivered.data)
    return folder
