"""Every second line brighter: a sensor's two amplifiers, or the lines of a screen.

Read-out adds one offset, or one gain, to every second line of the whole frame: along one
axis, in all colours, and in dark and light as its law says. Up-sampling layers add what the
content makes of them: another amount everywhere, and another in every colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forensics._typing import Axis, Channel, FloatArray
from forensics.traces.blockwise import block_means, block_z, two_sided
from forensics.traces.color import CHANNELS
from forensics.traces.filters import box_mean
from forensics.traces.planes import PlanesLike, as_planes

__all__ = ["LineLaw", "Readout", "readout"]

LineLaw: TypeAlias = Literal["offset", "gain"]

_WINDOW, _CLIP, _CLIPPED = 15, 3.0, 8


@dataclass(frozen=True, slots=True)
class Readout:
    """Amount that is added to every second line.

    Parameters
    ----------
    axis : {"rows", "columns"}
        Lines that alternate; the stronger of the two.
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
        Chance of as much along the other axis.
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


def readout(image: PlanesLike) -> Readout:
    """Trace of the alternating lines of a sensor's read-out, or of a screen.

    Of every block of 32 pixels the alternating part of each colour is taken, weighted by what
    is usual around; one offset, or one gain, is fitted to all blocks and colours.

    Parameters
    ----------
    image : ndarray or Planes, shape (M, N, 3) or (M, N), uint8 or float, counts
        Picture to measure, at least 64 pixels a side.

    Returns
    -------
    Readout
        The offset or gain, and how much of the alternation it explains.

    Raises
    ------
    ImageShapeError
        `image` has another shape, or what is no finite number.

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
    picture = as_planes(image)
    channels: tuple[Channel, ...] = CHANNELS[:1] if picture.is_gray else CHANNELS[1:]
    planes = [picture.single(channel) for channel in channels]
    luma = picture.rough_luma
    inside = np.ones(luma.shape, np.bool_)
    for plane in planes:
        inside &= (plane > _CLIPPED) & (plane < 255 - _CLIPPED)
    rows, columns = (_Alternating(luma, inside, number) for number in (0, 1))
    first, second = sorted((rows, columns), key=lambda one: one.p_value)
    law, amount, explained, departure = first.fit(luma, planes)
    axis: Axis = "rows" if first is rows else "columns"
    return Readout(axis, law, amount, explained, first.p_value, second.p_value, departure)


class _Alternating:
    """The alternating part of the lines along one axis, in every block."""

    def __init__(self, luma: NDArray[np.float32], inside: NDArray[np.bool_], axis: int) -> None:
        self.axis = axis
        passed = self._passed(luma)
        self.usual = box_mean(np.abs(passed), _WINDOW) + np.float32(0.5)
        signs = np.where(np.arange(luma.shape[axis]) % 2, 2, -2).astype(np.float32)
        signs[[0, -1]] = 0
        self.signed = inside / self.usual * (signs[:, np.newaxis] if axis == 0 else signs)
        self.luma = self._alternating(passed)
        self.p_value = two_sided(block_z(self.luma), len(self.luma))

    def _passed(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        """Every line, less the mean of its neighbours, halved."""
        passed = np.empty_like(plane)
        lines, out = (plane, passed) if self.axis == 0 else (plane.T, passed.T)
        out[[0, -1]] = 0
        np.add(lines[:-2], lines[2:], out=out[1:-1])
        passed /= -2
        out[1:-1] += lines[1:-1]
        passed /= 2
        return passed

    def _alternating(self, passed: NDArray[np.float32]) -> FloatArray:
        """Alternating part of every block, weighted."""
        most = np.float32(_CLIP) * self.usual
        parts = np.minimum(passed, most)
        np.maximum(parts, np.negative(most, out=most), out=parts)
        parts *= self.signed
        return block_means(parts)

    def fit(
        self, luma: NDArray[np.float32], planes: list[NDArray[np.float32]]
    ) -> tuple[LineLaw, float, float, float]:
        """The law that explains more, its amount, the share explained, how colours keep it."""
        weights = np.abs(self.signed)
        flat, level = block_means(weights) / 2, block_means(luma * weights) / 2
        found: list[tuple[LineLaw, float, float]] = []
        laws: list[tuple[LineLaw, FloatArray]] = [("offset", flat), ("gain", level)]
        energy = float(self.luma @ self.luma)
        for law, model in laws:
            size = float(model @ model)
            amount = float(self.luma @ model) / size if size > 0 else 0.0
            left = float(np.sum((self.luma - amount * model) ** 2))
            found.append((law, amount, 1 - left / energy if energy > 0 else 0.0))
        law, amount, explained = max(found, key=lambda one: one[2])
        usual = abs(float(self.luma.mean()))
        if len(planes) == 1 or usual == 0:
            return law, amount, explained, 0.0 if usual else 1.0
        rest = []
        for plane in planes:
            parts = self._alternating(self._passed(plane))
            model = flat if law == "offset" else block_means(plane * weights) / 2
            rest.append(float((parts - amount * model).mean()))
        return law, amount, explained, max(abs(one - rest[1]) for one in rest) / usual
