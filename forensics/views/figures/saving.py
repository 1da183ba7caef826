"""Figures as files: every format that matplotlib writes, the same bytes every time."""

from __future__ import annotations

import gzip
import io
import os
import re
from contextlib import chdir
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from forensics.errors import OutputError, ParameterError
from forensics.output import source_date
from forensics.views.figures.canvas import house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PRINT_DPI", "figure_kind", "load_elsewhere", "save_figure"]

PRINT_DPI = 300
"""Dots an inch that printers ask for: three times the pixels that figures are laid out by."""
_MAKER = "catforensics"
_LOSSLESS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 4},
    "jpg": {"quality": 95, "subsampling": 0},
    "tif": {"compression": "tiff_adobe_deflate"},
    "webp": {"lossless": True},
}
"""For Pillow: what is printed must not show the codec. A PNG at its usual level of 6 would take
twice the time, for files 5 % smaller."""
_DATED = {"pdf", "ps", "eps"}
"""Where matplotlib reads ``SOURCE_DATE_EPOCH``, though the date is left out."""
_BY_OTHERS = {"pgf", "avif", "webp"}
"""What LaTeX measures, and holds no pictures; and what not every Pillow has."""
_SAME = {"jpeg": "jpg", "tiff": "tif"}
_PS_DATE = re.compile(rb"^%%CreationDate: .*\n", re.MULTILINE)


@house_style()
def figure_kind(kind: str) -> str:
    """Format of a figure's file, by the ending of its name.

    Parameters
    ----------
    kind : str
        Ending, with or without its dot, in capitals or not.

    Returns
    -------
    str
        As matplotlib has it.

    Raises
    ------
    ParameterError
        Matplotlib writes no such format.

    Examples
    --------
    >>> figure_kind(".SVG")
    'svg'
    """
    from matplotlib.backend_bases import FigureCanvasBase

    asked, known = kind.lower().removeprefix("."), FigureCanvasBase.get_supported_filetypes()
    if asked not in known:
        ending = f"as .{asked}" if asked else "without an ending"
        raise ParameterError(
            f"a figure {ending} cannot be drawn: there is {', '.join(sorted(known))}, name one"
        )
    return asked


def load_elsewhere(folder: str) -> None:
    """Load matplotlib in another folder: it reads its settings once, from the one that it is in.

    Parameters
    ----------
    folder : str
        Path of a folder without any.
    """
    with chdir(folder):
        import matplotlib  # noqa: F401 - this is what reads them


def save_figure(
    figure: Figure,
    file: IO[bytes] | str | os.PathLike[str],
    kind: str,
    *,
    dpi: int = PRINT_DPI,
    as_text: bool = False,
) -> None:
    """Draw a figure into a file, the same bytes every time.

    No date is in it. A PNG names ``catforensics`` as its
    software: a figure of ours is told from a picture by that.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw.
    file : binary file, str or path-like
        Open file or path to write to.
    kind : str
        Format of the file, as from `figure_kind`: "png", "svg", "pdf", "eps", "tif" and others.
    dpi : int
        Dots an inch, of all where there are only pixels, and else of the pictures within.
    as_text : bool
        Whether the words of an SVG are kept as words, in the letters of whoever looks at it, and
        not as outlines.

    Raises
    ------
    ParameterError
        Matplotlib writes no such format; or ``SOURCE_DATE_EPOCH`` is no date, which PDF and
        PostScript stumble over.
    OutputError
        What it takes is not installed, such as LaTeX for PGF.
    """
    kind = figure_kind(kind)
    if kind in _DATED:
        source_date()
    with house_style():
        data = _file_of(figure, kind, dpi, as_text)
    if isinstance(file, str | os.PathLike):
        Path(file).write_bytes(data)
    else:
        file.write(data)


def _file_of(figure: Figure, kind: str, dpi: int, as_text: bool) -> bytes:
    import matplotlib as mpl

    # Drawn on paper of its own size; with SVG's own words, the font is that of the page.
    how: Any = {"svg.fonttype": "none" if as_text else "path", "ps.papersize": "figure"}
    drawn = io.BytesIO()
    with mpl.rc_context(how):
        try:
            figure.savefig(drawn, format=_plain(kind), dpi=dpi, **_described(kind))
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            if kind not in _BY_OTHERS:
                raise
            raise OutputError(
                f"a figure as {kind} cannot be drawn here ({error}): write PNG or PDF"
            ) from error
    data = drawn.getvalue()
    if kind in {"ps", "eps"}:
        data = _PS_DATE.sub(b"", data)
    return gzip.compress(data, mtime=0) if kind == "svgz" else data


def _plain(kind: str) -> str:
    return "svg" if kind == "svgz" else kind


def _described(kind: str) -> dict[str, Any]:
    """What a file says of itself, and how its pixels are packed."""
    said: dict[str, dict[str, Any]] = {
        "png": {"Software": _MAKER},
        "svg": {"Creator": _MAKER, "Date": None},
        "pdf": {"Creator": _MAKER, "CreationDate": None},
        "ps": {"Creator": _MAKER},
        "eps": {"Creator": _MAKER},
    }
    metadata = said.get(_plain(kind))
    packed = _LOSSLESS.get(_SAME.get(kind, kind))
    return {
        **({"metadata": metadata} if metadata else {}),
        **({"pil_kwargs": packed} if packed else {}),
    }
