"""What calls the library without being part of it calls it as it is: scripts and notebooks.

Most of them run too rarely to notice that a function got another argument.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRONG = ("[call-arg]", '"forensics')
"""What mypy says of a call that cannot work, and of a name that a module of ours lacks."""


def code(notebook: Path) -> str:
    cells = json.loads(notebook.read_text())["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> list[str]:
    """Lines that mypy prints on all of them."""
    made = tmp_path_factory.mktemp("calls")
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        (made / f"notebook_{notebook.stem[:2]}.py").write_text(code(notebook))
    (made / "wrong.py").write_text("import forensics\n\nforensics.blend(nothing=1)\n")
    scripts = [
        *made.glob("*.py"),
        ROOT / "notebooks" / "sets.py",
        *(one for folder in ("benchmarks", "data", "docs") for one in (ROOT / folder).glob("*.py")),
    ]
    shown = subprocess.run(
        [sys.executable, "-m", "mypy", *map(str, scripts)],
        cwd=ROOT,
        env={"MYPYPATH": "benchmarks:data:docs:notebooks", "PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "checked" in shown.stdout, shown.stdout + shown.stderr
    return shown.stdout.splitlines()


@pytest.mark.slow
def test_every_call_of_the_library_has_its_arguments(said):
    wrong = [line for line in said if any(one in line for one in WRONG)]
    assert [line for line in wrong if "wrong.py" in line], "the test sees nothing"
    assert [line for line in wrong if "wrong.py" not in line] == []
