"""What the period test finds in the real sets, and that sums do not depend on how they are made.

CATFORENSICS_DATA=path/to/data python benchmarks/check_sets.py
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from forensics import blend, find_images, load_blend, save_blend
from forensics.engine import iter_profiles
from forensics.engine.blend import Blend
from forensics.engine.profiles import PictureProfile
from forensics.images.sources.find import ImageSource
from forensics.traces.periods import line_bands

SITE, REAL = "gan/thiscatdoesnotexist", "real/afhq"


def main() -> int:
    """Print every figure beside what it should be; exit 1 where one is not reached."""
    root = os.environ.get("CATFORENSICS_DATA")
    if root is None:
        print("CATFORENSICS_DATA is not set: point it at the folder with gan/ and real/")
        return 1
    site, real = (find_images(Path(root) / name).images for name in (SITE, REAL))
    blends = [blend(site), blend(real)]
    reached = [
        *site_blend(blends[0]),
        *real_blend(blends[1]),
        *single_pictures(site, {"second": 0.99, "signed": 0.95}),
        same_bytes(site),
    ]
    return 0 if all(reached) else 1


def site_blend(of_site: Blend) -> list[bool]:
    """Period 2 in rows and columns and 8 in rows, signed luma."""
    print(f"blend of {of_site.n_images} site pictures, signed luma profile")
    reached = []
    for period in line_bands(of_site.mean).periods:
        wanted = {("rows", 2): 1000, ("columns", 2): 1000, ("rows", 8): 100}
        ratio = wanted.get((period.axis, period.period)) if period.profile == "signed" else None
        if ratio is not None:
            print(
                f"  period {period.period:g} in {period.axis:7}  ratio {period.ratio:9,.0f} "
                f"(above {ratio})  p {period.p_value:.0e}"
            )
            reached.append(period.ratio > ratio and (period.period != 2 or period.p_value < 1e-12))
    return reached


def real_blend(of_real: Blend) -> list[bool]:
    """No period in the signed luma profile."""
    print(f"blend of {of_real.n_images} real faces, signed luma profile, p after Holm")
    signed = [found for found in line_bands(of_real.mean).tested if found.profile == "signed"]
    for found in signed:
        print(f"  period {found.period:.4g}: {found.p_holm:.2g} (from .01 on)")
    return [found.p_holm >= 0.01 for found in signed]


def single_pictures(site: Sequence[ImageSource], wanted: dict[str, float]) -> list[bool]:
    """Share of single pictures in which period 2 is found, both axes combined."""
    profiles = [one for one in iter_profiles(site) if isinstance(one, PictureProfile)]
    print(f"single site pictures, of {len(profiles)}: period 2 at p < .01 (after Holm)")
    reached = []
    for kind, share in wanted.items():
        found = [
            one
            for profile in profiles
            for one in profile.bands.tested
            if one.profile == kind and one.period == 2
        ]
        raw, holm = (
            sum(getattr(one, name) < 0.01 for one in found) / len(found)
            for name in ("p_value", "p_holm")
        )
        print(f"  {kind:6}  {raw:.3f} ({holm:.3f})  wanted {share}")
        reached.append(raw >= share)
    return reached


def same_bytes(site: Sequence[ImageSource]) -> bool:
    """Digest of the saved sums of the same set, made in different ways."""
    shuffled = random.Random(0).sample(site, len(site))
    half = len(site) // 2
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "half.npz"
        save_blend(blend(shuffled[half:]), saved)
        ways = {
            "1 worker": blend(site, workers=1),
            "2 workers": blend(site, workers=2),
            "4 workers": blend(site, workers=4),
            "shuffled": blend(shuffled),
            "two halves, one saved and loaded": blend(shuffled[:half]) + load_blend(saved),
        }
        digests = {}
        for way, result in ways.items():
            path = Path(folder) / "sums.npz"
            save_blend(result, path)
            digests[way] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    print("saved sums, sha256")
    for way, digest in digests.items():
        print(f"  {way:33}{digest}")
    return len(set(digests.values())) == 1


if __name__ == "__main__":
    sys.exit(main())
