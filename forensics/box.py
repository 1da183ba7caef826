"""A part of a picture: where it begins, and its size."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from forensics._records import Count, TypedDict
from forensics.errors import ImageShapeError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Box", "BoxRecord", "as_box"]


class BoxRecord(TypedDict):
    """A part of a picture in JSON, in pixels."""

    top: Count
    left: Count
    rows: Count
    columns: Count


class Box(NamedTuple):
    """Part of a picture, such as another picture that stands in it.

    Parameters
    ----------
    top, left : int
        Its first row and column.
    rows, columns : int
        Its size in pixels.

    Examples
    --------
    >>> str(Box(40, 16, 512, 640))
    '40,16,512,640'
    """

    top: int
    left: int
    rows: int
    columns: int

    def __str__(self) -> str:
        return ",".join(map(str, self))

    def to_dict(self) -> BoxRecord:
        """The same for JSON."""
        return {"top": self.top, "left": self.left, "rows": self.rows, "columns": self.columns}

    def of(self, image: NDArray[Any]) -> NDArray[Any]:
        """The part of an image that lies here.

        Parameters
        ----------
        image : ndarray, shape (M, N, …), any dtype
            Image.

        Returns
        -------
        ndarray, shape (rows, columns, …), of the same dtype
            A copy in C order.

        Raises
        ------
        ImageShapeError
            It is not as large.
        """
        rows, columns = image.shape[:2]
        if self.top + self.rows > rows or self.left + self.columns > columns:
            raise ImageShapeError(
                f"image has shape {image.shape}, the box {self} reaches out of it: name first row, "
                "first column, rows and columns that it has"
            )
        down = slice(self.top, self.top + self.rows)
        part: NDArray[Any] = image[down, self.left : self.left + self.columns]
        return part.copy(order="C")


def as_box(box: Sequence[int]) -> Box:
    """Box of four numbers.

    Parameters
    ----------
    box : sequence of int
        First row, first column, rows and columns.

    Returns
    -------
    Box
        The same, checked.

    Raises
    ------
    ParameterError
        They are not four, or not of a part of any picture.

    Examples
    --------
    >>> as_box([40, 16, 512, 640]).rows
    512
    """
    try:
        if any(isinstance(one, bool) for one in box):
            raise TypeError
        top, left, rows, columns = map(operator.index, box)
    except (TypeError, ValueError):
        top, left, rows, columns = -1, -1, 0, 0
    if min(top, left) < 0 or min(rows, columns) < 1:
        raise ParameterError(
            f"box is {box!r}: pass first row, first column, rows and columns, as in "
            "(40, 16, 90, 80)"
        )
    return Box(top, left, rows, columns)
