"""An audit of two sets as a plain object for JSON, as one sentence, and as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from forensics._records import Chance, Count, TypedDict
from forensics.counting import counted
from forensics.detection.evaluation.audit import (
    Audit,
    AuditedFact,
    Copies,
    CopyKind,
    Place,
    Summary,
)
from forensics.detection.evaluation.container import Fact
from forensics.images.sources.names import printable
from forensics.views.results.captions import captions
from forensics.views.results.explanation import wrapped
from forensics.views.results.records import (
    FORMAT_VERSION,
    SkippedRecord,
    Version,
    significant,
    skipped_records,
)
from forensics.views.results.sentences import listed

__all__ = [
    "AuditRecord",
    "audit_record",
    "audit_rows",
    "audit_sentence",
    "render_audit",
]

_WORDS = {
    "bit_depth": "bit depth",
    "jpeg_quality": "JPEG quality",
    "jpeg_tables": "JPEG tables",
    "subsampling": "subsampling",
    "progressive": "progressive",
    "exif": "EXIF",
    "colour_profile": "colour profile",
    "jpeg_grid": "JPEG grid",
    "pixel_jpeg_quality": "JPEG quality",
    "earlier_jpeg_quality": "earlier JPEG",
    "size_multiple": "sides are multiples",
    "gray_share": "share of gray pixels",
}
"""What people call a fact, where it is not its name."""
_NAMED = 4
_WIDTH, _NAME, _VALUE = 96, 20, 28


def audit_sentence(audit: Audit) -> str:
    """What an audit found, in one plain sentence or two.

    Parameters
    ----------
    audit : Audit
        Audit of two sets.

    Returns
    -------
    str
        It names the facts of the header that tell the sets apart, with their usual values.
    """
    headers, pixels, looks = audit.differences
    low, high = audit.container_only_interval
    reached = _percent(audit.container_only)
    if audit.containers_differ:
        if audit.is_given_away:
            meaning = "so as-found accuracy says nothing about the generator"
        else:
            meaning = (
                f"({_percent(low)} to {_percent(high)} in 95 of 100 samples), so some of the "
                "as-found accuracy may be the container's"
            )
        differ = f"in {_listed(headers)}" if headers else "in their containers"
        comma = "," if meaning.startswith("so") else ""
        return (
            f"The sets differ {differ}: a model that sees only the container tells {reached} "
            f"apart{comma} {meaning}; report matched figures."
        )
    nothing = f"a model that sees only the container tells {reached} apart, where guessing tells 50"
    if pixels:
        return (
            f"The containers do not differ ({nothing} %), but the pixels do in {_listed(pixels)}: "
            "unless the generator made that, match it before figures are compared."
        )
    if looks:
        return (
            f"Neither the containers ({nothing} %) nor the history of the pixels tell the sets "
            f"apart, but {_listed(looks)} do: the content differs, or how it was made."
        )
    return f"Nothing besides the content was found that tells the sets apart: {nothing} %."


class SetRecord(TypedDict):
    """One of the two sets."""

    name: str
    n_images: Count
    n_histories: Count


class WordRecord(TypedDict):
    """A word that a fact is, and in how many pictures."""

    word: str
    n: Count


class SummaryRecord(TypedDict):
    """The values of a fact in one set."""

    median: float | None
    percentile_5: float | None
    percentile_95: float | None
    words: list[WordRecord]
    n_words: Count


class FactRecord(TypedDict):
    """A fact in both sets, and how well it alone tells them apart."""

    fact: str
    of: Place
    accuracy: Chance
    accuracy_interval: Sequence[Chance]
    n: Sequence[int]
    a: SummaryRecord
    b: SummaryRecord


class CopiesRecord(TypedDict):
    """Pictures that are there twice."""

    within_a: Count
    within_b: Count
    across_a: Count
    across_b: Count
    pairs_within_a: list[list[str]]
    pairs_within_b: list[list[str]]
    pairs_across: list[list[str]]


class AuditRecord(TypedDict):
    """The object that `catforensics audit --json` prints."""

    format_version: Version
    a: SetRecord
    b: SetRecord
    container_only_accuracy: Chance
    container_only_interval: Sequence[Chance]
    facts: list[FactRecord]
    near_duplicates: CopiesRecord
    exact_duplicates: CopiesRecord
    n_skipped: Count
    skipped: list[SkippedRecord]
    sentence: str


def audit_record(audit: Audit) -> AuditRecord:
    """JSON object of an audit.

    Parameters
    ----------
    audit : Audit
        Audit of two sets.

    Returns
    -------
    AuditRecord
        Ready for `render_json`.
    """
    a, b = (_set_record(audit, number) for number in (0, 1))
    return {
        "format_version": FORMAT_VERSION,
        "a": a,
        "b": b,
        "container_only_accuracy": significant(audit.container_only),
        "container_only_interval": [significant(one) for one in audit.container_only_interval],
        "facts": [_fact_record(one) for one in audit.facts],
        "near_duplicates": _copies_record(audit.alike),
        "exact_duplicates": _copies_record(audit.exact),
        "n_skipped": len(audit.skipped),
        "skipped": skipped_records(audit.skipped),
        "sentence": audit_sentence(audit),
    }


def audit_rows(audit: Audit) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Tables of an audit as cells, by their captions: facts of headers, looks and pixels.

    Parameters
    ----------
    audit : Audit
        Audit of two sets.

    Returns
    -------
    dict of str to tuple of tuple of str
        The fact, its values in both sets, and how well it tells them apart; of what is there
        twice only where, and how often.
    """
    everything: tuple[str, ...] = (
        "all of the header",
        "",
        "",
        _apart(audit.container_only, audit.container_only_interval),
    )
    headers, looks, pixels = (
        tuple(
            (
                _word(one),
                _shown(one.a),
                _shown(one.b),
                _apart(one.separation.accuracy, one.separation.interval),
            )
            for one in audit.facts
            if one.of == of
        )
        for of in ("header", "look", "pixels")
    )
    tables: dict[str, tuple[tuple[str, ...], ...]] = {"Of the header": (everything, *headers)}
    if looks:
        tables["Of how the pictures look, in their middle"] = looks
    if pixels:
        tables[f"Of the pixels of {_asked(audit)}"] = pixels
    return {**tables, "Near-duplicates": tuple(_copies_said(audit, captions))}


def render_audit(audit: Audit) -> str:
    """Audit as text: what it means, then a table of the facts, best separating first.

    Parameters
    ----------
    audit : Audit
        Audit of two sets.

    Returns
    -------
    str
        Lines of at most 96 characters, longer only where a name is.
    """
    lines = [
        " and ".join(
            f"{printable(name)} ({counted(n)})"
            for name, n in zip(audit.names, audit.n, strict=True)
        ),
        *wrapped(audit_sentence(audit), _WIDTH),
        "",
        f"{'fact':<{_NAME}} {'A':<{_VALUE}} {'B':<{_VALUE}} tells apart",
        _line("all of the header", "", "", audit.container_only, audit.container_only_interval),
        *(_row(one) for one in audit.facts if one.of == "header"),
    ]
    looks = [one for one in audit.facts if one.of == "look"]
    if looks:
        lines += ["", "of how the pictures look, in their middle", *map(_row, looks)]
    pixels = [one for one in audit.facts if one.of == "pixels"]
    if pixels:
        lines += ["", f"of the pixels of {_asked(audit)}", *map(_row, pixels)]
    return "\n".join(line.rstrip() for line in [*lines, "", *_copies_lines(audit)])


def _word(fact: AuditedFact) -> str:
    return _WORDS.get(fact.name, fact.name)


def _listed(facts: Sequence[AuditedFact]) -> str:
    """The facts with their usual values; where these are the same, the name alone."""
    named = []
    for one in facts[:_NAMED]:
        a, b = _plain(one.a.typical), _plain(one.b.typical)
        named.append(_word(one) if a == b else f"{_word(one)} ({a} against {b})")
    if len(facts) > _NAMED:
        named.append(f"{len(facts) - _NAMED} more")
    return listed(named)


def _plain(value: Fact) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _row(fact: AuditedFact) -> str:
    found = fact.separation
    return _line(_word(fact), _shown(fact.a), _shown(fact.b), found.accuracy, found.interval)


def _line(name: str, a: str, b: str, accuracy: float, interval: tuple[float, float]) -> str:
    return f"{name:<{_NAME}} {a:<{_VALUE}} {b:<{_VALUE}} {_apart(accuracy, interval, width=6)}"


def _apart(accuracy: float, interval: tuple[float, float], *, width: int = 0) -> str:
    low, high = interval
    return f"{_percent(accuracy):>{width}}  ({100 * low:.0f} to {_percent(high)})"


def _shown(summary: Summary) -> str:
    """Values in few characters: the range of numbers, the commonest words with their share."""
    parts = []
    if summary.numbers is not None:
        low, middle, high = summary.numbers
        parts.append(f"{middle:g}" if low == high else f"{middle:g} ({low:g} to {high:g})")
    parts += [
        word if count == summary.n else f"{word} {_percent(count / summary.n)}"
        for word, count in summary.words
    ]
    text, rest = parts[0], parts[1:]
    for number, part in enumerate(rest):
        left = summary.n_words + (summary.numbers is not None) - 1 - number
        if len(text) + len(part) + 2 > _VALUE:
            more = f" +{left}"
            return text[: _VALUE - len(more)] + more
        text = f"{text}, {part}"
    return text[:_VALUE]


def _asked(audit: Audit) -> str:
    first, second = audit.n_histories
    return f"{first:,} and {counted(second)}"


def _copies_lines(audit: Audit) -> list[str]:
    return [f"near-duplicates {place:<9} {said}" for place, said in _copies_said(audit, _as_named)]


_KINDS: dict[CopyKind, str] = {
    "bytes": "the same bytes",
    "saved again": "one of them saved again, made smaller or hardly changed",
    "near copy": "one of them cut, framed, mirrored or turned",
}


def _as_named(pair: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(printable, pair))


def _copies_said(
    audit: Audit, shown: Callable[[Sequence[str]], tuple[str, ...]]
) -> list[tuple[str, str]]:
    """Where pictures are there twice, how many are, and of the first two what they share."""
    alike, exact = audit.alike, audit.exact
    n = (*alike.within, sum(alike.across)), (*exact.within, sum(exact.across))
    lines = []
    for place, n_alike, n_exact, pairs, kinds in zip(
        ("within A", "within B", "across"), *n, alike.pairs, alike.kinds, strict=True
    ):
        said = "none"
        if n_alike:
            same = counted(n_exact, "has", "have")
            said = f"{counted(n_alike)}, of which {same} the bytes of another"
        if pairs:
            first, second = shown(pairs[0])
            said += f"; {first} and {second}: {_KINDS[kinds[0]]}"
        lines.append((place, said))
    return lines


def _set_record(audit: Audit, number: int) -> SetRecord:
    return {
        "name": audit.names[number],
        "n_images": audit.n[number],
        "n_histories": audit.n_histories[number],
    }


def _fact_record(fact: AuditedFact) -> FactRecord:
    return {
        "fact": fact.name,
        "of": fact.of,
        "accuracy": significant(fact.separation.accuracy),
        "accuracy_interval": [significant(one) for one in fact.separation.interval],
        "n": list(fact.separation.n),
        "a": _summary_record(fact.a),
        "b": _summary_record(fact.b),
    }


def _summary_record(found: Summary) -> SummaryRecord:
    low, middle, high = found.numbers or (None, None, None)
    return {
        "median": middle,
        "percentile_5": low,
        "percentile_95": high,
        "words": [{"word": word, "n": n} for word, n in found.words],
        "n_words": found.n_words,
    }


def _copies_record(found: Copies) -> CopiesRecord:
    within_a, within_b, across = ([list(pair) for pair in some] for some in found.pairs)
    return {
        "within_a": found.within[0],
        "within_b": found.within[1],
        "across_a": found.across[0],
        "across_b": found.across[1],
        "pairs_within_a": within_a,
        "pairs_within_b": within_b,
        "pairs_across": across,
    }
