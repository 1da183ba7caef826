"""Do p-values of fingerprints hold on real pictures, and what do they find?

    CATFORENSICS_DATA=path/to/data python benchmarks/check_fingerprints.py [PART ...]

Parts: *null* (real pictures of every source against the shipped library), *site*, *faces*
(templates of one half judged by the other), *links* (two pictures without a reference),
*decoders* (each picture against tiles it is not in; one set by the tile of another). Real
sources count alike; weights of tiles are made without the source that is judged.
"""

from __future__ import annotations

import itertools
import math
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from splits import halves

from forensics import deliver, find_images, read_pixels
from forensics._typing import Image
from forensics.engine.fingerprint_making import make_fingerprints
from forensics.engine.fingerprints import load_library, reference_noise
from forensics.images import random_delivery
from forensics.images.delivery.resize import resized
from forensics.images.delivery.steps import Jpeg, Resize, Step
from forensics.traces.fingerprints.decoder import (
    FEWEST_TILES,
    DecoderTile,
    decoder_tile,
    tile_coefficients,
    tile_noise,
    tile_place,
    tile_scores,
    tile_vector,
)
from forensics.traces.fingerprints.link import LINKED, link_score, link_spectrum
from forensics.traces.fingerprints.match import (
    MATCHED,
    AnyFingerprint,
    FingerprintMatch,
    fingerprint_matches,
)
from forensics.traces.fingerprints.whitening import log_normal_tail

SEED = 23
N_EACH = 16
"""Pictures of each real source."""
LARGEST = 1024
LEVELS = (0.01, 0.001, 0.0001)
LIMITS = (0.015, 0.002, 0.0005)
DECODERS = {
    "Stable Diffusion 1/2": ("sd12vae", "sd-negation"),
    "SDXL": ("sdxlvae",),
    "Stable Diffusion 3": ("sd3vae16",),
    "FLUX": ("fluxvae16",),
    "Qwen/Wan": ("qwenwan",),
    "Stable Cascade": ("cascade",),
}

Deliver = Callable[[Image, np.random.Generator], Image]


def jpeg(quality: int) -> Jpeg:
    """4:2:0, as most programs save."""
    return Jpeg(quality, "4:2:0", False)


def steps(*some: Step) -> Deliver:
    """The same steps for every picture."""
    return lambda image, _: deliver(image, some).pixels if some else image


def cropped(side: int, *some: Step) -> Deliver:
    """Cut at a random place first."""

    def sent(image: Image, rng: np.random.Generator) -> Image:
        top, left = (int(rng.integers(0, max(1, length - side + 1))) for length in image.shape[:2])
        cut = image[top : top + side, left : left + side]
        return deliver(np.ascontiguousarray(cut), some).pixels if some else cut

    return sent


def main() -> int:
    """Print the parts that were named, or all."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    data, wanted = Path(root), sys.argv[1:] or list(PARTS)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        holds = [PARTS[part](data, pool) for part in wanted]
    print("\nholds" if all(holds) else "\ndoes not hold")
    return 0 if all(holds) else 1


# Real pictures

REAL_DELIVERIES: dict[str, Deliver] = {
    "as found": steps(),
    "q75": steps(jpeg(75)),
    "x0.75, q90": steps(Resize(0.75, "lanczos", True), jpeg(90)),
    "crop 256": cropped(256),
    "random": lambda image, rng: deliver(image, random_delivery(rng, image.shape)).pixels,
}


def null(data: Path, pool: ProcessPoolExecutor) -> bool:
    """Shares of p below .01, .001 and .0001, each fingerprint by itself, and false matches."""
    jobs = [(name, path) for name, paths in real_sources(data) for path in some(paths, N_EACH)]
    counts: dict[str, list[float]] = defaultdict(list)
    by_way: dict[str, list[float]] = defaultdict(list)
    by_one: dict[str, list[float]] = defaultdict(list)
    matched, total, blamed = 0, 0, []
    for (name, path), found in zip(jobs, pool.map(real_matches, jobs, chunksize=4), strict=True):
        for way, matches in found:
            for one in matches:
                by_one[f"{one.name}, {one.kind}"].append(one.log_chance - math.log(len(matches)))
            # The p of one fingerprint: without the correction for how many were tried.
            alone = [one.log_chance - math.log(len(matches)) for one in matches]
            counts[name] += alone
            by_way[way] += alone
            total += 1
            if false := [one for one in matches if one.matched]:
                matched += 1
                blamed.append((name, path.name, way, false[0].name, round(false[0].z, 1)))
    print(
        f"\n{'real pictures':<36}{'tests':>8}" + "".join(f"{'p < ' + str(a):>12}" for a in LEVELS)
    )
    holds = True
    for name, logs in {**by_one, **by_way, **counts}.items():
        shares = [float(np.mean(np.array(logs) < math.log(level))) for level in LEVELS]
        print(f"{name:<36}{len(logs):8}" + "".join(f"{share:12.5f}" for share in shares))
        if name in counts:
            # Of few tests one may lie below by chance: two are too many.
            counted = [round(share * len(logs)) for share in shares]
            limits = [max(3 * limit * len(logs), 1) for limit in LIMITS]
            holds &= all(n <= limit for n, limit in zip(counted, limits, strict=True))
    each = [
        np.mean([np.mean(np.array(logs) < math.log(level)) for logs in counts.values()])
        for level in LEVELS
    ]
    print(f"{'all, sources alike':<44}" + "".join(f"{share:12.5f}" for share in each))
    print(f"false matches: {matched} of {total} pictures", *blamed[:20], sep="\n  ", flush=True)
    return bool(
        holds
        and all(a <= b for a, b in zip(each, LIMITS, strict=True))
        and (matched <= 0.001 * total)
    )


def real_sources(data: Path) -> Iterator[tuple[str, list[Path]]]:
    """Folders of real pictures; the three kinds of household photographs are sources apart."""
    for folder in sorted((data / "real").iterdir()):
        paths = sorted(folder.iterdir())
        if folder.name != "photos":
            yield folder.name, paths
            continue
        for kind in sorted({path.name.split("_")[0] for path in paths}):
            yield f"photos, {kind}", [path for path in paths if path.name.startswith(kind)]


def some(paths: Sequence[Path], n: int) -> Sequence[Path]:
    """At most n, spread over all."""
    return paths[:: max(1, -(-len(paths) // n))]


def real_matches(job: tuple[str, Path]) -> list[tuple[str, tuple[FingerprintMatch, ...]]]:
    """Matches of one real picture after every delivery; squares of it, so that frames apply."""
    name, path = job
    stored = read_pixels(path)
    side = min(*stored.shape[:2], LARGEST)
    square = middle_square(stored, side)
    rng = np.random.default_rng([SEED, path.stat().st_size])
    library = without(name)
    found = []
    for way, send in REAL_DELIVERIES.items():
        sent = send(square, rng)
        if min(sent.shape[:2]) >= 96 and (matches := fingerprint_matches(sent, library)):
            found.append((way, matches))
    return found


def middle_square(image: Image, side: int) -> Image:
    """The middle, from a multiple of 16 on."""
    top, left = ((length - side) // 2 // 16 * 16 for length in image.shape[:2])
    return image[top : top + side, left : left + side]


@cache
def real_coefficients() -> tuple[np.ndarray, np.ndarray]:
    """What tiles are weighed by, picture by picture, to leave a source out."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
    from make_fingerprints import real_coefficients as measured

    coefficients, names = measured(Path(os.environ["CATFORENSICS_DATA"]))
    return coefficients, np.array(names)


@cache
def without(source: str) -> tuple[AnyFingerprint, ...]:
    """The library with tiles weighed by all real sources but one."""
    coefficients, names = real_coefficients()
    kept = names != source
    noise = tile_noise(coefficients[kept], names[kept].tolist())
    return tuple(
        reweighed(one, noise) if isinstance(one, DecoderTile) else one for one in load_library()
    )


def reweighed(tile: DecoderTile, noise) -> DecoderTile:
    """A tile in units of other noise."""
    before = np.linalg.inv(tile.noise.whitening[tile.planes].astype(np.complex128))
    raw = np.einsum("bpq,bq->bp", before, tile.vector)
    vector = np.einsum("bpq,bq->bp", noise.whitening[tile.planes], raw)
    vector = (vector / np.linalg.norm(vector)).astype(np.complex64)
    return replace(tile, vector=vector, noise=noise)


# Known sources

SITE: dict[str, tuple[Deliver, float]] = {
    "as found": (steps(), 0.99),
    "q75": (steps(jpeg(75)), 0.99),
    "q50": (steps(jpeg(50)), 0.99),
    "x0.75, q90": (steps(Resize(0.75, "lanczos", True), jpeg(90)), 0.9),
    "x0.5, q90": (steps(Resize(0.5, "lanczos", True), jpeg(90)), 0.6),
    "crop 256, q90": (cropped(256, jpeg(90)), 0.85),
    "crop 384, x0.8, q80": (cropped(384, Resize(0.8, "lanczos", True), jpeg(80)), 0),
}


def side_of(side: int, quality: int) -> Deliver:
    """Reduced to so many pixels and saved."""
    return lambda image, _: deliver(resized(image, (side, side)), [jpeg(quality)]).pixels


FACES: dict[str, tuple[Deliver, float]] = {
    "as found": (steps(), 0.98),
    "q90": (steps(jpeg(90)), 0.98),
    "q75": (steps(jpeg(75)), 0.98),
    "x0.75": (steps(Resize(0.75, "lanczos", True)), 0.98),
    "400 pixels, q85": (side_of(400, 85), 0.98),
    "256 pixels, q85": (side_of(256, 85), 0.98),
    "200 pixels, q85": (side_of(200, 85), 0.9),
    "128 pixels, q90": (side_of(128, 90), 0.6),
    "crop 512": (cropped(512), 0.98),
    "crop 256": (cropped(256), 0.95),
}
RESIZED_CROP = "crop of 60 %, 400 pixels, q85"


def site(data: Path, pool: ProcessPoolExecutor) -> bool:
    """The site's pictures by a fingerprint of the other half."""
    paths = sorted((data / "gan/thiscatdoesnotexist").iterdir())
    made_of, judged = halves(paths, np.random.default_rng(SEED))
    return known("site", made_of, some(judged, 100), SITE, pool)


def faces(data: Path, pool: ProcessPoolExecutor) -> bool:
    """StyleGAN2 faces by a fingerprint of two thirds of them."""
    paths = sorted((data / "gan/stylegan2ada-ffhq").iterdir())
    judged = paths[::3]
    made_of = [path for path in paths if path not in judged]
    holds = known("faces", made_of, judged, FACES, pool)
    jobs = [(path, tuple(made_of)) for path in judged]
    found = list(pool.map(resized_crop, jobs))
    share = np.mean(found)
    print(f"{RESIZED_CROP:<34}{share:8.2f}   goal 0.85", flush=True)
    return holds and bool(share >= 0.85)


def known(
    what: str,
    made_of: Sequence[Path],
    judged: Sequence[Path],
    deliveries: dict[str, tuple[Deliver, float]],
    pool: ProcessPoolExecutor,
) -> bool:
    """Shares that match among the whole library, by delivery."""
    jobs = [(path, tuple(made_of), what) for path in judged]
    found = list(pool.map(one_known, jobs, chunksize=2))
    print(
        f"\n{what}: fingerprints of {len(made_of)}, judged by {len(judged)} others, p < {MATCHED}"
    )
    holds = True
    for name, (_, goal) in deliveries.items():
        rows = [one[name] for one in found]
        share = float(np.mean([row[0] for row in rows]))
        z = [row[1] for row in rows]
        print(
            f"{name:<34}{share:8.2f}   goal {goal}   z {min(z):.1f} least, "
            f"{np.median(z):.1f} median",
            flush=True,
        )
        holds &= share >= goal
    return holds


@cache
def library_with(made_of: tuple[Path, ...]) -> tuple[AnyFingerprint, ...]:
    """The shipped library, the judged source's own entries made of one half."""
    own = make_fingerprints(find_images(map(str, made_of)), "own", workers=1).fingerprints
    shipped = load_library()
    held = [one for one in shipped if "thiscat" not in one.name and "faces" not in one.name]
    what = "faces" if len(made_of) < 100 else "thiscat"
    own = tuple(
        with_spreads(one, like) for one in own for like in shipped
        if what in like.name and type(like) is type(one)
    )  # fmt: skip
    return (*own, *held)


def with_spreads(one: AnyFingerprint, shipped: AnyFingerprint) -> AnyFingerprint:
    """A fingerprint of one half with the spreads of the shipped one, which are of real pictures."""
    if isinstance(one, DecoderTile) or isinstance(shipped, DecoderTile):
        return replace(one, spread=shipped.spread)
    return replace(one, spread=shipped.spread, resized_spread=shipped.resized_spread)


def one_known(job: tuple[Path, tuple[Path, ...], str]) -> dict[str, tuple[bool, float]]:
    """Whether one picture matches its own source after each delivery, and the larger z."""
    path, made_of, what = job
    rng = np.random.default_rng([SEED, path.stat().st_size])
    image = read_pixels(path)
    found = {}
    for name, (send, _) in (SITE if what == "site" else FACES).items():
        own = [
            one
            for one in fingerprint_matches(send(image, rng), library_with(made_of))
            if one.name == "own"
        ]
        found[name] = any(one.matched for one in own), max(one.z for one in own)
    return found


def resized_crop(job: tuple[Path, tuple[Path, ...]]) -> bool:
    """Whether a crop of 60 % that was reduced to 400 pixels is found."""
    path, made_of = job
    rng = np.random.default_rng([SEED, path.stat().st_size])
    image = read_pixels(path)
    side = round(0.6 * image.shape[0])
    cut = cropped(side)(image, rng)
    sent = deliver(resized(np.ascontiguousarray(cut), (400, 400)), [jpeg(85)]).pixels
    matches = fingerprint_matches(sent, library_with(made_of), resized_crops=True)
    return any(one.matched for one in matches if one.name == "own")


# Links

LINK_SETS = (
    ("gan/stylegan2ada-ffhq", 24), ("gan/stylegan2ada-metfaces", 24),
    ("gan/stylegan2ada-ebycow", 24), ("gan/pix2pix-facades", 16),
    ("gan/pix2pix-day2night", 16), ("gan/thiscatdoesnotexist", 24), ("gan/biggan-husky", 6),
    ("gan/stylegan3-faces", 12), ("diffusion/sd-negation", 21),
)  # fmt: skip


def links(data: Path, pool: ProcessPoolExecutor) -> bool:
    """Pairs of one set, as found and at q75; then all pairs of real squares of 512 pixels."""
    print(
        f"\n{'two single pictures, p < ' + str(LINKED):<34}{'pairs':>8}{'linked':>8}"
        f"{'median z':>10}"
    )
    holds = True
    for folder, n in LINK_SETS:
        paths = some(sorted((data / folder).iterdir()), n)
        for way, send in (("as found", steps()), ("q75", steps(jpeg(75)))):
            images = [send(read_pixels(path), np.random.default_rng(0)) for path in paths]
            z = pairs(images, pool)
            share = linked(z)
            print(f"{Path(folder).name + ', ' + way:<34}{len(z):8}{share:8.3f}{np.median(z):10.1f}")
            if ("ffhq" in folder or "metfaces" in folder) and way == "as found":
                holds &= share >= 0.98
    squares, names = [], []
    for name, paths in real_sources(data):
        for path in some(paths, 24):
            image = read_pixels(path)
            if min(image.shape[:2]) >= 512:
                squares.append(middle_square(image, 512))
                names.append(name)
    z = np.array(pairs(squares, pool))
    same = np.array([names[i] == names[j] for i in range(1, len(names)) for j in range(i)])
    for what, chosen in (("real, of one source", same), ("real, of two sources", ~same)):
        print(
            f"{what:<34}{chosen.sum():8}{linked(z[chosen]):8.5f}{np.median(z[chosen]):10.1f}"
            f"   sd {z[chosen].std():.2f}, largest {z[chosen].max():.1f}",
            flush=True,
        )
    return holds and linked(z[~same]) <= 1e-5


def pairs(images: Sequence[Image], pool: ProcessPoolExecutor) -> list[float]:
    """Z of every pair: the second with the first, the third with both, and so on."""
    spectra = list(pool.map(link_spectrum, images, chunksize=4))
    columns = images[0].shape[1]
    jobs = [(spectra, i, columns) for i in range(1, len(spectra))]
    rows = [
        [link_score(a, spectra[i], columns) for a in spectra[:i]] for spectra, i, columns in jobs
    ]
    return list(itertools.chain.from_iterable(rows))


def linked(z: Iterable[float]) -> float:
    """Share of pairs that are said to be linked."""
    return float(np.mean([log_normal_tail(one) < math.log(LINKED) for one in z]))


# Decoders


Row = tuple[str, np.ndarray]
"""Model that made a picture, and its tile coefficients."""


def decoders(data: Path, pool: ProcessPoolExecutor) -> bool:
    """Each native picture against tiles without its model; then one repository by another."""
    noise = reference_noise()
    held = decoder_rows(data, pool, ())
    holds = True
    for by in ("picture", "model"):
        print(
            f"\n{'decoders, native, leave one ' + by + ' out':<44}{'n':>6}{'right':>8}{'other':>8}"
        )
        right, wrong, n = 0, 0, 0
        for family, own in held.items():
            named = [
                best_tile(row, rest, noise)
                for left, (_, row) in enumerate(own)
                if len((rest := without_row(held, family, left, by))[family]) >= FEWEST_TILES
            ]
            if not named:
                print(f"{family:<44}     all of one model, or too few others")
                continue
            hits = named.count(family)
            misses = len(named) - named.count(None) - hits
            m = len(named)
            print(f"{family:<44}{m:6}{hits / m:8.2f}{misses / m:8.2f}")
            right, wrong, n = right + hits, wrong + misses, n + m
        print(f"{'all':<44}{n:6}{right / n:8.3f}{wrong / n:8.3f}   goals .90 and .01", flush=True)
        holds &= right >= 0.9 * n and wrong <= 0.01 * n
    after_jpeg(data, pool, held, noise)
    across = []
    for made_of, judged in (("sd-negation", "sd-extile"), ("sd-negation", "sd12vae")):
        rows = rows_of(data / "diffusion" / made_of, pool, ())
        tile = tile_of([row for _, row in rows], noise)
        assert tile is not None
        hits = [
            matches(row, tile, noise) for _, row in rows_of(data / "diffusion" / judged, pool, ())
        ]
        across.append(np.mean(hits))
        print(f"Stable Diffusion 1.x, {judged} by the tile of {made_of}: {np.mean(hits):.2f}")
    return holds and max(across) >= 0.9


def decoder_rows(
    data: Path, pool: ProcessPoolExecutor, sent: tuple[Step, ...]
) -> dict[str, list[Row]]:
    """Pictures of every family."""
    return {
        family: [
            row for folder in folders for row in rows_of(data / "diffusion" / folder, pool, sent)
        ]
        for family, folders in DECODERS.items()
    }


def rows_of(folder: Path, pool: ProcessPoolExecutor, sent: tuple[Step, ...]) -> list[Row]:
    """Pictures of a folder: models are told by the first word of a name, or are one."""
    paths = sorted(folder.iterdir())
    models = [folder.name if "-" in folder.name else path.name.split("_")[0] for path in paths]
    found = pool.map(coefficients_of, [(path, sent) for path in paths], chunksize=2)
    return list(zip(models, found, strict=True))


def without_row(held: dict[str, list[Row]], family: str, left: int, by: str) -> dict[str, list]:
    """Coefficients by family, one picture left out, or all of its model."""
    model = held[family][left][0]
    return {
        name: [
            row for number, (other, row) in enumerate(rows)
            if name != family or (number != left if by == "picture" else other != model)
        ]
        for name, rows in held.items()
    }  # fmt: skip


def after_jpeg(data: Path, pool: ProcessPoolExecutor, held: dict[str, list[Row]], noise) -> None:
    """What is left after a JPEG: own pictures, left out, beside the same scenes by others.

    The pictures of all these families are examples of one program: those of the others are of
    the same kinds of content, and are sent the same way.
    """
    print(f"\n{'after a JPEG of 4:2:0':<26}{'n':>4}{'right':>8}{'median z':>10}{'others':>10}")
    for quality in (95, 90):
        sent = decoder_rows(data, pool, (jpeg(quality),))
        for family, own in sent.items():
            scores = []
            for left, (_, row) in enumerate(own):
                tile = tile_of(without_row(held, family, left, "picture")[family], noise)
                scores.append((row, tile))
            z = [uncut(row, tile, noise) for row, tile in scores if tile is not None]
            right = [matches(row, tile, noise) for row, tile in scores if tile is not None]
            whole = tile_of([row for _, row in held[family]], noise)
            others = [
                uncut(row, whole, noise)
                for name, rows in sent.items() if name != family for _, row in rows
            ]  # fmt: skip
            print(
                f"{f'{family}, q{quality}':<26}{len(own):4}{np.mean(right):8.2f}"
                f"{np.median(z):10.1f}{np.median(others):10.1f}",
                flush=True,
            )


def uncut(row: np.ndarray, tile: DecoderTile, noise) -> float:
    """Z at the offset where nothing was cut."""
    return float(tile_scores(tile_vector(row, noise, "all"), tile)[0, 0])


def coefficients_of(job: tuple[Path, tuple[Step, ...]]) -> np.ndarray:
    """Tile coefficients of one picture after a delivery."""
    path, sent = job
    image = read_pixels(path)
    return tile_coefficients(deliver(image, sent).pixels if sent else image)


def tile_of(rows: Sequence[np.ndarray], noise) -> DecoderTile | None:
    """The tile of some pictures, both kinds of planes being colour here."""
    if len(rows) < 2:
        return None
    vectors = [tile_vector(row, noise, "all") for row in rows]
    return decoder_tile(np.mean(vectors, axis=0), "", noise=noise, planes="all", n_images=len(rows))


def matches(row: np.ndarray, tile: DecoderTile, noise) -> bool:
    """Whether a picture matches a tile among as many as are shipped."""
    place = tile_place(tile_vector(row, noise, "all"), tile)
    return place.log_chance + math.log(len(load_library())) < math.log(MATCHED)


def best_tile(row: np.ndarray, held: dict[str, list[np.ndarray]], noise) -> str | None:
    """The family whose tile fits best, if it matches."""
    best, lowest = None, math.log(MATCHED) - math.log(len(load_library()))
    vector = tile_vector(row, noise, "all")
    for family, rows in held.items():
        tile = tile_of(rows, noise)
        if tile is not None and (place := tile_place(vector, tile)).log_chance < lowest:
            best, lowest = family, place.log_chance
    return best


PARTS = {"null": null, "site": site, "faces": faces, "links": links, "decoders": decoders}

if __name__ == "__main__":
    sys.exit(main())
