"""The command that trains a score, and what it shares with `evaluate`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.audit import two_sets
from forensics.cli.run import Reading, claim_results, report_skipped, result, say
from forensics.errors import ParameterError

if TYPE_CHECKING:
    from forensics._typing import FloatArray
    from forensics.images.sources.find import FoundImages


TRAIN_EXAMPLE = "Example: catforensics train ./gan ./real -o model.json"


Gan = Annotated[
    str, typer.Argument(help="Generated pictures: a folder, glob or archive.", metavar="GAN")
]


Real = Annotated[
    str,
    typer.Argument(
        help="Real ones. Where they are from is told by folders and by the first word of names.",
        metavar="REAL",
    ),
]


Seed = Annotated[
    int, typer.Option(help="Of all that is drawn.", min=0, rich_help_panel=options.ANALYSIS)
]


def train_command(
    gan: Gan,
    real: Real,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    name: Annotated[
        str | None,
        typer.Option(
            help="What to call the score; the name of GAN's folder by default.",
            metavar="NAME",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    deliveries: Annotated[
        int,
        typer.Option(
            help="Of every source, whatever the number of its pictures: what is measured.",
            min=1,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 40,
    seed: Seed = 0,
    workers: options.Workers = None,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="File for the model (.json). What was measured is kept beside it.",
            rich_help_panel=options.OUTPUT,
            show_default=False,
        ),
    ],
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Train the score on generated and real pictures of many sources.

    A folder is a source, and every source counts alike. Both classes are delivered alike: cropped,
    resized, compressed at random. Thresholds and every figure come from fits that have not seen
    the source they judge, so name as many sources as you can. A second run starts from what is
    kept in MODEL.features.npz.
    """
    from forensics.detection.classifier.train import train
    from forensics.detection.verdict.model_file import save_model
    from forensics.engine.fingerprints import load_library
    from forensics.views.results.records import render_json
    from forensics.views.results.training import render_training, training_record

    if output.suffix != ".json":
        raise ParameterError(f"output is {output}, a model ends in .json: name it so")
    claim_results([output], force=force)
    how = Reading(max_pixels, strict, workers, quiet, damaged=damaged)
    sets = two_sets((gan, real), how)
    sentence = "" if quiet else audited(sets, (gan, real), max_pixels)
    with (
        kept_features(output.with_suffix(".features.npz")) as kept,
        how.run("measuring") as run,
    ):
        done = train(
            *sets,
            name=name or Path(gan).resolve().stem,
            fingerprints=load_library(),
            deliveries=deliveries,
            seed=seed,
            kept=kept,
            max_pixels=max_pixels,
            **run.keywords,
        )
    save_model(done.model, output)
    report_skipped([*sets[0].skipped, *sets[1].skipped, *done.skipped], quiet=quiet)
    say(sentence, quiet=quiet)
    result(render_json(training_record(done.model)) if json_only else render_training(done.model))
    say(f"written to {output}", quiet=quiet)


@contextmanager
def kept_features(path: Path | None) -> Iterator[dict[str, FloatArray]]:
    """Yield what was measured before, and keep what is measured, even if the run is ended."""
    from forensics.detection.classifier.measure import load_kept, save_kept

    rows = load_kept(path) if path is not None else {}
    n_before = len(rows)
    try:
        yield rows
    finally:
        if path is not None and len(rows) > n_before:
            save_kept(path, rows)


def audited(sets: tuple[FoundImages, FoundImages], names: tuple[str, str], max_pixels: int) -> str:
    """What besides the generator tells the sets apart, in a sentence."""
    from forensics.detection.evaluation.audit import audit
    from forensics.views.results.audit import audit_sentence

    done = audit(*sets, names=names, most_histories=0, on_error="skip", max_pixels=max_pixels)
    return audit_sentence(done)
