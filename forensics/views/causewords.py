"""Each cause in words: a phrase to name it by, and the sentence of its evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from forensics.detection.causes import Cause
from forensics.detection.grounds import Ground
from forensics.views.sentences import render_p, render_period

__all__ = ["cause_phrase", "evidence_sentence", "ground_meaning", "listed"]

_Numbers: TypeAlias = Mapping[str, Any]

_STRONG = 10.0
"""Power over the noise from which the figure says more than its chance does."""
_DISAGREE = 3
"""Steps of quality from which pixels and file are said to differ."""


def cause_phrase(cause: Cause) -> str:
    """A cause in a few words, to stand in a list.

    Parameters
    ----------
    cause : Cause

    Examples
    --------
    >>> cause_phrase(Cause("jpeg", {"origin": [3, 5], "log10_nfa": -461.0, "quality": 75}))
    'a JPEG grid at origin (3, 5), quality about 75'
    """
    words = _PHRASES.get(cause.cause)
    return words(cause.numbers) if words else cause.cause


def evidence_sentence(cause: Cause) -> str:
    """The evidence for a cause in one sentence, with its numbers.

    Parameters
    ----------
    cause : Cause

    Returns
    -------
    str

    Examples
    --------
    >>> evidence_sentence(Cause("chroma", {"p_value": 3e-9}))
    'Colour repeats every 2 pixels (p = 3e-9), as it does where it was stored at half size.'
    """
    words = _EVIDENCE.get(cause.cause)
    if words is None:
        return f"{cause.cause.capitalize()}: {_plainly(cause.numbers)}."
    said = words(cause.numbers)
    return f"{said[0].upper()}{said[1:]}."


def ground_meaning(ground: Ground) -> str:
    """A ground for calling a picture generated, and what makes it one, without a full stop.

    Parameters
    ----------
    ground : Ground

    Returns
    -------
    str

    Examples
    --------
    >>> match = {"family": "FLUX", "kind": "decoder tile", "p_value": 1e-9, "matched_as": "tile"}
    >>> print(ground_meaning(Ground("fingerprint", 2.0, match)))
    The picture has the fingerprint of the decoder of the FLUX family (p = 1e-9), ...
    """
    meaning = _MEANINGS.get(ground.name, "")
    return f"{_clause(ground.name, ground.numbers)}{meaning}"


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    Examples
    --------
    >>> listed(["8", "4", "2"]), listed(["2"]), listed([])
    ('8, 4 and 2', '2', '')
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _clause(name: str, numbers: _Numbers) -> str:
    words = _GROUNDS.get(name)
    return words(numbers) if words else f"{name.capitalize()} ({_plainly(numbers)})"


def _generator(numbers: _Numbers) -> str:
    clauses = [
        f"{_clause(name, ground)}, {ground['strength']:.1f} times what would convince"
        for name, ground in numbers["grounds"].items()
    ]
    return "; ".join([clauses[0], *(clause[0].lower() + clause[1:] for clause in clauses[1:])])


def _bands(numbers: _Numbers) -> str:
    strong = numbers["ratio"] >= _STRONG
    ratio = f"{numbers['ratio']:,.0f} times the noise, " if strong else ""
    return (
        "Every second line differs from its neighbours, both in how busy it is "
        f"({ratio}{_chance(numbers['second_nats'])}) and in its mean "
        f"({_chance(numbers['signed_nats'])})"
    )


def _lattice(numbers: _Numbers) -> str:
    return (
        "The same small pattern is added all over, crosswise, every 2 or 4 pixels "
        f"(evidence of {numbers['nats']:.0f} nats)"
    )


def _fingerprint(numbers: _Numbers) -> str:
    what = (
        f"the decoder of the {numbers['family']} family"
        if numbers["kind"] == "decoder tile"
        else numbers["family"]
    )
    how = {"tile": "", "crop": ", as a crop", "resized crop": ", as a resized crop"}.get(
        numbers["matched_as"], f", as a {numbers['matched_as']}"
    )
    return f"The picture has the fingerprint of {what}{how} ({render_p(numbers['p_value'])})"


def _jpeg_phrase(numbers: _Numbers) -> str:
    quality = f", quality about {numbers['quality']}" if numbers.get("quality") else ""
    return f"a JPEG grid at origin {tuple(numbers['origin'])}{quality}"


def _jpeg(numbers: _Numbers) -> str:
    row, column = numbers["origin"]
    expected = numbers["log10_nfa"]
    chance = f"{10**expected:.1g}" if expected > -4 else f"1e{expected:.0f}"
    said = (
        f"JPEG's blocks of 8 x 8 pixels begin at row {row}, column {column} ({chance} such grids "
        "expected by chance)"
    )
    quality, by_file = numbers.get("quality"), numbers.get("file_quality")
    if quality:
        said += f", saved at quality about {quality}"
    if quality and by_file and abs(quality - by_file) >= _DISAGREE:
        said += f" (the file says {by_file})"
    if earlier := numbers.get("earlier"):
        moved = "" if earlier["origin"] == numbers["origin"] else " on another grid"
        said += f", and before{moved} at about {earlier['quality']}"
    return said


def _webp(numbers: _Numbers) -> str:
    return (
        f"WebP's transform explains {100 * numbers['share']:.0f} % of what is added to every "
        "4 x 4 pixels"
    )


def _factors(numbers: _Numbers, most: int) -> str:
    said = [f"x{round(factor, 2):g}" for factor in numbers["factors"][:most]]
    return " or ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))


def _resampling(numbers: _Numbers) -> str:
    if "repeated_lines" in numbers:
        share = f"{100 * numbers['repeated_lines']:.0f} % of the lines repeat the line before"
        return f"{share} exactly, as enlarging by about {_factors(numbers, 1)} makes them"
    if "frequency" in numbers:
        return (
            f"Lines are busier every {1 / numbers['frequency']:.3g} pixels "
            f"({render_p(numbers['p_value'])}), as resizing by about {_factors(numbers, 3)} "
            "makes them"
        )
    return (
        f"Every second line is smoother, {numbers['ratio']:,.0f} times the noise, in "
        f"first and not in second differences, as enlarging by {_factors(numbers, 1)} makes it"
    )


def _camera(numbers: _Numbers) -> str:
    rows, columns = (100 * abs(numbers[axis]) for axis in ("rows", "columns"))
    if not numbers.get("mosaic", True):
        return (
            f"the mean of every second line differs along {numbers['read_out']} alone "
            f"({_chance(numbers['read_out_nats'])}), as a sensor that is read out line by line "
            "makes it"
        )
    return (
        f"Every second line is busier, rows by {rows:.1f} % and columns by {columns:.1f} %: "
        "alike, as a camera's mosaic of colours makes them"
    )


def _chroma(numbers: _Numbers) -> str:
    by_file = numbers.get("file_subsampling")
    said = f"; the file says {by_file}" if by_file else ""
    return (
        f"colour repeats every 2 pixels ({render_p(numbers['p_value'])}), as it does where it "
        f"was stored at half size{said}"
    )


def _unexplained(numbers: _Numbers) -> str:
    periods = listed([render_period(period) for period in sorted(set(numbers["periods"]))])
    return f"bands every {periods} pixels have none of the causes that are known here"


def _chance(nats: float) -> str:
    return render_p(math.exp(-min(nats, 700.0)))


def _plainly(numbers: _Numbers) -> str:
    """Numbers by name, of a cause or ground that has no sentence of its own."""
    return ", ".join(
        f"{name.replace('_', ' ')} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in numbers.items()
    )


_PHRASES: dict[str, Callable[[_Numbers], str]] = {
    "generator": lambda _: "a generator",
    "jpeg": _jpeg_phrase,
    "webp": lambda _: "the pattern of lossy WebP",
    "resampling": lambda numbers: f"a resizing by about {_factors(numbers, 2)}",
    "camera": lambda _: "a camera's mosaic of colours",
    "chroma": lambda _: "subsampled colour",
    "unexplained": _unexplained,
}
_EVIDENCE: dict[str, Callable[[_Numbers], str]] = {
    "generator": _generator,
    "jpeg": _jpeg,
    "webp": _webp,
    "resampling": _resampling,
    "camera": _camera,
    "chroma": _chroma,
    "unexplained": _unexplained,
}
_GROUNDS: dict[str, Callable[[_Numbers], str]] = {
    "bands": _bands,
    "lattice": _lattice,
    "fingerprint": _fingerprint,
}
_MEANINGS: dict[str, str] = {
    "bands": ": up-sampling layers of generators do that, JPEG, resizing and cameras do not",
    "lattice": ": up-sampling layers of generators do that, JPEG, resizing and cameras do not",
    "fingerprint": (
        ", the pattern that its generator adds to every picture; generators built alike can match"
    ),
}
