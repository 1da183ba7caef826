"""The commands that get a set of pictures together: cut, divide, look, describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.claiming import claim_results
from forensics.cli.reading import Reading
from forensics.cli.talk import report_skipped, result, say
from forensics.errors import OutputError, ParameterError

if TYPE_CHECKING:
    from forensics.detection.specimens import Specimens
    from forensics.images.sources import FoundImages

FACES_EXAMPLE = "Example: catforensics data faces ./photos -o faces --size 512"
SPLIT_EXAMPLE = "Example: catforensics data split ./images -o parts --test 0.3"
SHEET_EXAMPLE = "Example: catforensics data sheet ./images -o sheet.png"
CARD_EXAMPLE = "Example: catforensics data card ./images -o card.md"


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
    "catforensics[faces]". Only faces that hold the size are cut; manifest.csv says of each where
    it was, also on the grid of JPEG's blocks.
    """
    from forensics.engine.attempts import measured
    from forensics.engine.reasons import first_reasons
    from forensics.views.datasets.faces import FACES_MANIFEST, cut_faces, render_faces, save_faces

    how = Reading(max_pixels, strict, workers, quiet)
    found = _in_another_place(how.find(images), output)
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


def split_command(
    images: options.Images,
    test: Annotated[
        float,
        typer.Option(
            help="Share of the pictures that is kept for the test.",
            metavar="SHARE",
            min=0,
            max=1,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 0.3,
    seed: Annotated[
        int, typer.Option(help="Of what is drawn.", min=0, rich_help_panel=options.ANALYSIS)
    ] = 0,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    workers: options.Workers = None,
    copy: Annotated[
        bool,
        typer.Option(
            "--copy",
            help="Copy the pictures instead of naming them.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Folder for train.csv and test.csv.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ],
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Divide a set in two parts by content: what looks alike is in one, never in both.

    Writes train.csv and test.csv, which every command reads as a set; with --copy folders of
    those names besides. Of files with the same bytes one is kept.
    """
    from forensics.detection.dividing import divided
    from forensics.views.datasets.parts import (
        part_files,
        render_division,
        save_copies,
        save_parts,
    )

    how = Reading(max_pixels, strict, workers, quiet)
    found = _in_another_place(how.find(images), output)
    claim_results(part_files(output), force=force)
    seen = _seen(found, 2, how)
    division = divided(seen.pictures, test=test, seed=seed)
    if copy:
        save_copies(division, output)
    else:
        save_parts(division, output)
    report_skipped([*found.skipped, *seen.skipped], quiet=quiet)
    result(f"{render_division(division)}.")
    say(f"written to {output}/", quiet=quiet)


def sheet_command(
    images: options.Images,
    n: Annotated[
        int,
        typer.Option(
            "-n",
            help="Pictures on the sheet, evenly spread over the set.",
            metavar="N",
            min=1,
            max=1000,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 120,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    workers: options.Workers = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="File for the sheet (.png).", rich_help_panel=options.OUTPUT
        ),
    ] = Path("sheet.png"),
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Draw a contact sheet: many pictures of a set at once, small, to see what it is of."""
    from functools import partial

    from forensics.engine.attempts import measured
    from forensics.engine.reasons import first_reasons
    from forensics.images.sources import Skipped
    from forensics.views.datasets.sheet import Small, show_sheet, small_picture, spread
    from forensics.views.figures import save_figure
    from forensics.writing import writing

    if output.suffix != ".png":
        raise ParameterError(f"output is {output}, a sheet ends in .png: name it so")
    how = Reading(max_pixels, strict, workers, quiet)
    found = how.find(images)
    claim_results([output], force=force)
    small: list[Small] = []
    skipped = list(found.skipped)
    with how.run("looking") as run:
        for one in measured(
            partial(small_picture, max_pixels=max_pixels),
            spread(found.images, n),
            run,
            batch=4,
        ):
            if isinstance(one, Skipped):
                skipped.append(one)
            else:
                small.append(one)
    if not small:
        raise first_reasons(skipped)
    with writing(output) as file:
        save_figure(show_sheet(small, len(found), images[0]), file, "png")
    report_skipped(skipped, quiet=quiet)
    result(str(output))


def card_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    workers: options.Workers = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="File for the card (.md).", rich_help_panel=options.OUTPUT
        ),
    ] = Path("card.md"),
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a data card: counts, sizes, formats, qualities, copies, and fields for people to fill.

    What files cannot tell, licence, source and consent first, is left open in it.
    """
    from forensics.views.datasets.card import render_card
    from forensics.writing import writing

    if output.suffix != ".md":
        raise ParameterError(f"output is {output}, a card ends in .md: name it so")
    how = Reading(max_pixels, strict, workers, quiet)
    found = how.find(images)
    claim_results([output], force=force)
    seen = _seen(found, 1, how)
    skipped = [*found.skipped, *seen.skipped]
    n_same = len(found) - len(seen.pictures) - len(seen.skipped)
    with writing(output) as file:
        card = render_card(images[0], seen.pictures, skipped, n_same)
        file.write(card.encode("utf-8", "backslashreplace"))
    report_skipped(skipped, quiet=quiet)
    result(str(output))


def _seen(found: FoundImages, fewest: int, how: Reading) -> Specimens:
    from forensics.detection.specimens import look_at

    with how.run("looking") as run:
        return look_at(found, run, max_pixels=how.max_pixels, fewest=fewest)


def _in_another_place(found: FoundImages, output: Path) -> FoundImages:
    """The pictures, refused if results would come to lie among them."""
    import os

    from forensics.images.names import printable

    place = os.path.realpath(output) + os.sep
    for source in found:
        if os.path.realpath(source.name).startswith(place):
            raise OutputError(
                f"{printable(source.name)} would be read from where the results go: pass another "
                "--output"
            )
    return found
