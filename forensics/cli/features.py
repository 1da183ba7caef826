"""The command that measures everything, and gives a table to those who count themselves."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.run import INTERRUPTED, Reading, interruptible, report_skipped, say
from forensics.counting import counted
from forensics.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from forensics.detection.classifier.feature_table import FeatureRow
    from forensics.engine.checkpoint import RunState
    from forensics.engine.run import RunOptions
    from forensics.images.sources.find import ImageSource
    from forensics.traces.fingerprints.match import AnyFingerprint

FEATURES_EXAMPLE = "Example: catforensics features ./images -o table.csv"


def features_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    frame: options.Frame = 0,
    damaged: options.DamagedPictures = "skip",
    fingerprint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A fingerprint.npz to hold against the pictures, or a folder of them, besides the "
            "shipped ones; again for the next.",
            metavar="FILE",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    of_set: Annotated[
        str,
        typer.Option(
            "--set",
            help="What stands in the column `set`; if not said, the name of the folder or archive "
            "that each picture stood in.",
            metavar="NAME",
            show_default=False,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = "",
    label: Annotated[
        str,
        typer.Option(
            help="What stands in the column `label`, gan or real, say.",
            metavar="NAME",
            show_default=False,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = "",
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The table: .csv, or .parquet. While it is made, TABLE.run holds its rows.",
            show_default=False,
            rich_help_panel=options.OUTPUT,
        ),
    ],
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with a run that was ended early, or begin one.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Measure every feature of every picture: a row each, with the facts of its file.

    What is measured is kept in TABLE.run as it goes, in whole batches: a run that was
    ended, killed or cut off goes on with --resume, measures nothing twice and loses no row.
    A picture that cannot be measured has a row that says why.
    """
    from forensics.detection.classifier.feature_table import (
        FeatureRow,
        feature_columns,
        iter_feature_rows,
    )
    from forensics.detection.verdict.score import FEATURE_VERSION
    from forensics.engine.checkpoint import identity_of, run_state
    from forensics.engine.fingerprints import fingerprint_digest, load_library
    from forensics.images.sources.find import Skipped
    from forensics.output import refuse_existing, sweep, writing
    from forensics.views.tables import check_table, write_table

    check_table(output.suffix)
    path = output.with_name(f"{output.name}.run")
    if not (resume and path.exists()):  # else it may have been killed between table and end
        refuse_existing([output], force=force)
    sources = load_library(fingerprint or [])
    columns = feature_columns(sources)
    how = Reading(max_pixels, False, workers, quiet, frame=frame, damaged=damaged)
    found = how.find(images)
    settings = {
        "of": "features",
        "version": FEATURE_VERSION,
        "fingerprints": [fingerprint_digest(one) for one in sources],
        "max_pixels": max_pixels,
        "frame": frame,
        "damaged": damaged,
        "set": of_set,
        "label": label,
    }
    identity = identity_of([one.name for one in found], settings)
    with (
        how.on(scheduler) as how,
        run_state(path, identity, resume=resume, anew=force and not resume) as state,
    ):
        if state.n_done:
            say(f"going on after {counted(state.n_done)}", quiet=quiet)
        with interruptible(quiet=quiet) as stop, how.run("measuring", stop) as run:
            measure = partial(iter_feature_rows, set=of_set, label=label, max_pixels=max_pixels)
            _measure(measure, found.images, sources, state, run)
        if state.n_done < len(found):
            say(
                f"stopped early, after {counted(state.n_done)}: pass --resume to go on",
                quiet=quiet,
            )
            if stop.is_set():
                raise typer.Exit(INTERRUPTED)
            return  # the cluster went away, and says so when it is left
        skipped = [
            Skipped(str(one.facts["path"]), str(one.facts["error"]))
            for one in map(FeatureRow.unpacked, state.rows())
            if one.facts["error"]
        ]
        with writing(output) as file:
            write_table(map(FeatureRow.unpacked, state.rows()), columns, file, output.suffix)
        sweep([output])
        n_rows = state.n_done
        state.remove()
    report_skipped([*found.skipped, *skipped], quiet=quiet)
    say(f"{counted(n_rows, 'row')} written to {output}", quiet=quiet)


def _measure(
    measure: Callable[..., Iterator[FeatureRow]],
    images: Sequence[ImageSource],
    fingerprints: Sequence[AnyFingerprint],
    state: RunState,
    run: RunOptions,
) -> None:
    """Measure what is left, and commit it batch by batch."""
    n_done = state.n_done
    going_on = run.further(n_done, len(images)).keywords
    with suppress(ClusterError):  # what is done is kept, and it is said when it is left
        rows = measure(images[n_done:], fingerprints, **going_on)
        state.keep(row.packed() for row in rows)
