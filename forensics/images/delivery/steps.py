"""The single steps of a delivery, as values: what was done is written down beside what came out.

A step is small, immutable and compares by value; ``str`` of it is how a
manifest and a table name it (`stepwords` reads that again), `step_numbers` what
a program reads.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from forensics.errors import ParameterError
from forensics.images.delivery.encode import SUBSAMPLINGS, Subsampling
from forensics.images.delivery.resize import KERNELS, Kernel, scaled_shape
from forensics.validation import check_choice

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "Crop",
    "Jpeg",
    "Paste",
    "Png",
    "Resize",
    "Step",
    "Webp",
    "read_step",
    "step_numbers",
    "step_record",
]


@dataclass(frozen=True, slots=True)
class Crop:
    """Step that cuts out a rectangle: every trace stays, its phase shifts.

    Parameters
    ----------
    top, left : int
        First row and column that are kept; 0 or more.
    rows, columns : int
        Size of the rectangle, 1 or more.

    Raises
    ------
    ParameterError
        One of them is not a whole number, or too small.

    Examples
    --------
    >>> str(Crop(3, 5, 256, 320))
    'crop 256x320 at (3, 5)'
    """

    top: int
    left: int
    rows: int
    columns: int

    def __post_init__(self) -> None:
        _check_whole("top", self.top, 0)
        _check_whole("left", self.left, 0)
        _check_whole("rows", self.rows, 1)
        _check_whole("columns", self.columns, 1)

    def __str__(self) -> str:
        return f"crop {self.rows}x{self.columns} at ({self.top}, {self.left})"


@dataclass(frozen=True, slots=True)
class Resize:
    """Step that resamples both sides by a factor: periods move, and new ones come.

    Parameters
    ----------
    scale : float
        Factor of both sides; below 1 reduces.
    kernel : {"nearest", "bilinear", "bicubic", "lanczos"}
        Kernel of the interpolation.
    antialias : bool
        Whether the kernel is widened by the factor of a reduction.

    Raises
    ------
    ParameterError
        `scale` is not a positive number, or `kernel` is not allowed.

    Examples
    --------
    >>> str(Resize(0.75)), str(Resize(0.5, "bilinear", antialias=False))
    ('resize x0.75 lanczos', 'resize x0.5 bilinear without antialiasing')
    """

    scale: float
    kernel: Kernel = "lanczos"
    antialias: bool = True

    def __post_init__(self) -> None:
        scaled_shape((1, 1), self.scale)
        check_choice("kernel", self.kernel, KERNELS)

    def __str__(self) -> str:
        how = "" if self.antialias else " without antialiasing"
        return f"resize x{self.scale:.6g} {self.kernel}{how}"


@dataclass(frozen=True, slots=True)
class Paste:
    """Step that puts the picture on a larger even surface, as a screenshot shows it in its window.

    Parameters
    ----------
    top, left : int
        Row and column of the surface at which the picture begins, 0 or more.
    rows, columns : int
        Size of the surface, 1 or more.
    gray : int, counts
        Shade of the surface, 0 to 255.

    Raises
    ------
    ParameterError
        One of them is not a whole number, or outside what is allowed.

    Examples
    --------
    >>> str(Paste(10, 20, 1080, 1920))
    'paste on 1080x1920 at (10, 20) gray 255'
    """

    top: int
    left: int
    rows: int
    columns: int
    gray: int = 255

    def __post_init__(self) -> None:
        _check_whole("top", self.top, 0)
        _check_whole("left", self.left, 0)
        _check_whole("rows", self.rows, 1)
        _check_whole("columns", self.columns, 1)
        _check_whole("gray", self.gray, 0, 255)

    def __str__(self) -> str:
        surface = f"{self.rows}x{self.columns}"
        return f"paste on {surface} at ({self.top}, {self.left}) gray {self.gray}"


@dataclass(frozen=True, slots=True)
class Jpeg:
    """Step that saves as JPEG, with the IJG tables of a quality.

    Parameters
    ----------
    quality : int
        Quality on the IJG scale, 1 to 100.
    subsampling : {"4:2:0", "4:2:2", "4:4:4"}
        Subsampling of the chroma.
    progressive : bool
        Whether it is stored in several scans; the pixels are the same.

    Raises
    ------
    ParameterError
        `quality` or `subsampling` is not allowed.

    Examples
    --------
    >>> str(Jpeg(75)), str(Jpeg(90, "4:4:4", progressive=True))
    ('jpeg q75 4:2:0', 'jpeg q90 4:4:4 progressive')
    """

    quality: int
    subsampling: Subsampling = "4:2:0"
    progressive: bool = False

    def __post_init__(self) -> None:
        _check_whole("quality", self.quality, 1, 100)
        check_choice("subsampling", self.subsampling, SUBSAMPLINGS)

    def __str__(self) -> str:
        order = " progressive" if self.progressive else ""
        return f"jpeg q{self.quality} {self.subsampling}{order}"


@dataclass(frozen=True, slots=True)
class Webp:
    """Step that saves as lossy WebP.

    Parameters
    ----------
    quality : int
        Quality on the scale of libwebp, 0 to 100.

    Raises
    ------
    ParameterError
        `quality` is not allowed.

    Examples
    --------
    >>> str(Webp(80))
    'webp q80'
    """

    quality: int = 80

    def __post_init__(self) -> None:
        _check_whole("quality", self.quality, 0, 100)

    def __str__(self) -> str:
        return f"webp q{self.quality}"


@dataclass(frozen=True, slots=True)
class Png:
    """Step that saves as PNG, which keeps every pixel.

    Examples
    --------
    >>> str(Png())
    'png'
    """

    def __str__(self) -> str:
        return "png"


Step: TypeAlias = Crop | Resize | Paste | Jpeg | Webp | Png
"""Anything that can be done to a picture on its way."""


def step_numbers(step: DataclassInstance) -> dict[str, Any]:
    """Step as a flat record, ready for JSON: its name and its numbers.

    Parameters
    ----------
    step : Step
        Or another dataclass of plain numbers and words.

    Returns
    -------
    dict
        ``"step"`` and the parameters under their own names.

    See Also
    --------
    read_step : A step from words.

    Examples
    --------
    >>> step_numbers(Jpeg(75))
    {'step': 'jpeg', 'quality': 75, 'subsampling': '4:2:0', 'progressive': False}
    """
    return {"step": type(step).__name__.lower(), **asdict(step)}


def step_record(step: DataclassInstance, psnr: float | None) -> dict[str, Any]:
    """A step that was done, ready for JSON: its numbers, its words, and what it changed.

    Parameters
    ----------
    step : Step
        Or another dataclass of plain numbers and words.
    psnr : float, dB, optional
        Peak signal-to-noise ratio of luma, infinite where nothing changed.

    Returns
    -------
    dict
        As `step_numbers`, with ``"text"`` and ``"psnr"``, None where it is infinite or missing.

    Examples
    --------
    >>> step_record(Png(), math.inf)
    {'step': 'png', 'text': 'png', 'psnr': None}
    """
    finite = None if psnr is None or not math.isfinite(psnr) else round(psnr, 2)
    return {**step_numbers(step), "text": str(step), "psnr": finite}


def _check_whole(name: str, value: int, least: int, most: int | None = None) -> None:
    try:
        found = operator.index(value)
    except TypeError:
        found = least - 1
    if found < least or (most is not None and found > most):
        allowed = f"{least} or more" if most is None else f"{least} to {most}"
        raise ParameterError(f"{name} is {value!r}: pass a whole number, {allowed}")


_SIZE, _PLACE = r"(?P<rows>\d+)x(?P<columns>\d+)", r"\((?P<top>\d+), *(?P<left>\d+)\)"
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"

Words = Mapping[str, str | None]


def _crop(words: Words) -> Step:
    return Crop(_whole(words, "top"), _whole(words, "left"), *_size(words))


def _resize(words: Words) -> Step:
    kernel = cast("Kernel", words["kernel"] or "lanczos")
    return Resize(float(words["scale"] or 0), kernel, antialias=words["without"] is None)


def _paste(words: Words) -> Step:
    gray = _whole(words, "gray", 255)
    return Paste(_whole(words, "top"), _whole(words, "left"), *_size(words), gray)


def _jpeg(words: Words) -> Step:
    subsampling = cast("Subsampling", words["subsampling"] or "4:2:0")
    progressive = words["progressive"] is not None
    return Jpeg(_whole(words, "quality"), subsampling, progressive=progressive)


_GRAMMAR: dict[str, Callable[[Words], Step]] = {
    rf"crop {_SIZE}(?: at {_PLACE})?": _crop,
    rf"resize x(?P<scale>{_NUMBER})(?: (?P<kernel>[a-z]+))?"
    "(?P<without> without antialiasing)?": _resize,
    rf"paste on {_SIZE}(?: at {_PLACE})?(?: gray (?P<gray>\d+))?": _paste,
    r"jpeg q(?P<quality>\d+)(?: (?P<subsampling>\d:\d:\d))?(?P<progressive> progressive)?": _jpeg,
    r"webp q(?P<quality>\d+)": lambda words: Webp(_whole(words, "quality")),
    "png": lambda _: Png(),
}


def read_step(text: str) -> Step:
    """Step that is named by words, as a step's own ``str`` writes them.

    What ``str`` says of a step is read as that step (a scale to six digits), and what
    has a usual value may be left out.

    Parameters
    ----------
    text : str
        For instance ``crop 256x320 at (3, 5)``, ``resize x0.75 bicubic without antialiasing``,
        ``paste on 1080x1920 at (10, 20) gray 255``, ``jpeg q75 4:2:0 progressive``, ``webp q80`` or
        ``png``.

    Returns
    -------
    Step
        The step, with its usual values where nothing is said of them.

    Raises
    ------
    ParameterError
        It names none, or one with a parameter that is not allowed.

    See Also
    --------
    step_numbers : A step as a record.

    Examples
    --------
    >>> read_step("jpeg q75")
    Jpeg(quality=75, subsampling='4:2:0', progressive=False)
    >>> read_step("crop 256x320")
    Crop(top=0, left=0, rows=256, columns=320)
    """
    words = " ".join(text.lower().split())
    for pattern, make in _GRAMMAR.items():
        found = re.fullmatch(pattern, words, re.ASCII)
        if found:
            return make(found.groupdict())
    raise ParameterError(
        f"step is {text!r}: write it like 'crop 256x320 at (3, 5)', 'resize x0.75 lanczos', "
        "'paste on 1080x1920 at (10, 20)', 'jpeg q75 4:2:0', 'webp q80' or 'png'"
    )


def _size(words: Words) -> tuple[int, int]:
    return _whole(words, "rows"), _whole(words, "columns")


def _whole(words: Words, name: str, usual: int = 0) -> int:
    digits = words[name]
    # Thousands of digits are no number of anything here, and int() would refuse them.
    return usual if digits is None else int(digits[:20])
