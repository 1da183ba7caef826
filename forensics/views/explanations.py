"""What an inspection found, in sentences that a journalist can quote.

Every sentence has the number it rests on. None calls a picture real: a trace that is not
found may have been lost on the way, or never have been there.
"""

from __future__ import annotations

import re
import textwrap

from forensics.detection.attribution import Attribution
from forensics.detection.causes import Cause, CauseName, Jpeg
from forensics.detection.inspection import Inspection
from forensics.detection.references import reference_rate
from forensics.traces.content import Content
from forensics.traces.tiles import TILE_SIDE
from forensics.views.causewords import cause_phrase, evidence_sentence, ground_meaning, listed
from forensics.views.sentences import render_p, render_period

__all__ = [
    "SCORE",
    "bound",
    "explain",
    "headline",
    "headline_parts",
    "parts_shape",
    "render_rate",
    "render_score",
    "wrapped",
]

SCORE = "chance that it was generated if half of all pictures were; near 50 % it says nothing"

_EXPLAINING: tuple[CauseName, ...] = ("camera", "jpeg", "resampling")
"""Causes that are told first where there is no trace of a generator, the rarest first."""
_NOT_PROOF = (
    "is not proof of a photograph: strong compression or resizing removes traces, and some "
    "generators leave none (a StyleGAN3 picture would not show here)."
)
_SIGNS = {
    "fingerprint": "the fingerprint of a known source",
    "bands": "every second line differing",
    "lattice": "a pattern added crosswise",
}
_LIMITS = {
    "flat": "almost all of one colour",
    "drawn": "a drawing, a screen or a dithered scan rather than a photograph",
    "page": "mostly of one shade, as pages of text and screens are",
}
_WHY = {
    "flat": "all of one colour look alike",
    "drawn": "what is drawn has patterns of its own",
    "page": "lines of text repeat as regularly as what a generator adds",
}
_WORDS = {3: "three", 9: "nine"}
_NO_BREAK = "\N{NO-BREAK SPACE}"
_BLOCKS = 0.1
"""Share of flat blocks from which it says more than the number of colours."""
_NONE = 0.005
"""Share of what convinces below which a sign is not worth a figure."""


def headline(inspection: Inspection) -> str:
    """The verdict in one line with whatever else was found, without a full stop.

    What a list of many pictures, or a title, has room for. Mixed causes are named.

    Parameters
    ----------
    inspection : Inspection

    Returns
    -------
    str
        As in "Generator trace, and a JPEG grid at origin (3, 5), quality about 75".
    """
    verdict, rest = headline_parts(inspection)
    return f"{verdict}{rest}"


def headline_parts(inspection: Inspection) -> tuple[str, str]:
    """The `headline` in two: the verdict, and what follows it.

    Parameters
    ----------
    inspection : Inspection

    Returns
    -------
    verdict : str
        One of the three, with a capital.
    rest : str
        Begins with its own punctuation; "" if there is nothing more to say.
    """
    found = inspection.attribution
    verdict = found.verdict[0].upper() + found.verdict[1:]
    if found.verdict == "unsure":
        return verdict, f": {_doubt(found)}"
    main = _main_cause(found)
    told = sorted(found.causes, key=lambda cause: cause.cause != main)
    unsaid = {"generator", "chroma", "unexplained"}
    others = listed([cause_phrase(cause) for cause in told if cause.cause not in unsaid])
    joined = ", and " if found.verdict == "generator trace" else ": "
    return verdict, f"{joined}{others}" if others else ""


def _main_cause(found: Attribution) -> CauseName | None:
    """What explains a picture without a trace of a generator, if something does."""
    names = {cause.cause for cause in found.causes}
    if found.verdict != "no generator trace":
        return None
    return next((name for name in _EXPLAINING if name in names), None)


def explain(inspection: Inspection) -> tuple[str, ...]:
    """Two to four plain sentences: what was found, what besides, and what it is worth.

    Parameters
    ----------
    inspection : Inspection

    Returns
    -------
    tuple of str
        Each with the number that it rests on.
    """
    found = inspection.attribution
    if found.verdict == "generator trace":
        finding, worth = ground_meaning(found.grounds[0]), _on_score(found)
    elif found.verdict == "unsure":
        finding, worth = _on_doubt(found, inspection.evidence.content), _on_nothing(found)
    elif (main := _main_cause(found)) is None:
        finding, worth = _on_signs(found), f"That no trace was found {_NOT_PROOF}"
    else:
        finding = _on_cause(found, _cause(found, main))
        worth = f"{_on_signs(found)}; that {_NOT_PROOF}"
    return tuple(
        filter(
            None,
            (
                f"{_where_measured(inspection, finding)}.",
                _besides(found),
                worth,
                _on_hidden(inspection),
            ),
        )
    )


def _on_hidden(inspection: Inspection) -> str:
    """What is said of pixels under a transparency that shows nothing of them."""
    hidden = inspection.record.hidden
    if hidden == 0:
        return ""
    share = f"{100 * hidden:.0f} %" if hidden >= 0.01 else "under 1 %"
    return f"Transparency hides {share} of the pixels: these count as even gray and decide nothing."


def render_rate(found: Attribution) -> str:
    """How many real pictures show as much: the sentence to quote, without a full stop.

    Parameters
    ----------
    found : Attribution

    Returns
    -------
    str
        As in "of 1,080 real pictures from 18 sources, as found and sent in all kinds of ways, 2
        show as much": a sign of a generator that is as strong.
    """
    rate = reference_rate(found.grounds[0].strength)
    n = rate.as_much
    show = {0: "none shows", 1: "1 shows", rate.real: "all show"}.get(n, f"{n:,} show")
    return (
        f"of {rate.real:,} real pictures from {rate.sources} sources, as found and sent in all "
        f"kinds of ways, {show} as much"
    )


def render_score(score: float) -> str:
    """A score for reading; what was calibrated on thousands knows no more than percents.

    Examples
    --------
    >>> render_score(0.98234), render_score(0.99991), render_score(1e-6)
    ('98 %', 'over 99 %', 'under 1 %')
    """
    if score > 0.99:
        return "over 99 %"
    return "under 1 %" if score < 0.01 else f"{100 * score:.0f} %"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of a sentence, broken at spaces but not within "p = 3e-9", "99 %" or "8 x 8".

    Parameters
    ----------
    text : str
    width : int
        Characters.

    Examples
    --------
    >>> wrapped("a chance of 99 % and p = 3e-9", 16)
    ['a chance of 99 %', 'and p = 3e-9']
    """
    lines = textwrap.wrap(bound(text), width, break_on_hyphens=False)
    return [line.replace(_NO_BREAK, " ") for line in lines] or [""]


def bound(text: str) -> str:
    r"""A sentence with no-break spaces in "p = 3e-9", "8 x 8", "99 %", "about 75".

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> bound("a chance of 99 %").split(" ")
    ['a', 'chance', 'of', '99\xa0%']
    """
    return re.sub(r" (?=[=<x%](?!\w))|(?<= [=<x]) |(?<=about) (?=\d)", _NO_BREAK, text)


def parts_shape(inspection: Inspection) -> tuple[int, int]:
    """Rows and columns of the parts of a picture that were measured: the whole, or tiles.

    Parameters
    ----------
    inspection : Inspection

    Returns
    -------
    (int, int), pixels
    """
    found = inspection.evidence
    rows, columns = found.shape[:2]
    if len(found.parts) == 1:
        return rows, columns
    return min(rows, TILE_SIDE), min(columns, TILE_SIDE)


def _where_measured(inspection: Inspection, finding: str) -> str:
    """The finding, after a word on the tiles of a large picture."""
    n = len(inspection.evidence.parts)
    if n == 1:
        return finding
    rows, columns = parts_shape(inspection)
    where = f"Measured on {_WORDS.get(n, n)} tiles of {columns} x {rows} pixels"
    return f"{where}: {finding[0].lower()}{finding[1:]}"


def _cause(found: Attribution, name: CauseName) -> Cause:
    return next(cause for cause in found.causes if cause.cause == name)


def _on_score(found: Attribution) -> str:
    strongest, *others = found.grounds
    agree = sum(ground.strength >= 1 for ground in others)
    also = "" if not agree else ", and another sign agrees" if agree == 1 else ", and others agree"
    return (
        f"The trace is {strongest.strength:.1f} times what would convince{also}: if half of all "
        f"pictures were generated, the chance that this one was is {render_score(found.score)}, "
        "from its pixels alone; a photograph reworked by a generator would show the same."
    )


def _on_cause(found: Attribution, cause: Cause) -> str:
    """What explains the picture's bands, and the bands that it explains."""
    bands = _bands_of(found, cause.cause)
    if isinstance(cause, Jpeg) and bands:
        quality = cause.quality
        said = f"at quality about {quality}, and that" if quality else "which"
        return f"The picture was saved as JPEG{'' if quality else ','} {said} explains {bands}"
    return evidence_sentence(cause)[:-1]


def _on_signs(found: Attribution) -> str:
    """What there is of a generator's signs where they do not convince."""
    n, strongest = len(found.grounds), found.grounds[0]
    if strongest.strength < _NONE:
        return f"Of {n} signs of a generator that were sought none was found"
    sign = _SIGNS.get(strongest.name, strongest.name)
    return (
        f"The strongest of {n} signs of a generator, {sign}, reaches "
        f"{100 * strongest.strength:.0f} % of what would convince"
    )


def _besides(found: Attribution) -> str:
    """Other causes than that of the verdict, in one sentence."""
    unsaid = {_main_cause(found), "generator", "unexplained"}
    others = [cause_phrase(cause) for cause in found.causes if cause.cause not in unsaid]
    return f"Besides, it shows {listed(others)}." if others else ""


def _doubt(found: Attribution) -> str:
    """Why one is unsure, in a few words."""
    if found.limits:
        return _LIMITS.get(found.limits[0], found.limits[0])
    if _bands_of(found, "unexplained"):
        return "bands that no known cause explains"
    if any(cause.cause == "network enlargement" for cause in found.causes):
        return "enlarged by a network, as photographs and generated pictures are"
    return "a sign of a generator, too weak to be sure"


def _on_doubt(found: Attribution, content: Content) -> str:
    blocks = f"{100 * content.flat:.0f} % of the picture's blocks of 4 x 4 pixels are of one colour"
    if "flat" in found.limits:
        return f"{blocks}: there is hardly anything in it that could bear a trace"
    if "drawn" in found.limits:
        few = f"The picture has {content.n_colors:,} colours"
        return (
            f"{few if content.flat < _BLOCKS else blocks}: it is a drawing, a screen or a dithered "
            "scan rather than a photograph, for which the tests are made"
        )
    if "page" in found.limits:
        return (
            f"{100 * content.plain:.0f} % of the picture is of one shade, as pages of text and "
            "screens are, and lines of text repeat as regularly as what a generator adds"
        )
    bands = _bands_of(found, "unexplained")
    enlarged = [one for one in found.causes if one.cause == "network enlargement"]
    if enlarged and not bands:
        return evidence_sentence(enlarged[0])[:-1]
    if not bands:
        return _on_signs(found)
    return f"None of the known causes explains {bands}"


def _bands_of(found: Attribution, cause: CauseName) -> str:
    """The bands that a cause explains, with their chance; "" if there are none."""
    bands = sorted(
        (one.banding for one in found.periods if cause in one.causes), key=lambda one: one.p_holm
    )
    if not bands:
        return ""
    periods = listed([render_period(p) for p in sorted({one.period for one in bands})])
    return f"its bands every {periods} pixels ({render_p(bands[0].p_holm)})"


def _on_nothing(found: Attribution) -> str:
    why = _WHY.get(found.limits[0] if found.limits else "", "it may be either")
    return f"So neither a generator nor a photograph is claimed: {why}."
