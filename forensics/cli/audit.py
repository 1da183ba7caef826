"""The command that says what differs between two sets besides their content."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.run import Reading, claim_results, report_skipped, result, say
from forensics.counting import counted
from forensics.errors import OutputError, ParameterError

if TYPE_CHECKING:
    from forensics.detection.evaluation.audit import Audit
    from forensics.detection.evaluation.repeats import Repeats
    from forensics.images.sources.find import FoundImages

AUDIT_EXAMPLE = "Example: catforensics audit ./gan ./real --fail-above 0.6"

_MOST_DRAWN = 400
"""Pictures on a sheet of repeats, at most."""
_ABOVE = 3
"""Exit status where an accuracy is above --fail-above."""


def audit_command(
    a: Annotated[str, typer.Argument(help="A folder, glob or archive of pictures.", metavar="A")],
    b: Annotated[
        str | None,
        typer.Argument(help="Another one; without it, what is in A more than once.", metavar="[B]"),
    ] = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    fail_above: Annotated[
        float | None,
        typer.Option(
            help="End with status 3 if the header, or any one fact, tells the sets apart with a "
            "balanced accuracy above, 0 to 1.",
            metavar="ACCURACY",
            min=0,
            max=1,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    workers: options.Workers = None,
    fix: Annotated[
        Path | None,
        typer.Option(
            help="Write matched copies of both sets into folders here: cut to one size, saved in "
            "one quality, as one kind of file.",
            metavar="FOLDER",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            help="Draw what is in A more than once on a sheet, by its ending: .png, .pdf and "
            "others.",
            metavar="FILE",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File for the JSON object.", rich_help_panel=options.OUTPUT
        ),
    ] = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Say what differs between two sets besides the content: a detector may win by that alone.

    Format, size, JPEG quality and tables, subsampling, EXIF and the like, and of 200 pictures
    of each set what the pixels tell of JPEG and resizing: each with how well it alone tells
    the sets apart, on pictures that the rule was not made from. And which pictures are there
    twice, also cropped, framed, mirrored or turned. Nothing is written unless --output names a
    file, or --fix a folder for matched copies. Of one set alone it tells what is in it more than
    once.
    """
    from forensics.output import writing
    from forensics.views.results.audit import audit_record, render_audit
    from forensics.views.results.records import render_json

    if output is not None:
        claim_results([output], force=force)
    how = Reading(max_pixels, strict, workers, quiet, damaged=damaged)
    if b is None:
        _check_one_set({"--fix": fix, "--fail-above": fail_above})
        _audit_one(a, how, sheet, output, json_only=json_only, force=force)
        return
    if sheet is not None:
        raise ParameterError(f"--sheet is {sheet}, which is for one set: leave out {b}")
    sets = two_sets((a, b), how)
    done = audited((a, b), sets, how)
    if fix is not None:
        _fix((a, b), sets, fix, how, {one.path for one in done.skipped}, force=force)
    record = render_json(audit_record(done))
    if output is not None:
        with writing(output) as file:
            file.write(f"{record}\n".encode())
    report_skipped(done.skipped, quiet=quiet)
    result(record if json_only else render_audit(done))
    if output is not None:
        say(f"written to {output}", quiet=quiet)
    if fail_above is not None and done.most_telling > fail_above:
        say(f"the highest accuracy, {done.most_telling:.3f}, is above {fail_above:g}", quiet=quiet)
        raise typer.Exit(_ABOVE)


def _check_one_set(given: dict[str, object]) -> None:
    for name, value in given.items():
        if value is not None:
            raise ParameterError(f"{name} is {value}, which is for two sets: name the other one")


def _audit_one(
    named: str,
    how: Reading,
    sheet: Path | None,
    output: Path | None,
    *,
    json_only: bool,
    force: bool,
) -> None:
    """What is in one set more than once."""
    from forensics.detection.evaluation.repeats import repeats
    from forensics.output import writing
    from forensics.views.figures import figure_kind
    from forensics.views.results.records import render_json
    from forensics.views.results.repeats import render_repeats, repeats_record

    if sheet is not None:
        figure_kind(sheet.suffix)
        claim_results([sheet], force=force)
    found = how.find([named])
    with how.run("comparing") as run:
        done = repeats(found, max_pixels=how.max_pixels, **run.keywords)
    record = render_json(repeats_record(done))
    if output is not None:
        with writing(output) as file:
            file.write(f"{record}\n".encode())
    report_skipped((*found.skipped, *done.skipped), quiet=how.quiet)
    result(record if json_only else render_repeats(done))
    if sheet is not None and done.groups:
        _draw(done, found, named, sheet, how)
    elif sheet is not None:
        say(f"{sheet} is not drawn: nothing is there twice", quiet=how.quiet)
    if output is not None:
        say(f"written to {output}", quiet=how.quiet)


def _draw(done: Repeats, found: FoundImages, named: str, sheet: Path, how: Reading) -> None:
    from forensics.datasets.contact_sheet import show_sheet, small_picture
    from forensics.output import writing
    from forensics.views.figures import DPI, figure_kind, save_figure
    from forensics.views.results.captions import file_name, set_name

    sources = {one.name: one for one in found}
    small = [
        (f"{number}: {file_name(name)}", small_picture(sources[name])[1])
        for number, one in enumerate(done.groups, 1)
        for name in one.pictures
    ]
    drawn = show_sheet(small[:_MOST_DRAWN], done.n_images, f"{set_name([named])}, repeated")
    with writing(sheet) as file:
        save_figure(drawn, file, figure_kind(sheet.suffix), dpi=DPI)
    say(f"drawn in {sheet}", quiet=how.quiet)


def _fix(
    named: tuple[str, str],
    sets: tuple[FoundImages, FoundImages],
    folder: Path,
    how: Reading,
    told: set[str],
    *,
    force: bool,
) -> None:
    """Write matched copies of both sets; what was left out before is not told again."""
    from forensics.datasets.matching import matching, part_names
    from forensics.engine.deliveries import iter_delivered
    from forensics.views.folders import check_folder, output_stems, save_made

    places = [folder / name for name in part_names(named)]
    there = os.path.realpath(folder)
    for one in filter(os.path.isdir, named):
        if os.path.commonpath([there, os.path.realpath(one)]) == os.path.realpath(one):
            raise OutputError(f"{folder} lies in {one}, which is read: name another folder")
    for place in places:
        check_folder(place, [*sets[0], *sets[1]], force=force)
    with how.run("looking") as run:
        found = matching(*sets, run, max_pixels=how.max_pixels)
    for place, some in zip(places, sets, strict=True):
        with how.run(f"matching {place.name}") as run:
            made = iter_delivered(
                some, found.steps_for, seed=0, max_pixels=how.max_pixels, **run.keywords
            )
            records, skipped = save_made(made, place, output_stems(some.images))
        report_skipped([one for one in skipped if one.path not in told], quiet=how.quiet)
        say(
            f"{counted(len(records))} of {found.rows} x {found.columns} pixels, JPEG of quality "
            f"{found.quality}, written to {place}/",
            quiet=how.quiet,
        )


def two_sets(
    named: tuple[str | Sequence[str], str], how: Reading
) -> tuple[FoundImages, FoundImages]:
    """The pictures of both, refused where they are one set."""
    from forensics.images.sources.local import first_reasons
    from forensics.images.sources.names import printable

    lists = [[one] if isinstance(one, str) else one for one in named]
    found = [how.find(one) for one in lists]
    for one in found:
        if not one.images:
            raise first_reasons(one.skipped)
    places = [{os.path.realpath(source.name) for source in one} for one in found]
    if places[0] == places[1]:
        raise ParameterError(
            f"both sets are the same pictures, those of {printable(lists[0][0])}: name two that "
            "differ"
        )
    return found[0], found[1]


def audited(named: tuple[str, str], sets: tuple[FoundImages, FoundImages], how: Reading) -> Audit:
    """The audit of two sets, with a progress bar."""
    from dataclasses import replace

    from forensics.detection.evaluation.audit import audit

    # Ctrl-C ends it: part of a set is another set, what tells it apart would be of neither.
    with how.run("auditing") as run:
        done = audit(*sets, names=named, max_pixels=how.max_pixels, **run.keywords)
    missed = (*sets[0].skipped, *sets[1].skipped)
    return replace(done, skipped=(*missed, *done.skipped))
