"""The command that judges many pictures: what `inspect` says of one, a line for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.run import (
    Reading,
    box_of,
    end_above,
    end_if_stopped,
    report_skipped,
    result,
    say,
    shown_as_table,
    write_lines,
)
from forensics.counting import counted

if TYPE_CHECKING:
    from forensics.detection.verdict.inspect import Inspection
    from forensics.detection.verdict.score import ScoreModel
    from forensics.engine.run import RunOptions
    from forensics.images.sources.find import Skipped

CLASSIFY_EXAMPLE = "Example: catforensics classify img.png --explain"


def classify_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    frame: options.Frame = 0,
    damaged: options.DamagedPictures = "skip",
    box: options.Box = None,
    strict: options.Strict = False,
    model: options.ModelFile = None,
    fingerprint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A fingerprint.npz to hold against the pictures, or a folder of them, besides the "
            "shipped ones; again for the next.",
            metavar="FILE",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say what every feature adds to the score.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = False,
    fail_above: options.FailAbove = None,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File for the JSON lines.", rich_help_panel=options.OUTPUT
        ),
    ] = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Judge pictures: generator trace, unsure, or no generator trace, with a calibrated score.

    Verdict, score and JSON are those of inspect, without its figure. Of many pictures a terminal
    gets a table; a pipe, a file or --json gets a line of JSON each. "No generator trace" does not
    show that a picture is a photograph. How often the score errs is told in docs/model-card.md.
    """
    from forensics.detection.verdict.inspect import inspect_image, iter_inspections
    from forensics.engine.fingerprints import load_library
    from forensics.images.sources.names import printable
    from forensics.views.results.inspection import ROW_HEAD

    how = Reading(max_pixels, strict, workers, quiet, frame=frame, damaged=damaged, box=box_of(box))
    found = how.find(images)
    chosen = chosen_model(model)
    library = load_library(fingerprint or [])
    if len(found) == 1 and not found.skipped and output is None:
        one, _ = inspect_image(
            found.images[0],
            fingerprints=library,
            model=chosen,
            max_pixels=max_pixels,
        )
        result(_line(one) if json_only else _words(one, explain))
        end_above(one.attribution.score, fail_above, quiet=quiet)
        return
    table = shown_as_table(output, json_only=json_only, anywhere=explain)
    with how.on(scheduler) as how:
        if table and not explain:
            result(ROW_HEAD)
        verdicts: Counter[str] = Counter()
        highest = 0.0

        def line(one: Inspection) -> str:
            nonlocal highest
            verdicts[one.attribution.verdict] += 1
            highest = max(highest, one.attribution.score)
            if table:
                return _words(one, explain=True) + "\n" if explain else _row(one)
            return _line(one)

        def inspections(run: RunOptions) -> Iterator[Inspection | Skipped]:
            return iter_inspections(
                found,
                fingerprints=library,
                model=chosen,
                max_pixels=how.max_pixels,
                **run.keywords,
            )

        lines = write_lines(
            inspections, line, found, how, label="classifying", output=output, force=force
        )
        report_skipped(lines.skipped, quiet=quiet)
        said = ", ".join(f"{n:,} {verdict}" for verdict, n in verdicts.most_common())
        say(
            f"{counted(lines.n)} classified by the score {printable(chosen.name)}: {said}",
            quiet=quiet,
        )
        end_if_stopped(lines, quiet=quiet)
        end_above(highest, fail_above, quiet=quiet)


def chosen_model(path: Path | None) -> ScoreModel:
    """The score named, or the shipped one, refused before any picture is read."""
    from forensics.detection.verdict.model_file import load_model, shipped_model

    return shipped_model() if path is None else load_model(path)


def _line(one: Inspection) -> str:
    from forensics.views.results.inspection import inspection_record
    from forensics.views.results.records import render_json

    return render_json(inspection_record(one))


def _words(one: Inspection, explain: bool) -> str:
    from forensics.views.results.inspection import render_verdict

    return render_verdict(one, explain=explain)


def _row(one: Inspection) -> str:
    from forensics.views.results.inspection import render_row

    return render_row(one, get_terminal_size().columns)
