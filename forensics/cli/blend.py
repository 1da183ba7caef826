"""The command that blends a set, or goes on with a blend that was saved."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Unpack

import typer

from forensics.cli import options
from forensics.cli.run import (
    Reading,
    begun,
    claim_free,
    end_early,
    interruptible,
    report_skipped,
    result,
    say,
    summed_set,
)
from forensics.counting import counted
from forensics.errors import ParameterError

if TYPE_CHECKING:
    from forensics._typing import Channel, Metric
    from forensics.engine.blend import Blend
    from forensics.engine.checkpoint import RunState
    from forensics.engine.run import RunKeywords
    from forensics.images.sources.find import FoundImages


BLEND_EXAMPLE = "Example: catforensics blend ./images -o blend"
DEFAULT = Path("blend")
STATE = "blend.run"


def blend_command(
    images: options.Images,
    size: options.Size = None,
    resize: options.Resize = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    frame: options.Frame = 0,
    damaged: options.DamagedPictures = "skip",
    add: Annotated[
        list[Path] | None,
        typer.Option(
            help="Go on from a blend.npz of an earlier run or another machine.",
            metavar="FILE",
            rich_help_panel=options.INPUT,
        ),
    ] = None,
    strict: options.Strict = False,
    spread: Annotated[
        bool,
        typer.Option(
            "--spread",
            help="Keep sums of squares in blend.npz as well, for the spread of each pixel over "
            "the set; takes longer.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = False,
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
    (the exact sums) into a folder, ./blend unless --output names one, or the next such name that
    is free. With --json and without --output nothing is written. With --checkpoint a run that was
    killed goes on, and ends with the same bytes.
    """
    from forensics.views.folders import blend_files

    folder = None
    if output is not None or not json_only:
        output = begun(DEFAULT, STATE) if output is None and checkpoint is not None else output
        folder = claim_free(output, DEFAULT, blend_files, force=force)
    earlier = _earlier(add or [], size or resize, spread=spread)
    sides = Sides(size, resize, _shape_of(earlier), spread)
    with ExitStack() as stack:
        how = stack.enter_context(
            Reading(max_pixels, strict, workers, quiet, frame=frame, damaged=damaged).on(scheduler)
        )
        steps = _steps(checkpoint, folder, stack)
        with interruptible(quiet=quiet) as stop:
            done = blended(images, how, sides, stop, steps)
            done = done if earlier is None else done + earlier
        named = (*images, *map(str, add or []))
        _report_blend(done, named, folder, channel, metric, json_only=json_only, quiet=quiet)
        if steps is not None and not done.stopped:
            steps.complete()
        end_early(stop, done.n_images, quiet=quiet)


def _report_blend(
    done: Blend,
    named: Sequence[str],
    folder: Path | None,
    channel: Channel,
    metric: Metric,
    *,
    json_only: bool,
    quiet: bool,
) -> None:
    """Save a blend where that is asked for, and say what was found in it."""
    from forensics.traces.periods import line_bands
    from forensics.views.results.records import blend_record, render_json
    from forensics.views.results.sentences import render_findings, render_table

    bands = line_bands(done.mean, channel=channel)
    if folder is not None:
        from forensics.views.folders import save_blend_folder
        from forensics.views.results.captions import set_name

        save_blend_folder(done, bands, folder, metric=metric, name=set_name(named))
    report_skipped(done.skipped, quiet=quiet)
    for warning in done.warnings:
        say(f"warning: {warning}", quiet=quiet)
    if json_only:
        result(render_json(blend_record(done, bands)))
    else:
        result(f"{counted(done.n_images)} blended. {render_findings(bands.tested, 'signed')}.")
        result(render_table(bands.tested))
    if folder is not None:
        say(f"written to {folder}/", quiet=quiet)


class Sides(NamedTuple):
    """How large the pictures are made, or of what size they are, and what is summed of them."""

    size: int | None
    resize: int | None
    shape: tuple[int, int] | None = None
    spread: bool = False


def _shape_of(earlier: Blend | None) -> tuple[int, int] | None:
    if earlier is None:
        return None
    rows, columns = earlier.moments.shape[:2]
    return rows, columns


def _earlier(paths: Sequence[Path], side: int | None, *, spread: bool) -> Blend | None:
    """The sum of saved blends to go on from, refused before any picture is read."""
    from forensics.engine.blend import load_blend
    from forensics.images.sources.names import printable

    blends = [load_blend(path) for path in paths]
    if not blends:
        return None
    for path, one in zip(paths, blends, strict=True):
        if spread and one.moments.squares is None:
            raise ParameterError(
                f"--add names {printable(str(path))}, which was blended without --spread and has "
                "no squares to go on from: leave --spread out, or blend its pictures anew with it"
            )
    total = sum(blends[1:], blends[0])
    rows, columns = total.moments.shape[:2]
    if side is not None and (rows, columns) != (side, side):
        raise ParameterError(
            f"--add names a blend of {columns} x {rows} pixels, and {side} x {side} are asked "
            "for: leave the size out, or blend both alike"
        )
    return total


def blended(
    images: Sequence[str],
    how: Reading,
    sides: Sides,
    stop: threading.Event,
    steps: _Steps | None = None,
) -> Blend:
    """Blend of what was named, in steps that are saved where it is a long one."""
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
        spread: bool,
        max_pixels: int,
        **run: Unpack[RunKeywords],
    ) -> Blend:
        """Go on where the file was left."""
        from forensics.engine.checkpoint import blend_in_steps, identity_of, run_state
        from forensics.images.sources.local import AskedSource

        settings: dict[str, Any] = {
            "size": size,
            "resize": resize,
            "shape": shape,
            "spread": spread,
            "max_pixels": max_pixels,
        }
        asked = {(one.frame, one.damaged) for one in found if isinstance(one, AskedSource)}
        said = {"of": "blend", **settings} | ({"asked": sorted(asked)} if asked else {})
        identity = identity_of([one.name for one in found], said)
        self._state = self._stack.enter_context(run_state(self._path, identity, resume=True))
        if n_done := self._state.n_done:
            say(f"going on after {counted(n_done)}", quiet=False)
        return blend_in_steps(found, self._state, every=self._every, **settings, **run)

    def complete(self) -> None:
        """Take the file away, and what was left by runs that were killed: everything is saved."""
        from forensics.output import sweep
        from forensics.views.folders import blend_files

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
    return _Steps(folder / STATE, checkpoint, stack)
