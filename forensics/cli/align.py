"""The command that asks what stands still in a set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forensics.cli import options
from forensics.cli.run import Reading, claim_free, report_skipped, result, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.detection.alignment import Alignment

ALIGN_EXAMPLE = "Example: catforensics align ./images -o alignment"


def align_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: options.OutputFolder = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Say what stands still in a set, and how exactly its pictures lie on one another.

    Without a face detector: a map of what is at the same place in all pictures, against shuffled
    offsets, and how far each has to be moved and enlarged to lie on a blend of others. Copies
    count once. Writes alignment.json, alignment.csv and alignment.png into a folder, ./alignment
    unless --output names one, or the next such name that is free. With --json and without
    --output nothing is written. Alignment is no proof of a generator: people align photographs.
    """
    from forensics.detection.alignment import align
    from forensics.images.sources.local import first_reasons
    from forensics.views.results.alignment import alignment_record, render_alignment
    from forensics.views.results.records import render_json

    folder = None
    if output is not None or not json_only:
        folder = claim_free(output, Path("alignment"), _files, force=force)
    with Reading(max_pixels, strict, workers, quiet, damaged=damaged).on(scheduler) as how:
        found = how.find(images)
        if not found.images:
            raise first_reasons(found.skipped)
        with how.run("aligning") as run:
            done = align(found, max_pixels=max_pixels, **run.keywords)
        if folder is not None:
            _save(done, images, folder)
        report_skipped((*found.skipped, *done.skipped), quiet=quiet)
        result(render_json(alignment_record(done)) if json_only else render_alignment(done))
        if folder is not None:
            say(f"written to {folder}/", quiet=quiet)


def _files(folder: Path) -> list[Path]:
    return [folder / f"alignment.{kind}" for kind in ("json", "csv", "png")]


def _save(done: Alignment, named: Sequence[str], folder: Path) -> None:
    from forensics.output import write_together
    from forensics.views.folders import figure_writer, json_writer
    from forensics.views.results.alignment import alignment_record, alignment_table
    from forensics.views.results.captions import set_name
    from forensics.views.sheets.alignment import show_alignment
    from forensics.views.tables import csv_writer

    figure = show_alignment(done, name=set_name(named))
    write_together(
        folder,
        {
            "alignment.json": json_writer(alignment_record(done)),
            "alignment.csv": csv_writer(*alignment_table(done)),
            "alignment.png": figure_writer(figure, "png"),
        },
    )
