"""Pictures that are drawn pixel for pixel: enlarged by whole numbers, in the 8 bits they have.

Loaded by whoever draws one: it needs matplotlib.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.image import AxesImage
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from forensics._typing import Image

__all__ = ["PixelImage", "add_picture"]

_WHOLE = 1e-6
"""How far from a whole number of dots what stands for it may be."""


class PixelImage(AxesImage):
    """Image on axes that repeats its pixels where it is enlarged by whole numbers.

    Matplotlib resamples in floats of 64 bits, which takes ten times the memory of what is
    drawn, and by three it smooths. Wherever a pixel is no whole number of dots it does so still.
    """

    def make_image(
        self, renderer: RendererBase, magnification: float = 1.0, unsampled: bool = False
    ) -> tuple[NDArray[Any], float, float, Affine2D]:
        """Colours as they are drawn, from the lowest row up, and where.

        Parameters
        ----------
        renderer : matplotlib.backend_bases.RendererBase
            What draws.
        magnification : float
            Dots to one of its units.
        unsampled : bool
            Whether the renderer enlarges by itself.

        Returns
        -------
        ndarray, shape (M, N, 4), uint8
            RGBA.
        left, bottom : float
            Lower left corner, in the units of the renderer.
        transform : matplotlib.transforms.Affine2D
            What else is to be done; nothing where it was enlarged here.
        """
        placed = None if unsampled else self._placed(magnification)
        if placed is None:
            return super().make_image(renderer, magnification, unsampled)
        left, bottom, across, down = placed
        pixels: NDArray[Any] = np.ma.asarray(self.get_array())
        colors: Image = self.to_rgba(pixels, bytes=True, norm=pixels.ndim == 2)
        words = np.ascontiguousarray(colors[::-1]).view(np.uint32)[..., 0]
        enlarged = words.repeat(down, axis=0).repeat(across, axis=1)
        drawn = enlarged[..., np.newaxis].view(np.uint8)
        return drawn, left / magnification, bottom / magnification, Affine2D()

    def _placed(self, magnification: float) -> tuple[int, int, int, int] | None:
        """Lower left corner in dots, and the dots that a pixel is wide and high, if all whole."""
        left, right, bottom, top = self.get_extent()
        corners = self.get_transform().transform([(left, bottom), (right, top)]) * magnification
        clip = np.asarray((self.get_clip_box() or self.axes.bbox).extents) * magnification
        inside = (corners[0] > clip[:2] - 0.5).all() and (corners[1] < clip[2:] + 0.5).all()
        rows, columns = self.get_size()
        factors = (corners[1] - corners[0]) / (columns, rows)
        exact = np.concatenate([corners[0], factors])
        x, y, across, down = np.rint(exact).astype(int).tolist()
        whole = min(across, down) > 0 and np.abs(exact - (x, y, across, down)).max() < _WHOLE
        if not (inside and whole) or self.origin != "upper" or self.get_alpha() is not None:
            return None
        return x, y, across, down


def add_picture(axes: Axes, pixels: NDArray[Any], **looks: Any) -> PixelImage:
    """Add a picture to axes, its first row on top, as ``axes.imshow`` would.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes to draw on.
    pixels : ndarray, shape (M, N, 3), uint8, or (M, N), any dtype
        Colours, or numbers that have some.
    **looks : object
        What ``matplotlib.image.AxesImage`` takes: `cmap`, `norm`, `interpolation`.

    Returns
    -------
    PixelImage
        The picture.
    """
    artist = PixelImage(axes, origin="upper", **looks)
    artist.set_data(pixels)
    axes.set_aspect("equal")
    artist.set_clip_path(axes.patch)
    artist.set_extent(artist.get_extent())
    axes.add_image(artist)
    return artist
