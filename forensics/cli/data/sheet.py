"""The command that shows many pictures at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import options
from forensics.cli.run import Reading, claim_free, report_skipped, result

SHEET_EXAMPLE = "Example: catforensics data sheet ./images -o sheet.png"


def sheet_command(
    images: options.Images,
    n: Annotated[
        int,
        typer.Option(
            "-n",
            help="Pictures on the sheet, evenly spread over the set.",
            metavar="N",
            min=1,
            max=1000,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 120,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    workers: options.Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File for the sheet, by its ending: .png, .pdf and others; sheet.png by default, "
            "or the next such name that is free.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Draw a contact sheet: many pictures of a set at once, small, to see what it is of."""
    from functools import partial

    from forensics.datasets.contact_sheet import Small, show_sheet, small_picture, spread
    from forensics.engine.attempts import measured
    from forensics.images.sources.find import Skipped
    from forensics.images.sources.local import first_reasons
    from forensics.output import writing
    from forensics.views.figures import DPI, figure_kind, save_figure
    from forensics.views.results.captions import set_name

    kind = figure_kind(output.suffix if output is not None else ".png")
    how = Reading(max_pixels, strict, workers, quiet, damaged=damaged)
    found = how.find(images)
    place = claim_free(output, Path("sheet.png"), lambda path: [path], force=force)
    small: list[Small] = []
    skipped = list(found.skipped)
    with how.run("looking") as run:
        for one in measured(
            partial(small_picture, max_pixels=max_pixels),
            spread(found.images, n),
            run,
            batch=4,
        ):
            if isinstance(one, Skipped):
                skipped.append(one)
            else:
                small.append(one)
    if not small:
        raise first_reasons(skipped)
    with writing(place) as file:  # small pictures, for a screen
        save_figure(show_sheet(small, len(found), set_name(images)), file, kind, dpi=DPI)
    report_skipped(skipped, quiet=quiet)
    result(str(place))
