"""Draw the figures of README.md and the docs again, from what is shipped and scikit-image alone.

python docs/make_figures.py [NAMES]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import skimage.data
from matplotlib.figure import Figure

import forensics as cf
from forensics.detection.verdict.typical import load_typical
from forensics.images.delivery.encode import jpeg_bytes
from forensics.images.delivery.simulate import LAYERS
from forensics.images.sources.find import BytesSource
from forensics.views.figures import DPI, save_figure, show_typical_spectrum

FOLDER = Path(__file__).parent / "figures"
NAMES = {"thiscatdoesnotexist": "thiscatdoesnotexist.com, GAN", "afhq": "AFHQ, real"}
SECOND = 2
"""Place of the second profile among the three."""


def comparison() -> Figure:
    """The thread's picture: generated and real cats, maps and spectra."""
    blends = [(title, cf.load_reference(name)) for name, title in NAMES.items()]
    gan, real = (
        cf.detection.Side(title, blend, cf.traces.line_bands(blend.mean)) for title, blend in blends
    )
    return cf.views.show_comparison(gan, real)


def blends() -> Figure:
    """Both blends as pictures."""
    figure, axes = _panels(2, width=8, height=4.2)
    for ax, (name, title) in zip(axes, NAMES.items(), strict=True):
        blend = cf.load_reference(name)
        cf.show_blend(blend.mean, ax=ax)
        ax.set_title(f"{blend.n_images} of {title}")
    return figure


def weave() -> Figure:
    """A piece of both distance maps, large enough to see single rows."""
    figure, axes = _panels(2, width=8, height=4.2)
    for ax, (name, title) in zip(axes, NAMES.items(), strict=True):
        piece = cf.color_distance(cf.load_reference(name).mean)[8:104, 8:104]
        ax.imshow(piece, cmap="gray", vmin=piece.min(), vmax=piece.max(), interpolation="nearest")
        ax.set_title(title)
    return figure


def typical() -> Figure:
    """Spectra of second differences, picture by picture."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for ax, (name, title) in zip(axes, NAMES.items(), strict=True):
        found = load_typical(name)
        show_typical_spectrum(found.ratios[SECOND], ax=ax)
        ax.set_title(f"{title}: {found.n_images} pictures")
    return figure


def layers() -> Figure:
    """What seven kinds of up-sampling layers add to a picture."""
    cat = cf.images.resized(skimage.data.chelsea(), 0.75)
    figure, axes = _panels(len(LAYERS), width=13, height=2.4)
    for ax, name in zip(axes, LAYERS, strict=True):
        made = cf.images.simulated(cat, name, rng=np.random.default_rng(1)).pixels
        added = (made.astype(float) - cat).mean(axis=2)[60:84, 120:144]
        ax.imshow(added, cmap="gray", vmin=-6, vmax=6, interpolation="nearest")
        ax.set_title(name, fontsize=10)
    return figure


def inspected() -> Figure:
    """One picture of scikit-image, after a generator's layer and JPEG."""
    cat = cf.images.resized(skimage.data.chelsea(), 0.75)
    made = cf.images.simulated(
        cat, "transposed-3", strength=1.5, rng=np.random.default_rng(1)
    ).pixels
    source = BytesSource("cat.jpg", jpeg_bytes(made, quality=90))
    return cf.views.show_inspection(*cf.detection.inspect_image(source))


def processes() -> Figure:
    """First and second differences after JPEG, enlarging, and a generator's layer."""
    cat = cf.images.resized(skimage.data.chelsea(), 0.75)
    made = cf.images.simulated(
        cat, "transposed-3", strength=1.5, rng=np.random.default_rng(1)
    ).pixels
    shown = {
        "JPEG of quality 75": cf.deliver(cat, [cf.images.Jpeg(75)]).pixels,
        "enlarged x2": cf.images.resized(cat, 2.0),
        "a generator's last layer": made,
    }
    figure, axes = plt.subplots(
        2, 3, figsize=(12, 5.5), sharex=True, sharey=True, layout="constrained"
    )
    for column, (title, pixels) in enumerate(shown.items()):
        for row, kind in enumerate(("first", "second")):
            cf.views.show_spectrum(cf.line_profile(pixels, kind=kind), ax=axes[row, column])
            axes[row, column].set_title(f"{title}: {kind} differences", fontsize=10)
    for ax in axes.flat:
        ax.label_outer()
    return figure


def _panels(n: int, *, width: float, height: float) -> tuple[Figure, list[plt.Axes]]:
    """Pictures side by side, without ticks."""
    figure, axes = plt.subplots(1, n, figsize=(width, height), layout="constrained")
    for ax in axes:
        ax.set(xticks=[], yticks=[])
    return figure, list(axes)


FIGURES: dict[str, Callable[[], Figure]] = {
    drawn.__name__: drawn
    for drawn in (comparison, blends, weave, typical, layers, inspected, processes)
}


def main() -> int:
    """Draw all of them, or those that are named."""
    for name in sys.argv[1:] or FIGURES:
        figure = FIGURES[name]()
        with (FOLDER / f"{name}.png").open("wb") as file:
            save_figure(figure, file, "png", dpi=DPI)
        plt.close(figure)
        print(f"{name}.png: {(FOLDER / f'{name}.png').stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
