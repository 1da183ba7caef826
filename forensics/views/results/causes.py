"""Each cause in words, and the bands of a picture with the causes they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forensics.detection.verdict.attribution import PeriodCause
from forensics.detection.verdict.causes import (
    Camera,
    Cause,
    CauseName,
    Chroma,
    Dither,
    Enlarged,
    Frame,
    Generator,
    Halftone,
    Interlace,
    Jpeg2000,
    JpegSave,
    KnownSource,
    Page,
    Resampled,
    ScanLines,
    Sensor,
    Unexplained,
    Watermark,
    WebP,
)
from forensics.detection.verdict.signs import CrosswiseSign, Sign, SignName
from forensics.images.sources.names import printable
from forensics.traces.fingerprints.match import FingerprintMatch
from forensics.views.results.sentences import (
    listed,
    lowered,
    render_chance,
    render_p,
    render_period,
    sentence,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "bands_found",
    "cause_phrase",
    "evidence_sentence",
    "mark_bands",
    "sign_meaning",
]


def cause_phrase(cause: Cause) -> str:
    """Cause in a few words, to stand in a list.

    Parameters
    ----------
    cause : Cause
        Cause of a trace.

    Returns
    -------
    str
        Without a capital and a full stop.

    Examples
    --------
    >>> cause_phrase(JpegSave((3, 5), -461.0, 75))
    'a JPEG grid at origin (3, 5), quality about 75'
    """
    match cause:
        case JpegSave():
            quality = f", quality about {cause.quality}" if cause.quality else ""
            return f"a JPEG grid at origin {cause.origin}{quality}"
        case KnownSource():
            return f"the fingerprint of {printable(cause.source)}"
        case Resampled():
            return f"a resizing by about {_factors(cause.factors, 3)}"
        case Unexplained():
            return _unexplained(cause)
        case _:
            return _PHRASES[cause.cause]


def evidence_sentence(cause: Cause) -> str:
    """Evidence for a cause in one sentence, with its numbers.

    Parameters
    ----------
    cause : Cause
        Cause of a trace.

    Returns
    -------
    str
        With a capital and a full stop.

    Examples
    --------
    >>> evidence_sentence(Chroma(3e-9))
    'Colour repeats every 2 pixels (p = 3e-9), as it does where it was stored at half size.'
    """
    return sentence(_evidence(cause))


def _evidence(cause: Cause) -> str:  # noqa: PLR0911, PLR0912 - one return for each cause
    match cause:
        case Generator():
            return _generator(cause.signs)
        case KnownSource():
            how = _as(cause.matched_as)
            return (
                f"the picture has the fingerprint of {printable(cause.source)}{how} "
                f"({render_chance(cause.p_value)}): one camera, one watermark, one way of saving "
                "or one generator, which the fingerprint does not tell"
            )
        case JpegSave():
            return _jpeg(cause)
        case Jpeg2000():
            return (
                f"{100 * cause.zeros:.0f} % of the finest details of the {cause.wavelet} wavelet "
                f"are nothing at one place, {100 * cause.elsewhere:.0f} % one pixel beside "
                f"({render_p(cause.p_value)}), as JPEG 2000 leaves them"
            )
        case WebP():
            return (
                f"luma stands on the 220 steps of the studio range ({render_p(cause.p_value)}), as "
                "lossy WebP and video store it"
            )
        case Resampled():
            return _resampled(cause)
        case Chroma():
            said = f"; the file says {cause.file_subsampling}" if cause.file_subsampling else ""
            return (
                f"colour repeats every 2 pixels ({render_p(cause.p_value)}), as it does where it "
                f"was stored at half size{said}"
            )
        case Camera(scale=float(scale)):
            return (
                "the diagonals of a camera's mosaic of colours are there, moved as scaling by "
                f"x{scale:.2f} moves them ({render_p(cause.p_value)})"
            )
        case Camera():
            return (
                "red and blue are mirrored along rows and columns, and the diagonals differ "
                f"({render_p(cause.p_value)}), as behind a camera's mosaic of colours"
            )
        case Sensor() | ScanLines():
            return _lines(cause)
        case Interlace():
            return (
                f"odd lines are moved by {abs(cause.shift)} pixels in {100 * cause.votes:.0f} % of "
                f"the picture ({render_p(cause.p_value)}), as the two fields of video are"
            )
        case Halftone():
            return (
                f"dots stand {cause.pitch:.3g} pixels apart, {cause.amplitude:.0f} counts strong "
                f"({render_p(cause.p_value)}), as in print"
            )
        case Dither():
            return (
                f"{cause.levels} levels are spread by place within cells of 8 x 8 pixels "
                f"({render_p(cause.p_value)}), as an ordered dither does it"
            )
        case Watermark():
            down, right = (abs(far) for far in cause.offset)
            return (
                f"the same faint drawing returns {down} rows and {right} columns away, all over "
                f"({render_p(cause.p_value)}), as a tiled watermark or the noise of a renderer does"
            )
        case Frame():
            widths = listed([str(width) for width in _widths(cause)])
            return f"even borders of {widths} lines enclose the picture"
        case Page():
            if not cause.is_painted:
                return "the picture has the lines of text that pages and screens have"
            return (
                f"{100 * cause.share:.0f} % of the picture is painted in one colour, as pages and "
                "screens are"
            )
        case Enlarged():
            return (
                f"the pattern of {cause.network} explains {100 * cause.share:.0f} % of what is "
                f"added to every 4 x 4 pixels ({render_p(cause.p_value)}): enlarged by a network, "
                "a photograph or not"
            )
        case Unexplained():
            return _unexplained(cause)


def _widths(cause: Frame) -> list[int]:
    return [width for width in (cause.top, cause.bottom, cause.left, cause.right) if width]


def sign_meaning(sign: Sign) -> str:
    """Sign of a generator in words, and what makes it one.

    Parameters
    ----------
    sign : Sign
        Sign that was found.

    Returns
    -------
    str
        Without a full stop.

    Examples
    --------
    >>> from forensics.detection.verdict.signs import FingerprintSign
    >>> match = FingerprintMatch("f", "FLUX", "decoder tile", 6.0, -20.7, "tile", (0, 0), 1.0)
    >>> print(sign_meaning(FingerprintSign(-20.7, match)))
    The picture has the fingerprint of the decoder of the FLUX family (by chance less ...
    """
    return f"{_clause(sign)}{_MEANINGS[sign.name]}"


def _clause(sign: Sign) -> str:
    if isinstance(sign, CrosswiseSign):
        return (
            "The same small pattern is added all over, crosswise, every 2 or 4 pixels "
            f"({render_chance(sign.p_value)})"
        )
    return "No fingerprint could be sought" if sign.match is None else _fingerprint(sign.match)


def _generator(signs: Sequence[Sign]) -> str:
    clauses = [_clause(sign) for sign in signs]
    if not clauses:
        return "No sign alone, but many traces together are as in pictures of generators"
    return "; ".join([clauses[0], *map(lowered, clauses[1:])])


def _fingerprint(match: FingerprintMatch) -> str:
    what = (
        f"the decoder of the {match.family} family"
        if match.kind == "decoder tile"
        else match.family
    )
    how = _as(match.matched_as)
    chance = render_chance(match.p_value)
    if not match.matched:
        return (
            f"Of all known fingerprints that of {what} comes nearest, but does not match ({chance})"
        )
    return f"The picture has the fingerprint of {what}{how} ({chance})"


def _as(matched_as: str) -> str:
    return "" if matched_as == "tile" else f", as a {matched_as}"


def _jpeg(cause: JpegSave) -> str:
    row, column = cause.origin
    expected = cause.log10_nfa
    chance = f"{10**expected:.1g} such grids" if expected > -6 else "less than one in a million"
    said = (
        f"JPEG's blocks of 8 x 8 pixels begin at row {row}, column {column} ({chance} expected by "
        "chance)"
    )
    if cause.quality:
        said += f", saved at quality about {cause.quality}"
    if cause.is_contradicted:
        said += f" (the file says {cause.file_quality})"
    if cause.earlier:
        moved = "" if cause.earlier.origin == cause.origin else " on another grid"
        said += f", and before{moved} at about {cause.earlier.quality}"
    return said


def _factors(factors: Sequence[float], most: int) -> str:
    return listed([f"x{round(factor, 2):g}" for factor in factors[:most]], "or")


def _resampled(cause: Resampled) -> str:
    if cause.repeated_lines is not None:
        share = f"{100 * cause.repeated_lines:.0f} % of the lines repeat the line before"
        return f"{share} exactly, as enlarging by about {_factors(cause.factors, 1)} makes them"
    if cause.frequency is not None and cause.p_value is not None:
        return (
            f"Lines are busier every {1 / cause.frequency:.3g} pixels "
            f"({render_p(cause.p_value)}), as resizing by about {_factors(cause.factors, 3)} "
            "makes them"
        )
    return (
        f"Every second line is smoother, {cause.ratio or 0:,.0f} times the noise, in "
        f"first and not in second differences, as enlarging by {_factors(cause.factors, 1)} makes "
        "it"
    )


def _lines(cause: Sensor | ScanLines) -> str:
    made = "a sensor that is read out through two amplifiers"
    axis, by_share = "rows", True
    if isinstance(cause, Sensor):
        axis, by_share = cause.axis, cause.law == "gain"
    else:
        made = "the lines of a screen"
    amount = f"{100 * abs(cause.amount):.1f} %" if by_share else f"{abs(cause.amount):.2g} counts"
    return (
        f"every second line along {axis} is brighter by {amount}, in all colours and all over "
        f"({render_p(cause.p_value, corrected=False)}), as {made} makes it"
    ).replace("screen makes", "screen make")


def _unexplained(cause: Unexplained) -> str:
    periods = listed([render_period(period) for period in sorted(set(cause.periods))])
    return f"bands every {periods} pixels are not all explained by the causes that are known here"


_PHRASES: dict[CauseName, str] = {
    "generator": "a generator",
    "known source": "the fingerprint of a known source",
    "jpeg2000": "the details of JPEG 2000",
    "webp": "the luma of lossy WebP or video",
    "chroma": "subsampled colour",
    "camera": "a camera's mosaic of colours",
    "sensor": "the read-out of a sensor",
    "scan lines": "the lines of a screen",
    "interlace": "the two fields of video",
    "halftone": "the dots of a print",
    "dither": "an ordered dither",
    "watermark": "a drawing that returns all over",
    "frame": "an even border",
    "page": "a page or a screen",
    "network enlargement": "an enlargement by a network",
}
_MEANINGS: dict[SignName, str] = {
    "crosswise pattern": ": up-sampling layers of generators do that",
    "fingerprint": (
        ", the pattern that its generator adds to every picture; generators built alike can match"
    ),
}


def bands_found(bands: Sequence[PeriodCause]) -> str:
    """What the marks of bands say: only bands that need a cause.

    Parameters
    ----------
    bands : sequence of PeriodCause
        Significant periods of one kind of profile.

    Returns
    -------
    str
        Without a full stop.

    Examples
    --------
    >>> bands_found([])
    'No bands at any tested period'
    """
    if not bands:
        return "No bands at any tested period"
    periods = sorted({one.banding.period for one in bands})
    strongest = render_p(min(one.banding.p_holm for one in bands))
    return f"Bands every {listed([*map(render_period, periods)])} pixels ({strongest})"


def mark_bands(axes: Axes, bands: Sequence[PeriodCause]) -> None:
    """Mark every significant period in a spectrum of lines, with its causes and its chance.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes that `show_spectrum` drew on.
    bands : sequence of PeriodCause
        Significant periods of the same kind of profile.
    """
    from forensics.views.figures import INK, label_periods

    for one in bands:
        axes.axvline(1 / one.banding.period, color=INK, linewidth=0.9, zorder=0.5)
    label_periods(
        axes,
        {one.banding.period: (*one.causes, render_p(one.banding.p_holm)) for one in bands},
        bold=[one.banding.period for one in bands if "generator" in one.causes],
    )
