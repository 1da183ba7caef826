"""Where the texts of a figure come to lie, and which of them lie on one another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

TOUCH = 1.0
"""Pixels by which boxes may touch: ascenders and descenders of neighbours."""


@contextmanager
def recorded() -> Iterator[list[Text]]:
    """All texts that are drawn while the block runs: ticks beyond an axis are not."""
    drawn: list[Text] = []
    plain = Text.draw

    def draw(self, renderer):
        drawn.append(self)
        plain(self, renderer)

    Text.draw = draw
    try:
        yield drawn
    finally:
        Text.draw = plain


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that can be seen on a figure, with its box in pixels."""
    with recorded() as texts:
        figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    shown = {id(text): text for text in texts if text.get_visible() and text.get_text().strip()}
    return [(text.get_text(), text.get_window_extent(renderer)) for text in shown.values()]


def misplaced(figure: Figure) -> list[tuple[str, ...]]:
    """Texts that leave the figure, and pairs that lie on one another."""
    width, height = figure.get_size_inches() * figure.dpi
    found = boxes(figure)
    wrong: list[tuple[str, ...]] = [
        (text, f"{box.extents}")
        for text, box in found
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    for (first, a), (second, b) in itertools.combinations(found, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > TOUCH and down > TOUCH:
            wrong.append((first, second))
    return wrong
