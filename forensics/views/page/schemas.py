"""The page's answers as JSON Schema, for its OpenAPI description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forensics.views.records import FORMAT_VERSION

__all__ = ["COMPARISON", "HEALTH", "INSPECTION", "PROBLEM", "answers", "picture_body", "sets_body"]

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"type": "number"}
_CHANCE = {"type": "number", "minimum": 0, "maximum": 1}
_PERIOD = {
    "type": "object",
    "required": ["axis", "profile", "period", "ratio", "amplitude", "phase", "p_value"],
    "properties": {
        "axis": {"enum": ["rows", "columns"]},
        "profile": {"enum": ["signed", "first", "second"]},
        "period": _NUMBER,
        "ratio": _NUMBER,
        "amplitude": _NUMBER,
        "phase": {"type": ["integer", "null"]},
        "p_value": _CHANCE,
    },
}
_BANDING = {
    "type": "object",
    "required": ["profile", "period", "p_value", "p_holm"],
    "properties": {
        "profile": {"enum": ["signed", "first", "second"]},
        "period": _NUMBER,
        "p_value": _CHANCE,
        "p_holm": _CHANCE,
    },
}
_SHAPE = {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3}
_BLEND = {
    "type": "object",
    "required": ["name", "n_images", "n_skipped", "skipped", "shape", "mean_color", "periods"],
    "properties": {
        "name": _TEXT,
        "n_images": _COUNT,
        "n_skipped": _COUNT,
        "skipped": {"type": "array", "items": {"type": "object"}},
        "shape": _SHAPE,
        "mean_color": {"type": "array", "items": _NUMBER},
        "periods": {"type": "array", "items": _PERIOD},
        "banding": {"type": "array", "items": _BANDING},
    },
}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Why a request was refused, in one sentence.",
    "required": ["error"],
    "properties": {"error": _TEXT},
}
HEALTH: dict[str, Any] = {
    "type": "object",
    "required": ["status", "version", "working", "waiting"],
    "properties": {
        "status": {"const": "ok"},
        "version": _TEXT,
        "working": _COUNT,
        "waiting": _COUNT,
    },
}
INSPECTION: dict[str, Any] = {
    "type": "object",
    "description": "The object that `catforensics inspect --json` prints.",
    "required": [
        "format_version", "path", "sha256", "shape", "file", "periods", "banding", "verdict",
        "score", "log_likelihood_ratio", "family", "reference", "fingerprints", "signs", "causes",
        "contributions", "explanation", "limits", "provenance",
    ],
    "properties": {
        "format_version": {"const": FORMAT_VERSION},
        "path": _TEXT,
        "sha256": _TEXT,
        "shape": _SHAPE,
        "file": {"type": "object"},
        "periods": {"type": "array", "items": _PERIOD},
        "banding": {"type": "array", "items": _BANDING},
        "verdict": {"enum": ["generator trace", "unsure", "no generator trace"]},
        "score": _CHANCE,
        "log_likelihood_ratio": {"type": "number"},
        "family": {"type": ["string", "null"]},
        "reference": {
            "type": "object",
            "required": ["real", "sources", "as_much"],
            "properties": {"real": _COUNT, "sources": _COUNT, "as_much": _COUNT},
        },
        "fingerprints": {"type": "array", "items": {"type": "object"}},
        "signs": {"type": "array", "items": {"type": "object"}},
        "contributions": {"type": "array", "items": {"type": "object"}},
        "causes": {"type": "array", "items": {"type": "object"}},
        "explanation": {"type": "array", "items": _TEXT},
        "limits": {"type": "array", "items": _TEXT},
        "provenance": {"type": "object"},
        "view": {"type": "object", "description": "What the page draws, if `view` was asked for."},
    },
}  # fmt: skip
COMPARISON: dict[str, Any] = {
    "type": "object",
    "description": "The object that `catforensics compare --json` prints.",
    "required": ["format_version", "a", "b"],
    "properties": {
        "format_version": {"const": FORMAT_VERSION},
        "a": _BLEND,
        "b": _BLEND,
        "view": {"type": "object", "description": "What the page draws, if `view` was asked for."},
    },
}
_REFUSALS = {
    400: "What was asked for cannot be understood.",
    403: "The token is missing or wrong, or another site asks.",
    408: "The upload stopped arriving.",
    413: "It is larger than the page takes.",
    421: "The host is not this page's.",
    422: "It is no picture that can be measured, or takes too long.",
    429: "Too many wait already.",
}


def answers(
    kinds: Sequence[str], schema: dict[str, Any] | None, description: str
) -> dict[int | str, Any]:
    """The answers of one operation, for OpenAPI.

    Parameters
    ----------
    kinds : sequence of str
        Media types of the good one.
    schema : dict, optional
        Of the good one; bytes if None.
    description : str

    Returns
    -------
    dict
        By status.
    """
    good = {"type": "string", "format": "binary"} if schema is None else schema
    refused = {"content": {"application/json": {"schema": PROBLEM}}}
    return {
        200: {"description": description, "content": {kind: {"schema": good} for kind in kinds}},
        **{status: {"description": said, **refused} for status, said in _REFUSALS.items()},
    }


def picture_body() -> dict[str, Any]:
    """The body of a request about one picture: its file, as it is."""
    return _body("The picture's file, as it is.")


def sets_body() -> dict[str, Any]:
    """The body of a request about two sets: one zip."""
    return _body(
        "A zip archive with the pictures of both sets: in folders a and b, or in a.zip and b.zip.",
    )


def _body(description: str) -> dict[str, Any]:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "description": description, "content": content}}
