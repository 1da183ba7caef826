"""Commands on pictures one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.cli import options
from forensics.cli.run import (
    Reading,
    box_of,
    end_if_stopped,
    figure_path,
    report_skipped,
    result,
    say,
    shown_as_table,
    write_figure,
    write_lines,
)

if TYPE_CHECKING:
    from forensics._typing import Channel
    from forensics.engine.profiles import PictureProfile
    from forensics.engine.run import RunOptions
    from forensics.images.sources.find import FoundImages, Skipped

PROFILE_EXAMPLE = "Example: catforensics profile img.png"


def profile_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    frame: options.Frame = 0,
    damaged: options.DamagedPictures = "skip",
    box: options.Box = None,
    strict: options.Strict = False,
    channel: options.ChannelName = "luma",
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: options.OutputFile = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Profile the lines of a picture, and test them for bands.

    Of one picture it prints a table and draws a figure, ./NAME-profile.png unless --output
    names another, or the next such name that is free; with --json it prints the object, and draws
    only if --output is given. Of many pictures a terminal gets a table; a pipe, a file or --json
    gets a line of JSON each.
    """
    how = Reading(max_pixels, strict, workers, quiet, frame=frame, damaged=damaged, box=box_of(box))
    found = how.find(images)
    if len(found) == 1 and not found.skipped:
        _profile_one(found, channel, how, output, json_only, force)
    else:
        with how.on(scheduler) as how:
            table = shown_as_table(output, json_only=json_only)
            _profile_many(found, channel, how, output, force, table=table)


def _profile_one(
    found: FoundImages,
    channel: Channel,
    how: Reading,
    output: Path | None,
    json_only: bool,
    force: bool,
) -> None:
    from forensics.engine.profiles import profile_image
    from forensics.images.sources.names import printable
    from forensics.views.results.files import file_sentences
    from forensics.views.results.records import profile_record, render_json
    from forensics.views.results.sentences import CAUSES, render_findings, render_table

    source = found.images[0]
    figure = figure_path(output, source.name, "profile", json_only=json_only, force=force)
    profile, image = profile_image(source, channel=channel, max_pixels=how.max_pixels)
    if figure is not None:
        from forensics.views.sheets.profiles import show_profile

        if not write_figure(figure, show_profile(profile, image)):
            figure = None
    if json_only:
        result(render_json(profile_record(profile)))
    else:
        result(f"{printable(source.name)}: {render_findings(profile.bands.tested, 'second')}.")
        result(render_table(profile.bands.tested))
        for sentence in file_sentences(profile.record):
            result(sentence)
        say(CAUSES, quiet=how.quiet)
    if figure is not None:
        say(f"drawn in {printable(str(figure))}", quiet=how.quiet)


def _profile_many(
    found: FoundImages,
    channel: Channel,
    how: Reading,
    output: Path | None,
    force: bool,
    *,
    table: bool,
) -> None:
    from forensics.engine.profiles import iter_profiles
    from forensics.images.sources.names import printable
    from forensics.views.results.records import profile_record, render_json
    from forensics.views.results.sentences import render_finding

    def profiles(run: RunOptions) -> Iterator[PictureProfile | Skipped]:
        return iter_profiles(found, channel=channel, max_pixels=how.max_pixels, **run.keywords)

    def line(profile: PictureProfile) -> str:
        if not table:
            return render_json(profile_record(profile))
        return f"{printable(profile.path)}: {render_finding(profile.bands.tested, 'second')}"

    lines = write_lines(
        profiles,
        line,
        found,
        how,
        label="profiling",
        output=output,
        force=force,
    )
    report_skipped(lines.skipped, quiet=how.quiet)
    end_if_stopped(lines, quiet=how.quiet)
