"""The command that sets two blends side by side."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.blend import Sides, blended
from forensics.cli.run import (
    Reading,
    claim_free,
    end_early,
    interruptible,
    report_skipped,
    result,
    say,
)
from forensics.counting import counted

if TYPE_CHECKING:
    from forensics.engine.blend import Blend


COMPARE_EXAMPLE = "Example: catforensics compare ./gan ./real -o comparison"


def compare_command(
    a: Annotated[
        str, typer.Argument(help="A folder or archive of pictures, or a blend.npz.", metavar="A")
    ],
    b: Annotated[str, typer.Argument(help="Another one.", metavar="B")],
    size: options.Size = None,
    resize: options.Resize = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    channel: options.ChannelName = "luma",
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: options.OutputFolder = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare two sets: distance maps and line profiles side by side, on shared axes.

    Writes compare.png, compare.svg and compare.json into a folder, ./comparison unless
    --output names one, or the next such name that is free. With --json and without --output
    nothing is written.
    """
    from forensics.detection.comparison import compared
    from forensics.images.sources.names import printable
    from forensics.views.results.records import comparison_record, render_json
    from forensics.views.results.sentences import render_finding

    folder = None
    if output is not None or not json_only:
        from forensics.views.folders import comparison_files, save_comparison_folder

        folder = claim_free(output, Path("comparison"), comparison_files, force=force)
    with Reading(max_pixels, strict, workers, quiet, damaged=damaged).on(scheduler) as how:
        blends = []
        with interruptible(quiet=quiet) as stop:
            for named in (a, b):
                blends.append((named, _blended_or_loaded(named, how, Sides(size, resize), stop)))
                if stop.is_set() and len(blends) == 1:
                    raise KeyboardInterrupt
        found = compared(*(blend for _, blend in blends), names=(a, b), channel=channel)
        if folder is not None:
            save_comparison_folder(found.a, found.b, folder)
        for _, blend in blends:
            report_skipped(blend.skipped, quiet=quiet)
        for warning in dict.fromkeys(warning for _, blend in blends for warning in blend.warnings):
            say(f"warning: {warning}", quiet=quiet)
        if json_only:
            result(render_json(comparison_record(found.a, found.b)))
        else:
            for side in (found.a, found.b):
                finding = render_finding(side.bands.tested, "signed")
                result(f"{printable(side.name)}: {counted(side.blended.n_images)}. {finding}.")
        if folder is not None:
            say(f"written to {folder}/", quiet=quiet)
        end_early(stop, *(blend.n_images for _, blend in blends), quiet=quiet)


def _blended_or_loaded(named: str, how: Reading, sides: Sides, stop: threading.Event) -> Blend:
    if named.endswith(".npz"):
        from forensics.engine.blend import load_blend

        return load_blend(named)
    return blended([named], how, sides, stop)
