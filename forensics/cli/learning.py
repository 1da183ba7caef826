"""The commands that train a score and judge one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from forensics.cli import options
from forensics.cli.auditing import two_sets
from forensics.cli.claiming import claim_results
from forensics.cli.reading import Reading
from forensics.cli.talk import report_skipped, result, say
from forensics.errors import ParameterError

if TYPE_CHECKING:
    from forensics._typing import FloatArray
    from forensics.images.sources import FoundImages

TRAIN_EXAMPLE = "Example: catforensics train ./gan ./real -o model.json"
EVALUATE_EXAMPLE = "Example: catforensics evaluate ./gan ./real -o evaluation"

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
FigureFormat: TypeAlias = Literal["png", "svg", "pdf"]
Seed = Annotated[
    int, typer.Option(help="Of all that is drawn.", min=0, rich_help_panel=options.ANALYSIS)
]


def train_command(
    gan: Gan,
    real: Real,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
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
    from forensics.detection.modelfile import save_model
    from forensics.detection.training import train
    from forensics.engine.fingerprints import load_library
    from forensics.views.records import render_json
    from forensics.views.trainingrecords import render_training, training_record

    if output.suffix != ".json":
        raise ParameterError(f"output is {output}, a model ends in .json: name it so")
    claim_results([output], force=force)
    how = Reading(max_pixels, strict, workers, quiet)
    sets = two_sets((gan, real), how)
    sentence = "" if quiet else _audited(sets, (gan, real), max_pixels)
    with (
        _kept(output.with_suffix(".features.npz")) as kept,
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


def evaluate_command(
    gan: Gan,
    real: Real,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    model: options.ModelFile = None,
    n_each: Annotated[
        int,
        typer.Option(
            "--n-each",
            help="Pictures of each set to use, drawn by the seed; 21 deliveries of each take time.",
            metavar="N",
            min=20,
            rich_help_panel=options.ANALYSIS,
        ),
    ] = 250,
    prior_from: Annotated[
        str | None,
        typer.Option(
            "--prior-from",
            help="A folder without labels: estimate which share of it is generated.",
            metavar="FOLDER",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    figures: Annotated[
        FigureFormat,
        typer.Option(help="Format of the figures.", rich_help_panel=options.OUTPUT),
    ] = "png",
    seed: Seed = 0,
    workers: options.Workers = None,
    output: options.OutputFolder = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Judge the score on pictures it has not seen, as found and after what happens to them.

    Prints a table over 21 conditions, beside it what the file header alone would tell, and what the
    likelihood ratios are worth. All but "as found" bring both sets to one JPEG quality first. With
    --output also writes evaluation.json and four figures, and keeps what was measured.
    """
    from forensics.cli.classifying import chosen_model
    from forensics.detection.evaluation import evaluate
    from forensics.engine.fingerprints import load_library
    from forensics.engine.reasons import first_reasons
    from forensics.views.evaluationfolder import evaluation_files, save_evaluation_folder
    from forensics.views.evaluationrecords import evaluation_record, render_evaluation
    from forensics.views.records import render_json

    if output is not None:
        claim_results(evaluation_files(output, figures), force=force)
    chosen = chosen_model(model)
    how = Reading(max_pixels, strict, workers, quiet)
    sets = two_sets((gan, real), how)
    prior = how.find([prior_from]) if prior_from else None
    if prior is not None and not prior.images:
        raise first_reasons(prior.skipped)
    sentence = _audited(sets, (gan, real), max_pixels)
    with (
        _kept(output / "features.npz" if output else None) as kept,
        how.run("measuring") as run,
    ):
        done = evaluate(
            *sets,
            chosen,
            fingerprints=load_library(),
            prior_images=prior,
            n_each=n_each,
            seed=seed,
            kept=kept,
            max_pixels=max_pixels,
            **run.keywords,
        )
    if output is not None:
        save_evaluation_folder(done, output, sentence, figures)
    report_skipped([*sets[0].skipped, *sets[1].skipped, *done.skipped], quiet=quiet)
    for condition, reason in done.left_out.items():
        say(f"left out {condition}: {reason}", quiet=quiet)
    if json_only:
        result(render_json(evaluation_record(done, sentence)))
    else:
        result(f"{render_evaluation(done)}\n\n{sentence}")
    if output is not None:
        say(f"written to {output}/", quiet=quiet)


@contextmanager
def _kept(path: Path | None) -> Iterator[dict[str, FloatArray]]:
    """Yield what was measured before, and keep what is measured, even if the run is ended."""
    from forensics.detection.keeping import load_kept, save_kept

    rows = load_kept(path) if path is not None else {}
    n_before = len(rows)
    try:
        yield rows
    finally:
        if path is not None and len(rows) > n_before:
            save_kept(path, rows)


def _audited(sets: tuple[FoundImages, FoundImages], names: tuple[str, str], max_pixels: int) -> str:
    """What besides the generator tells the sets apart, in a sentence."""
    from forensics.detection.audit import audit
    from forensics.views.auditrecords import audit_sentence

    done = audit(*sets, names=names, most_histories=0, on_error="skip", max_pixels=max_pixels)
    return audit_sentence(done)
