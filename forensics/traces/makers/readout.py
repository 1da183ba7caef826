"""Every second line brighter: a sensor's two amplifiers, or the lines of a screen.

Read-out adds one offset, or one gain, to every second line of the whole frame: along one
axis, in all colours, and in dark and light as its law says. Up-sampling layers add what the
content makes of them: another amount everywhere, and another in every colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Axis, FloatArray
from forensics.checks import check_shape
from forensics.traces.filters import box_mean
from forensics.traces.makers.blockwise import block_means, block_z, two_sided

__all__ = ["LineLaw", "Readout", "readout"]

LineLaw: TypeAlias = Literal["offset", "gain"]

_LUMA = np.array([0.299, 0.587, 0.114])
_WINDOW, _CLIP, _CLIPPED = 15, 3.0, 8


@dataclass(frozen=True, slots=True)
class Readout:
    """One amount that is added to every second line.

    Parameters
    ----------
    axis : {"rows", "columns"}
        Which lines alternate; the stronger of the two.
    law : {"offset", "gain"}
        Whether the same number is added everywhere, or the same share of the brightness.
    amount : float
        Difference of odd and even lines: counts, or a share of the brightness.
    explained : float
        Share, 0 to 1, of the differences of all blocks, squared, that this one number
        explains: where read-outs are clear it is .9; generators reach .6.
    p_value : float
        Chance of such a mean difference where lines do not alternate.
    p_across : float
        The same along the other axis.
    departure : float
        How far red and blue are from the law beside green, over the difference in luma: near 0
        for a read-out, which knows no colours; up-sampling layers differ in each.
    """

    axis: Axis
    law: LineLaw
    amount: float
    explained: float
    p_value: float
    p_across: float
    departure: float


def readout(image: NDArray[Any]) -> Readout:
    """Seek the alternating lines of a sensor's read-out, or of a screen.

    Of every block of 32 pixels the alternating part of each colour is taken, weighted by what
    is usual around; one offset, or one gain, is fitted to all blocks and colours.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3) or (M, N), uint8 or float, counts
        At least 64 pixels a side.

    Returns
    -------
    Readout

    Raises
    ------
    ImageShapeError
        `image` has another shape.

    References
    ----------
    El Gamal et al. 1998, *Modeling and estimation of FPN components in CMOS image sensors*.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(100, 3, (128, 128, 3))
    >>> image[:, 64:] += 100
    >>> image[:, ::2] *= 1.02
    >>> found = readout(image)
    >>> found.axis, found.law, round(abs(found.amount), 2), found.p_value < 1e-6 < found.p_across
    ('columns', 'gain', 0.02, True)
    """
    check_shape(image)
    pixels = image if image.ndim == 3 else image[..., np.newaxis]
    rows, columns = (_Alternating(pixels.astype(np.float32), number) for number in (0, 1))
    first, second = sorted((rows, columns), key=lambda one: one.p_value)
    law, amount, explained, departure = first.fit()
    axis: Axis = "rows" if first is rows else "columns"
    return Readout(axis, law, amount, explained, first.p_value, second.p_value, departure)


class _Alternating:
    """The alternating part of the lines along one axis, in every block and colour."""

    def __init__(self, pixels: NDArray[np.float32], number: int) -> None:
        lines = np.moveaxis(pixels, number, 0)
        passed = np.zeros_like(lines)
        passed[1:-1] = lines[1:-1] / 2 - (lines[:-2] + lines[2:]) / 4
        usual = box_mean(np.abs(passed).mean(axis=2), _WINDOW) + 0.5
        inside = np.all((lines > _CLIPPED) & (lines < 255 - _CLIPPED), axis=2, keepdims=True)
        inside[[0, -1]] = False
        weights = inside / usual[..., np.newaxis]
        signs = np.where(np.arange(len(lines)) % 2, 1.0, -1.0).astype(np.float32)
        clipped = np.clip(passed, -_CLIP * usual[..., np.newaxis], _CLIP * usual[..., np.newaxis])
        self.parts = block_means(2 * clipped * signs[:, np.newaxis, np.newaxis] * weights)
        self.weights = block_means(weights)[:, 0]
        self.levels = block_means(lines * weights)
        luma = _LUMA if self.parts.shape[1] == 3 else np.ones(1)
        self.luma, self.level = self.parts @ luma, self.levels @ luma
        self.z = block_z(self.luma)
        self.p_value = two_sided(self.z, len(self.luma))

    def fit(self) -> tuple[LineLaw, float, float, float]:
        """The law that explains more, its amount, the share explained, how colours keep it."""
        flat = np.repeat(self.weights[:, np.newaxis], self.parts.shape[1], axis=1)
        laws: list[tuple[LineLaw, FloatArray, FloatArray]] = [
            ("offset", self.weights, flat),
            ("gain", self.level, self.levels),
        ]
        found = []
        for law, model, colors in laws:
            size = float(model @ model)
            amount = float(self.luma @ model) / size if size > 0 else 0.0
            energy = float(self.luma @ self.luma)
            left = float(np.sum((self.luma - amount * model) ** 2))
            explained = 1 - left / energy if energy > 0 else 0.0
            rest = self.parts - amount * colors
            usual = abs(float(self.luma.mean()))
            green = rest[:, [rest.shape[1] // 2]]
            apart = float(np.abs((rest - green).mean(axis=0)).max())
            departure = apart / usual if usual > 0 else 1.0
            found.append((law, amount, explained, departure))
        return max(found, key=lambda one: one[2])
