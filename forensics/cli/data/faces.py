"""The command that cuts faces out of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.run import Reading, claim_results, report_skipped, result, say
from forensics.errors import OutputError

if TYPE_CHECKING:
    from forensics.images.sources.find import FoundImages


FACES_EXAMPLE = "Example: catforensics data faces ./photos -o faces --size 512"


def faces_command(
    images: options.Images,
    size: Annotated[
        int,
        typer.Option(
            help="Pixels a side of what is cut out.",
            metavar="N",
            min=1,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 512,
    resize: Annotated[
        bool,
        typer.Option(
            "--resize",
            help="Resample faces of other sizes, and record the factor. This destroys and makes "
            "traces.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = False,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    workers: options.Workers = None,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the faces (PNG) and their manifest.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ],
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Cut cats' faces out of photographs, without resampling.

    By the nine points of the Kaggle cat data set where a file of them lies beside a picture
    (1.jpg.cat beside 1.jpg), else by a detector, which needs the extra: pip install
    "catforensics[faces]", or in a clone pip install ".[faces]". Only faces that hold the size are
    cut; manifest.csv says of each where it was, also on the grid of JPEG's blocks.
    """
    from forensics.datasets.faces import FACES_MANIFEST, cut_faces, render_faces, save_faces
    from forensics.engine.attempts import measured
    from forensics.images.sources.local import first_reasons

    how = Reading(max_pixels, strict, workers, quiet, damaged=damaged)
    found = in_another_place(how.find(images), output)
    claim_results([output / FACES_MANIFEST], force=force)
    with how.run("cutting") as run:
        told = save_faces(
            measured(
                cut_faces(size, resize=resize, max_pixels=max_pixels),
                found.images,
                run,
                batch=1,
            ),
            output,
        )
    skipped = [*found.skipped, *told.skipped]
    report_skipped(skipped, quiet=quiet)
    if len(told.skipped) == len(found.images):
        raise first_reasons(skipped)
    result(f"{render_faces(told, size)}.")
    if told.n_cut:
        say(f"written to {output}/", quiet=quiet)


def in_another_place(found: FoundImages, output: Path) -> FoundImages:
    """The pictures, refused if results would come to lie among them."""
    import os

    from forensics.images.sources.names import printable

    place = os.path.realpath(output) + os.sep
    for source in found:
        if os.path.realpath(source.name).startswith(place):
            raise OutputError(
                f"{printable(source.name)} would be read from where the results go: pass another "
                "--output"
            )
    return found
