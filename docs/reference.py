"""The pages of the docs that nobody writes: commands and public names, from what they are.

conf.py has them written into docs/generated before Sphinx reads anything; to look at one alone:

    python docs/reference.py commands
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import typer

import forensics
from forensics.cli import app

FLOORS = {
    "errors": "What is refused, and how to catch it.",
    "images": "The only floor that opens picture files: find, read, deliver, simulate.",
    "traces": "Arrays in, arrays or frozen results out. Knows no file, no plot, no clock.",
    "engine": "One picture to many: blends, spectra, fingerprints and profiles of whole sets.",
    "detection": "What traces mean: causes, verdicts, the score, audits.",
    "views": "What people look at.",
    "verbs": "The front door's verbs: whatever names a picture goes in, a result comes out.",
}
"""The floors that have public names, from the lowest."""
BESIDES = {
    "engine": (
        "What functions on many pictures take by keyword, as in `blend(images, workers=2)`:",
        "forensics.engine.run.RunOptions",
    )
}
"""What entries refer to, and nobody has to import."""


def main() -> int:
    """Print the page that is asked for."""
    found = pages()
    if sys.argv[1:] and sys.argv[1] in found:
        print(found[sys.argv[1]])
        return 0
    print(f"name a page: {', '.join(found)}")
    return 2


def pages() -> dict[str, str]:
    """Every generated page in MyST Markdown, by the name of its file."""
    return {"commands": "\n".join(_commands())} | {
        floor: "\n".join(_floor(floor)) for floor in FLOORS
    }


def write_pages(folder: Path) -> None:
    """Write them, but only what has changed: Sphinx then reads only that again."""
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def _floor(floor: str) -> Iterator[str]:
    """One floor: its rooms in the order of their names, and the public names of each."""
    yield f"# `forensics.{floor}`\n\n{FLOORS[floor]}"
    yield "Every name is imported from the front door: `from forensics import …`.\n"
    rooms: dict[str, list[str]] = {}
    for name in forensics.__all__:
        home = getattr(forensics, name).__module__.removeprefix("forensics.")
        if home.partition(".")[0] == floor:
            rooms.setdefault(home, []).append(name)
    for home in sorted(rooms):
        said = (import_module(f"forensics.{home}").__doc__ or "").partition("\n\n")[0]
        if home != floor:
            yield f"## {home.rpartition('.')[2].replace('_', ' ')}\n\n{' '.join(said.split())}\n"
        yield "```{eval-rst}"
        for name in rooms[home]:
            yield f".. auto{_kind(getattr(forensics, name))}:: forensics.{name}"
        yield "```\n"
    if floor in BESIDES:
        said, name = BESIDES[floor]
        yield f"## run\n\n{said}\n\n```{{eval-rst}}\n.. autoclass:: {name}\n```\n"


def _kind(value: Any) -> str:
    """What Sphinx calls a value of this kind."""
    if not isinstance(value, type):
        return "function"
    return "exception" if issubclass(value, Exception) else "class"


def _commands() -> Iterator[str]:
    """All commands on one page, with every argument and option."""
    root = typer.main.get_command(app)
    yield f"# Commands\n\n{root.help}\n"
    yield "Results go to stdout, talk to stderr; status 0 done, 1 refused in one line, 2 usage,"
    yield "3 a verdict asked for with `--fail-above`. Every command knows `-h`.\n"
    for name, command in commands():
        yield f"(command-{name.replace(' ', '-')})="
        yield f"## catforensics {name}\n\n{command.help}\n"
        panels: dict[str, list[Any]] = {}
        for parameter in command.params:
            panel = getattr(parameter, "rich_help_panel", None)
            if parameter.name != "help":
                panels.setdefault(panel or "Arguments", []).append(parameter)
        for panel, parameters in panels.items():
            yield f"| {panel} | |\n|---|---|"
            yield from (f"| {_spelled(each)} | {_meant(each)} |" for each in parameters)
            yield ""
        yield f"```sh\n{(command.epilog or '').removeprefix('Example: ')}\n```\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its name, those of a group after the group's name."""
    for name, command in typer.main.get_command(app).commands.items():
        within = getattr(command, "commands", None)
        if within is None:
            yield name, command
        else:
            yield from ((f"{name} {inner}", each) for inner, each in within.items())


def _spelled(parameter: Any) -> str:
    """How an argument or option is written."""
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    choices = "\\|".join(str(each) for each in _choices(parameter))
    value = choices or parameter.metavar or ""
    return names if parameter.is_flag else f"{names} {value}".rstrip()


def _choices(parameter: Any) -> tuple[Any, ...]:
    """The words that an option takes, if it takes only some."""
    found = get_args(parameter.type_descriptor.annotation)
    return found if all(isinstance(each, str) for each in found) else ()


def _meant(parameter: Any) -> str:
    """What it is for, and what it is if nothing is said."""
    text = " ".join((parameter.help or "").split()).replace("|", "\\|").replace("<", "&lt;")
    default = parameter.default
    if parameter.required:
        return f"{text} Required."
    shown = default is not None and not parameter.is_flag and not callable(default)
    return f"{text} Default: `{default}`." if shown and default not in ((), []) else text


if __name__ == "__main__":
    sys.exit(main())
