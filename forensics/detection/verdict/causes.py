"""What happened to a picture: a class for each cause, the evidence that names it, what it explains.

Read by ``match``; ``to_dict`` gives the numbers as JSON has them.

A cause is named where something is there that it alone leaves. A period of 2 in luma is left
by half of them, and by generators: it names nobody.
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeAlias

from forensics._typing import Axis
from forensics.detection.verdict.evidence import Evidence, EvidencePart
from forensics.detection.verdict.signs import Sign, SignName
from forensics.traces.fingerprints.match import Kind
from forensics.traces.makers.wavelets import Wavelet
from forensics.traces.periods import Banding, Period, banding
from forensics.traces.significance import fisher

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
    "Jpeg2000",
    "JpegSave",
    "KnownSource",
    "NEEDS_CAUSE",
    "Page",
    "Resampled",
    "ScanLines",
    "Sensor",
    "Unexplained",
    "Watermark",
    "WebP",
    "cameras",
    "chroma",
    "codecs",
    "enlargements",
    "explanation",
    "generator",
    "jpegs",
    "known_sources",
    "lines",
    "prints",
    "resamplings",
    "surrounds",
    "vetoed",
]

CauseName: TypeAlias = Literal[
    "generator",
    "known source",
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
    """What a file's own header says about its compression.

    Parameters
    ----------
    format : str
        "JPEG", "WEBP", "PNG" and so on.
    quality : int, optional
        Quality of a JPEG, 1 to 100.
    subsampling : str, optional
        Subsampling of a JPEG's chroma.
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
    """Cause "generator", with every sign that speaks for it.

    Parameters
    ----------
    signs : tuple of Sign
        Signs that were found, the strongest first.
    """

    cause: ClassVar[CauseName] = "generator"
    signs: tuple[Sign, ...]

    def to_dict(self) -> dict[str, Any]:
        """Signs by name, ready for JSON."""
        return {"signs": {one.name: one.to_dict() for one in self.signs}}


@dataclass(frozen=True, slots=True)
class KnownSource(_Numbers):
    """Cause "known source": the pattern of pictures that nobody said to be generated.

    A camera, a watermark, a way of enlarging or saving, or a generator: the pattern is the same in
    all pictures of the source, and does not tell which.

    Parameters
    ----------
    source : str
        Name of the fingerprint.
    kind : {"whole frame", "decoder tile"}
        Whether the fingerprint is one of the whole frame or a decoder tile.
    matched_as : str
        How it fits, as in `FingerprintMatch`.
    z : float
        Standard normal score of the chance.
    p_value : float
        Chance of as good a fit in a picture of another source, over all that were tried.
    """

    cause: ClassVar[CauseName] = "known source"
    source: str
    kind: Kind
    matched_as: str
    z: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Earlier(_Numbers):
    """Earlier JPEG compression of a picture.

    Parameters
    ----------
    origin : (int, int)
        Row and column at which its blocks began.
    quality : int
        Its quality, 1 to 100.
    """

    origin: tuple[int, int]
    quality: int


@dataclass(frozen=True, slots=True)
class JpegSave(_Numbers):
    """Cause "jpeg", by its grid in the pixels.

    Parameters
    ----------
    origin : (int, int)
        Row and column at which its blocks begin.
    log10_nfa : float
        Number of such grids expected by chance.
    quality : int, optional
        Quality by the pixels, 1 to 100; None where they do not tell.
    standard_table : bool, optional
        Whether the IJG table of that quality fits; None where no quality is told.
    earlier : Earlier, optional
        Compression before the last one; None where none shows.
    file_quality : int, optional
        Quality by the file's own tables, 1 to 100.
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
        """Whether the file says another quality than its pixels, three steps or more apart."""
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
    """Cause "jpeg2000", by details of its wavelet that vanish at one place on all levels.

    Parameters
    ----------
    wavelet : {"5/3", "9/7"}
        Wavelet that fits better: reversible or irreversible.
    zeros : float
        Share of details of the finest level below half a count, at that place.
    elsewhere : float
        The same share at the other three places.
    p_value : float
        Chance of as clear a trace without this cause.
    """

    cause: ClassVar[CauseName] = "jpeg2000"
    wavelet: Wavelet
    zeros: float
    elsewhere: float
    p_value: float


@dataclass(frozen=True, slots=True)
class WebP(_Numbers):
    """Cause "webp": lossy WebP, or video, by luma on the steps of the studio range.

    Parameters
    ----------
    resultant : float
        How closely luma keeps to these steps, 0 to 1.
    p_value : float
        Chance of as clear a trace without this cause.
    """

    cause: ClassVar[CauseName] = "webp"
    resultant: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Resampled(_Numbers):
    """Cause "resampling", with the factors that would make what was found.

    Parameters
    ----------
    factors : tuple of float
        The likeliest first.
    frequency, p_value : float, optional
        Frequency of the beat, in cycles a pixel, and the chance of it.
    repeated_lines : float, optional
        Share of lines that repeat the line before.
    ratio : float, optional
        Ratio of period 2 in first differences, where nothing else shows.
    """

    cause: ClassVar[CauseName] = "resampling"
    factors: tuple[float, ...]
    frequency: float | None = None
    p_value: float | None = None
    repeated_lines: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Chroma(_Numbers):
    """Cause "chroma": colour that was stored at half size.

    Parameters
    ----------
    p_value : float
        Chance of as clear a trace without this cause.
    file_subsampling : str, optional
        Subsampling by the file's own header.
    """

    cause: ClassVar[CauseName] = "chroma"
    p_value: float
    file_subsampling: str | None = None


@dataclass(frozen=True, slots=True)
class Camera(_Numbers):
    """Cause "camera": a mosaic with red and blue mirrored along both axes, and unlike diagonals.

    Where the camera has scaled the picture, the diagonal alone, moved by this scale.

    Parameters
    ----------
    p_value : float
        Chance of as clear a trace without this cause.
    rows : float, optional
        Contrast of red less blue between rows, as z; None where only the diagonal shows.
    columns : float, optional
        Contrast of red less blue between columns, as z.
    diagonal : float, optional
        Contrast between the diagonals, as z.
    scale : float, optional
        Factor by which the camera has scaled the picture; None where it has not.
    """

    cause: ClassVar[CauseName] = "camera"
    p_value: float
    rows: float | None = None
    columns: float | None = None
    diagonal: float | None = None
    scale: float | None = None


@dataclass(frozen=True, slots=True)
class Sensor(_Numbers):
    """Cause "sensor": one offset or gain on every second line of the whole frame.

    Parameters
    ----------
    axis : {"rows", "columns"}
        Lines that alternate.
    law : {"offset", "gain"}
        Whether the same number is added everywhere, or the same share of the brightness.
    amount : float
        Difference of odd and even lines: counts, or a share of the brightness.
    explained : float
        Share of the differences that this amount explains, 0 to 1.
    p_value : float
        Chance of as clear a trace without this cause, along its axis alone: uncorrected.
    """

    cause: ClassVar[CauseName] = "sensor"
    axis: Axis
    law: str
    amount: float
    explained: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ScanLines(_Numbers):
    """Cause "scan lines": every second row darker by one share, as the lines of a screen are.

    Parameters
    ----------
    amount : float
        Difference of odd and even rows, as a share of the brightness.
    explained : float
        Share of the differences that this amount explains, 0 to 1.
    p_value : float
        Chance of as clear a trace without this cause, along its axis alone: uncorrected.
    """

    cause: ClassVar[CauseName] = "scan lines"
    amount: float
    explained: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Interlace(_Numbers):
    """Cause "interlace": odd lines displaced against even ones.

    Parameters
    ----------
    shift : int, pixels
        Displacement, positive to the right.
    votes : float
        Share of the blocks with any texture that find this shift best.
    p_value : float
        Chance of as clear a trace without this cause.
    """

    cause: ClassVar[CauseName] = "interlace"
    shift: int
    votes: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Halftone(_Numbers):
    """Cause "halftone": the dots of a print.

    Parameters
    ----------
    pitch : float, pixels
        Length of the waves.
    angle : float, degrees
        Angle of the first wave from the columns, 0 to 90.
    amplitude : float, counts
        Amplitude of the weaker wave.
    p_value : float
        Chance of as clear a trace without this cause.
    """

    cause: ClassVar[CauseName] = "halftone"
    pitch: float
    angle: float
    amplitude: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Dither(_Numbers):
    """Cause "dither": few levels, and a threshold for every place of a small cell.

    Parameters
    ----------
    levels : int
        Number of different values in the channel that has most.
    share : float
        Share of the departures from the local mean that place explains, 0 to 1.
    p_value : float
        Chance of as clear a trace without this cause.
    """

    cause: ClassVar[CauseName] = "dither"
    levels: int
    share: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Watermark(_Numbers):
    """Cause "watermark": the same drawing again and again, at one distance.

    Parameters
    ----------
    offset : (int, int), pixels
        Rows and columns to where it returns.
    correlation : float
        Correlation of the picture with itself at that distance.
    p_value : float
        Chance of as clear a trace without this cause.
    """

    cause: ClassVar[CauseName] = "watermark"
    offset: tuple[int, int]
    correlation: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Frame(_Numbers):
    """Cause "frame": an even border around the picture.

    Parameters
    ----------
    top, bottom : int, pixels
        Number of rows above and below the picture.
    left, right : int, pixels
        Number of columns on its left and right.
    """

    cause: ClassVar[CauseName] = "frame"
    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Page(_Numbers):
    """Cause "page": a page or a screen, by its one colour.

    Parameters
    ----------
    share : float
        Share of the picture that has exactly that colour, 0 to 1.
    """

    cause: ClassVar[CauseName] = "page"
    share: float

    @property
    def is_painted(self) -> bool:
        """Whether the one colour says more than lines of text do."""
        return self.share >= _PAINTED


@dataclass(frozen=True, slots=True)
class Enlarged(_Numbers):
    """Cause "network enlargement", neither innocent nor an accusation.

    Parameters
    ----------
    network : str
        Name of the network's weights.
    share : float
        Share of what is added to each cell that the network's pattern explains, 0 to 1.
    p_value : float
        Chance of as clear a trace without this cause.
    """

    cause: ClassVar[CauseName] = "network enlargement"
    network: str
    share: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Unexplained(_Numbers):
    """Cause "unexplained": periods that none of the others explains.

    Parameters
    ----------
    periods : tuple of float, pixels
        Those periods.
    """

    cause: ClassVar[CauseName] = "unexplained"
    periods: tuple[float, ...]


Cause: TypeAlias = (
    Generator
    | KnownSource
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


NEEDS_CAUSE = 1e-3
"""Corrected p below which a period needs a cause."""
_SURE = 1e-6
"""Chance below which an innocent maker is named: one in a million pictures without it."""
_MOSAIC = 1e-4
"""The same for a mosaic, whose chance is that of the weakest of three parts."""
_EXPLAINED, _DEPARTURE = 0.7, 0.3
"""Of all alternation, what one number has to explain; and how far colours may leave its law."""
_SCREEN_GAIN = 0.015
"""Share of the brightness from which alternating rows are a screen's, not a sensor's."""
_DOTS = 4.0
"""Counts: dots of a print have 6 and more, ripples of generators less than 2."""
_LUMA_STEPS = 0.3
"""Resultant of studio luma: decoded colours have .55, coincidences in gray ones .16 at most."""
_DITHERED, _RETURNS = 0.03, 0.05
"""Shares that the place in a cell, and a return at a distance, have to explain."""
_NETWORK, _NETWORK_ADDED = 0.5, 0.3
"""Share of what is added to small cells that a network's pattern explains; generators reach .4,
and .21 where a pattern is added crosswise beyond doubt."""
_PAGE = 0.25
"""Share of pixels of exactly one colour, neither black nor white."""
_REPEATED = 0.04
_DOUBLED = 20.0
"""How far period 2 in first must exceed JPEG's other harmonics to be a doubling."""
_ONE_AXIS = 4.0
_OFF_BEAT, _NEXT_TO = 0.15, 0.006
"""How far a period may lie from the beat, in its own cycles, and from a harmonic, in cycles a
pixel: three bins of 512 lines."""
_SHARED_BEAT = 0.035
"""Sixteenths of a cycle around multiples of 1/16 where up-sampling layers beat as well."""
_BEYOND_BLOCKS = 6.0
"""How far period 2 of colour must exceed 8/3: blocks of 8 make both alike, of 16 only 2 and 4."""
_POWERS = (2.0, 4.0, 8.0, 16.0)


def generator(reasons: tuple[Sign, ...]) -> Generator:
    """Cause "generator", with the signs that speak for it.

    Parameters
    ----------
    reasons : tuple of Sign
        Signs that were found, the strongest first.

    Returns
    -------
    Generator
        With the signs in that order.
    """
    return Generator(reasons)


def known_sources(found: Evidence) -> list[KnownSource]:
    """Source whose fingerprint matches and that nobody said to be a generator, as a cause.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    list of KnownSource
        The likeliest match of each source, the likeliest source first; empty where none matches.
    """
    named: dict[str, KnownSource] = {}
    for one in sorted(found.matches, key=lambda match: match.log_chance):
        if one.matched and one.family is None:
            cause = KnownSource(one.name, one.kind, one.matched_as, one.z, one.p_value)
            named.setdefault(one.name, cause)
    return list(named.values())


def jpegs(found: Evidence, container: Container | None) -> list[JpegSave]:
    """JPEG as a cause, by its grid in the pixels.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.
    container : Container or None
        What the file says about its own compression, if there is a file.

    Returns
    -------
    list of JpegSave
        Empty where there is no grid.
    """
    grid, quality, earlier = found.jpeg.grid, found.jpeg.quality, found.jpeg.earlier
    if not grid.found:
        return []
    by_file = container.quality if container and container.format in ("JPEG", "MPO") else None
    return [
        JpegSave(
            grid.origin,
            grid.log10_nfa,
            quality.quality if quality else None,
            quality.standard if quality else None,
            Earlier(earlier.origin, earlier.quality) if earlier else None,
            by_file,
        )
    ]


def codecs(found: Evidence) -> list[Jpeg2000 | WebP]:
    """JPEG 2000 and lossy WebP as causes, by what they alone leave in the pixels.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    list of Jpeg2000 or WebP
        Empty where neither shows.
    """
    causes: list[Jpeg2000 | WebP] = []
    wavelets, studio = found.makers.wavelets, found.makers.studio
    if wavelets.p_value < _SURE:
        causes.append(
            Jpeg2000(wavelets.wavelet, wavelets.zeros, wavelets.elsewhere, wavelets.p_value)
        )
    if studio.p_value < _SURE and studio.resultant > _LUMA_STEPS:
        causes.append(WebP(studio.resultant, studio.p_value))
    return causes


def cameras(found: Evidence) -> list[Camera]:
    """Camera as a cause, by its mosaic; after JPEG, colours are no longer mirrored in full.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    list of Camera
        Empty where no mosaic shows.
    """
    seen, moved = found.makers.mosaic, found.makers.scaled_mosaic
    if seen.p_value < _MOSAIC and (seen.is_mirrored or found.jpeg.grid.found):
        return [Camera(seen.p_value, *seen.opposed, seen.diagonal)]
    returns = found.resampling.repeated > _REPEATED or prints(found)  # they have diagonals, too
    if moved.p_value < _MOSAIC and not returns:
        return [Camera(moved.p_value, scale=moved.scale)]
    return []


def lines(found: Evidence) -> list[Sensor | ScanLines | Interlace]:
    """Causes of alternating lines: a sensor's read-out, a screen's lines, the fields of video.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    list of Sensor, ScanLines or Interlace
        Empty where lines do not alternate.
    """
    causes: list[Sensor | ScanLines | Interlace] = []
    seen, fields = found.makers.readout, found.makers.interlacing
    drawn = _is_dithered(found) or _is_page(found)  # lines of text and of a dither alternate
    along_one = seen.p_value < _SURE < seen.p_across and not drawn
    if along_one and seen.explained > _EXPLAINED and seen.departure < _DEPARTURE:
        if seen.law == "gain" and seen.axis == "rows" and abs(seen.amount) > _SCREEN_GAIN:
            causes.append(ScanLines(seen.amount, seen.explained, seen.p_value))
        else:
            causes.append(Sensor(seen.axis, seen.law, seen.amount, seen.explained, seen.p_value))
    if fields.p_value < _SURE:
        causes.append(Interlace(fields.shift, fields.votes, fields.p_value))
    return causes


def prints(found: Evidence) -> list[Halftone | Dither | Watermark]:
    """Halftone, ordered dither and a tiled watermark as causes.

    The dots of a print and the words of a watermark both return at a distance.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    list of Halftone, Dither or Watermark
        Empty where none shows.
    """
    dots, few, tiles = found.makers.screen, found.makers.dithering, found.makers.tiling
    if _is_dithered(found):
        return [Dither(few.levels, few.share, few.p_value)]
    if dots.p_value < _SURE and dots.amplitude > _DOTS:
        return [Halftone(dots.pitch, dots.angle, dots.amplitude, dots.p_value)]
    if tiles.p_value < _SURE and tiles.correlation > _RETURNS and not _is_page(found):
        return [Watermark(tiles.offset, tiles.correlation, tiles.p_value)]
    return []


def _is_dithered(found: Evidence) -> bool:
    few = found.makers.dithering
    return few.p_value < _SURE and few.share > _DITHERED


def surrounds(found: Evidence) -> list[Frame | Page]:
    """Even border, and page or screen of one colour, as causes.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    list of Frame or Page
        Empty where neither shows.
    """
    causes: list[Frame | Page] = []
    borders = found.content.borders
    if sum(width > 0 for width in borders) > 1:
        causes.append(Frame(*borders))
    if _is_page(found):
        causes.append(Page(found.content.even))
    return causes


def enlargements(found: Evidence) -> list[Enlarged]:
    """Network that enlarges pictures as a cause; a mosaic's colours may look like one.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.

    Returns
    -------
    list of Enlarged
        Empty where no network's pattern shows.
    """
    seen = found.makers.enlargement
    least = _NETWORK_ADDED if found.added.p_value < _SURE else _NETWORK
    if seen.p_value > _SURE or seen.share < least or cameras(found):
        return []
    return [Enlarged(seen.network, seen.share, seen.p_value)]


def _is_page(found: Evidence) -> bool:
    """Painted in one colour, or lines of text on paper; nothing but one colour is neither."""
    content = found.content
    painted = content.even > _PAGE or (content.is_page and content.is_drawn)
    return not content.is_flat and (painted or content.has_text)


def resamplings(found: Evidence, generated: bool) -> list[Resampled]:
    """Resizing as a cause, by repeated lines, by a beat of its own, or by a doubling.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.
    generated : bool
        Whether a generator is there, whose layers beat as well.

    Returns
    -------
    list of Resampled
        Empty where no resizing shows.
    """
    beat = found.resampling
    if beat.repeated > _REPEATED:
        factor = 1 / (1 - min(beat.repeated, 0.9))
        return [Resampled((factor,), repeated_lines=beat.repeated)]
    # Up-sampling layers beat at these frequencies, too: there a beat speaks for nobody.
    apart = abs(beat.frequency * 16 - round(beat.frequency * 16))
    if beat.p_value < _SURE and apart > (0.1 if generated else _SHARED_BEAT):
        return [Resampled(beat.factors, beat.frequency, beat.p_value)]
    doubled = _doubling(found)
    if doubled and not generated:
        return [Resampled((2.0,), ratio=doubled)]
    return []


def _doubling(found: Evidence) -> float:
    """Ratio of period 2 in first if only an enlargement by 2 explains it, else 0.

    JPEG makes this period, too, but never without its other harmonics; a generator shows
    it in second.
    """
    second, _ = _second_evidence(found.middle)
    ratios = {
        period: min(
            one.ratio
            for one in found.periods
            if one.profile == "first" and math.isclose(one.period, period)
        )
        for period in (2.0, 4.0, 8 / 3)
    }
    tested = [one for one in banding(found.periods) if (one.profile, one.period) == ("first", 2.0)]
    others = max(ratios[4.0], ratios[8 / 3], 1.0)
    if tested[0].p_holm < NEEDS_CAUSE and ratios[2.0] > _DOUBLED * others and second < _ONE_AXIS:
        return ratios[2.0]
    return 0.0


def _second_evidence(part: EvidencePart) -> tuple[float, float]:
    """Evidence, in nats, that every second line is busier: both axes, and the weaker one.

    The stronger of two measures: second differences, and relative activity.
    """
    second = [one for one in part.periods if (one.profile, one.period) == ("second", 2)]
    measures: list[list[Period]] = [second, list(part.activity.periods)]
    together = max(_nats(fisher([one.p_value for one in both])) for both in measures)
    weaker = max(min(_nats(one.p_value) for one in both) for both in measures)
    return together, weaker


def _nats(p_value: float) -> float:
    return -math.log(min(p_value, 1.0))


def chroma(found: Evidence, container: Container | None) -> list[Chroma]:
    """Subsampled colour as a cause, by period 2 in colour beyond JPEG's other harmonics.

    Parameters
    ----------
    found : Evidence
        Traces of the picture, from `evidence`.
    container : Container or None
        What the file says about its own compression, if there is a file.

    Returns
    -------
    list of Chroma
        Empty where none shows.
    """
    tested = [one for one in banding(found.chroma) if one.period == 2 and one.p_holm < NEEDS_CAUSE]
    ratios = {
        period: max(one.ratio for one in found.chroma if math.isclose(one.period, period))
        for period in ((2.0, 8 / 3) if tested else ())
    }
    if not tested or ratios[2.0] < _BEYOND_BLOCKS * ratios[8 / 3]:
        return []
    return [Chroma(tested[0].p_holm, (container.subsampling or None) if container else None)]


def vetoed(causes: list[Cause]) -> frozenset[SignName]:
    """Signs of a generator that causes which are there would make as well.

    The crosswise pattern, and what repeats every few pixels: what works in cells of pixels.

    Parameters
    ----------
    causes : list of Cause
        Causes that were found.

    Returns
    -------
    frozenset of str
        Names of the signs that count for nothing.
    """
    makers = {one.cause for one in causes if not (isinstance(one, Camera) and one.scale)}
    cells = {
        "network enlargement",
        "jpeg2000",
        "webp",
        "camera",
        "halftone",
        "dither",
        "watermark",
        "interlace",
    }
    return frozenset({"crosswise pattern"} if makers & cells else ())


def explanation(band: Banding, found: Evidence, names: Set[CauseName]) -> tuple[CauseName, ...]:
    """Causes, among those that are there, that can make a period of a profile.

    Parameters
    ----------
    band : Banding
        Evidence for the period.
    found : Evidence
        Traces of the picture, from `evidence`.
    names : set of str
        Names of the causes that are there.

    Returns
    -------
    tuple of str
        Names of those that can; "unexplained" where none can.
    """
    two = math.isclose(band.period, 2)
    able: dict[CauseName, bool] = {
        "generator": True,
        "jpeg": _jpeg_makes(band, found),
        "jpeg2000": any(math.isclose(band.period, power) for power in _POWERS),
        "webp": not (two and band.profile == "second"),
        "resampling": _resampling_makes(band, found),
        "camera": two and any(one.scale is None for one in cameras(found)),
        "sensor": two,
        "scan lines": two,
        "interlace": two,
        "halftone": True,
        "dither": True,
        "watermark": _divides(band.period, found.makers.tiling.offset),
        "page": True,
        "network enlargement": any(math.isclose(band.period, power) for power in _POWERS[:2]),
    }
    able_here = tuple(name for name, makes in able.items() if makes and name in names)
    return able_here or ("unexplained",)


def _divides(period: float, offset: tuple[int, int]) -> bool:
    """Whether something that returns at this offset can have a period: as one of its harmonics."""
    turns = [abs(far) / period for far in offset if far]
    return any(math.isclose(turn, round(turn), abs_tol=1e-6) for turn in turns)


def _jpeg_makes(band: Banding, found: Evidence) -> bool:
    """JPEG makes 8 and its parts; 16 with subsampled colour; 2 in second on one axis only,
    and only where it came twice.
    """
    if band.period != 2 or band.profile == "first":
        return True
    _, weaker = _second_evidence(found.middle)
    return band.profile == "second" and weaker < _ONE_AXIS


def _resampling_makes(band: Banding, found: Evidence) -> bool:
    """Lines at a beat or at one of its next harmonics, folded back at half a cycle."""
    beat = found.resampling
    if band.period == 2 and band.profile == "first":
        return True
    if band.period == 2 and band.profile == "signed" and _doubling(found) > 0:
        return True
    if beat.repeated > _REPEATED and band.period != 2:
        return True
    line = 1 / band.period
    folded = [abs(k * beat.frequency - round(k * beat.frequency)) for k in (1, 2, 3)]
    multiples = [m * line for m in range(1, round(band.period / 2) + 1)]
    near = min(abs(folded[0] - one) for one in multiples) * band.period < _OFF_BEAT
    beside = min(abs(one - line) for one in folded) < _NEXT_TO
    return band.period != 2 and (near or beside)
