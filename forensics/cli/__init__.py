"""The command line: parse, call one function, write. No arithmetic here.

Nothing heavier than Typer is imported before a command runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from forensics import __version__
from forensics.cli import (
    auditing,
    classifying,
    collecting,
    datasets,
    demo,
    fingerprints,
    learning,
    making,
    pictures,
    reporting,
    serving,
    sets,
    spectra,
    tabling,
    verdicts,
)
from forensics.cli.claiming import one_run
from forensics.cli.talk import INTERRUPTED
from forensics.errors import ForensicsError

__all__ = ["app", "main"]

app = typer.Typer(
    name="catforensics",
    help="Show, with evidence, that a picture came out of a generator.",
    epilog="Example: catforensics blend ./images -o blend",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"catforensics {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


data_app = typer.Typer(
    name="data",
    help="Get a set of pictures together: fetch, cut, divide, look, describe.",
    epilog=collecting.COLLECT_EXAMPLE,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data_app)


def _add(name: str, command: Callable[..., None], example: str, *, to: typer.Typer = app) -> None:
    """Add a command, its docstring unwrapped so that the terminal can wrap it."""
    paragraphs = (command.__doc__ or "").split("\n\n")
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    to.command(name, help=text, epilog=example)(command)


_add("blend", sets.blend_command, sets.BLEND_EXAMPLE)
_add("compare", sets.compare_command, sets.COMPARE_EXAMPLE)
_add("profile", pictures.profile_command, pictures.PROFILE_EXAMPLE)
_add("inspect", verdicts.inspect_command, verdicts.INSPECT_EXAMPLE)
_add("report", reporting.report_command, reporting.REPORT_EXAMPLE)
_add("classify", classifying.classify_command, classifying.CLASSIFY_EXAMPLE)
_add("train", learning.train_command, learning.TRAIN_EXAMPLE)
_add("evaluate", learning.evaluate_command, learning.EVALUATE_EXAMPLE)
_add("audit", auditing.audit_command, auditing.AUDIT_EXAMPLE)
_add("features", tabling.features_command, tabling.FEATURES_EXAMPLE)
_add("spectrum", spectra.spectrum_command, spectra.SPECTRUM_EXAMPLE)
_add("fingerprint", fingerprints.fingerprint_command, fingerprints.FINGERPRINT_EXAMPLE)
_add("deliver", making.deliver_command, making.DELIVER_EXAMPLE)
_add("simulate", making.simulate_command, making.SIMULATE_EXAMPLE)
_add("serve", serving.serve_command, serving.SERVE_EXAMPLE)
_add("collect", collecting.collect_command, collecting.COLLECT_EXAMPLE, to=data_app)
_add("faces", datasets.faces_command, datasets.FACES_EXAMPLE, to=data_app)
_add("split", datasets.split_command, datasets.SPLIT_EXAMPLE, to=data_app)
_add("sheet", datasets.sheet_command, datasets.SHEET_EXAMPLE, to=data_app)
_add("card", datasets.card_command, datasets.CARD_EXAMPLE, to=data_app)
_add("demo", demo.demo_command, demo.DEMO_EXAMPLE)


def main() -> None:
    """Run the command line; every refusal is one line on stderr and exit status 1."""
    try:
        with one_run():
            app()
    except ForensicsError as error:
        _end(str(error), 1)
    except SystemExit as end:
        # Typer makes an exit of Ctrl-C; only the cause tells it from one that saved something.
        if isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            _end("interrupted: nothing more was saved", INTERRUPTED)
        raise
    except OSError as error:
        _end(f"cannot go on: {error.strerror or error}", 1)


def _end(sentence: str, status: int) -> None:
    from forensics.images.names import defused

    line = defused(sentence).replace("\n", "\\n")
    sys.stderr.write(f"catforensics: {line}\n")
    sys.exit(status)
