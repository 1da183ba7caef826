"""A contact sheet: many pictures at once, small, to see what a set is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from forensics._typing import Image
from forensics.counting import counted
from forensics.images.read import MAX_PIXELS, read_image, turned
from forensics.images.sources.find import ImageSource
from forensics.views.figures import (
    INK,
    MUTED,
    house_style,
    new_figure,
    placed_axes,
    placed_text,
    show_image,
)
from forensics.views.rasters import reduced, step_for
from forensics.views.results.captions import file_name
from forensics.views.sheets.panels import fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "MOST",
    "Small",
    "show_sheet",
    "small_picture",
    "spread",
]

MOST = 120
"""Pictures on a sheet unless more are asked for."""
_SIDE, _GAP, _WORDS, _TOP = 128, 12, 18, 64
_COLUMNS = 8

Small = tuple[str, Image]
"""Name, and pixels at most 128 a side, the way up that they are to be seen."""


def spread(images: Sequence[ImageSource], most: int = MOST) -> list[ImageSource]:
    """At most so many pictures of a set, evenly spread over it.

    Parameters
    ----------
    images : sequence of ImageSource
        Pictures of the set, as `find_images` returns them.
    most : int
        Largest number of pictures.

    Returns
    -------
    list of ImageSource
        All of them where there are no more.

    Examples
    --------
    >>> from forensics.images.sources.local import BytesSource
    >>> [one.name for one in spread([BytesSource(str(n), b"") for n in range(10)], 3)]
    ['0', '3', '6']
    """
    n = min(len(images), most)
    return [images[place * len(images) // n] for place in range(n)]


def small_picture(source: ImageSource, *, max_pixels: int = MAX_PIXELS) -> Small:
    """One picture reduced for a contact sheet, with its name.

    Parameters
    ----------
    source : ImageSource
        Picture to read.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.

    Returns
    -------
    name : str
        Name of the picture, as people are shown it.
    image : ndarray, shape (M, N, 3), uint8, counts
        The reduced picture, the way up that it is to be seen.
    """
    image, record = read_image(source, max_pixels=max_pixels)
    small = reduced(image, step_for(image.shape, _SIDE))
    return source.name, np.ascontiguousarray(turned(small, record.orientation))


@house_style()
def show_sheet(pictures: Sequence[Small], n: int, name: str) -> Figure:
    """Contact sheet: pictures in rows, each over the end of its name.

    Parameters
    ----------
    pictures : sequence of (str, ndarray of shape (M, N, 3), uint8, counts)
        Names and pictures, from `small_picture`.
    n : int
        Number of pictures in the set.
    name : str
        Name of the set.

    Returns
    -------
    matplotlib.figure.Figure
        As wide as a row of pictures.
    """
    columns = min(_COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    cell = _SIDE + _GAP
    height = _TOP + rows * (cell + _WORDS) + _GAP
    width = max(640, columns * cell + _GAP)
    figure = new_figure(width, height)
    shown = f": {len(pictures):,} of {counted(n)}" if len(pictures) < n else f": {counted(n)}"
    said = fitted(file_name(name), shown, width - 2 * _GAP, 13)
    placed_text(figure, _GAP, 16, said, color=INK, fontsize=13)
    for number, (called, image) in enumerate(pictures):
        row, column = divmod(number, columns)
        left, top = _GAP + column * cell, _TOP + row * (cell + _WORDS)
        tall, wide = image.shape[:2]
        axes = placed_axes(
            figure, left, top + _SIDE - min(tall, _SIDE), min(wide, _SIDE), min(tall, _SIDE)
        )
        show_image(image, ax=axes)
        named = fitted(file_name(called), "", _SIDE, 7.5)
        placed_text(figure, left, top + _SIDE + 3, named, color=MUTED, fontsize=7.5)
    return figure
