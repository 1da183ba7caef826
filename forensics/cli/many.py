"""What commands on pictures one by one share: a figure of one, lines of JSON of many."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from forensics.cli.claiming import claim_results
from forensics.cli.reading import Reading
from forensics.cli.talk import INTERRUPTED, interruptible, result, say
from forensics.errors import ClusterError, ParameterError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forensics.engine.run import RunOptions
    from forensics.images.sources import FoundImages, Skipped

__all__ = ["Lines", "end_above", "end_if_stopped", "figure_path", "write_figure", "write_lines"]

T = TypeVar("T")

_LONGEST_STEM = 200
"""Bytes; file systems take 255 for a whole name."""

_ABOVE = 3
"""Exit status where a score is above --fail-above."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What became of many pictures.

    Parameters
    ----------
    n : int
        Lines that were written.
    skipped : list of Skipped
        Where pictures were looked for, and where they were measured.
    stopped : bool
        Ctrl-C ended it early.
    """

    n: int
    skipped: list[Skipped]
    stopped: bool


def write_figure(path: Path, figure: Figure) -> None:
    """Draw the figure of one picture; the file appears whole or not at all."""
    from forensics.views.figures import save_figure
    from forensics.writing import writing

    with writing(path) as file:
        save_figure(figure, file, path.suffix[1:])


def figure_path(
    output: Path | None, name: str, what: str, *, json_only: bool, force: bool
) -> Path | None:
    """Where the figure of one picture goes, None if it is not drawn.

    Parameters
    ----------
    output : Path, optional
        As named by the user.
    name : str
        Of the picture.
    what : str
        The command: the figure is ``./STEM-what.png`` unless `output` says otherwise.
    json_only, force : bool
        As told.

    Raises
    ------
    ParameterError
        `output` is no figure.
    OutputError
        It exists and `force` is False.
    """
    path = output or (None if json_only else Path(f"{_short(Path(name).stem)}-{what}.png"))
    if path is None:
        return None
    if path.suffix not in {".png", ".svg"}:
        raise ParameterError(
            f"output is {path}, the figure of one picture ends in .png or .svg: name it so; "
            "JSON goes to stdout"
        )
    claim_results([path], force=force)
    return path


def _short(stem: str) -> str:
    """As much of a name as leaves room for what follows it."""
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem


def write_lines(
    results: Callable[[RunOptions], Iterator[T | Skipped]],
    line: Callable[[T], str],
    found: FoundImages,
    how: Reading,
    *,
    label: str,
    output: Path | None,
    force: bool,
) -> Lines:
    """Write a line for each picture as soon as it is measured, in order.

    Parameters
    ----------
    results : callable
        Takes the options of the run; yields the results.
    line : callable
        The text of one result.
    found : FoundImages
    how : Reading
    label : str
        Of the progress bar.
    output : Path, optional
        stdout if None.
    force : bool
        As told.

    Returns
    -------
    Lines

    Raises
    ------
    EmptySetError
        No picture was left.
    """
    from forensics.engine.reasons import first_reasons
    from forensics.images.sources import Skipped

    skipped = list(found.skipped)
    n_lines = 0
    with (
        _lines(output, force=force) as put,
        interruptible(quiet=how.quiet) as stop,
        # A bar among lines of JSON on the same terminal would tear both apart.
        how.run(label, stop, bar=output is not None or not sys.stdout.isatty()) as run,
    ):
        with suppress(ClusterError):  # what is done is kept, and it is said when it is left
            for one in results(run):
                if isinstance(one, Skipped):
                    skipped.append(one)
                else:
                    put(line(one))
                    n_lines += 1
        if n_lines == 0:
            if stop.is_set():
                raise KeyboardInterrupt
            raise first_reasons(skipped)
    return Lines(n_lines, skipped, stop.is_set())


def end_if_stopped(lines: Lines, *, quiet: bool) -> None:
    """End with the status of Ctrl-C, if it was pressed, saying how far it got."""
    if lines.stopped:
        say(f"stopped early, after {lines.n:,} pictures", quiet=quiet)
        raise typer.Exit(INTERRUPTED)


def end_above(highest: float, limit: float | None, *, quiet: bool) -> None:
    """End with the status of a verdict asked for, if the highest score is above the limit."""
    if limit is not None and highest > limit:
        say(f"the highest score, {highest:.3f}, is above {limit:g}", quiet=quiet)
        raise typer.Exit(_ABOVE)


@contextmanager
def _lines(output: Path | None, *, force: bool) -> Iterator[Callable[[str], None]]:
    """Yield what takes lines of text: stdout, or a file that appears when all are in it."""
    if output is None:
        yield result
        return
    from forensics.writing import writing

    claim_results([output], force=force)
    with writing(output) as file:

        def put(text: str) -> None:
            file.write(f"{text}\n".encode())

        yield put
