"""How well a fingerprint tells its source: whole, resized, compressed and cropped pictures.

    CATFORENSICS_DATA=path/to/data python benchmarks/check_fingerprint.py

The template is made of one half of the site's pictures, split by content; the other half
is judged. Real pictures are AFHQ, phones and photographs. Thresholds are those that 1 %
of AFHQ exceed under the same delivery.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from forensics import find_images, read_pixels
from forensics.engine.fingerprints import find_fingerprint
from forensics.images.chains import random_delivery
from forensics.images.delivery import deliver
from forensics.images.resizing import resized
from forensics.images.steps import Crop, Jpeg, Resize, Step, Webp
from forensics.traces.fingerprint import Fingerprint
from forensics.traces.matching import FingerprintMatch, fingerprint_match

SEED = 20
N_SITE, N_AFHQ, N_PHOTOS = 150, 300, 600
Q75 = Jpeg(75, "4:2:0", False)


def main() -> int:
    """Print the table, and whether it holds."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    data = Path(root)
    rng = np.random.default_rng(SEED)
    ours, theirs = halves(sorted((data / "gan/thiscatdoesnotexist").iterdir()), rng)
    source = find_fingerprint(find_images([str(path) for path in ours]), "site").fingerprint
    site = [read_pixels(path) for path in rng.permutation(theirs)[:N_SITE]]
    faces = sorted((data / "real/afhq").iterdir())
    afhq = [read_pixels(path) for path in rng.permutation(faces)[:N_AFHQ]]
    print(f"template of {source.n_images}, judged {len(site)} against {len(afhq)} of AFHQ\n")
    print(f"{'delivery':<22}{'AUC':>8}{'TPR 1 %':>9}{'convinced':>11}{'AFHQ':>7}")
    holds = True
    for name, steps, least in conditions(rng):
        a = matches(site, steps, source)
        b = matches(afhq, steps, source)
        auc, tpr, _ = separation(a, b)
        holds &= auc >= least
        said, false = (np.mean([one.strength >= 1 for one in some]) for some in (a, b))
        goal = f"  goal {least}" if least else ""
        print(f"{name:<22}{auc:8.4f}{tpr:9.3f}{said:11.3f}{false:7.3f}{goal}", flush=True)
    holds &= photographs(data, source, afhq, rng)
    others(data, source)
    print("\nholds" if holds else "\ndoes not hold")
    return 0 if holds else 1


def conditions(rng: np.random.Generator) -> list[tuple[str, Callable[[], list[Step]], float]]:
    """Deliveries by name, each with the AUC that is asked for; 0 where it is only reported."""

    def crop(side: int) -> Callable[[], list[Step]]:
        def steps() -> list[Step]:
            top, left = (int(at) for at in rng.integers(0, 512 - side + 1, 2))
            return [Q75, Crop(top, left, side, side)]

        return steps

    def resize(scale: float, *after: Step) -> Callable[[], list[Step]]:
        return lambda: [Q75, Resize(scale, "lanczos", True), *after]

    return [
        ("as found", list, 0),
        ("q75", lambda: [Q75], 0.999),
        ("q75, q60", lambda: [Q75, Jpeg(60, "4:2:0", False)], 0),
        ("q75, q50", lambda: [Q75, Jpeg(50, "4:2:0", False)], 0),
        ("q75, x0.75", resize(0.75), 0.995),
        ("q75, x0.5", resize(0.5), 0.97),
        ("q75, x1.25", resize(1.25), 0),
        ("q75, x0.75, q75", resize(0.75, Q75), 0),
        ("q75, crop 256", crop(256), 0.995),
        ("q75, crop 384", crop(384), 0),
        ("webp q80", lambda: [Webp(80)], 0),
    ]


def matches(
    images: list[np.ndarray], steps: Callable[[], list[Step]], source: Fingerprint
) -> list[FingerprintMatch]:
    """Match every picture after its delivery."""
    return [fingerprint_match(deliver(image, steps()).pixels, source) for image in images]


def separation(a: list[FingerprintMatch], b: list[FingerprintMatch]) -> tuple[float, float, float]:
    """AUC, share of `a` above the threshold that 1 % of `b` exceed, and that threshold."""
    scores = np.array([one.score for one in (*a, *b)])
    labels = np.repeat([1, 0], [len(a), len(b)])
    threshold = float(np.quantile(scores[len(a) :], 0.99))
    auc = float(roc_auc_score(labels, scores))
    return auc, float((scores[: len(a)] > threshold).mean()), threshold


def photographs(
    data: Path, source: Fingerprint, afhq: list[np.ndarray], rng: np.random.Generator
) -> bool:
    """Phones and photographs above AFHQ's 1 % threshold, whole and through deliveries."""
    print(f"\n{'photographs':<34}{'n':>5}{'above 1 %':>11}{'convinced':>11}")
    holds = True
    limit = {"whole": 0.0, "random": 0.0}
    whole = [fingerprint_match(deliver(image, [Q75]).pixels, source) for image in afhq]
    limit["whole"] = float(np.quantile([one.score for one in whole], 0.99))
    sent = [sent_at_random(image, source, rng) for image in afhq]
    limit["random"] = float(np.quantile([one.score for one in sent], 0.99))
    paths = sorted((data / "real/photos").iterdir())
    for group in ("notashelf", "verhey", "gpriamo"):
        chosen = [path for path in paths if path.name.startswith(group)]
        n_each = N_PHOTOS // 3 // len(chosen)
        squares, random = [], []
        for path in chosen:
            image = read_pixels(path)
            side = min(image.shape[:2])
            square = resized(image[:side, :side], (512, 512))
            squares.append(fingerprint_match(deliver(square, [Q75]).pixels, source))
            random += [sent_at_random(image, source, rng) for _ in range(n_each)]
        for what, found in (("whole", squares), ("random", random)):
            above = float(np.mean([one.score > limit[what] for one in found]))
            said = float(np.mean([one.strength >= 1 for one in found]))
            holds &= said <= 0.02
            label = f"{group}, {'square at 512, q75' if what == 'whole' else 'random deliveries'}"
            print(f"{label:<34}{len(found):5}{above:11.3f}{said:11.3f}", flush=True)
    return holds


def sent_at_random(
    image: np.ndarray, source: Fingerprint, rng: np.random.Generator
) -> FingerprintMatch:
    """Match a picture after a random delivery."""
    return fingerprint_match(deliver(image, random_delivery(rng, image.shape)).pixels, source)


def others(data: Path, source: Fingerprint) -> None:
    """Other generators: a fingerprint is of one source."""
    for name in ("stylegan2ada-metfaces", "biggan-husky", "cyclegan-cats", "stylegan3-faces"):
        found = [
            fingerprint_match(read_pixels(path), source)
            for path in sorted((data / "gan" / name).iterdir())
        ]
        said = sum(one.strength >= 1 for one in found)
        print(f"{name:<34}{len(found):5}{'':11}{said:11}")


def halves(paths: list[Path], rng: np.random.Generator) -> tuple[list[Path], list[Path]]:
    """Two halves; pictures that look alike stay together."""
    thumbs = np.stack([resized(read_pixels(path), (16, 16)).ravel() for path in paths])
    thumbs = thumbs - thumbs.mean(axis=1, keepdims=True)
    thumbs = thumbs / np.linalg.norm(thumbs, axis=1, keepdims=True)
    alike = thumbs @ thumbs.T > 0.96
    groups: list[list[int]] = []
    left = set(range(len(paths)))
    while left:
        group = [left.pop()]
        for member in group:
            near = [i for i in np.flatnonzero(alike[member]).tolist() if i in left]
            left.difference_update(near)
            group += near
        groups.append(group)
    order = [paths[i] for number in rng.permutation(len(groups)) for i in groups[number]]
    return order[: len(order) // 2], order[len(order) // 2 :]


if __name__ == "__main__":
    sys.exit(main())
