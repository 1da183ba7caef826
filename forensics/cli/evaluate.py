"""The command that judges a score on pictures it never saw."""

from __future__ import annotations

from typing import Annotated

import typer

from forensics.cli import options
from forensics.cli.audit import two_sets
from forensics.cli.run import Reading, claim_results, report_skipped, result, say
from forensics.cli.train import Gan, Real, Seed, audited, kept_features

EVALUATE_EXAMPLE = "Example: catforensics evaluate ./gan ./real -o evaluation"


def evaluate_command(
    gan: Gan,
    real: Real,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
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
        str,
        typer.Option(
            help="Format of the figures: png, svg, pdf, or another that matplotlib writes.",
            metavar="KIND",
            rich_help_panel=options.OUTPUT,
        ),
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
    from forensics.cli.classify import chosen_model
    from forensics.detection.evaluation.evaluate import evaluate
    from forensics.engine.fingerprints import load_library
    from forensics.images.sources.local import first_reasons
    from forensics.views.figures import figure_kind
    from forensics.views.folders import evaluation_files, save_evaluation_folder
    from forensics.views.results.evaluation import evaluation_record, render_evaluation
    from forensics.views.results.records import render_json

    figures = figure_kind(figures)
    if output is not None:
        claim_results(evaluation_files(output, figures), force=force)
    chosen = chosen_model(model)
    how = Reading(max_pixels, strict, workers, quiet, damaged=damaged)
    sets = two_sets((gan, real), how)
    prior = how.find([prior_from]) if prior_from else None
    if prior is not None and not prior.images:
        raise first_reasons(prior.skipped)
    sentence = audited(sets, (gan, real), max_pixels)
    with (
        kept_features(output / "features.npz" if output else None) as kept,
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
        save_evaluation_folder(done, output, sentence, figures, names=(gan, real))
    report_skipped([*sets[0].skipped, *sets[1].skipped, *done.skipped], quiet=quiet)
    for condition, reason in done.left_out.items():
        say(f"left out {condition}: {reason}", quiet=quiet)
    if json_only:
        result(render_json(evaluation_record(done, sentence)))
    else:
        result(f"{render_evaluation(done)}\n\n{sentence}")
    if output is not None:
        say(f"written to {output}/", quiet=quiet)
