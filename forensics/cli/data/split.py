"""The command that divides a set in two by content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.data.faces import in_another_place
from forensics.cli.run import Reading, claim_results, report_skipped, result, say

if TYPE_CHECKING:
    from forensics.detection.labelled import LabelledImages
    from forensics.images.sources.find import FoundImages


SPLIT_EXAMPLE = "Example: catforensics data split ./images -o parts --test 0.3"


def split_command(
    images: options.Images,
    test: Annotated[
        float,
        typer.Option(
            help="Share of the pictures that is kept for the test.",
            metavar="SHARE",
            min=0,
            max=1,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 0.3,
    seed: Annotated[
        int, typer.Option(help="Of what is drawn.", min=0, rich_help_panel=options.ANALYSIS)
    ] = 0,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    workers: options.Workers = None,
    by_source: Annotated[
        bool,
        typer.Option(
            "--by-source",
            help="Leave one source out at a time: a folder of parts for each folder of pictures.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = False,
    copy: Annotated[
        bool,
        typer.Option(
            "--copy",
            help="Copy the pictures instead of naming them.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Folder for train.csv and test.csv.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ],
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Divide a set in two parts by content: what looks alike is in one, never in both.

    Writes train.csv and test.csv, which every command reads as a set; with --copy folders of
    those names instead. With --by-source a folder for each source has such parts: its pictures are
    the test, those of all others the training. Of files with the same bytes one is kept.

    Copies are found also where they were framed, mirrored, turned, or cropped by up to a tenth of
    a side. What was cut further may stand in both parts: of photographs with 10 % off one side
    97 % are found, with 15 % off two sides that meet 60 %.
    """
    from forensics.datasets.split import (
        divided,
        left_out,
        part_files,
        render_division,
        save_copies,
        save_parts,
        source_folder,
    )

    how = Reading(max_pixels, strict, workers, quiet, damaged=damaged)
    found = in_another_place(how.find(images), output)
    if not by_source:
        claim_results(part_files(output), force=force)
    seen = looked_at(found, 2, how)
    parts = (
        {source_folder(source): one for source, one in left_out(seen.pictures).items()}
        if by_source
        else {"": divided(seen.pictures, test=test, seed=seed)}
    )
    if by_source:
        claim_results([path for name in parts for path in part_files(output / name)], force=force)
    for name, division in parts.items():
        (save_copies if copy else save_parts)(division, output / name)
    report_skipped([*found.skipped, *seen.skipped], quiet=quiet)
    if n_same := len(found) - len(seen.pictures) - len(seen.skipped):
        say(f"of files with the same bytes one was kept: {n_same:,} left out", quiet=quiet)
    for name, division in parts.items():
        result(f"{name}: {render_division(division)}." if name else f"{render_division(division)}.")
        n_alike = len(seen.pictures) - len(division.train) - len(division.test)
        if by_source and n_alike:
            say(f"{name}: {n_alike:,} of other sources look like it: in neither part", quiet=quiet)
    say(f"written to {output}/", quiet=quiet)


def looked_at(found: FoundImages, fewest: int, how: Reading) -> LabelledImages:
    """The pictures of one set, looked at once, while people see how far it got."""
    from forensics.detection.labelled import look_at

    with how.run("looking") as run:
        return look_at(found, run, max_pixels=how.max_pixels, fewest=fewest)
