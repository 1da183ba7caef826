"""Make the shipped library of fingerprints again from the pictures it was made of.

    CATFORENSICS_DATA=path/to/data python data/make_fingerprints.py [NAME ...]

Writes ``forensics/shipped/tile-noise.npz``, the covariance of what real pictures have
every 16 pixels, and ``fingerprint-*.npz``; and prints how good each is by pictures of its own
that are not in it, and how much its score spreads in real pictures of sources left out.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from cases import CASES

from forensics import deliver, find_images, read_pixels
from forensics._typing import Image
from forensics.engine.fingerprint_making import MadeFingerprints, make_fingerprints
from forensics.engine.fingerprints import reference_noise, save_library, save_noise
from forensics.images import random_delivery
from forensics.images.delivery.steps import Jpeg, Resize, Webp
from forensics.traces.fingerprints.decoder import (
    SMALLEST_TILE_SIDE,
    DecoderTile,
    TilePlanes,
    tile_coefficients,
    tile_noise,
    tile_scores,
    tile_vector,
)
from forensics.traces.fingerprints.fingerprint import Fingerprint
from forensics.traces.fingerprints.match import AnyFingerprint, uncut_score

TARGET = Path(__file__).parents[1] / "forensics" / "shipped"
KEPT = Path(__file__).parents[1] / "build" / "real-coefficients.npz"
SEED = 17
MOST_PICTURES = 40
"""Of each real source."""
MOST_SIDE = 1024
FEWEST = 24
"""Deliveries of a source from which its scores count."""
OTHER_MAKERS = ("JPEG 2000 5/3", "JPEG 2000 9/7", "camera")
RESIZED = 0.7
"""Sides of the frame at which its score is taken where it was resized."""


class Source(NamedTuple):
    """What one file of the library is made of."""

    family: str
    folders: tuple[str, ...]
    kinds: tuple[type, ...]
    planes: TilePlanes | None = None


SOURCES = {
    "thiscatdoesnotexist": Source(
        "thiscatdoesnotexist.com (StyleGAN2)",
        ("gan/thiscatdoesnotexist",),
        (Fingerprint, DecoderTile),
        "luma",
    ),
    "stylegan2-faces": Source("StyleGAN2 faces", ("gan/stylegan2ada-ffhq",), (Fingerprint,)),
    "stable-diffusion-1-2": Source(
        "Stable Diffusion 1/2", ("diffusion/sd12vae", "diffusion/sd-negation"), (DecoderTile,)
    ),
    "stable-diffusion-xl": Source("SDXL", ("diffusion/sdxlvae",), (DecoderTile,)),
    "stable-diffusion-3": Source("Stable Diffusion 3", ("diffusion/sd3vae16",), (DecoderTile,)),
    "flux": Source("FLUX", ("diffusion/fluxvae16",), (DecoderTile,)),
    "qwen-wan": Source("Qwen/Wan", ("diffusion/qwenwan",), (DecoderTile,)),
    "stable-cascade": Source("Stable Cascade", ("diffusion/cascade",), (DecoderTile,)),
    # No whole frames of these: their pictures show the same few scenes, and so do real ones.
    "pix2pix-facades": Source("pix2pix", ("gan/pix2pix-facades",), (DecoderTile,)),
    "pix2pix-day2night": Source("pix2pix", ("gan/pix2pix-day2night",), (DecoderTile,)),
    "biggan-deep": Source("BigGAN", ("gan/biggan-husky",), (DecoderTile,)),
    "cyclegan": Source("CycleGAN", ("gan/cyclegan-cats",), (DecoderTile,)),
}


def main() -> int:
    """Make what was named, or all."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    data, wanted = Path(root), set(sys.argv[1:])
    coefficients, names = real_coefficients(data)
    if not wanted or "tile-noise" in wanted:
        save_noise(tile_noise(coefficients, names), TARGET / "tile-noise.npz")
        reference_noise.cache_clear()
        print(f"tile-noise.npz: {len(names)} deliveries of {len(set(names))} sources")
    for name, source in SOURCES.items():
        if not wanted or name in wanted:
            path = TARGET / f"fingerprint-{name}.npz"
            folders = [data / folder for folder in source.folders]
            made = make_fingerprints(
                find_images(folders), name, family=source.family, planes=source.planes
            )
            kept = [
                with_spread(one, data, coefficients, names)
                for one in made.fingerprints
                if isinstance(one, source.kinds)
            ]
            save_library(kept, path)
            tell(path, kept, made)
    return 0


def tell(path: Path, kept: list[AnyFingerprint], made: MadeFingerprints) -> None:
    """One line for each fingerprint."""
    for one, quality in zip(made.fingerprints, made.qualities, strict=True):
        spread = next((same.spread for same in kept if type(same) is type(one)), None)
        what = f"spread {spread:.2f}" if spread else "not shipped"
        how = f", {one.planes}" if isinstance(one, DecoderTile) else ""
        print(
            f"{path.name} ({path.stat().st_size:,} bytes): {quality.kind}{how}, {one.n_images} "
            f"pictures, {what}; left out, {quality.matched:.2f} of {quality.n_judged} match, z "
            f"{quality.least:.1f} at least, {quality.median:.1f} median, {quality.with_twice:.1f} "
            f"with twice as many; others at most {quality.largest_other:.1f}",
            flush=True,
        )


def real_sources(data: Path) -> Iterator[tuple[str, list[Path]]]:
    """Folders of real pictures; the three kinds of household photographs are sources apart."""
    for folder in sorted((data / "real").iterdir()):
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() != ".txt")
        if folder.name != "photos":
            yield folder.name, paths
            continue
        for kind, _ in sorted(Counter(path.name.split("_")[0] for path in paths).items()):
            yield f"photos, {kind}", [path for path in paths if path.name.startswith(kind)]


def real_pictures(data: Path) -> Iterator[tuple[str, Image, np.random.Generator]]:
    """Some pictures of every source, their middle, each with its own random numbers."""
    for number, (name, paths) in enumerate(real_sources(data)):
        for path in paths[:: -(-len(paths) // MOST_PICTURES)]:
            image = read_pixels(path)
            if min(image.shape[:2]) >= SMALLEST_TILE_SIDE:
                place = tuple(middle(side) for side in image.shape[:2])
                seed = [SEED, number, int(path.stat().st_size)]
                yield name, image[place], np.random.default_rng(seed)


def middle(side: int) -> slice:
    """The middle of a line, beginning at a multiple of 16."""
    length = min(side, MOST_SIDE)
    first = (side - length) // 2 // 16 * 16
    return slice(first, first + length)


def deliveries(image: Image, rng: np.random.Generator) -> Iterator[Image]:
    """A real picture as found, at q75, at a high quality after a reduction, at random, and made by
    others whose patterns repeat: lossy WebP, and a wavelet codec or a camera's mosaic.
    """
    yield image
    yield deliver(image, [Jpeg(75, "4:2:0", False)]).pixels
    fine = Jpeg(int(rng.integers(90, 100)), "4:2:0", False)
    scale = rng.uniform(0.5, 0.9)
    if min(image.shape[:2]) * scale >= SMALLEST_TILE_SIDE:
        yield deliver(image, [Resize(scale, "lanczos", True), fine]).pixels
    yield deliver(image, random_delivery(rng, image.shape)).pixels
    yield deliver(image, [Webp(int(rng.integers(50, 98)))]).pixels
    if image.ndim == 3:
        make, _ = CASES[OTHER_MAKERS[int(rng.integers(len(OTHER_MAKERS)))]]
        yield np.ascontiguousarray(make(image, rng)[0])


def real_coefficients(data: Path) -> tuple[np.ndarray, list[str]]:
    """What real pictures have every 16 pixels, in all their deliveries, with their source.

    Kept in ``build/``, since it takes minutes: delete the file to measure anew.
    """
    if KEPT.exists():
        with np.load(KEPT) as arrays:
            return arrays["coefficients"], arrays["names"].tolist()
    rows, names = [], []
    for name, sent in sent_pictures(data):
        if min(sent.shape[:2]) >= SMALLEST_TILE_SIDE:
            rows.append(tile_coefficients(sent))
            names.append(name)
    KEPT.parent.mkdir(exist_ok=True)
    np.savez(KEPT, coefficients=np.array(rows), names=np.array(names))
    return np.array(rows), names


def sent_pictures(data: Path) -> Iterator[tuple[str, Image]]:
    """All deliveries of all real pictures, with the name of their source."""
    for name, image, rng in real_pictures(data):
        for sent in deliveries(image, rng):
            yield name, sent


def with_spread(
    one: AnyFingerprint, data: Path, coefficients: np.ndarray, names: list[str]
) -> AnyFingerprint:
    """The fingerprint with the standard deviations of its score in real pictures."""
    if isinstance(one, DecoderTile):
        return replace(one, spread=tile_spread(one, coefficients, np.array(names)))
    plain = replace(one, spread=1.0, resized_spread=1.0)
    own, other = (frame_spread(plain, pictures) for pictures in squares(data, min(one.shape)))
    return replace(one, spread=own, resized_spread=other)


def over_sources(scores: dict[str, list[float]]) -> float:
    """Root mean square, each source of some pictures counting alike; at least 1."""
    means = [np.mean(np.square(some)) for some in scores.values() if len(some) >= FEWEST]
    return max(1.0, float(np.sqrt(np.mean(means))))


def tile_spread(one: DecoderTile, coefficients: np.ndarray, names: np.ndarray) -> float:
    """That of real pictures, each source judged by the covariance of all the others."""
    whitening = np.linalg.inv(one.noise.whitening[one.planes].astype(np.complex128))
    raw = np.einsum("bpq,bq->bp", whitening, one.vector)
    scores = {}
    for name in np.unique(names):
        own = names == name
        noise = tile_noise(coefficients[~own], names[~own].tolist())
        vector = np.einsum("bpq,bq->bp", noise.whitening[one.planes], raw)
        again = replace(
            one, spread=1.0, vector=(vector / np.linalg.norm(vector)).astype(np.complex64)
        )
        scores[name] = [
            tile_scores(tile_vector(some, noise, one.planes), again)[0, 0]
            for some in coefficients[own]
        ]
    return over_sources(scores)


def frame_spread(one: Fingerprint, pictures: Iterable[tuple[str, Image]]) -> float:
    """That over some pictures."""
    scores: dict[str, list[float]] = {}
    for name, picture in pictures:
        score = uncut_score(picture, one)
        if score is not None:
            scores.setdefault(name, []).append(score)
    return over_sources(scores)


def squares(
    data: Path, side: int
) -> tuple[Iterator[tuple[str, Image]], Iterator[tuple[str, Image]]]:
    """Squares of real pictures, delivered: of the frame's own size, and reduced from it."""
    own = (
        (name, np.ascontiguousarray(sent[:side, :side]))
        for name, sent in sent_pictures(data)
        if min(sent.shape[:2]) >= side
    )
    other = (
        (name, np.ascontiguousarray(sent[:less, :less]))
        for name, sent in sent_pictures(data)
        for less in [min(*sent.shape[:2], round(RESIZED * side))]
    )
    return own, other


if __name__ == "__main__":
    sys.exit(main())
