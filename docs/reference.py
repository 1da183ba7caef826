"""The pages of the docs that nobody writes: commands and public names, from what they are.

conf.py has them written into docs/generated before Sphinx reads anything; to look at one alone:

    python docs/reference.py commands
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import typer

import forensics
from forensics.cli import app
from forensics.detection import feature_columns

FRONT = "forensics"
FLOORS = {
    "errors": "What is refused, and how to catch it.",
    "images": "The only floor that opens picture files: find, read, deliver, simulate.",
    "traces": "Arrays in, arrays or frozen results out. Knows no file, no plot, no clock.",
    "engine": "One picture to many: blends, spectra, fingerprints and profiles of whole sets.",
    "detection": "What traces mean: causes, verdicts, the score, audits.",
    "views": "What people look at.",
}
"""The floors that have public names, from the lowest."""
DOOR = (
    "Most people need nothing but `import forensics as cf` and the verbs: whatever names a picture "
    "goes in, a path, bytes, an array, a folder or a list of them, and a result that shows itself "
    "comes out. Whoever builds upon one floor imports from it: "
)


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
    return {
        "commands": "\n".join(_commands()),
        FRONT: "\n".join(_front_door()),
        **{floor: "\n".join(_floor(floor)) for floor in FLOORS},
    }


def write_pages(folder: Path) -> None:
    """Write what has changed, which Sphinx then reads again; drop what is no page any more."""
    folder.mkdir(exist_ok=True)
    made = pages()
    for gone in {path.stem for path in folder.glob("*.md")} - made.keys():
        (folder / f"{gone}.md").unlink()
    for name, text in made.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def _front_door() -> Iterator[str]:
    """The front door: its verbs, and the names that it has of each floor."""
    floors = ", ".join(f"[`forensics.{floor}`]({floor}.md)" for floor in FLOORS)
    yield f"# `forensics`\n\n{DOOR}{floors}.\n"
    names = [name for name in forensics.__all__ if name not in FLOORS]
    for floor in ("verbs", *FLOORS):
        here = [name for name in names if _home(forensics, name)[0] == floor]
        here.sort(key=lambda name: isinstance(getattr(forensics, name), type))  # verbs come first
        if here:
            yield f"## {floor}\n\n{FLOORS.get(floor) or _said(f'forensics.{floor}')}\n"
            yield from _entries(forensics, here)


def _floor(floor: str) -> Iterator[str]:
    """One floor: its rooms in the order of their names, and the public names of each."""
    door = import_module(f"forensics.{floor}")
    yield f"# `forensics.{floor}`\n\n{FLOORS[floor]}\n"
    above = [name for name in door.__all__ if name in forensics.__all__]
    names = [name for name in door.__all__ if name not in forensics.__all__]
    yield f"Imported from the floor: `from forensics.{floor} import {names[0]}`."
    if above:
        listed = ", ".join(f"`{name}`" for name in above)
        yield f"{listed} stand at the [front door]({FRONT}.md)."
    yield ""
    rooms: dict[str, list[str]] = {}
    for name in names:
        rooms.setdefault(getattr(door, name).__module__, []).append(name)
    for home in sorted(rooms):
        if home != door.__name__:
            yield f"## {home.rpartition('.')[2].replace('_', ' ')}\n\n{_said(home)}\n"
        yield from _entries(door, rooms[home])
    if floor == "detection":
        yield from _columns()


def _entries(door: ModuleType, names: Iterable[str]) -> Iterator[str]:
    yield "```{eval-rst}"
    for name in names:
        yield f".. auto{_kind(getattr(door, name))}:: {door.__name__}.{name}"
    yield "```\n"


def _home(door: ModuleType, name: str) -> tuple[str, ...]:
    """Floor and rooms that a name is from."""
    return tuple(getattr(door, name).__module__.split(".")[1:])


def _said(module: str) -> str:
    said = (import_module(module).__doc__ or "").partition("\n\n")[0]
    return " ".join(said.split())


def _columns() -> Iterator[str]:
    """Every column of the table of features, with the fingerprints that are shipped."""
    yield "## columns of the table of features\n"
    yield "In the order of `feature_columns()`. What is missing is NaN among numbers, and empty"
    yield "among texts; logarithms are natural.\n"
    yield "| column | is | meaning |\n|---|---|---|"
    kinds = {str: "text", int: "whole number", float: "number", bool: "yes or no"}
    for one in feature_columns():
        yield f"| {one.name} | {kinds[one.kind]} | {one.meaning} |"
    yield ""


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
