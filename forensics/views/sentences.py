"""What was found, in plain words: for titles, terminals and people who quote.

A sentence never says "real": a trace that is not found may have been lost on
the way, or never have been there.
"""

from __future__ import annotations

from collections.abc import Iterable

from forensics._typing import ProfileKind
from forensics.engine.pictures import PictureProfile
from forensics.traces.periods import Period, banding
from forensics.views.records import Side

__all__ = [
    "CAUSES",
    "SIGNIFICANT",
    "render_chance",
    "render_demo",
    "render_finding",
    "render_findings",
    "render_number",
    "render_p",
    "render_period",
    "render_table",
]

CAUSES = (
    "Bands are not yet a verdict: besides generators, JPEG makes periods 8, 4 and 8/3, and "
    "enlargement makes period 2 in first differences."
)
SIGNIFICANT = 0.01
"""Holm's p below which a period is called found."""


def render_p(p: float) -> str:
    """A p-value for reading.

    Examples
    --------
    >>> render_p(3.2e-15), render_p(0.04), render_p(1e-80)
    ('p = 3e-15', 'p = 0.04', 'p < 1e-30')
    """
    if p < 1e-30:
        return "p < 1e-30"
    return f"p = {p:.0e}".replace("e-0", "e-") if p < 0.001 else f"p = {p:.2g}"


def render_chance(p: float) -> str:
    """A p-value for quoting: below one in a million nobody can say by how much.

    Examples
    --------
    >>> render_chance(3e-15), render_chance(0.0004)
    ('by chance less than one in a million', 'p = 4e-4')
    """
    return "by chance less than one in a million" if p < 1e-6 else render_p(p)


def render_number(value: float) -> str:
    """A ratio for reading: two digits, or thousands with commas.

    Examples
    --------
    >>> render_number(32460.2), render_number(99.6), render_number(4.31)
    ('32,460', '100', '4.3')
    """
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.2g}"


def render_period(period: float) -> str:
    """A period for reading.

    Examples
    --------
    >>> render_period(8 / 3), render_period(2.0)
    ('8/3', '2')
    """
    return f"{period:.0f}" if period == round(period) else "8/3"


def render_finding(periods: Iterable[Period], kind: ProfileKind) -> str:
    """The finding of one kind of profile in one sentence, without a full stop.

    Parameters
    ----------
    periods : iterable of Period
        Of all kinds; rows and columns are combined, all periods corrected for.
    kind : {"signed", "first", "second"}

    Returns
    -------
    str

    Examples
    --------
    >>> rows = Period("rows", "signed", 2.0, 50.0, 1.0, 0, 1e-6)
    >>> render_finding([rows], "signed")
    'Bands every 2 pixels (p = 1e-6)'
    """
    found = [one for one in banding(periods) if one.profile == kind and one.p_holm < SIGNIFICANT]
    if not found:
        return "No bands at any tested period"
    found.sort(key=lambda one: one.p_holm)
    said = [render_period(one.period) for one in found]
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    strongest = render_p(found[0].p_holm)
    return f"Bands every {listed} pixels ({strongest}{' for the first' if len(said) > 1 else ''})"


def render_findings(periods: Iterable[Period], kind: ProfileKind) -> str:
    """The finding of one kind of profile above a table of all: it says if others have bands.

    Parameters
    ----------
    periods : iterable of Period
        Of all kinds.
    kind : {"signed", "first", "second"}

    Examples
    --------
    >>> rows = Period("rows", "signed", 2.0, 50.0, 1.0, 0, 1e-6)
    >>> render_findings([rows], "second")
    'No bands in second differences, but in signed ones'
    """
    periods = tuple(periods)
    bands = [one for one in banding(periods) if one.p_holm < SIGNIFICANT]
    if not bands or any(one.profile == kind for one in bands):
        return render_finding(periods, kind)
    others = " and ".join(dict.fromkeys(one.profile for one in bands))
    return f"No bands in {kind} differences, but in {others} ones"


def render_demo(gan: Side, real: Side, photograph: PictureProfile) -> tuple[str, ...]:
    """What the demo found and what it means, in four sentences.

    Parameters
    ----------
    gan, real : Side
        The shipped blends of generated and of real cats.
    photograph : PictureProfile

    Returns
    -------
    tuple of str
    """
    rows, columns = (
        render_number(period.ratio)
        for period in gan.periods
        if period.profile == "signed" and period.period == 2
    )
    return (
        f"{_blend_of(gan, 'generated')}: {_lower(render_finding(gan.periods, 'signed'))}; every "
        f"2nd row stands {rows} times and every 2nd column {columns} times above the noise.",
        f"{_blend_of(real, 'real')}: {_lower(render_finding(real.periods, 'signed'))}.",
        f"One photograph of a real cat ({photograph.path}): "
        f"{_lower(render_finding(photograph.periods, 'second'))}.",
        "Bands at the same place in every picture come from the process that made them all, here "
        "the up-sampling layers of a generator; that no bands are found does not show that a "
        "picture is a photograph.",
    )


def render_table(periods: Iterable[Period]) -> str:
    """All tested periods as a table of plain text, strongest evidence marked.

    Parameters
    ----------
    periods : iterable of Period

    Returns
    -------
    str
        One line for each kind of profile and period.
    """
    periods = tuple(periods)
    ratios = {(p.profile, p.period, p.axis): p.ratio for p in periods}
    lines = ["profile  period   ratio in rows   in columns   p (rows and columns, corrected)"]
    for one in banding(periods):
        rows, columns = (
            render_number(ratios[one.profile, one.period, axis])
            if (one.profile, one.period, axis) in ratios
            else "-"
            for axis in ("rows", "columns")
        )
        mark = "  *" if one.p_holm < SIGNIFICANT else ""
        p = render_p(one.p_holm).removeprefix("p ").removeprefix("= ")
        lines.append(
            f"{one.profile:<8} {render_period(one.period):>6} {rows:>15} {columns:>12}   {p}{mark}"
        )
    return "\n".join(lines)


def _blend_of(side: Side, what: str) -> str:
    return f"Blend of {side.blended.n_images} {what} cats ({side.name})"


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
