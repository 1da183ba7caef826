"""The command that draws a generator's last layers over pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

import typer

from forensics.cli import options
from forensics.cli.deliver import Seed, make_set
from forensics.cli.run import Reading

if TYPE_CHECKING:
    from forensics.engine.deliveries import MadePicture
    from forensics.engine.run import RunOptions
    from forensics.images.sources.find import FoundImages, Skipped


SIMULATE_EXAMPLE = "Example: catforensics simulate ./images -o simulated --layer transposed-4"


Layer: TypeAlias = Literal[
    "zero-insertion",
    "transposed-3",
    "transposed-4",
    "transposed-5",
    "nearest",
    "bilinear",
    "pixel-shuffle",
]


def simulate_command(
    images: options.Images,
    reduce: Annotated[
        float,
        typer.Option(
            help="Reduce each picture by this factor first, so that it loses its own traces: "
            "3 or 4 for photographs.",
            metavar="FACTOR",
            min=1,
            max=64,
            rich_help_panel=options.INPUT,
        ),
    ] = 1,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    layer: Annotated[
        Layer,
        typer.Option(
            help=f"The up-sampling layer: {', '.join(get_args(Layer))}.",
            metavar="LAYER",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = "transposed-4",
    strength: Annotated[
        float,
        typer.Option(
            help="0 for none, 1 for about that of real generators.",
            metavar="X",
            min=0,
            max=4,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 1,
    depth: Annotated[
        int,
        typer.Option(
            help="Layers in a row: 2 give period 4 besides 2, 3 give 8.",
            metavar="N",
            min=1,
            max=5,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 1,
    seed: Seed = 0,
    workers: options.Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the pictures and manifest.jsonl; simulated by default, or the next "
            "such name that is free.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Give pictures the trace of a generator's last layers, as if they had come out of it.

    All pictures pass through one generator, whose weights the seed draws. They are written
    as PNG under their own names, with a manifest of what was done to which. Pixels are taken
    as they are stored: an EXIF orientation is noted in the manifest, not applied.
    """

    def made(found: FoundImages, run: RunOptions) -> Iterator[MadePicture | Skipped]:
        from forensics.engine.deliveries import iter_simulated

        return iter_simulated(
            found,
            layer,
            seed=seed,
            strength=strength,
            depth=depth,
            reduce=reduce,
            max_pixels=max_pixels,
            **run.keywords,
        )

    how = Reading(max_pixels, strict, workers, quiet, damaged=damaged)
    make_set("simulated", made, images, how, output, force=force)
