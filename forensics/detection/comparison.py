"""Two sets side by side: the blend of each, and every tested period of its line profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from forensics._typing import Channel, FloatArray
from forensics.images.sources.find import Skipped
from forensics.traces.periods import Period, period_test
from forensics.traces.profiles import line_profiles

__all__ = ["Blended", "Comparison", "Side", "blend_periods", "compared"]


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
    periods : tuple of Period
        Tested periods, from `blend_periods`.
    channel : {"luma", "red", "green", "blue"}
        Channel that the periods were sought in.
    """

    name: str
    blended: Blended
    periods: tuple[Period, ...]
    channel: Channel = "luma"


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two sets side by side.

    Parameters
    ----------
    a, b : Side
        Name, blend and periods of each.
    """

    a: Side
    b: Side


def blend_periods(blended: Blended, *, channel: Channel = "luma") -> tuple[Period, ...]:
    """Every tested period of a blend's line profiles.

    Parameters
    ----------
    blended : Blended
        A blend, or anything with its mean.
    channel : {"luma", "red", "green", "blue"}
        Channel that the periods are sought in; luma by default.

    Returns
    -------
    tuple of Period
        For signed, first and second, rows and then columns.

    Raises
    ------
    ImageShapeError
        The blend is too small for a period test.
    """
    profiles = line_profiles(blended.mean, channel=channel)
    return tuple(period for profile in profiles for period in period_test(profile))


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
            Side(name, one, blend_periods(one, channel=channel), channel)
            for name, one in zip(names, (a, b), strict=True)
        )
    )
