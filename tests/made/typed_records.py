"""Whether a JSON object is what its type says: Pydantic, too, makes the page's schema of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from forensics.views.results.records import render_json

_NO_UNICODE = re.compile(r"\\ud[c-f][0-9a-f]{2}")
"""What Pydantic does not read, and file names may hold."""


def check_type(record: Mapping[str, object], kind: type) -> None:
    """Assert that an object, as it is written, has the keys and values of `kind`, and no more."""
    pydantic = pytest.importorskip("pydantic", reason="the extra 'web' is not installed")
    text = _NO_UNICODE.sub("?", render_json(record))
    adapter = pydantic.TypeAdapter(kind)
    read = adapter.validate_json(text, strict=True)
    assert json.loads(adapter.dump_json(read)) == json.loads(text)
