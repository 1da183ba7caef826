"""Commands on pictures one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

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
from forensics.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics._typing import Channel
    from forensics.images.sources import FoundImages

PROFILE_EXAMPLE = "Example: catforensics profile img.png"


def profile_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    channel: options.ChannelName = "luma",
    workers: options.Workers = None,
    output: options.OutputFile = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Profile the lines of a picture, and test them for bands.

    Of one picture it prints a table and draws a figure, ./NAME-profile.png unless --output
    names another; with --json it prints the object, and draws only if --output is given.
    Of many pictures it prints a line of JSON each.
    """
    found = found_images(images, strict=strict, quiet=quiet)
    if len(found) == 1 and not found.skipped:
        _profile_one(found, channel, max_pixels, output, json_only, force, quiet)
    else:
        _profile_many(found, channel, max_pixels, strict, workers, output, force, quiet)


def _profile_one(
    found: FoundImages,
    channel: Channel,
    max_pixels: int,
    output: Path | None,
    json_only: bool,
    force: bool,
    quiet: bool,
) -> None:
    from forensics.engine.pictures import profile_image
    from forensics.images.names import printable
    from forensics.views.records import profile_record, render_json
    from forensics.views.sentences import CAUSES, render_finding, render_table

    source = found.images[0]
    figure = output or (None if json_only else Path(f"{Path(source.name).stem}-profile.png"))
    if figure is not None:
        _check_figure(figure, force=force)
    profile, image = profile_image(source, channel=channel, max_pixels=max_pixels)
    if figure is not None:
        from forensics.views.figures import save_figure
        from forensics.views.sheets import show_profile
        from forensics.writing import writing

        with writing(figure) as file:
            save_figure(show_profile(profile, image), file, figure.suffix[1:])
    if json_only:
        result(render_json(profile_record(profile)))
    else:
        result(f"{printable(source.name)}: {render_finding(profile.periods, 'second')}.")
        result(render_table(profile.periods))
        say(CAUSES, quiet=quiet)
    if figure is not None:
        say(f"drawn in {figure}", quiet=quiet)


def _profile_many(
    found: FoundImages,
    channel: Channel,
    max_pixels: int,
    strict: bool,
    workers: int | None,
    output: Path | None,
    force: bool,
    quiet: bool,
) -> None:
    from forensics.engine.pictures import PictureProfile, iter_profiles
    from forensics.engine.stream import first_reasons
    from forensics.views.records import profile_record, render_json

    skipped = list(found.skipped)
    n_profiles = 0
    with (
        _lines(output, force=force) as put,
        interruptible(quiet=quiet) as stop,
        # A bar among lines of JSON on the same terminal would tear both apart.
        progress_bar(
            "profiling", quiet=quiet or (output is None and sys.stdout.isatty())
        ) as progress,
    ):
        for one in iter_profiles(
            found,
            channel=channel,
            workers=workers,
            on_error="raise" if strict else "skip",
            max_pixels=max_pixels,
            progress=progress,
            stop=stop,
        ):
            if isinstance(one, PictureProfile):
                put(render_json(profile_record(one)))
                n_profiles += 1
            else:
                skipped.append(one)
        if n_profiles == 0:
            if stop.is_set():
                raise KeyboardInterrupt
            raise first_reasons(skipped)
    report_skipped(skipped, quiet=quiet)
    if stop.is_set():
        say(f"stopped early, after {n_profiles:,} pictures", quiet=quiet)
        raise typer.Exit(INTERRUPTED)


@contextmanager
def _lines(output: Path | None, *, force: bool) -> Iterator[Callable[[str], None]]:
    """Yield what takes lines of text: stdout, or a file that appears when all are in it."""
    if output is None:
        yield result
        return
    from forensics.writing import refuse_existing, writing

    refuse_existing([output], force=force)
    with writing(output) as file:

        def put(text: str) -> None:
            file.write(f"{text}\n".encode())

        yield put


def _check_figure(path: Path, *, force: bool) -> None:
    from forensics.writing import refuse_existing

    if path.suffix not in {".png", ".svg"}:
        raise ParameterError(
            f"output is {path}, the figure of one picture ends in .png or .svg: name it so; "
            "JSON goes to stdout"
        )
    refuse_existing([path], force=force)
