"""Help can be read and copied from, on any terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from forensics.cli import app

NAMES = [
    *(name for name in typer.main.get_command(app).commands if name != "data"),
    *(f"data {name}" for name in typer.main.get_command(app).commands["data"].commands),
]


@pytest.fixture(scope="module")
def helps() -> dict[tuple[str, int], str]:
    """What each command says with --help on terminals of 60 and of 100 columns."""
    program = (
        "import sys, os, io, contextlib\n"
        "from forensics.cli import app\n"
        "for name in sys.argv[1:]:\n"
        "    try: app([*name.split(), '--help'], prog_name='catforensics')\n"
        "    except SystemExit: pass\n"
        "    print('\\f', end='', flush=True)\n"
    )
    found = {}
    for width in (60, 100):
        run = subprocess.run(
            [sys.executable, "-c", program, *NAMES],
            capture_output=True,
            text=True,
            check=True,
            env={"COLUMNS": str(width), "TERMINAL_WIDTH": str(width), "PATH": ""},
        )
        for name, text in zip(NAMES, run.stdout.split("\f"), strict=False):
            found[name, width] = text
    return found


@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("name", NAMES)
def test_every_option_can_be_read(helps, name, width):
    text = helps[name, width]
    assert max(map(len, text.splitlines())) <= width
    command = typer.main.get_command(app)
    for word in name.split():
        command = command.commands[word]
    for one in command.params:
        for option in (*one.opts, *one.secondary_opts):
            assert not option.startswith("-") or option in text.split() or f"{option}," in text
    assert "<bool>" not in text  # a flag takes no value
    assert "…" not in text


@pytest.mark.parametrize(
    ("name", "extra"), [("serve", "web"), ("data collect", "collect"), ("data faces", "faces")]
)
def test_what_to_install_is_not_eaten(helps, name, extra):
    for width in (60, 100):
        said = " ".join(helps[name, width].replace("│", " ").split())
        assert f'pip install "catforensics[{extra}]"' in said and f'".[{extra}]"' in said


def test_shells_can_complete():
    program = "import sys; sys.argv[0] = 'catforensics'; from forensics.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={
            "_CATFORENSICS_COMPLETE": "complete_bash",
            "COMP_WORDS": "catforensics ins",
            "COMP_CWORD": "1",
            "PATH": "",
        },
    )
    assert run.stdout.split() == ["inspect"]
