"""Heaps of known makers, sorted without and with the shipped fingerprints.

CATFORENSICS_DATA=path/to/data python benchmarks/check_clusters.py
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from forensics import find_images, read_pixels
from forensics.detection import cluster
from forensics.images.sources.local import BytesSource, ImageSource

FACES = "gan/stylegan2ada-ffhq"
MAKERS = {
    "gan/thiscatdoesnotexist": 30,
    FACES: 30,
    "gan/stylegan2ada-metfaces": 6,
    "gan/stylegan2ada-ebycow": 8,
    "gan/stylegan2ada-misc": 6,
    "diffusion/fluxvae16": 12,
    "diffusion/sd3vae16": 6,
    "diffusion/sdxlvae": 7,
    "diffusion/qwenwan": 3,
    "gan/pix2pix-facades": 16,
    "gan/pix2pix-day2night": 16,
}
REAL = (
    "afhq", "bsds-film", "car-camera", "cats-cataas", "cats-cdn", "classics", "exif-cameras",
    "imagenet", "phones-native", "photos", "pix2pix-real", "products", "renders", "video-headcam",
)  # fmt: skip
OTHERS = (
    "gan/thiscatdoesnotexist", "gan/cyclegan-cats", "gan/stylegan3-faces", "gan/pix2pix-facades",
    "diffusion/fluxvae16", "real/afhq", "real/bsds-film", "real/cats-cdn", "real/imagenet",
    "real/exif-cameras", "real/photos", "real/products",
)  # fmt: skip
ENLARGED = (16 / 15, 1.25, 4 / 3, 1.5, 1.6, 2.0)
"""Factors by which photographs are made as large as others of their account."""
WAYS = {
    "bilinear": Pillow.Resampling.BILINEAR,
    "bicubic": Pillow.Resampling.BICUBIC,
    "Lanczos": Pillow.Resampling.LANCZOS,
}
SAVED = (("as found", None, None), ("q75", None, 75), ("400 pixels, q85", 400, 85))


def main() -> int:
    """Print every group of every heap; exit 1 where purity or recall falls short."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/, real/, diffusion/")
        return 1
    reached = []
    every = [one for name, n in MAKERS.items() for one in some(root, name, n)]
    every += [one for name in REAL for one in some(root, f"real/{name}", 30)]
    for told, references in (("without references", ()), ("with the shipped fingerprints", None)):
        print(f"\nsite, StyleGAN2, diffusion, pix2pix and {len(REAL)} real sources, {told}")
        purity, recall = judged(every, root, references)
        reached.append(references is not None or (purity >= 0.95 and recall >= 0.7))
    strangers = [one for name in OTHERS for one in some(root, name, 25)]
    faces = some(root, FACES, 32)
    for told, side, quality in SAVED:
        for references in ((), None):
            known = "" if references is not None else ", with the shipped fingerprints"
            print(f"\n30 faces among {len(strangers)} others, {told}{known}")
            heap = [saved(one, side, quality) for one in faces[2:]]
            if side is not None:
                heap += faces[:2]  # two originals
            judged([*heap, *strangers], root, references)
    reached.append(enlarged_alike(root))
    return 0 if all(reached) else 1


def enlarged_alike(root: str) -> bool:
    """Heaps of photographs of many sources, all enlarged by one factor in one way."""
    print("\nphotographs that were enlarged alike: how many heaps have a group")
    photographs = [one for name in REAL for one in some(root, f"real/{name}", 3)]
    n_grouped = n_heaps = 0
    for factor in ENLARGED:
        for told, way in WAYS.items():
            for quality in (None, 85):
                heap = [
                    made
                    for one in photographs
                    if (made := enlarged(one, factor, way, quality)) is not None
                ]
                groups = cluster(heap, fingerprints=(), on_error="skip").groups
                n_heaps += 1
                n_grouped += len(groups) > 0
                for group in groups:
                    saved_as = "PNG" if quality is None else f"q{quality}"
                    print(f"  x{factor:.3g} {told}, {saved_as}: {group.pictures}")
    print(f"  {n_grouped} of {n_heaps} heaps of about {len(heap)}")
    return n_grouped <= max(1, round(0.01 * n_heaps))


def enlarged(
    source: ImageSource, factor: float, way: Pillow.Resampling, quality: int | None
) -> ImageSource | None:
    """The middle of the picture, enlarged to 512 x 512 pixels; None where it is too small."""
    side = round(512 / factor)
    pixels = read_pixels(source)
    if min(pixels.shape[:2]) < side:
        return None
    top, left = ((long - side) // 2 for long in pixels.shape[:2])
    part = Pillow.fromarray(pixels[top : top + side, left : left + side]).resize((512, 512), way)
    file = io.BytesIO()
    part.save(
        file, "PNG" if quality is None else "JPEG", **({"quality": quality} if quality else {})
    )
    return BytesSource(source.name, file.getvalue())


def some(root: str, name: str, n: int) -> list[ImageSource]:
    """So many pictures of a source, evenly spread."""
    images = find_images(Path(root) / name).images
    return list(images[:: max(1, len(images) // n)][:n])


def saved(source: ImageSource, side: int | None, quality: int | None) -> ImageSource:
    """The picture as a platform would have it."""
    if quality is None:
        return source
    picture = Pillow.fromarray(read_pixels(source))
    if side is not None:
        picture = picture.resize((side, side), Pillow.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return BytesSource(source.name, file.getvalue())


def judged(heap: list[ImageSource], root: str, references: tuple[()] | None) -> tuple[float, float]:
    """Purity of the groups, and recall of generated pictures."""
    began = time.process_time()
    found = cluster(heap, fingerprints=references, on_error="skip")
    seconds = time.process_time() - began
    source = {name: str(Path(name).relative_to(root).parent) for name in found.names}
    right = grouped = 0
    for group in found.groups:
        counts = Counter(family(source[name]) for name in group.pictures)
        right += counts.most_common(1)[0][1]
        grouped += len(group.pictures)
        shown = ", ".join(f"{name} {n}" for name, n in counts.most_common())
        print(
            f"  {group.family or group.name:36} {len(group.pictures):3}  p {group.p_value:.0e}"
            f"  {shown}"
        )
    copies = {name for same in found.copies for name in same[1:]}
    generated = {name for name in found.names if "real/" not in source[name]} - copies
    within = {name for group in found.groups for name in group.pictures}
    purity = right / max(1, grouped)
    recall = len(generated & within) / max(1, len(generated))
    faces = [name for name in generated if source[name] == FACES]
    of_faces = np.mean([name in within for name in faces])
    print(
        f"  purity {purity:.3f}, recall of generated ones {recall:.2f}, of faces {of_faces:.2f}; "
        f"{1000 * seconds / len(heap):.0f} ms a picture"
    )
    return purity, recall


def family(source: str) -> str:
    """Networks that were tuned from one another, or have one name, count as one maker."""
    if source in (FACES, "gan/stylegan2ada-metfaces"):
        return "stylegan2 faces"
    return "pix2pix" if source.startswith("gan/pix2pix") else source


if __name__ == "__main__":
    sys.exit(main())
