"""The command that sends pictures through deliveries, and what it shares with `simulate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from forensics.cli import options
from forensics.cli.run import (
    INTERRUPTED,
    Reading,
    first_free,
    interruptible,
    report_skipped,
    result,
    say,
)
from forensics.counting import counted
from forensics.errors import ParameterError

if TYPE_CHECKING:
    from forensics.engine.deliveries import MadePicture, StepsFor
    from forensics.engine.run import RunOptions
    from forensics.images.sources.find import FoundImages, Skipped


DELIVER_EXAMPLE = "Example: catforensics deliver ./images -o delivered --chain messenger"


Chain: TypeAlias = Literal["messenger", "social", "screenshot", "thumbnail"]


Seed: TypeAlias = Annotated[
    int,
    typer.Option(
        help="Same seed, same bytes.", metavar="N", min=0, rich_help_panel=options.ANALYSIS
    ),
]


def deliver_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    chain: Annotated[
        Chain | None,
        typer.Option(help="As a platform sends pictures on.", rich_help_panel=options.ANALYSIS),
    ] = None,
    random: Annotated[
        bool,
        typer.Option(
            "--random",
            help="Each picture its own: cropped, often resized, saved once, twice or not.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = False,
    step: Annotated[
        list[str] | None,
        typer.Option(
            help="One step; again for the next: 'crop 256x320 at (3, 5)', 'resize x0.75 bicubic "
            "without antialiasing', 'paste on 1080x1920 at (10, 20) gray 255', 'jpeg q75 4:2:0 "
            "progressive', 'webp q80', 'png'.",
            metavar="WORDS",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    seed: Seed = 0,
    workers: options.Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the pictures and manifest.jsonl; delivered by default, or the next "
            "such name that is free.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Do to pictures what happens to them on their way: crop, resize, save again.

    Say what by one of --chain, --random and --step. Pictures are written under their own
    names, with a manifest of what was done to which; every step is checked to have been
    done. Pixels are taken as they are stored: an EXIF orientation is noted in the manifest,
    not applied, and no EXIF is written.
    """
    steps_for = _steps_for(chain, random, step or [])

    def made(found: FoundImages, run: RunOptions) -> Iterator[MadePicture | Skipped]:
        from forensics.engine.deliveries import iter_delivered

        return iter_delivered(
            found,
            steps_for,
            seed=seed,
            max_pixels=max_pixels,
            **run.keywords,
        )

    how = Reading(max_pixels, strict, workers, quiet, damaged=damaged)
    make_set("delivered", made, images, how, output, force=force)


def _steps_for(chain: Chain | None, random: bool, texts: list[str]) -> StepsFor:
    from forensics.images.delivery.chains import chain_steps, random_delivery
    from forensics.images.delivery.steps import read_step

    if (chain is not None) + random + bool(texts) != 1:
        raise ParameterError("what to do is not clear: pass one of --chain, --random and --step")
    if chain is not None:
        return lambda shape, rng: chain_steps(chain, shape, rng=rng)
    if random:
        return lambda shape, rng: random_delivery(rng, shape)
    steps = tuple(map(read_step, texts))
    return lambda _shape, _rng: steps


def make_set(
    what: str,
    made: Callable[[FoundImages, RunOptions], Iterator[MadePicture | Skipped]],
    images: Sequence[str],
    how: Reading,
    output: Path | None,
    *,
    force: bool,
) -> None:
    """Write a set that is made of another one, picture by picture, and its manifest."""
    from forensics.images.sources.local import first_reasons
    from forensics.views.folders import check_folder, output_stems, render_made, save_made

    found, quiet = how.find(images), how.quiet
    if not found.images:
        raise first_reasons(found.skipped)
    if output is None and not force:
        output = first_free(
            Path(what), lambda place: check_folder(place, found.images, force=False)
        )
    else:
        output = output or Path(what)
        check_folder(output, found.images, force=force)
    with interruptible(quiet=quiet) as stop, how.run(what, stop) as run:
        records, skipped = save_made(made(found, run), output, output_stems(found.images))
    if not records:
        if stop.is_set():
            raise KeyboardInterrupt
        raise first_reasons([*found.skipped, *skipped])
    report_skipped([*found.skipped, *skipped], quiet=quiet)
    result(render_made(records, what))
    say(f"written to {output}/", quiet=quiet)
    if stop.is_set():
        say(f"stopped early, after {counted(len(records))}", quiet=quiet)
        raise typer.Exit(INTERRUPTED)
