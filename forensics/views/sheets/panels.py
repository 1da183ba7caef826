"""Parts that several sheets share: a profile beside its spectrum, a footnote, a name cut short."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from forensics.images.sources.names import printable
from forensics.traces.profiles import LineProfile
from forensics.views.figures import INK, placed_axes, show_line_profile, show_spectrum, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "LEFT",
    "PANEL",
    "RIGHT",
    "footnote",
    "profile_pair",
    "short_name",
]

LEFT, RIGHT, PANEL = 72, 690, 512
"""Pixels from the left of a sheet to its two columns of plots, and their width."""


def profile_pair(
    figure: Figure,
    top: int,
    profiles: Sequence[LineProfile],
    finding: str,
    *,
    height: int = 170,
) -> Axes:
    """One kind of profile on the left, titled with what was found, and its spectrum.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        1240 pixels wide.
    top : int, pixels
        Distance from the top of the figure.
    profiles : sequence of LineProfile
        Profiles of one kind, of rows and of columns.
    finding : str
        Finding for the title, as from `render_finding`.
    height : int, pixels
        Height of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        Axes of the spectrum, to be annotated.
    """
    kind = profiles[0].kind
    left = placed_axes(figure, LEFT, top, PANEL, height)
    right = placed_axes(figure, RIGHT, top, PANEL, height)
    for profile in profiles:
        show_line_profile(profile, ax=left)
        show_spectrum(profile, ax=right)
    # Long numbers would push the label off the sheet.
    left.set_ylabel(left.get_ylabel(), fontsize=9.5)
    left.yaxis.set_label_coords(-0.103, 0.5)
    left.tick_params(axis="y", labelsize=9.5)
    title(left, f"{kind.capitalize()}: {finding}")
    right.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.98), ncols=2, frameon=False)
    return right


def footnote(figure: Figure, sentences: Sequence[str]) -> None:
    """Write at the foot of a sheet what must stand beside every result.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Sheet to write on.
    sentences : sequence of str
        Sentences to write, such as warnings.
    """
    width = int(figure.get_size_inches()[0] * 13)
    text = "\n".join(textwrap.wrap(" ".join(sentences), width))
    figure.text(0.015, 0.008, text, fontsize=8.5, color=INK, va="bottom")


def short_name(name: str, longest: int = 40) -> str:
    """End of a name, which tells more than its beginning.

    Parameters
    ----------
    name : str
        Name to shorten.
    longest : int
        Largest number of characters.

    Returns
    -------
    str
        The name itself where it is short enough.

    Examples
    --------
    >>> short_name("a/long/way/to/cats/7.jpg", 12)
    '...ats/7.jpg'
    """
    name = printable(name)
    return name if len(name) <= longest else f"...{name[3 - longest :]}"
