"""Where benchmarks put what they print: into pages of the docs, between two marks."""

from __future__ import annotations

from pathlib import Path

__all__ = ["DOCS", "Table", "write_between"]

DOCS = Path(__file__).parents[1] / "docs"


class Table:
    """Lines of a table that are printed as they come, and kept for a page."""

    def __init__(self, *heading: str) -> None:
        self._lines: list[str] = []
        self.add(*heading)
        self.add(*("---" for _ in heading))

    def add(self, *cells: object) -> None:
        """Print one row."""
        self._lines.append(f"| {' | '.join(map(str, cells))} |")
        print(self._lines[-1], flush=True)

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self._lines)


def write_between(name: str, text: str, page: str = "scale.md") -> None:
    """Put a text into a page of the docs, between its two marks."""
    path = DOCS / page
    before, mark, after = path.read_text().partition(f"<!-- {name} -->\n")
    _, end, rest = after.partition(f"<!-- end of {name} -->\n")
    path.write_text(f"{before}{mark}\n{text}\n\n{end}{rest}")
