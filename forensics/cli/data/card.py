"""The command that describes a set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import options
from forensics.cli.data.split import looked_at
from forensics.cli.run import Reading, claim_free, report_skipped, result
from forensics.errors import ParameterError

CARD_EXAMPLE = "Example: catforensics data card ./images -o card.md"


def card_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    workers: options.Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File for the card (.md); card.md by default, or the next such name that is free.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a data card: counts, sizes, formats, qualities, copies, and fields for people to fill.

    What files cannot tell, licence, source and consent first, is left open in it.
    """
    from forensics.datasets.card import render_card
    from forensics.output import writing

    if output is not None and output.suffix != ".md":
        raise ParameterError(f"output is {output}, a card ends in .md: name it so")
    # A card counts the damaged, which what measures a set leaves out.
    how = Reading(max_pixels, strict, workers, quiet, damaged="keep")
    found = how.find(images)
    place = claim_free(output, Path("card.md"), lambda path: [path], force=force)
    seen = looked_at(found, 1, how)
    skipped = [*found.skipped, *seen.skipped]
    n_same = len(found) - len(seen.pictures) - len(seen.skipped)
    with writing(place) as file:
        card = render_card(images[0], seen.pictures, skipped, n_same)
        file.write(card.encode("utf-8", "backslashreplace"))
    report_skipped(skipped, quiet=quiet)
    result(str(place))
