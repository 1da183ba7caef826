"""Draw the figures of README.md and the docs again, from the shipped references alone.

python docs/make_figures.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from forensics import Side, blend_periods, load_reference, show_comparison
from forensics.views.figures import save_figure

FOLDER = Path(__file__).parent / "figures"
NAMES = {"thiscatdoesnotexist": "thiscatdoesnotexist.com, GAN", "afhq": "AFHQ, real"}


def main() -> int:
    """Draw the comparison of generated and real cats."""
    blends = [(title, load_reference(name)) for name, title in NAMES.items()]
    gan, real = (Side(title, blend, blend_periods(blend)) for title, blend in blends)
    path = FOLDER / "comparison.png"
    with path.open("wb") as file:
        save_figure(show_comparison(gan, real), file, "png")
    print(f"{path.name}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
