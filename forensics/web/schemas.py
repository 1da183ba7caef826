"""What the page answers, for its OpenAPI description: Pydantic makes the schemas of the types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from forensics._records import Count, TypedDict

__all__ = [
    "Health",
    "Problem",
    "answers",
    "definitions",
    "picture_body",
    "sets_body",
]


class Problem(TypedDict):
    """Why a request was refused, in one sentence."""

    error: str


class Health(TypedDict):
    """That the page is there, and how much it does."""

    status: Literal["ok"]
    version: str
    working: Count
    waiting: Count


_DEFINED = "#/components/schemas/"
_FILE = {"type": "string", "format": "binary"}
_REFUSALS = {
    400: "What was asked for cannot be understood.",
    403: "The token is missing or wrong, or another site asks.",
    408: "The upload stopped arriving.",
    413: "It is larger than the page takes.",
    421: "The host is not this page's.",
    422: "It is no picture that can be measured, or takes too long.",
    429: "Too many wait already.",
}


def definitions() -> dict[str, Any]:
    """Schema of every JSON object that the page answers with, by its name.

    Pydantic makes them of the types that the answers are declared with; the measurements, which
    these come from, are loaded for it.
    """
    from pydantic import TypeAdapter

    from forensics.web.answers import InspectAnswer
    from forensics.web.comparison import CompareAnswer

    types: tuple[type, ...] = (InspectAnswer, CompareAnswer, Health, Problem)
    _, found = TypeAdapter.json_schemas(
        [(one.__name__, "serialization", TypeAdapter(one)) for one in types],
        ref_template=f"{_DEFINED}{{model}}",
    )
    made: dict[str, Any] = found["$defs"]
    return made


def answers(
    good: str | Sequence[str], description: str, *, refusals: bool = True
) -> dict[int | str, Any]:
    """Answers of one operation, for OpenAPI.

    Parameters
    ----------
    good : str, or sequence of str
        Name of the good one in `definitions`; or the media types of what is a file.
    description : str
        Description of the good one.
    refusals : bool
        Whether it may be refused.

    Returns
    -------
    dict
        Answers by their status.
    """
    said: dict[int | str, Any] = {
        200: _json(good)
        if isinstance(good, str)
        else {"content": {kind: {"schema": _FILE} for kind in good}}
    }
    said[200]["description"] = description
    if refusals:
        for status, why in _REFUSALS.items():
            said[status] = {"description": why, **_json("Problem")}
    return said


def _json(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"{_DEFINED}{name}"}}}}


def picture_body() -> dict[str, Any]:
    """Body of a request about one picture, that is its file, for OpenAPI."""
    return _body("The picture's file, as it is.")


def sets_body() -> dict[str, Any]:
    """Body of a request about two sets, that is one zip, for OpenAPI."""
    return _body(
        "A zip archive with the pictures of both sets: in folders a and b, or in a.zip and b.zip.",
    )


def _body(description: str) -> dict[str, Any]:
    content = {"application/octet-stream": {"schema": _FILE}}
    return {"requestBody": {"required": True, "description": description, "content": content}}
