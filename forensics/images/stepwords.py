"""Steps of a delivery from their words, as people write them and manifests keep them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import cast

from forensics.errors import ParameterError
from forensics.images.encoding import Subsampling
from forensics.images.resizing import Kernel
from forensics.images.steps import Crop, Jpeg, Paste, Png, Resize, Step, Webp

__all__ = ["read_step"]

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
    """Step that these words name.

    What ``str`` says of a step is read as that step (a scale to six digits), and what
    has a usual value may be left out.

    Parameters
    ----------
    text : str
        ``crop 256x320 at (3, 5)``, ``resize x0.75 bicubic without antialiasing``,
        ``paste on 1080x1920 at (10, 20) gray 255``, ``jpeg q75 4:2:0 progressive``,
        ``webp q80`` or ``png``.

    Returns
    -------
    Step

    Raises
    ------
    ParameterError
        It names none, or one with a parameter that is not allowed.

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
