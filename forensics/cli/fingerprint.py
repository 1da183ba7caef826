"""The command that makes the fingerprint of a source."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.run import (
    Reading,
    claim_results,
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
    from forensics.engine.fingerprint_making import MadeFingerprints, Quality

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

SourceFamily = Annotated[
    str,
    typer.Option(
        help="The family of generators that made the pictures, to be named in a match. Without it "
        "the fingerprint is that of a source, a camera say, and no sign of a generator.",
        metavar="NAME",
        rich_help_panel=options.ANALYSIS,
    ),
]


def fingerprint_command(
    images: options.Images,
    size: options.Size = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    name: SourceName = None,
    family: SourceFamily = "",
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    *,
    output: FingerprintFile,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Make the fingerprints of a source from its pictures, and say how good they are.

    Two kinds: what it adds to whole frames, from at least 8 pictures of one size, uncropped and
    unresized, better 50; and what its decoder adds every 16 pixels, from 2 on, better 10. Each
    is judged by pictures that are not in it. Hold the file against others with catforensics
    inspect --fingerprint FILE.
    """
    from forensics.views.results.records import render_json

    if output.suffix != ".npz":
        raise ParameterError(f"output is {output}, a fingerprint ends in .npz: name it so")
    claim_results([output], force=force)
    from forensics.engine.fingerprint_making import make_fingerprints
    from forensics.engine.fingerprints import save_library

    with Reading(max_pixels, strict, workers, quiet, damaged=damaged).on(scheduler) as how:
        with interruptible(quiet=quiet) as stop:
            make = partial(make_fingerprints, name=name or output.stem, family=family, size=size)
            made = summed_set(images, how, stop, "measuring", make)
        save_library(made.fingerprints, output)
        report_skipped(made.skipped, quiet=quiet)
        result(render_json(_record(made)) if json_only else _sentences(made))
        say(f"written to {output}", quiet=quiet)
        n = max(one.n_images for one in made.fingerprints)
        end_early(stop, n, quiet=quiet)


def _record(made: MadeFingerprints) -> dict[str, object]:
    from forensics.views.results.records import FORMAT_VERSION, json_value, skipped_records

    return {
        "format_version": FORMAT_VERSION,
        "name": made.fingerprints[0].name,
        "family": made.fingerprints[0].family or None,
        "fingerprints": [
            {
                "kind": quality.kind,
                "n_images": one.n_images,
                "judged_by": quality.n_judged,
                "matched": json_value(quality.matched),
                "least_z": json_value(quality.least),
                "median_z": json_value(quality.median),
                "median_z_with_twice_as_many": json_value(quality.with_twice),
                "largest_z_of_photographs": json_value(quality.largest_other),
            }
            for one, quality in zip(made.fingerprints, made.qualities, strict=True)
        ],
        "not_made": list(made.reasons),
        "n_copies": made.n_copies,
        "n_skipped": len(made.skipped),
        "skipped": skipped_records(made.skipped),
    }


def _sentences(made: MadeFingerprints) -> str:
    from forensics.images.sources.names import printable

    lines = [f"Fingerprints of {printable(made.fingerprints[0].name)}"]
    for one, quality in zip(made.fingerprints, made.qualities, strict=True):
        lines.append(f"{quality.kind}: of {counted(one.n_images)}. {_worth(quality, made.stopped)}")
    lines += [f"not made: {reason}" for reason in made.reasons]
    if made.n_copies:
        copies = counted(made.n_copies, "picture is a copy", "pictures are copies")
        lines.append(f"{copies} of others, to the byte or saved again, and counted once")
    if not made.fingerprints[0].family:
        lines.append(
            "A match with it tells one source, which may be a camera, and no generator: name the "
            "generator with --family if these pictures are known to be of one"
        )
    return "\n".join(lines)


def _worth(quality: Quality, stopped: bool) -> str:
    """How good a fingerprint is, and what more pictures would bring."""
    from math import isfinite

    if not quality.n_judged and stopped:
        return "It was stopped before it was judged."
    if not quality.n_judged:
        return "Too few pictures to judge it by: hold it against others of the source."
    said = (
        f"Of {counted(quality.n_judged)}, each held against all the others, "
        f"{100 * quality.matched:.0f} % match (z {quality.least:.1f} at least, "
        f"{quality.median:.1f} in the median)"
    )
    if isfinite(quality.with_twice):
        said += f"; twice as many pictures would bring a median of {quality.with_twice:.1f}"
    if isfinite(quality.largest_other):
        said += f". Of scikit-image's photographs none has more than {quality.largest_other:.1f}"
    if quality.matched < 0.5:
        said += (
            ". It tells little: most of its own pictures do not match, so that one that does not "
            "match may still be of this source"
        )
    return f"{said}."
