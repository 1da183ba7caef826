"""A figure as a piece of a web page: small, of the page's own colours and letters."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from forensics.views.figures.canvas import AXIS_COLORS, DPI, INK, MUTED, PAPER
from forensics.views.figures.saving import save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["inline_svg"]

_SVG = "http://www.w3.org/2000/svg"
_LINK = "http://www.w3.org/1999/xlink"
_THEME = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    PAPER: "transparent",
    AXIS_COLORS["rows"]: "var(--rows)",
    AXIS_COLORS["columns"]: "var(--columns)",
    "#009e73": "var(--diagonal)",
    "#cc79a7": "var(--antidiagonal)",
    "#000000": "var(--ink)",
    "'DejaVu Sans'": "var(--font)",
}
"""What the page decides instead, so that a figure reads in light and in dark."""
_DROPPED = {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"}


def inline_svg(figure: Figure, name: str, finding: str) -> str:
    """Figure as an ``<svg>`` element that can stand in a page of HTML.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw.
    name : str
        Unlike that of any other figure of the page: a word of letters, digits and hyphens.
    finding : str
        Text alternative: what the figure shows, for those who cannot see it.

    Returns
    -------
    str
        Colours and letters are the page's, by the variables of its style sheet.
    """
    drawn = io.BytesIO()
    save_figure(figure, drawn, "svg", dpi=DPI, as_text=True)
    root = ET.fromstring(drawn.getvalue())
    for parent in list(root.iter()):
        for child in [one for one in parent if one.tag in _DROPPED]:
            parent.remove(child)
    ids = {one.attrib["id"]: f"{name}-{number}" for number, one in enumerate(_with_id(root))}
    for one in root.iter():
        for key, value in list(one.attrib.items()):
            one.attrib[key] = _renamed(key, value, ids)
    for side in ("width", "height"):
        del root.attrib[side]
    root.attrib |= {"role": "img", "aria-label": finding, "class": "drawing"}
    _forget_names(root)
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _LINK)
    return ET.tostring(root, encoding="unicode")


def _with_id(root: ET.Element) -> list[ET.Element]:
    return [one for one in root.iter() if "id" in one.attrib]


def _renamed(key: str, value: str, ids: dict[str, str]) -> str:
    """An attribute with names of its own page, and with the page's colours."""
    if key == "id":
        return ids[value]
    if key == f"{{{_LINK}}}href" and value[1:] in ids:
        return f"#{ids[value[1:]]}"
    if value.startswith("url(#") and value[5:-1] in ids:
        return f"url(#{ids[value[5:-1]]})"
    if key in {"style", "fill", "stroke"}:
        for old, new in _THEME.items():
            value = value.replace(old, new)
    return value


def _forget_names(root: ET.Element) -> None:
    """Take names away that nothing refers to."""
    used = {value for one in root.iter() for key, value in one.attrib.items() if key != "id"}
    for one in _with_id(root):
        name = one.attrib["id"]
        if f"#{name}" not in used and f"url(#{name})" not in used:
            del one.attrib["id"]
