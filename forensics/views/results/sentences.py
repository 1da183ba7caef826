"""What was found, in plain words: for titles, terminals and people who quote.

A sentence never says "real": a trace that is not found may have been lost on
the way, or never have been there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from forensics._typing import ProfileKind
from forensics.counting import counted
from forensics.detection.comparison import Side
from forensics.engine.profiles import PictureProfile
from forensics.traces.periods import Banding
from forensics.traces.profiles import AXES

__all__ = [
    "CAUSES",
    "CORRECTED",
    "bare_p",
    "listed",
    "lowered",
    "ratio_cells",
    "render_chance",
    "render_demo",
    "render_every",
    "render_finding",
    "render_findings",
    "render_number",
    "render_p",
    "render_period",
    "render_table",
    "sentence",
]

CAUSES = (
    "Bands are not yet a verdict: besides generators, JPEG makes periods 8, 4 and 8/3, and "
    "enlargement makes period 2 in first differences."
)

CORRECTED = "Every p is corrected for all that was tested."
"""The rule of all p-values that people are shown, whether text or figure; docs/verdicts.md tells
it. The one of a single axis is not, and `render_p` says so there."""


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as a list in a sentence, as in "a, b and c".

    Parameters
    ----------
    words : sequence of str
        Words to list.
    last : str
        Word before the last of them.

    Returns
    -------
    str
        "" for no words.

    Examples
    --------
    >>> listed(["8", "4", "2"]), listed(["8", "4"], "or"), listed(["2"]), listed([])
    ('8, 4 and 2', '8 or 4', '2', '')
    """
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def lowered(finding: str) -> str:
    """Finding within a sentence, which begins with a small letter.

    Parameters
    ----------
    finding : str
        Finding that begins with a capital.

    Returns
    -------
    str
        The same words.
    """
    return finding[:1].lower() + finding[1:]


def sentence(finding: str) -> str:
    """Finding as a sentence of its own, with a capital and a full stop.

    Parameters
    ----------
    finding : str
        Finding without a full stop.

    Returns
    -------
    str
        The same words.
    """
    return f"{finding[:1].upper()}{finding[1:]}."


def render_p(p: float, *, corrected: bool = True) -> str:
    """P-value for reading.

    Parameters
    ----------
    p : float
        P-value, 0 to 1.
    corrected : bool
        Whether it is corrected for all that was tested, as people expect of every p: if not, it
        says so.

    Returns
    -------
    str
        As in "p = 3e-9".

    See Also
    --------
    bare_p : For a column.
    render_chance : For quoting.

    Examples
    --------
    >>> render_p(3.2e-15), render_p(0.04), render_p(1e-80)
    ('p = 3e-15', 'p = 0.04', 'p < 1e-30')
    >>> render_p(0.04, corrected=False)
    'p = 0.04, uncorrected'
    """
    said = "< 1e-30" if p < 1e-30 else f"= {p:.0e}" if p < 0.001 else f"= {p:.2g}"
    return f"p {said.replace('e-0', 'e-')}{'' if corrected else ', uncorrected'}"


def bare_p(p: float) -> str:
    """P-value for a column that is headed p.

    Parameters
    ----------
    p : float
        P-value, 0 to 1.

    Returns
    -------
    str
        As in "3e-9".

    Examples
    --------
    >>> bare_p(0.04), bare_p(1e-80)
    ('0.04', '< 1e-30')
    """
    return render_p(p).removeprefix("p ").removeprefix("= ")


def render_chance(p: float) -> str:
    """P-value for quoting: below one in a million nobody can say by how much.

    Parameters
    ----------
    p : float
        P-value, 0 to 1.

    Returns
    -------
    str
        Either such a phrase, or as `render_p` has it.

    Examples
    --------
    >>> render_chance(3e-15), render_chance(0.0004)
    ('by chance less than one in a million', 'p = 4e-4')
    """
    return "by chance less than one in a million" if p < 1e-6 else render_p(p)


def render_number(value: float) -> str:
    """Ratio for reading: two digits, or thousands with commas.

    Parameters
    ----------
    value : float
        Ratio, 0 or more.

    Returns
    -------
    str
        As in "2.3" or "12,000".

    Examples
    --------
    >>> render_number(32460.2), render_number(99.6), render_number(4.31)
    ('32,460', '100', '4.3')
    """
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.2g}"


def render_period(period: float) -> str:
    """Period for reading.

    Parameters
    ----------
    period : float, pixels
        Period to write.

    Returns
    -------
    str
        As in "8" or "8/3".

    Examples
    --------
    >>> render_period(8 / 3), render_period(2.0)
    ('8/3', '2')
    """
    return f"{period:.0f}" if period == round(period) else "8/3"


def ratio_cells(tested: Banding) -> tuple[str, ...]:
    """Ratios of a period in rows and in columns, "-" where not tested.

    Parameters
    ----------
    tested : Banding
        Evidence for the period.

    Returns
    -------
    tuple of str
        Rows, then columns.
    """
    ratios = tested.ratios
    return tuple(render_number(ratios[axis]) if axis in ratios else "-" for axis in AXES)


def render_every(what: str, found: Mapping[float, float]) -> str:
    """At which periods something was found, in words.

    Parameters
    ----------
    what : str
        What was found, as in "Bands".
    found : mapping of float to float
        Corrected p of each period, the least first; empty where nothing was found.

    Returns
    -------
    str
        Without a full stop.

    Examples
    --------
    >>> render_every("Bands", {2.0: 1e-9, 8 / 3: 2e-4})
    'Bands every 2 and 8/3 pixels (p = 1e-9 for the first)'
    """
    if not found:
        return f"No {what.lower()} at any tested period"
    strongest = render_p(next(iter(found.values()))) + " for the first" * (len(found) > 1)
    return f"{what} every {listed([*map(render_period, found)])} pixels ({strongest})"


def render_finding(tested: Iterable[Banding], kind: ProfileKind) -> str:
    """Finding of one kind of profile in one sentence.

    Parameters
    ----------
    tested : iterable of Banding
        Tests of all kinds of profile and periods, from `banding`.
    kind : {"signed", "first", "second"}
        Kind of profile that the sentence is about.

    Returns
    -------
    str
        Without a full stop.

    Examples
    --------
    >>> from forensics.traces.periods import Period, banding
    >>> rows = Period("rows", "signed", 2.0, 50.0, 1.0, 0, 1e-6)
    >>> render_finding(banding([rows]), "signed")
    'Bands every 2 pixels (p = 1e-6)'
    """
    found = [one for one in tested if one.profile == kind and one.found]
    found.sort(key=lambda one: one.p_holm)
    return render_every("Bands", {one.period: one.p_holm for one in found})


def render_findings(tested: Iterable[Banding], kind: ProfileKind) -> str:
    """Finding of one kind of profile above a table of all, with a word on the others.

    Parameters
    ----------
    tested : iterable of Banding
        Tests of all kinds of profile and periods, from `banding`.
    kind : {"signed", "first", "second"}
        Kind of profile that the sentence is about.

    Returns
    -------
    str
        Without a full stop.

    Examples
    --------
    >>> from forensics.traces.periods import Period, banding
    >>> rows = Period("rows", "signed", 2.0, 50.0, 1.0, 0, 1e-6)
    >>> render_findings(banding([rows]), "second")
    'No bands in second differences, but in signed ones'
    """
    tested = tuple(tested)
    bands = [one for one in tested if one.found]
    if not bands or any(one.profile == kind for one in bands):
        return render_finding(tested, kind)
    others = " and ".join(dict.fromkeys(one.profile for one in bands))
    return f"No bands in {kind} differences, but in {others} ones"


def render_demo(gan: Side, real: Side, photograph: PictureProfile) -> tuple[str, ...]:
    """What the demo found and what it means, in four sentences.

    Parameters
    ----------
    gan, real : Side
        Shipped blends of generated and of real cats.
    photograph : PictureProfile
        Profile of one photograph.

    Returns
    -------
    tuple of str
        Each with a full stop.
    """
    rows, columns = (
        render_number(period.ratio)
        for period in gan.bands.periods
        if period.profile == "signed" and period.period == 2
    )
    return (
        f"{_blend_of(gan, 'generated')}: {lowered(render_finding(gan.bands.tested, 'signed'))}; "
        f"every 2nd row stands {rows} times and every 2nd column {columns} times above the noise.",
        f"{_blend_of(real, 'real')}: {lowered(render_finding(real.bands.tested, 'signed'))}.",
        f"One photograph of a real cat ({photograph.path}): "
        f"{lowered(render_finding(photograph.bands.tested, 'second'))}.",
        "Bands at the same place in every picture come from the process that made them all, here "
        "the up-sampling layers of a generator; that no bands are found does not show that a "
        "picture is a photograph.",
    )


def render_table(tested: Iterable[Banding]) -> str:
    """Table of all tested periods as plain text, strongest evidence marked.

    Parameters
    ----------
    tested : iterable of Banding
        Tests of all kinds of profile and periods, from `banding`.

    Returns
    -------
    str
        One line for each kind of profile and period.
    """
    lines = ["profile  period   ratio in rows   in columns   p (rows and columns, corrected)"]
    for one in tested:
        rows, columns = ratio_cells(one)
        lines.append(
            f"{one.profile:<8} {render_period(one.period):>6} {rows:>15} {columns:>12}   "
            f"{bare_p(one.p_holm)}{'  *' if one.found else ''}"
        )
    return "\n".join(lines)


def _blend_of(side: Side, what: str) -> str:
    cats = counted(side.blended.n_images, f"{what} cat")
    return f"Blend of {cats} ({side.name})"
