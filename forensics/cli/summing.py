"""What commands on whole sets share: find the pictures, add them up, show how far it got."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import typer

from forensics.cli.reading import Reading
from forensics.cli.talk import INTERRUPTED, say
from forensics.errors import EmptySetError

if TYPE_CHECKING:
    from forensics.images.sources import Skipped

__all__ = ["end_early", "summed_set"]


class Summed(Protocol):
    """What comes of a set: a dataclass that names what was left out."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Pictures left out."""
        ...


S = TypeVar("S", bound=Summed)


def summed_set(
    images: Sequence[str],
    how: Reading,
    stop: threading.Event,
    label: str,
    add_up: Callable[..., S],
) -> S:
    """Add up the pictures that were named.

    Parameters
    ----------
    images : sequence of str
        Folders, archives, files.
    how : Reading
    stop : threading.Event
        Set by Ctrl-C.
    label : str
        Of the progress bar.
    add_up : callable
        Takes the pictures, and by name `max_pixels` and what `RunOptions` has.

    Returns
    -------
    object
        What `add_up` returned; what was not even found to be a picture is among its `skipped`.

    Raises
    ------
    EmptySetError
        No picture was left.
    KeyboardInterrupt
        Nothing was done when Ctrl-C came.
    """
    from forensics.engine.reasons import first_reasons

    found = how.find(images)
    if not found.images:
        raise first_reasons(found.skipped)
    with how.run(label, stop) as run:
        try:
            done = add_up(found, max_pixels=how.max_pixels, **run.keywords)
        except EmptySetError:
            if stop.is_set():
                raise KeyboardInterrupt from None
            raise
    return replace(done, skipped=(*found.skipped, *done.skipped))


def end_early(stop: threading.Event, counted: str, *, quiet: bool) -> None:
    """End with the status of Ctrl-C, if it was pressed, saying how far it got."""
    if stop.is_set():
        say(f"stopped early, after {counted} pictures", quiet=quiet)
        raise typer.Exit(INTERRUPTED)
