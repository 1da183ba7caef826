"""The command line: parse, call one function, write. No arithmetic here.

Nothing heavier than Typer is imported before a command runs.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from forensics import __version__
from forensics.cli import (
    align,
    audit,
    blend,
    classify,
    cluster,
    compare,
    deliver,
    demo,
    evaluate,
    features,
    fingerprint,
    inspect,
    profile,
    report,
    serve,
    simulate,
    spectrum,
    train,
)
from forensics.cli.data import card, collect, faces, sheet, split
from forensics.cli.run import INTERRUPTED, in_flags, one_run
from forensics.errors import ForensicsError

__all__ = ["app", "main"]

_ROOM = 80
"""Columns that the panels of help need; on fewer it is plain text, which cuts no option off."""


_PLACES = ("output", "fix", "model")
"""Options that name a file or folder, of which an empty one would be the folder that one is in."""


class _Flags:
    """What takes no value, or is told by its name, is shown without the kind of one."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, as `--json` and not `--json <bool>`, and IMAGES without `<list[str]>`."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for one in params:
            if getattr(one, "is_flag", False):
                one.metavar = ""
            elif one.param_type_name == "argument":
                one.display_type_rich = lambda ctx: ""
        return params


class Command(_Flags, TyperCommand):
    """A command, which does not take an empty path for the folder that it is in."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse an empty path, as in ``-o ''``, where somebody's variable was empty."""
        if not ctx.resilient_parsing:
            given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
            for one in self.get_params(ctx):
                if given.get(one.name) == "" and one.name in _PLACES:
                    ctx.fail(f"{max(one.opts, key=len)} is empty: name a path, or leave it out")
        return super().parse_args(ctx, args)


class Group(_Flags, TyperGroup):
    """A group of commands."""


_panels = shutil.get_terminal_size().columns >= _ROOM
app = typer.Typer(
    name="catforensics",
    cls=Group,
    help="Show, with evidence, that a picture came out of a generator.",
    epilog="Example: catforensics blend ./images -o blend",
    no_args_is_help=True,
    rich_markup_mode="rich" if _panels else None,
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
    cls=Group,
    help="Get a set of pictures together: fetch, cut, divide, look, describe.",
    epilog=collect.COLLECT_EXAMPLE,
    no_args_is_help=True,
    rich_markup_mode="rich" if _panels else None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data_app)


def _add(name: str, command: Callable[..., None], example: str, *, to: typer.Typer = app) -> None:
    """Add a command, its docstring unwrapped so that the terminal can wrap it."""
    paragraphs = (command.__doc__ or "").split("\n\n")
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    if _panels:
        text = text.replace("[", "\\[")  # an extra in brackets, no markup
    to.command(name, cls=Command, help=text, epilog=example)(command)


_add("blend", blend.blend_command, blend.BLEND_EXAMPLE)
_add("compare", compare.compare_command, compare.COMPARE_EXAMPLE)
_add("profile", profile.profile_command, profile.PROFILE_EXAMPLE)
_add("inspect", inspect.inspect_command, inspect.INSPECT_EXAMPLE)
_add("report", report.report_command, report.REPORT_EXAMPLE)
_add("classify", classify.classify_command, classify.CLASSIFY_EXAMPLE)
_add("train", train.train_command, train.TRAIN_EXAMPLE)
_add("evaluate", evaluate.evaluate_command, evaluate.EVALUATE_EXAMPLE)
_add("audit", audit.audit_command, audit.AUDIT_EXAMPLE)
_add("features", features.features_command, features.FEATURES_EXAMPLE)
_add("spectrum", spectrum.spectrum_command, spectrum.SPECTRUM_EXAMPLE)
_add("link", cluster.link_command, cluster.LINK_EXAMPLE)
_add("cluster", cluster.cluster_command, cluster.CLUSTER_EXAMPLE)
_add("align", align.align_command, align.ALIGN_EXAMPLE)
_add("fingerprint", fingerprint.fingerprint_command, fingerprint.FINGERPRINT_EXAMPLE)
_add("deliver", deliver.deliver_command, deliver.DELIVER_EXAMPLE)
_add("simulate", simulate.simulate_command, simulate.SIMULATE_EXAMPLE)
_add("serve", serve.serve_command, serve.SERVE_EXAMPLE)
_add("collect", collect.collect_command, collect.COLLECT_EXAMPLE, to=data_app)
_add("faces", faces.faces_command, faces.FACES_EXAMPLE, to=data_app)
_add("split", split.split_command, split.SPLIT_EXAMPLE, to=data_app)
_add("sheet", sheet.sheet_command, sheet.SHEET_EXAMPLE, to=data_app)
_add("card", card.card_command, card.CARD_EXAMPLE, to=data_app)
_add("demo", demo.demo_command, demo.DEMO_EXAMPLE)


def main() -> None:
    """Run the command line; every refusal is one line on stderr and exit status 1."""
    _open_streams()
    _put_settings_aside()
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


def _open_streams() -> None:
    """Refuse to work for nobody: Python has no stream where the shell closed one."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    if sys.stdout is None:
        _end("the standard output is closed, so nobody would see the answer: leave it open", 1)


def _put_settings_aside() -> None:
    """Let nothing count that the user has set for other programs: results are the same for all."""
    # Windows are never opened here, and a backend that does not exist would stop matplotlib.
    os.environ["MPLBACKEND"] = "agg"
    # Nor is a matplotlibrc read, which may not even be text: neither the user's nor one that lies
    # here, which matplotlib would take before it asks for any other.
    os.environ["MATPLOTLIBRC"] = os.devnull
    if os.path.isfile("matplotlibrc"):
        from forensics.views.figures.saving import load_elsewhere

        load_elsewhere(os.path.dirname(__file__))
    # It would talk of fonts and the like, which no figure of a command takes from the user.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    if sys.warnoptions:  # what libraries tell each other would end the run
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A result is UTF-8 wherever it goes; a terminal shows what it can.
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _end(sentence: str, status: int) -> None:
    from forensics.images.sources.names import defused

    line = defused(in_flags(sentence)).replace("\n", "\\n")
    sys.stderr.write(f"catforensics: {line}\n")
    sys.exit(status)
