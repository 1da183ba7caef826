"""What happened to a picture: one class for each cause, with the numbers that show it.

Read by ``match``; ``to_dict`` gives the numbers as JSON has them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeAlias

from forensics._typing import Axis
from forensics.detection.signs import Sign
from forensics.traces.makers.wavelets import Wavelet

__all__ = [
    "Camera",
    "Cause",
    "CauseName",
    "Chroma",
    "Container",
    "Dither",
    "Earlier",
    "Enlarged",
    "Frame",
    "Generator",
    "Halftone",
    "Interlace",
    "JpegSave",
    "Jpeg2000",
    "Page",
    "Resampled",
    "ScanLines",
    "Sensor",
    "Unexplained",
    "Watermark",
    "WebP",
]

CauseName: TypeAlias = Literal[
    "generator",
    "jpeg",
    "jpeg2000",
    "webp",
    "resampling",
    "chroma",
    "camera",
    "sensor",
    "scan lines",
    "interlace",
    "halftone",
    "dither",
    "watermark",
    "frame",
    "page",
    "network enlargement",
    "unexplained",
]

_DISAGREE = 3
"""Steps of quality from which pixels and file are said to differ."""
_PAINTED = 0.1
"""Share of one colour from which it says more than lines of text do."""


@dataclass(frozen=True, slots=True)
class Container:
    """What the file's own header says about its compression.

    Parameters
    ----------
    format : str
        "JPEG", "WEBP", "PNG" and so on.
    quality : int, optional
        Of a JPEG.
    subsampling : str, optional
        Of a JPEG.
    """

    format: str
    quality: int | None = None
    subsampling: str | None = None


class _Numbers:
    """A cause as JSON has it: its fields by name, those that are not known left out."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Its numbers by name, ready for JSON."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in known.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True)
class Generator(_Numbers):
    """A generator, with every sign that speaks for it."""

    cause: ClassVar[CauseName] = "generator"
    signs: tuple[Sign, ...]

    def to_dict(self) -> dict[str, Any]:
        """The signs by name."""
        return {"signs": {one.name: one.to_dict() for one in self.signs}}


@dataclass(frozen=True, slots=True)
class Earlier(_Numbers):
    """An earlier JPEG compression: the origin of its grid, and its quality."""

    origin: tuple[int, int]
    quality: int


@dataclass(frozen=True, slots=True)
class JpegSave(_Numbers):
    """JPEG, by its grid in the pixels.

    Parameters
    ----------
    origin : (int, int)
        Row and column at which its blocks begin.
    log10_nfa : float
        Number of such grids expected by chance.
    quality : int, optional
        By the pixels.
    standard_table : bool, optional
    earlier : Earlier, optional
        A compression before.
    file_quality : int, optional
        By the file's own tables.
    """

    cause: ClassVar[CauseName] = "jpeg"
    origin: tuple[int, int]
    log10_nfa: float
    quality: int | None = None
    standard_table: bool | None = None
    earlier: Earlier | None = None
    file_quality: int | None = None

    @property
    def is_contradicted(self) -> bool:
        """Whether the file says another quality than its pixels: three steps or more apart."""
        if not self.quality or not self.file_quality:
            return False
        return abs(self.quality - self.file_quality) >= _DISAGREE

    def to_dict(self) -> dict[str, Any]:
        """Its numbers by name, ready for JSON."""
        numbers = _Numbers.to_dict(self)
        if self.earlier:
            numbers["earlier"] = self.earlier.to_dict()
        return {"quality": None, "standard_table": None} | numbers


@dataclass(frozen=True, slots=True)
class Jpeg2000(_Numbers):
    """JPEG 2000, by the details of its wavelet that are nothing, at one place at all levels."""

    cause: ClassVar[CauseName] = "jpeg2000"
    wavelet: Wavelet
    zeros: float
    elsewhere: float
    p_value: float


@dataclass(frozen=True, slots=True)
class WebP(_Numbers):
    """Lossy WebP, or video: luma on the steps of the studio range."""

    cause: ClassVar[CauseName] = "webp"
    resultant: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Resampled(_Numbers):
    """Resizing, with the factors that would make what was found.

    Parameters
    ----------
    factors : tuple of float
        The likeliest first.
    frequency, p_value : float, optional
        Of the beat, in cycles a pixel.
    repeated_lines : float, optional
        Share of lines that repeat the line before.
    ratio : float, optional
        Of period 2 in first differences, where nothing else shows.
    """

    cause: ClassVar[CauseName] = "resampling"
    factors: tuple[float, ...]
    frequency: float | None = None
    p_value: float | None = None
    repeated_lines: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Chroma(_Numbers):
    """Colour that was stored at half size."""

    cause: ClassVar[CauseName] = "chroma"
    p_value: float
    file_subsampling: str | None = None


@dataclass(frozen=True, slots=True)
class Camera(_Numbers):
    """A camera's mosaic: red and blue mirrored along both axes, and diagonals unlike.

    Where the camera has scaled the picture, the diagonal alone, moved by this scale.
    """

    cause: ClassVar[CauseName] = "camera"
    p_value: float
    rows: float | None = None
    columns: float | None = None
    diagonal: float | None = None
    scale: float | None = None


@dataclass(frozen=True, slots=True)
class Sensor(_Numbers):
    """Read-out: one offset (counts) or gain (share) on every second line of the whole frame."""

    cause: ClassVar[CauseName] = "sensor"
    axis: Axis
    law: str
    amount: float
    explained: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ScanLines(_Numbers):
    """Every second row darker, by one share of the brightness, as the lines of a screen are."""

    cause: ClassVar[CauseName] = "scan lines"
    amount: float
    explained: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Interlace(_Numbers):
    """Odd lines moved against even ones, in pixels."""

    cause: ClassVar[CauseName] = "interlace"
    shift: int
    votes: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Halftone(_Numbers):
    """The dots of a print: pitch in pixels, angle in degrees, amplitude in counts."""

    cause: ClassVar[CauseName] = "halftone"
    pitch: float
    angle: float
    amplitude: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Dither(_Numbers):
    """Few levels, and a threshold for every place of a small cell."""

    cause: ClassVar[CauseName] = "dither"
    levels: int
    share: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Watermark(_Numbers):
    """The same drawing again and again, so many rows and columns apart."""

    cause: ClassVar[CauseName] = "watermark"
    offset: tuple[int, int]
    correlation: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Frame(_Numbers):
    """An even border: lines at the top, bottom, left and right."""

    cause: ClassVar[CauseName] = "frame"
    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Page(_Numbers):
    """A page or a screen: so large a share of exactly one colour."""

    cause: ClassVar[CauseName] = "page"
    share: float

    @property
    def is_painted(self) -> bool:
        """Whether the one colour says more than lines of text do."""
        return self.share >= _PAINTED


@dataclass(frozen=True, slots=True)
class Enlarged(_Numbers):
    """A network that enlarges pictures, by its pattern: neither innocent nor an accusation."""

    cause: ClassVar[CauseName] = "network enlargement"
    network: str
    share: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Unexplained(_Numbers):
    """Periods that none of the causes explains."""

    cause: ClassVar[CauseName] = "unexplained"
    periods: tuple[float, ...]


Cause: TypeAlias = (
    Generator
    | JpegSave
    | Jpeg2000
    | WebP
    | Resampled
    | Chroma
    | Camera
    | Sensor
    | ScanLines
    | Interlace
    | Halftone
    | Dither
    | Watermark
    | Frame
    | Page
    | Enlarged
    | Unexplained
)
