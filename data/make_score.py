"""Make the shipped score again from the pictures that it was trained on.

    CATFORENSICS_DATA=path/to/data python data/make_score.py [DELIVERIES]

Writes ``forensics/shipped/score.json``. DELIVERIES of every generated source, 120 unless
said, and 400 of every real one. What is measured is kept in ``build/score.features.npz``: delete
the file to measure anew.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from forensics import find_images, load_library
from forensics.cli.run import Reading, say
from forensics.detection.classifier.measure import load_kept, save_kept
from forensics.detection.classifier.train import train
from forensics.detection.verdict.model_file import save_model
from forensics.images.sources.find import FoundImages
from forensics.views.results.training import render_training

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "forensics" / "shipped" / "score.json"
KEPT = ROOT / "build" / "score.features.npz"
N_DELIVERIES, N_REAL = 120, 400
LEFT_OUT = ("esrgan",)
"""Photographs that a network has enlarged: neither innocent nor generated."""
FAMILIES = {
    "sd12vae": "Stable Diffusion 1/2",
    "sd-negation": "Stable Diffusion 1/2",
    "sd-extile": "Stable Diffusion 1/2",
    "sd-cheatsheet-webp": "Stable Diffusion 1/2",
    "stylegan2ada-ffhq": "StyleGAN2 faces",
    "stylegan2ada-metfaces": "StyleGAN2 faces",
    "pix2pix-facades": "pix2pix",
    "pix2pix-day2night": "pix2pix",
}
"""Folders that are one source when one is left out."""
KNOWN = {
    **FAMILIES,
    "thiscatdoesnotexist": "thiscatdoesnotexist.com (StyleGAN2)",
    "sdxlvae": "SDXL",
    "sd3vae16": "Stable Diffusion 3",
    "fluxvae16": "FLUX",
    "qwenwan": "Qwen/Wan",
    "cascade": "Stable Cascade",
    "biggan-husky": "BigGAN",
    "cyclegan-cats": "CycleGAN",
}
"""Families of shipped fingerprints that were made of these folders, or of their kind."""

OPTIONS: dict[str, Any] = {
    "fingerprints": load_library(),
    "real_deliveries": N_REAL,
    "families": FAMILIES,
    "known": KNOWN,
    "said": say,
}
"""How the shipped score is trained, and judged."""


def main() -> int:
    """Train, save, and print what it says of sources that it has not seen."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/, diffusion/, real/")
        return 1
    kept = load_kept(KEPT)
    how = Reading(sys.maxsize, strict=False, workers=None, quiet=False)
    with how.run("measuring") as run:
        done = train(
            *sets(Path(root)),
            name="40 sources of November 2026",
            deliveries=int(sys.argv[1]) if len(sys.argv) > 1 else N_DELIVERIES,
            kept=kept,
            max_pixels=how.max_pixels,
            **run.keywords,
            **OPTIONS,
        )
    KEPT.parent.mkdir(exist_ok=True)
    save_kept(KEPT, kept)
    save_model(done.model, TARGET)
    print(render_training(done.model))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
    return 0


def sets(data: Path) -> tuple[FoundImages, FoundImages]:
    """Generated and real pictures, a folder for each source."""
    folders = [
        one
        for part in ("gan", "diffusion")
        for one in sorted((data / part).iterdir())
        if one.name not in LEFT_OUT
    ]
    return find_images(folders), find_images(sorted((data / "real").iterdir()))


if __name__ == "__main__":
    sys.exit(main())
