"""Commands on sets of pictures: blend one, compare two."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.talk import (
    INTERRUPTED,
    found_images,
    interruptible,
    progress_bar,
    report_skipped,
    result,
    say,
)
from forensics.errors import EmptySetError, ParameterError

if TYPE_CHECKING:
    from forensics.engine.blend import Blend

BLEND_EXAMPLE = "Example: catforensics blend ./images -o blend"
COMPARE_EXAMPLE = "Example: catforensics compare ./gan ./real -o comparison"


def blend_command(
    images: options.Images,
    size: options.Size = None,
    resize: options.Resize = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    add: Annotated[
        list[Path] | None,
        typer.Option(
            help="Go on from a blend.npz of an earlier run or another machine.",
            metavar="FILE",
            rich_help_panel=options.INPUT,
        ),
    ] = None,
    strict: options.Strict = False,
    channel: options.ChannelName = "luma",
    metric: options.MetricName = "euclidean",
    workers: options.Workers = None,
    output: options.OutputFolder = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Blend a set of pictures, and test the blend for bands.

    Writes blend.png, distance.png, profiles.png, profiles.csv, blend.json and blend.npz
    (the exact sums) into a folder, ./blend unless --output names one. With --json and
    without --output nothing is written.
    """
    from forensics.views.records import blend_periods, blend_record, render_json
    from forensics.views.sentences import render_finding, render_table

    folder = output if output is not None else None if json_only else Path("blend")
    if folder is not None:
        from forensics.views.folders import blend_files, save_blend_folder
        from forensics.writing import refuse_existing

        refuse_existing(blend_files(folder), force=force)
    reading = _Reading(size, resize, max_pixels, strict, workers, quiet)
    earlier = _earlier(add or [], size or resize)
    with interruptible(quiet=quiet) as stop:
        if earlier is None:
            done = _blended(images, reading, stop)
        else:
            rows, columns = earlier.moments.shape[:2]
            done = _blended(images, reading, stop, shape=(rows, columns)) + earlier
    periods = blend_periods(done, channel=channel)
    if folder is not None:
        save_blend_folder(done, periods, folder, channel=channel, metric=metric)
    report_skipped(done.skipped, quiet=quiet)
    for warning in done.warnings:
        say(f"warning: {warning}", quiet=quiet)
    if json_only:
        result(render_json(blend_record(done, periods, channel=channel)))
    else:
        result(f"{done.n_images:,} pictures blended. {render_finding(periods, 'signed')}.")
        result(render_table(periods))
    if folder is not None:
        say(f"written to {folder}/", quiet=quiet)
    if stop.is_set():
        say(f"stopped early, after {done.n_images:,} pictures", quiet=quiet)
        raise typer.Exit(INTERRUPTED)


def compare_command(
    a: Annotated[
        str, typer.Argument(help="A folder or archive of pictures, or a blend.npz.", metavar="A")
    ],
    b: Annotated[str, typer.Argument(help="Another one.", metavar="B")],
    size: options.Size = None,
    resize: options.Resize = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    channel: options.ChannelName = "luma",
    workers: options.Workers = None,
    output: options.OutputFolder = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare two sets: distance maps and line profiles side by side, on shared axes.

    Writes compare.png, compare.svg and compare.json into a folder, ./comparison unless
    --output names one. With --json and without --output nothing is written.
    """
    from forensics.images.names import printable
    from forensics.views.records import Side, blend_periods, comparison_record, render_json
    from forensics.views.sentences import render_finding

    folder = output if output is not None else None if json_only else Path("comparison")
    if folder is not None:
        from forensics.views.folders import comparison_files, save_comparison_folder
        from forensics.writing import refuse_existing

        refuse_existing(comparison_files(folder), force=force)
    reading = _Reading(size, resize, max_pixels, strict, workers, quiet)
    blends = []
    with interruptible(quiet=quiet) as stop:
        for named in (a, b):
            blends.append((named, _blended_or_loaded(named, reading, stop)))
            if stop.is_set() and len(blends) == 1:
                raise KeyboardInterrupt
    first, second = (
        Side(name, blend, blend_periods(blend, channel=channel), channel) for name, blend in blends
    )
    if folder is not None:
        save_comparison_folder(first, second, folder)
    for _, blend in blends:
        report_skipped(blend.skipped, quiet=quiet)
    for warning in dict.fromkeys(warning for _, blend in blends for warning in blend.warnings):
        say(f"warning: {warning}", quiet=quiet)
    if json_only:
        result(render_json(comparison_record(first, second)))
    else:
        for side in (first, second):
            finding = render_finding(side.periods, "signed")
            result(f"{printable(side.name)}: {side.blended.n_images:,} pictures. {finding}.")
    if folder is not None:
        say(f"written to {folder}/", quiet=quiet)
    if stop.is_set():
        counts = " and ".join(f"{blend.n_images:,}" for _, blend in blends)
        say(f"stopped early, after {counts} pictures", quiet=quiet)
        raise typer.Exit(INTERRUPTED)


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a command was told to read its pictures."""

    size: int | None
    resize: int | None
    max_pixels: int
    strict: bool
    workers: int | None
    quiet: bool


def _earlier(paths: Sequence[Path], side: int | None) -> Blend | None:
    """The sum of saved blends to go on from, refused before any picture is read."""
    from forensics.engine.saved import load_blend

    blends = [load_blend(path) for path in paths]
    if not blends:
        return None
    total = sum(blends[1:], blends[0])
    rows, columns = total.moments.shape[:2]
    if side is not None and (rows, columns) != (side, side):
        raise ParameterError(
            f"--add names a blend of {columns} x {rows} pixels, and {side} x {side} are asked "
            "for: leave the size out, or blend both alike"
        )
    return total


def _blended_or_loaded(named: str, reading: _Reading, stop: threading.Event) -> Blend:
    if named.endswith(".npz"):
        from forensics.engine.saved import load_blend

        return load_blend(named)
    return _blended([named], reading, stop)


def _blended(
    images: Sequence[str],
    reading: _Reading,
    stop: threading.Event,
    *,
    shape: tuple[int, int] | None = None,
) -> Blend:
    from dataclasses import replace

    from forensics.engine.blend import blend
    from forensics.engine.stream import first_reasons

    found = found_images(images, strict=reading.strict, quiet=reading.quiet)
    if not found.images:
        raise first_reasons(found.skipped)
    with progress_bar("blending", quiet=reading.quiet) as progress:
        try:
            done = blend(
                found,
                size=reading.size,
                resize=reading.resize,
                shape=shape,
                workers=reading.workers,
                on_error="raise" if reading.strict else "skip",
                max_pixels=reading.max_pixels,
                progress=progress,
                stop=stop,
            )
        except EmptySetError:
            if stop.is_set():
                raise KeyboardInterrupt from None
            raise
    return replace(done, skipped=(*found.skipped, *done.skipped))
