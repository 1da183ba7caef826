"""The command that says what made the traces of a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.run import (
    Lines,
    Reading,
    box_of,
    end_above,
    end_if_stopped,
    figure_path,
    report_skipped,
    result,
    say,
    shown_as_table,
    write_figure,
    write_lines,
)
from forensics.counting import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.detection.verdict.inspect import Inspection
    from forensics.detection.verdict.score import ScoreModel
    from forensics.engine.run import RunOptions
    from forensics.images.sources.find import FoundImages, Skipped
    from forensics.traces.fingerprints.match import AnyFingerprint

INSPECT_EXAMPLE = "Example: catforensics inspect img.png"


def inspect_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    frame: options.Frame = 0,
    damaged: options.DamagedPictures = "skip",
    box: options.Box = None,
    strict: options.Strict = False,
    fingerprint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A fingerprint.npz to hold against the pictures, or a folder of them, besides the "
            "shipped ones; again for the next.",
            metavar="FILE",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    reference: Annotated[
        bool,
        typer.Option(
            "--reference/--no-reference",
            help="Hold the shipped fingerprints of known generators against the pictures.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = True,
    model: options.ModelFile = None,
    resized_crops: Annotated[
        bool,
        typer.Option(
            "--resized-crops",
            help="Also seek crops of whole frames that were resized: some seconds a picture more.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = False,
    by_place: options.ByPlace = False,
    fail_above: options.FailAbove = None,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: options.OutputFile = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Say what made the traces of a picture: generator, JPEG, resizing, camera, and how sure.

    Of one picture it prints the verdict with its evidence and draws a figure,
    ./NAME-inspect.png unless --output names another, or the next such name that is free; with
    --json it prints the object, and draws only if --output is given. Of many pictures a terminal
    gets a table; a pipe, a file or --json gets a line of JSON each. That no trace is found does
    not show that a picture is a photograph.
    """
    from forensics.cli.classify import chosen_model
    from forensics.engine.fingerprints import load_library

    how = Reading(max_pixels, strict, workers, quiet, frame=frame, damaged=damaged, box=box_of(box))
    found = how.find(images)
    own = load_library(fingerprint or [], shipped=False)
    fingerprints = (*(load_library() if reference else ()), *own)
    chosen = chosen_model(model)
    untried: Counter[str] = Counter()
    if len(found) == 1 and not found.skipped:
        inspection = _inspect_one(
            found, fingerprints, chosen, resized_crops, by_place, how, output, json_only, force
        )
        highest = inspection.attribution.score
        untried.update(_untried(own, inspection))
    else:
        with how.on(scheduler) as how:
            highest = _inspect_many(
                found,
                fingerprints,
                chosen,
                resized_crops,
                by_place,
                how,
                output,
                force,
                own,
                untried,
                table=shown_as_table(output, json_only=json_only),
            )
    for said, n in untried.items():
        pictures = "the picture" if len(found) == 1 else f"{n:,} of {counted(len(found))}"
        say(f"{said} was not tried on {pictures}: the sizes do not fit", quiet=quiet)
    end_above(highest, fail_above, quiet=quiet)


def _inspect_one(
    found: FoundImages,
    fingerprints: Sequence[AnyFingerprint],
    model: ScoreModel,
    resized_crops: bool,
    by_place: bool,
    how: Reading,
    output: Path | None,
    json_only: bool,
    force: bool,
) -> Inspection:
    from forensics.detection.verdict.inspect import inspect_image
    from forensics.images.sources.names import printable
    from forensics.views.results.inspection import inspection_record, render_inspection
    from forensics.views.results.records import render_json

    source = found.images[0]
    figure = figure_path(output, source.name, "inspect", json_only=json_only, force=force)
    inspection, image = inspect_image(
        source,
        fingerprints=fingerprints,
        model=model,
        resized_crops=resized_crops,
        by_place=by_place,
        max_pixels=how.max_pixels,
    )
    if figure is not None:
        from forensics.views.sheets.inspection import show_inspection

        if not write_figure(figure, show_inspection(inspection, image)):
            figure = None
    if json_only:
        result(render_json(inspection_record(inspection)))
    else:
        result(render_inspection(inspection))
    if figure is not None:
        say(f"drawn in {printable(str(figure))}", quiet=how.quiet)
    return inspection


def _inspect_many(
    found: FoundImages,
    fingerprints: Sequence[AnyFingerprint],
    model: ScoreModel,
    resized_crops: bool,
    by_place: bool,
    how: Reading,
    output: Path | None,
    force: bool,
    own: Sequence[AnyFingerprint],
    untried: Counter[str],
    *,
    table: bool,
) -> float:
    """Write the lines and their summary; the highest score."""
    from forensics.detection.verdict.inspect import iter_inspections
    from forensics.views.results.inspection import ROW_HEAD, inspection_record, render_row
    from forensics.views.results.records import render_json

    width = get_terminal_size().columns
    if table:
        result(ROW_HEAD)
    verdicts: Counter[str] = Counter()
    scores: list[float] = []

    def inspections(run: RunOptions) -> Iterator[Inspection | Skipped]:
        return iter_inspections(
            found,
            fingerprints=fingerprints,
            model=model,
            resized_crops=resized_crops,
            by_place=by_place,
            max_pixels=how.max_pixels,
            **run.keywords,
        )

    def line(inspection: Inspection) -> str:
        verdicts[inspection.attribution.verdict] += 1
        scores.append(inspection.attribution.score)
        untried.update(_untried(own, inspection))
        return (
            render_row(inspection, width) if table else render_json(inspection_record(inspection))
        )

    lines = write_lines(
        inspections, line, found, how, label="inspecting", output=output, force=force
    )
    report_skipped(lines.skipped, quiet=how.quiet)
    say(_summary(lines, verdicts), quiet=how.quiet)
    end_if_stopped(lines, quiet=how.quiet)
    return max(scores)


def _untried(own: Sequence[AnyFingerprint], inspection: Inspection) -> list[str]:
    """The user's own fingerprints that a picture of this size cannot be held against, in words."""
    from forensics.images.sources.names import printable
    from forensics.traces.fingerprints.fingerprint import Fingerprint

    tried = {(one.name, one.kind) for one in inspection.evidence.matches}
    return [
        f"{printable(one.name)}, a whole frame of {one.shape[1]} x {one.shape[0]} pixels,"
        if isinstance(one, Fingerprint)
        else f"the decoder tile of {printable(one.name)}"
        for one in own
        if (one.name, "whole frame" if isinstance(one, Fingerprint) else "decoder tile")
        not in tried
    ]


def _summary(lines: Lines, verdicts: Counter[str]) -> str:
    said = ", ".join(f"{n:,} {verdict}" for verdict, n in verdicts.most_common())
    left_out = f"; {len(lines.skipped):,} skipped" if lines.skipped else ""
    return f"{counted(lines.n)} inspected: {said}{left_out}"
