"""The command that makes the fingerprint of a source."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.claiming import claim_results
from forensics.cli.reading import reading
from forensics.cli.summing import end_early, summed_set
from forensics.cli.talk import interruptible, report_skipped, result, say
from forensics.errors import ParameterError

if TYPE_CHECKING:
    from forensics.engine.fingerprints import FoundFingerprint

FINGERPRINT_EXAMPLE = "Example: catforensics fingerprint ./images -o my.npz"

FingerprintFile = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        help="File for the fingerprint (.npz).",
        rich_help_panel=options.OUTPUT,
        show_default=False,
    ),
]
SourceName = Annotated[
    str | None,
    typer.Option(
        help="What to call the source; the name of the file by default.",
        metavar="NAME",
        rich_help_panel=options.ANALYSIS,
    ),
]


def fingerprint_command(
    images: options.Images,
    size: options.Size = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    name: SourceName = None,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    *,
    output: FingerprintFile,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Make the fingerprint of a source from at least 100 of its pictures.

    All must come from one source and have one size, uncropped and unresized. Hold it against
    others with catforensics inspect --fingerprint FILE.
    """
    from forensics.views.records import render_json

    if output.suffix != ".npz":
        raise ParameterError(f"output is {output}, a fingerprint ends in .npz: name it so")
    claim_results([output], force=force)
    from forensics.engine.fingerprints import find_fingerprint, save_fingerprint

    with reading(max_pixels, strict, workers, scheduler, quiet) as how:
        with interruptible(quiet=quiet) as stop:
            add_up = partial(find_fingerprint, name=name or output.stem, size=size)
            made = summed_set(images, how, stop, "measuring", add_up)
        save_fingerprint(made.fingerprint, output)
        report_skipped(made.skipped, quiet=quiet)
        result(render_json(_record(made)) if json_only else _sentence(made))
        say(f"written to {output}", quiet=quiet)
        end_early(stop, f"{made.fingerprint.n_images:,}", quiet=quiet)


def _record(made: FoundFingerprint) -> dict[str, object]:
    source = made.fingerprint
    return {
        "format_version": 1,
        "name": source.name,
        "n_images": source.n_images,
        "n_skipped": len(made.skipped),
        "skipped": [{"path": left.path, "reason": left.reason} for left in made.skipped],
        "shape": list(source.codes.shape),
    }


def _sentence(made: FoundFingerprint) -> str:
    from forensics.images.names import printable

    source = made.fingerprint
    rows, columns = source.codes.shape
    return (
        f"Fingerprint of {printable(source.name)}: {source.n_images:,} pictures of {rows} x "
        f"{columns} pixels."
    )
