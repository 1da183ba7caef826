"""The command that gives pictures a score."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.many import end_above, end_if_stopped, write_lines
from forensics.cli.reading import reading
from forensics.cli.talk import found_images, report_skipped, result, say

if TYPE_CHECKING:
    from forensics.detection.classification import Classification
    from forensics.detection.classifier import Model
    from forensics.engine.stream import Progress
    from forensics.images.sources import Skipped

CLASSIFY_EXAMPLE = "Example: catforensics classify img.png --explain"


def classify_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    model: options.ModelFile = None,
    fingerprint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A fingerprint.npz of a further known source; again for the next.",
            metavar="FILE",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say what every feature adds to the score.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = False,
    fail_above: options.FailAbove = None,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File for the JSON lines.", rich_help_panel=options.OUTPUT
        ),
    ] = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Give pictures a calibrated score: generator trace, no generator trace, or unsure.

    One picture is answered in words, with --json or of many in a line of JSON each. A verdict
    is unsure where the score lies between the thresholds for 1 % and 0.1 % false positives, or
    where a slight crop, resize or one more JPEG would turn it around. "No generator trace"
    does not show that a picture is a photograph. What the shipped model can and cannot do is
    told in docs/model-card.md.
    """
    from forensics.detection.classification import classify_image, iter_classifications
    from forensics.engine.executors import worker_count
    from forensics.engine.fingerprints import load_fingerprint
    from forensics.images.names import printable

    found = found_images(images, strict=strict, quiet=quiet)
    chosen = chosen_model(model)
    sources = [load_fingerprint(path) for path in fingerprint or []]
    if sources and "known" not in chosen.heads:
        say(
            f"the model {printable(chosen.name)} was trained without a fingerprint and holds none "
            "against a picture: --fingerprint changes nothing",
            quiet=quiet,
        )
    if len(found) == 1 and not found.skipped and output is None:
        one = classify_image(
            found.images[0],
            chosen,
            fingerprints=sources,
            max_pixels=max_pixels,
            workers=worker_count(workers),
        )
        result(_line(one, explain) if json_only else _words(one, explain))
        end_above(one.score, fail_above, quiet=quiet)
        return
    with reading(max_pixels, strict, workers, scheduler, quiet) as how:
        verdicts: Counter[str] = Counter()
        highest = 0.0

        def line(one: Classification) -> str:
            nonlocal highest
            verdicts[one.verdict] += 1
            highest = max(highest, one.score)
            return _line(one, explain)

        def classified(
            progress: Progress | None, stop: threading.Event
        ) -> Iterator[Classification | Skipped]:
            return iter_classifications(
                found,
                chosen,
                fingerprints=sources,
                **how.options,
                progress=progress,
                stop=stop,
            )

        lines = write_lines(
            classified, line, found, label="classifying", output=output, force=force, quiet=quiet
        )
        report_skipped(lines.skipped, quiet=quiet)
        said = ", ".join(f"{n:,} {verdict}" for verdict, n in verdicts.most_common())
        say(f"{lines.n:,} classified by the model {printable(chosen.name)}: {said}", quiet=quiet)
        end_if_stopped(lines, quiet=quiet)
        end_above(highest, fail_above, quiet=quiet)


def chosen_model(path: Path | None) -> Model:
    """The model named, or the shipped one, refused before any picture is read."""
    from forensics.detection.modelfile import load_model, shipped_model
    from forensics.detection.scoring import check_model

    model = shipped_model() if path is None else load_model(path)
    check_model(model)
    return model


def _line(one: Classification, explain: bool) -> str:
    from forensics.views.classifyrecords import classification_record
    from forensics.views.records import render_json

    return render_json(classification_record(one, explain=explain))


def _words(one: Classification, explain: bool) -> str:
    from forensics.views.classifyrecords import render_classification

    return render_classification(one, explain=explain)
