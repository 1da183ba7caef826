"""What JSON objects are described with: read by mypy, and by the page for its OpenAPI.

Pydantic makes the schema, and takes ``TypedDict`` from the standard library only where that
knows which keys are required, from Python 3.12 on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

if sys.version_info >= (3, 12):
    from typing import NotRequired, TypedDict
else:
    from typing import NotRequired

    from typing_extensions import TypedDict

__all__ = ["Bounds", "Chance", "Count", "NotRequired", "TypedDict"]


class Bounds:
    """Within what a number lies, for the schema.

    Parameters
    ----------
    least : float
        Smallest value.
    most : float, optional
        Largest one.
    """

    def __init__(self, least: float, most: float | None = None) -> None:
        self._keywords = {"minimum": least} | ({} if most is None else {"maximum": most})

    def __get_pydantic_json_schema__(  # what Pydantic asks of an annotation
        self, core_schema: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """The schema of the number, with its bounds."""
        return {**handler(core_schema), **self._keywords}


Chance: TypeAlias = Annotated[float, Bounds(0, 1)]
Count: TypeAlias = Annotated[int, Bounds(0)]
