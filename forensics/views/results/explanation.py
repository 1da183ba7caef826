"""What an inspection found, in sentences that a journalist can quote.

Every sentence has the number it rests on. None calls a picture real: a trace that is not
found may have been lost on the way, or never have been there.
"""

from __future__ import annotations

import math
import re
import textwrap

from forensics.counting import counted
from forensics.detection.performance.likelihood import verbal
from forensics.detection.verdict.attribution import Attribution
from forensics.detection.verdict.causes import Cause, CauseName, JpegSave
from forensics.detection.verdict.inspect import Inspection
from forensics.detection.verdict.references import ReferenceRate
from forensics.traces.photographs import Content
from forensics.views.results.causes import cause_phrase, evidence_sentence, sign_meaning
from forensics.views.results.files import box_words, file_sentences
from forensics.views.results.maps import map_sentences
from forensics.views.results.sentences import listed, lowered, render_p, render_period

__all__ = [
    "SCORE",
    "bound",
    "contribution_words",
    "explain",
    "headline",
    "headline_parts",
    "parts_shape",
    "render_rate",
    "render_ratio",
    "render_score",
    "settling",
    "wrapped",
]

SCORE = "chance that it was generated if half of all pictures were; near 50 % it says nothing"

_MOST_BOXES = 4
_NOT_PROOF = (
    "is not proof of a photograph: strong compression or resizing removes traces, and some "
    "generators leave none that are known here (pictures of StyleGAN3 and most of Midjourney would "
    "not show)."
)
_SIGNS = {
    "fingerprint": "the fingerprint of a known generator",
    "crosswise pattern": "a pattern added crosswise",
}
_CONTRIBUTIONS = {
    "fingerprint": "the best match of all known fingerprints",
    "crosswise pattern": "a pattern added crosswise every 2 or 4 pixels",
    "any picture": "what every picture is given",
    "cut for want of sources": "cut, for so few sources support no more",
}
_LIMITS = {
    "small": "too small for any trace to be sought",
    "flat": "almost all of one colour",
    "drawn": "a drawing, a screen or a dithered scan rather than a photograph",
    "page": "mostly of one shade, as pages of text and screens are",
}
_WHY = {
    "small": "the picture in the size in which it was made may tell more",
    "flat": "pictures of one colour look alike, whoever made them",
    "drawn": "what is drawn has patterns of its own",
    "page": "lines of text repeat as regularly as what a generator adds",
}
_WORDS = {3: "three", 9: "nine"}
_NO_BREAK = "\N{NO-BREAK SPACE}"
_BLOCKS = 0.1
"""Share of flat blocks from which it says more than the number of colours."""


def headline(inspection: Inspection) -> str:
    """Verdict in one line with whatever else was found.

    What a list of many pictures, or a title, has room for. Mixed causes are named.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.

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
        Inspection of the picture.

    Returns
    -------
    verdict : str
        One of the three, with a capital, and the family of the generator where it is known.
    rest : str
        Begins with its own punctuation; "" if there is nothing more to say.
    """
    found = inspection.attribution
    verdict = found.verdict[0].upper() + found.verdict[1:]
    if found.verdict == "unsure":
        return verdict, f": {_doubt(found)}"
    told = sorted(found.causes, key=lambda cause: cause is not found.main_cause)
    unsaid = {"generator", "chroma", "unexplained"}
    others = listed([cause_phrase(cause) for cause in told if cause.cause not in unsaid])
    family = f" of {found.family}" if found.family else ""
    joined = ", and " if found.verdict == "generator trace" else ": "
    return f"{verdict}{family}", f"{joined}{others}" if others else ""


def explain(inspection: Inspection) -> tuple[str, ...]:
    """Explanation in two to four plain sentences: what was found, and what it is worth.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.

    Returns
    -------
    tuple of str
        Each with the number that it rests on.
    """
    found = inspection.attribution
    if found.verdict == "generator trace":
        finding, worth = _on_trace(found), _on_score(found)
    elif found.verdict == "unsure":
        finding, worth = _on_doubt(found, inspection.evidence.content), _on_nothing(found)
    elif (main := found.main_cause) is None:
        finding, worth = _on_signs(found), f"That no trace was found {_NOT_PROOF}"
    else:
        finding = _on_cause(found, main)
        worth = f"{_on_signs(found)}; that {_NOT_PROOF}"
    return tuple(
        filter(
            None,
            (
                f"{_where_measured(inspection, finding)}.",
                _besides(found),
                worth,
                *file_sentences(inspection.record),
                _on_insets(inspection),
                *map_sentences(inspection),
            ),
        )
    )


def _on_insets(inspection: Inspection) -> str:
    """What is said of pictures that stand in this one."""
    boxes = inspection.insets
    if not boxes:
        return ""
    if len(boxes) == 1:
        where = box_words(boxes[0]).capitalize()
        what, each = "stand apart from an even surround, as a picture in a screenshot does", "it"
    else:
        where, each = f"{len(boxes)} parts", "each"
        what = "stand apart from an even surround, as pictures in a collage or a screenshot do"
    shown = listed([f"--box {box}" for box in boxes[:_MOST_BOXES]], "or")
    return f"{where} {what}: measure {each} alone with {shown}."


def render_rate(found: Attribution) -> str:
    """Reference rate in words: how many real pictures show as much.

    Parameters
    ----------
    found : Attribution
        Verdict on the picture.

    Returns
    -------
    str
        As in "real pictures from 16 sources, measured 6,400 times, as found and sent in all kinds
        of ways, show as much 2 times": they reach this score. And those of the same kind, where
        there are enough. A picture is measured many times, each time sent in another way.
    """
    rate = found.reference
    said = (
        f"real pictures from {rate.sources} sources, measured {rate.real:,} times, as found and "
        f"sent in all kinds of ways, show as much {_times(rate)}"
    )
    alike = found.alike
    if alike is None:
        return said
    return f"{said}; those that are like this one ({alike.kind}) {_times(alike)} of {alike.real:,}"


def _times(rate: ReferenceRate) -> str:
    return {0: "never", 1: "once"}.get(rate.as_much, f"{rate.as_much:,} times")


def render_ratio(found: Attribution) -> str:
    """Likelihood ratio for reading: two digits, and never more than can be supported.

    Parameters
    ----------
    found : Attribution
        Verdict on the picture.

    Returns
    -------
    str
        As in "about 47 times as likely in generated pictures as in real ones (moderate support for
        a generator)".
    """
    ratio = found.log_likelihood_ratio
    times = math.exp(abs(ratio))
    cut = found.is_bounded and bool(found.contributions)
    first, second = ("generated", "real") if ratio >= 0 else ("real", "generated")
    said = f"about {float(f'{times:.2g}'):,.0f}" if times >= 10 else f"about {times:.2g}"
    if cut:  # rounded down: it is more than that
        step = 10 ** max(0, math.floor(math.log10(times)) - 1)
        said = f"over {math.floor(times / step) * step:,}"
    if said == "about 1":
        return "as likely in generated pictures as in real ones (no support either way)"
    faint = found.verdict == "no generator trace" and ratio > 0
    strength = "too little to speak for either" if faint else verbal(ratio)
    return f"{said} times as likely in {first} pictures as in {second} ones ({strength})"


def contribution_words(name: str) -> str:
    """Feature of the score in words.

    Parameters
    ----------
    name : str
        Name of the feature, as in `FEATURES`.

    Returns
    -------
    str
        Without a capital and a full stop.

    Examples
    --------
    >>> contribution_words("colour, every 4 pixels")
    'colour that repeats every 4 pixels'
    """
    planes, _, period = name.partition(", every ")
    known = planes.replace(", activity", ", in how busy it is,")
    return _CONTRIBUTIONS.get(name, f"{known} that repeats every {period}")


def settling(inspection: Inspection) -> str:
    """What would settle the question, in one sentence.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.

    Returns
    -------
    str
        With a capital and a full stop.
    """
    return {
        "generator trace": "What would speak against it: the file as a camera wrote it, with the "
        "same scene in other pictures of that camera.",
        "unsure": "What would settle it: the file as it was first published, neither cropped nor "
        "saved anew, or more pictures of the same source.",
        "no generator trace": "What would tell more: the file as it was first published, and who "
        "can show how it was made.",
    }[inspection.attribution.verdict]


def render_score(score: float) -> str:
    """Score for reading, in whole percents: what was calibrated on thousands knows no more.

    Parameters
    ----------
    score : float
        Score, 0 to 1.

    Returns
    -------
    str
        As in "97 %" or "over 99 %".

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
        Sentence to break.
    width : int
        Largest number of characters of a line.

    Returns
    -------
    list of str
        Lines without line ends.

    Examples
    --------
    >>> wrapped("a chance of 99 % and p = 3e-9", 16)
    ['a chance of 99 %', 'and p = 3e-9']
    """
    lines = textwrap.wrap(bound(text), width, break_on_hyphens=False)
    return [line.replace(_NO_BREAK, " ") for line in lines] or [""]


def bound(text: str) -> str:
    r"""Sentence with no-break spaces in "p = 3e-9", "8 x 8", "99 %", "about 75".

    Parameters
    ----------
    text : str
        Sentence to bind.

    Returns
    -------
    str
        The same words.

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
        Inspection of the picture.

    Returns
    -------
    (int, int), pixels
        Size of one part.
    """
    rows, columns = inspection.evidence.middle_place
    return rows.stop - rows.start, columns.stop - columns.start


def _where_measured(inspection: Inspection, finding: str) -> str:
    """The finding, after a word on the tiles of a large picture."""
    n = len(inspection.evidence.parts)
    if n == 1:
        return finding
    rows, columns = parts_shape(inspection)
    where = f"Measured on {_WORDS.get(n, n)} tiles of {columns} x {rows} pixels"
    return f"{where}: {lowered(finding)}"


def _on_trace(found: Attribution) -> str:
    """The sign that speaks most, or what speaks where none does alone."""
    if found.speaking:
        return sign_meaning(found.speaking[0])
    n = sum(not math.isnan(one.value) for one in found.contributions)
    return "No sign alone, but " + counted(
        n,
        "measure of the picture is as generators have it",
        "measures of the picture together are as generators have them",
    )


def _on_score(found: Attribution) -> str:
    return (
        f"What was found is {render_ratio(found)}: if half of all pictures were generated, the "
        f"chance that this one was is {render_score(found.score)}, from its pixels alone; a "
        "photograph reworked by a generator would show the same."
    )


def _on_cause(found: Attribution, cause: Cause) -> str:
    """What explains the picture's bands, and the bands that it explains."""
    bands = _bands_of(found, cause.cause)
    if isinstance(cause, JpegSave) and bands:
        quality = cause.quality
        said = f"at quality about {quality}, and that" if quality else "which"
        return f"The picture was saved as JPEG{'' if quality else ','} {said} explains {bands}"
    return evidence_sentence(cause)[:-1]


def _on_signs(found: Attribution) -> str:
    """What there is of a generator's signs where they do not convince."""
    strongest, n_sought = found.noted, len(found.sought)
    if strongest is not None:
        sign = _SIGNS.get(strongest.name, strongest.name)
        p = render_p(strongest.chance)
        return f"The strongest sign of a generator, {sign} ({p}), is too weak to claim one"
    if n_sought == 0:
        return "No sign of a generator could be sought"
    if n_sought == 1:
        return "The one sign of a generator that could be sought was not found"
    return f"Of {n_sought} signs of a generator that were sought none was found"


def _besides(found: Attribution) -> str:
    """Other causes than that of the verdict, in one sentence."""
    others = [
        cause_phrase(cause)
        for cause in found.causes
        if cause is not found.main_cause and cause.cause not in ("generator", "unexplained")
    ]
    return f"Besides, it shows {listed(others)}." if others else ""


def _doubt(found: Attribution) -> str:
    """Why one is unsure, in a few words."""
    if found.limits:
        return _LIMITS.get(found.limits[0], found.limits[0])
    if found.turned:
        return f"the verdict would turn around after {found.turned}"
    if any(cause.cause == "network enlargement" for cause in found.causes):
        return "enlarged by a network, as photographs and generated pictures are"
    return "traces as of a generator, too weak to be sure"


def _on_doubt(found: Attribution, content: Content) -> str:
    if found.limits:
        return _on_limit(found.limits[0], content)
    if found.turned:
        return (
            f"What was found is {render_ratio(found)}, but after a small change, {found.turned}, "
            "it would say the contrary"
        )
    enlarged = [one for one in found.causes if one.cause == "network enlargement"]
    if enlarged:
        return evidence_sentence(enlarged[0])[:-1]
    return f"What was found is {render_ratio(found)}"


def _on_limit(limit: str, content: Content) -> str:
    """Why nothing can be said of a picture."""
    blocks = f"{100 * content.flat:.0f} % of the picture's blocks of 4 x 4 pixels are of one colour"
    few = f"The picture has {content.n_colors:,} colours"
    return {
        "small": "The picture is too small: the least of the traces takes 128 pixels a side",
        "flat": f"{blocks}: there is hardly anything in it that could bear a trace",
        "drawn": f"{few if content.flat < _BLOCKS else blocks}: it is more like a drawing, a "
        "screen or a dithered scan than like the photographs for which the tests are made",
        "page": f"{100 * content.plain:.0f} % of the picture is of one shade, as pages of text and "
        "screens are, and lines of text repeat as regularly as what a generator adds",
    }[limit]


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
