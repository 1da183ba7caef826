"""Two sets side by side: the blend of each, and the bands of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from forensics._typing import Channel, FloatArray
from forensics.images.sources.find import Skipped
from forensics.traces.periods import Bands, line_bands

__all__ = ["Blended", "Comparison", "Side", "compared"]


class Blended(Protocol):
    """What a set must tell to be compared: a `Blend`, or a shipped `ReferenceBlend`."""

    @property
    def n_images(self) -> int:
        """Number of pictures."""

    @property
    def mean(self) -> FloatArray:
        """Per-pixel mean, shape (M, N, 3), counts."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Pictures left out."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that must stand beside every result."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One of two sets that are compared, with its blend and periods.

    Parameters
    ----------
    name : str
        Name of the set.
    blended : Blended
        Blend of the set.
    bands : Bands
        Bands of the lines of its mean, from `line_bands`.
    """

    name: str
    blended: Blended
    bands: Bands


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two sets side by side.

    Parameters
    ----------
    a, b : Side
        Name, blend and bands of each.
    """

    a: Side
    b: Side


def compared(
    a: Blended, b: Blended, *, names: tuple[str, str] = ("a", "b"), channel: Channel = "luma"
) -> Comparison:
    """Two blends side by side, with every tested period of both.

    Parameters
    ----------
    a, b : Blended
        Blends to compare.
    names : (str, str)
        Names of the sets.
    channel : {"luma", "red", "green", "blue"}
        Channel that the periods are sought in; luma by default.

    Returns
    -------
    Comparison
        Both sets, with every tested period.

    Raises
    ------
    ImageShapeError
        A blend is too small for a period test.

    See Also
    --------
    blend_periods : The periods of one blend.
    """
    return Comparison(
        *(
            Side(name, one, line_bands(one.mean, channel=channel))
            for name, one in zip(names, (a, b), strict=True)
        )
    )
