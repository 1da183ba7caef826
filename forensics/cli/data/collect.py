"""The command that fetches pictures, politely."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import options
from forensics.cli.run import INTERRUPTED, interruptible, progress_bar, result, say
from forensics.counting import counted
from forensics.errors import CollectError, ImageReadError, ParameterError, to_install

COLLECT_EXAMPLE = "Example: catforensics data collect https://host/cat -n 2000 -o cats"


def collect_command(
    addresses: Annotated[
        str,
        typer.Argument(
            help="An address that gives a new picture each time, or a file with one address a "
            "line; - reads from stdin.",
            metavar="URL",
            show_default=False,
        ),
    ],
    n: Annotated[
        int | None,
        typer.Option(
            "-n",
            help="Pictures that are wanted, those that are there included.",
            metavar="N",
            min=1,
            rich_help_panel=options.INPUT,
        ),
    ] = None,
    every: Annotated[
        float,
        typer.Option(
            help="Seconds from one request to the next.",
            metavar="SECONDS",
            min=0,
            rich_help_panel=options.INPUT,
        ),
    ] = 1.5,
    stop_after_repeats: Annotated[
        int,
        typer.Option(
            help="Repeats in a row after which an address has no more.",
            metavar="N",
            min=1,
            rich_help_panel=options.INPUT,
        ),
    ] = 50,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the pictures; one that an earlier run began is gone on with.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ],
    quiet: options.Quiet = False,
) -> None:
    """Fetch pictures from an address that gives a new one each time, politely, and keep them.

    One request at a time, under the server's robots.txt and Retry-After. Files keep their bytes
    and are named by their hash; what is there already is dropped. manifest.csv has a line for
    every request. A run that was killed goes on with the same command. Needs the extra: pip
    install "catforensics[collect]", or in a clone pip install ".[collect]".
    """
    from forensics.images.sources.names import printable

    try:
        from forensics.datasets.collect import collect
    except ModuleNotFoundError as error:
        raise ParameterError(
            f"data collect needs {error.name}, which is not installed: {to_install('collect')}"
        ) from error
    listed = _listed(addresses)
    if n is None and len(listed) == 1:
        raise ParameterError(
            f"{printable(listed[0])} is one address, and it is not said how many pictures are "
            "wanted: pass -n"
        )
    with interruptible(quiet=quiet) as stop, progress_bar("collecting", quiet=quiet) as progress:
        done = collect(
            listed,
            output,
            n=n,
            every=every,
            most_repeats=stop_after_repeats,
            progress=progress,
            stop=stop,
        )
    result(
        f"{counted(done.n_images)} in {printable(str(output))}, {done.n_new:,} of them new; "
        f"{counted(done.n_repeats, 'repeat')} dropped, {counted(done.n_failed, 'request')} failed"
    )
    if stop.is_set():
        say("stopped early: the same command goes on", quiet=quiet)
        raise typer.Exit(INTERRUPTED)
    if done.ended:
        raise CollectError(f"{done.ended}; what was collected is kept")


def _listed(named: str) -> list[str]:
    """The addresses that were named, each once."""
    if named.startswith(("http://", "https://")):
        return [named]
    try:
        text = sys.stdin.read() if named == "-" else Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImageReadError(
            f"{named} is no list of addresses ({error}): name an address that begins with "
            "https://, or a file with one a line"
        ) from error
    lines = (line.strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
