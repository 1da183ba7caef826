"""The command that writes a report: one file of HTML for people, and its record for machines."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.audit import audited, two_sets
from forensics.cli.run import Reading, box_of, claim_free, report_skipped, result, say
from forensics.counting import counted
from forensics.errors import ParameterError

if TYPE_CHECKING:
    from forensics._typing import Image
    from forensics.detection.evaluation.evaluate import Evaluation
    from forensics.detection.verdict.inspect import Inspection
    from forensics.detection.verdict.score import ScoreModel
    from forensics.images.sources.find import FoundImages, Skipped
    from forensics.traces.fingerprints.match import AnyFingerprint
    from forensics.views.report.document import Making, Report
    from forensics.views.report.sets import MeasuredSet

REPORT_EXAMPLE = "Example: catforensics report img.png -o report.html"
_EACH = 250
"""Pictures of each set that a model is judged on, as `evaluate` does."""


def report_command(
    images: options.Images,
    against: Annotated[
        str | None,
        typer.Option(
            help="Compare all that is named, as one set, with this one: a folder or archive.",
            metavar="REAL",
            rich_help_panel=options.INPUT,
        ),
    ] = None,
    size: options.Size = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    box: options.Box = None,
    strict: options.Strict = False,
    fingerprint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A fingerprint.npz to hold against the pictures, besides the shipped one; again "
            "for the next.",
            metavar="FILE",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="With --against: judge this model on both sets, and report how it does.",
            metavar="FILE",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    by_place: options.ByPlace = False,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File for the report (.html), its record (.json) beside it; report.html by "
            "default, or the next such name that is free.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    json_only: Annotated[
        bool,
        typer.Option("--json", help="Print the record as well.", rich_help_panel=options.OUTPUT),
    ] = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a report on pictures, or on two sets: one file that explains itself, for a desk.

    One file of HTML with all its figures, without scripts and without a network, of at most
    3 MB; beside it the same as JSON. Of one picture: the verdict with its sentences, every
    trace beside what known sets show, the file's record and the limits. With --against: blends,
    distance maps, profiles, spectra and the audit of two sets, and how --model does on them.
    """
    from forensics.views.report.document import making

    if output is not None and output.suffix not in {".html", ".htm"}:
        raise ParameterError(f"output is {output}, a report ends in .html: name it so")
    page = claim_free(
        output, Path("report.html"), lambda path: [path, path.with_suffix(".json")], force=force
    )
    record = page.with_suffix(".json")
    how_made = making(["catforensics", *sys.argv[1:]])
    with Reading(max_pixels, strict, workers, quiet, damaged=damaged, box=box_of(box)).on(
        scheduler
    ) as how:
        if against is None:
            _check_pictures_only(size, model)
            done = _on_pictures(images, fingerprint or [], by_place, how, how_made)
        else:
            if by_place:
                raise ParameterError(
                    "--map is for pictures, and --against compares two sets: leave one of them out"
                )
            done = _on_sets(images, against, size, model, how, how_made)
    _write(done, page, record)
    _say_found(done, json_only=json_only)
    say(f"written to {page} and {record}", quiet=quiet)


def _check_pictures_only(size: int | None, model: Path | None) -> None:
    given = {"--size": size, "--model": model}
    for name, value in given.items():
        if value is not None:
            raise ParameterError(
                f"{name} is {value}, which is for two sets: name the other one with --against"
            )


def _write(done: Report, output: Path, record: Path) -> None:
    """Both files, or neither."""
    from forensics.output import write_together
    from forensics.views.folders import json_writer
    from forensics.views.report.document import render_report

    page = render_report(done).encode("utf-8", "backslashreplace")
    write_together(
        output.parent,
        {output.name: lambda file: file.write(page), record.name: json_writer(done.record)},
    )


def _say_found(done: Report, *, json_only: bool) -> None:
    from forensics.images.sources.names import printable
    from forensics.views.results.records import render_json

    if json_only:
        result(render_json(done.record))
        return
    # Here the path as it was named tells more; the report is shown to others.
    paths = [one["path"] for one in done.record.get("images", ())] or [
        part.name for part in done.parts
    ]
    for path, part in zip(paths, done.parts, strict=True):
        joint = ", " if part.rest.startswith(("and ", "apart ")) else ": " if part.rest else ""
        result(f"{printable(path)}: {part.verdict}{joint}{part.rest}")


def _on_pictures(
    images: Sequence[str],
    fingerprint: list[Path],
    by_place: bool,
    how: Reading,
    how_made: Making,
) -> Report:
    from forensics.engine.fingerprints import load_library
    from forensics.images.sources.local import first_reasons
    from forensics.views.report.pictures import MOST_PICTURES, detail_for, picture_report

    found = how.find(images)
    if len(found) > MOST_PICTURES:
        raise ParameterError(
            f"{counted(len(found))} are named, a report holds at most {MOST_PICTURES}: name "
            "fewer, or use `catforensics inspect` for lines of JSON, or --against for sets"
        )
    fingerprints = load_library(fingerprint)
    skipped = list(found.skipped)
    inspected = _inspected(found, fingerprints, by_place, how, skipped)
    done = picture_report(inspected, how_made, detail=detail_for(len(found)), skipped=skipped)
    if not done.parts:
        raise first_reasons(skipped)
    report_skipped(skipped, quiet=how.quiet)
    return done


def _inspected(
    found: FoundImages,
    fingerprints: Sequence[AnyFingerprint],
    by_place: bool,
    how: Reading,
    skipped: list[Skipped],
) -> Iterator[tuple[Inspection, Image]]:
    """Inspections with their pixels; what cannot be inspected goes to `skipped`."""
    from forensics.detection.verdict.inspect import inspect_image
    from forensics.engine.attempts import measured
    from forensics.images.sources.find import Skipped

    inspect = partial(
        inspect_image, fingerprints=fingerprints, by_place=by_place, max_pixels=how.max_pixels
    )
    # Ctrl-C ends it: a report on some of the pictures would look like one on all.
    with how.run("inspecting") as run:
        for one in measured(inspect, found.images, run, batch=1):
            if isinstance(one, Skipped):
                skipped.append(one)
            else:
                yield one


def _on_sets(
    images: list[str],
    against: str,
    size: int | None,
    model: Path | None,
    how: Reading,
    how_made: Making,
) -> Report:
    from forensics.cli.classify import chosen_model
    from forensics.views.report.sets import set_report

    # A model that cannot be used is refused before minutes are spent.
    chosen = None if model is None else chosen_model(model)
    names = (images[0] if len(images) == 1 else counted(len(images), "place"), against)
    sets = two_sets((images, against), how)
    # Ctrl-C ends it: a part of a set is another set.
    a, b = (_measured_set(name, found, size, how) for name, found in zip(names, sets, strict=True))
    audit = audited(names, sets, how)
    evaluation = None if chosen is None else _evaluation(sets, chosen, how)
    skipped = [*sets[0].skipped, *sets[1].skipped]
    skipped += [*a.side.blended.skipped, *b.side.blended.skipped]
    report_skipped(skipped, quiet=how.quiet)
    return set_report(a, b, audit, how_made, evaluation=evaluation, skipped=skipped)


def _measured_set(name: str, found: FoundImages, size: int | None, how: Reading) -> MeasuredSet:
    from forensics.detection.comparison import Side
    from forensics.detection.spectra import spectrum_findings
    from forensics.engine.blend import blend
    from forensics.engine.spectra import average_spectra
    from forensics.traces.periods import line_bands
    from forensics.views.report.sets import MeasuredSet

    with how.run(f"blending {name}") as run:
        mean = blend(found, size=size, max_pixels=how.max_pixels, **run.keywords)
    side = Side(name, mean, line_bands(mean.mean))
    with how.run(f"spectra of {name}") as run:
        spectra = average_spectra(found, size=size, max_pixels=how.max_pixels, **run.keywords)
    return MeasuredSet(side, spectrum_findings(spectra))


def _evaluation(
    sets: tuple[FoundImages, FoundImages], model: ScoreModel, how: Reading
) -> Evaluation:
    from forensics.detection.evaluation.evaluate import evaluate
    from forensics.engine.fingerprints import load_library

    with how.run("evaluating") as run:
        return evaluate(
            *sets,
            model,
            fingerprints=load_library(),
            n_each=_EACH,
            seed=0,
            kept={},
            max_pixels=how.max_pixels,
            **run.keywords,
        )
