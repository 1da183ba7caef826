"""Commands on sets of pictures: blend one, compare two."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Unpack

import typer

from forensics.cli import options
from forensics.cli.claiming import claim_results
from forensics.cli.reading import Reading
from forensics.cli.summing import end_early, summed_set
from forensics.cli.talk import interruptible, report_skipped, result, say
from forensics.errors import ParameterError

if TYPE_CHECKING:
    from forensics._typing import Channel, Metric
    from forensics.engine.blend import Blend
    from forensics.engine.run import RunKeywords
    from forensics.engine.state import RunState
    from forensics.images.sources import FoundImages

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
    scheduler: options.Scheduler = None,
    output: options.OutputFolder = None,
    checkpoint: Annotated[
        float | None,
        typer.Option(
            help="Save what is done every so many seconds: after a crash the same command goes "
            "on from there.",
            metavar="SECONDS",
            min=0.1,
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Blend a set of pictures, and test the blend for bands.

    Writes blend.png, distance.png, profiles.png, profiles.csv, blend.json and blend.npz
    (the exact sums) into a folder, ./blend unless --output names one. With --json and
    without --output nothing is written. With --checkpoint a run that was killed goes on, and
    ends with the same bytes.
    """
    folder = output if output is not None else None if json_only else Path("blend")
    if folder is not None:
        from forensics.views.folders import blend_files

        claim_results(blend_files(folder), force=force)
    earlier = _earlier(add or [], size or resize)
    sides = _Sides(size, resize, _shape_of(earlier))
    with ExitStack() as stack:
        how = stack.enter_context(Reading(max_pixels, strict, workers, quiet).on(scheduler))
        steps = _steps(checkpoint, folder, stack)
        with interruptible(quiet=quiet) as stop:
            done = _blended(images, how, sides, stop, steps)
            done = done if earlier is None else done + earlier
        _report_blend(done, folder, channel, metric, json_only=json_only, quiet=quiet)
        if steps is not None and not done.stopped:
            steps.complete()
        end_early(stop, f"{done.n_images:,}", quiet=quiet)


def _report_blend(
    done: Blend,
    folder: Path | None,
    channel: Channel,
    metric: Metric,
    *,
    json_only: bool,
    quiet: bool,
) -> None:
    """Save a blend where that is asked for, and say what was found in it."""
    from forensics.detection.comparison import blend_periods
    from forensics.views.records import blend_record, render_json
    from forensics.views.sentences import render_findings, render_table

    periods = blend_periods(done, channel=channel)
    if folder is not None:
        from forensics.views.folders import save_blend_folder

        save_blend_folder(done, periods, folder, channel=channel, metric=metric)
    report_skipped(done.skipped, quiet=quiet)
    for warning in done.warnings:
        say(f"warning: {warning}", quiet=quiet)
    if json_only:
        result(render_json(blend_record(done, periods, channel=channel)))
    else:
        result(f"{done.n_images:,} pictures blended. {render_findings(periods, 'signed')}.")
        result(render_table(periods))
    if folder is not None:
        say(f"written to {folder}/", quiet=quiet)


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
    scheduler: options.Scheduler = None,
    output: options.OutputFolder = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare two sets: distance maps and line profiles side by side, on shared axes.

    Writes compare.png, compare.svg and compare.json into a folder, ./comparison unless
    --output names one. With --json and without --output nothing is written.
    """
    from forensics.detection.comparison import compared
    from forensics.images.names import printable
    from forensics.views.records import comparison_record, render_json
    from forensics.views.sentences import render_finding

    folder = output if output is not None else None if json_only else Path("comparison")
    if folder is not None:
        from forensics.views.folders import comparison_files, save_comparison_folder

        claim_results(comparison_files(folder), force=force)
    with Reading(max_pixels, strict, workers, quiet).on(scheduler) as how:
        blends = []
        with interruptible(quiet=quiet) as stop:
            for named in (a, b):
                blends.append((named, _blended_or_loaded(named, how, _Sides(size, resize), stop)))
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
                finding = render_finding(side.periods, "signed")
                result(f"{printable(side.name)}: {side.blended.n_images:,} pictures. {finding}.")
        if folder is not None:
            say(f"written to {folder}/", quiet=quiet)
        end_early(stop, " and ".join(f"{blend.n_images:,}" for _, blend in blends), quiet=quiet)


class _Sides(NamedTuple):
    """How large the pictures are made, or of what size they are."""

    size: int | None
    resize: int | None
    shape: tuple[int, int] | None = None


def _shape_of(earlier: Blend | None) -> tuple[int, int] | None:
    if earlier is None:
        return None
    rows, columns = earlier.moments.shape[:2]
    return rows, columns


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


def _blended_or_loaded(named: str, how: Reading, sides: _Sides, stop: threading.Event) -> Blend:
    if named.endswith(".npz"):
        from forensics.engine.saved import load_blend

        return load_blend(named)
    return _blended([named], how, sides, stop)


def _blended(
    images: Sequence[str],
    how: Reading,
    sides: _Sides,
    stop: threading.Event,
    steps: _Steps | None = None,
) -> Blend:
    from forensics.engine.blend import blend

    add_up = partial(steps.blend if steps else blend, **sides._asdict())
    return summed_set(images, how, stop, "blending", add_up)


class _Steps:
    """A blend whose state is kept in a file until its results are saved."""

    def __init__(self, path: Path, every: float, stack: ExitStack) -> None:
        self._path, self._every, self._stack = path, every, stack
        self._state: RunState | None = None

    def blend(
        self,
        found: FoundImages,
        *,
        size: int | None,
        resize: int | None,
        shape: tuple[int, int] | None,
        max_pixels: int,
        **run: Unpack[RunKeywords],
    ) -> Blend:
        """Go on where the file was left."""
        from forensics.engine.checkpoints import blend_in_steps
        from forensics.engine.state import identity_of, run_state

        settings: dict[str, Any] = {
            "size": size,
            "resize": resize,
            "shape": shape,
            "max_pixels": max_pixels,
        }
        identity = identity_of([one.name for one in found], {"of": "blend", **settings})
        self._state = self._stack.enter_context(run_state(self._path, identity, go_on=True))
        if n_done := self._state.n_done:
            say(f"going on after {n_done:,} pictures", quiet=False)
        return blend_in_steps(found, self._state, every=self._every, **settings, **run)

    def complete(self) -> None:
        """Take the file away, and what was left by runs that were killed: everything is saved."""
        from forensics.views.folders import blend_files
        from forensics.writing import sweep

        if self._state is not None:
            sweep(blend_files(self._path.parent))
            self._state.remove()


def _steps(checkpoint: float | None, folder: Path | None, stack: ExitStack) -> _Steps | None:
    if checkpoint is None:
        return None
    if folder is None:
        raise ParameterError(
            "--checkpoint is given, and nothing is written with --json alone: name a folder with "
            "--output"
        )
    return _Steps(folder / "blend.run", checkpoint, stack)
