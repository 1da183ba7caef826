from __future__ import annotations

from pathlib import Path

import pytest

from forensics.cli.run import Lines, Reading, end_if_stopped, figure_path, one_run, write_lines
from forensics.errors import EmptySetError, OutputError, ParameterError
from forensics.images.sources.find import BytesSource, FoundImages, Skipped


def test_a_figure_goes_beside_us_unless_told_otherwise():
    def path(output, **options):
        with one_run():
            return figure_path(output, "cats/7.jpg", "inspect", **options)

    assert path(None, json_only=False, force=False) == Path("7-inspect.png")
    assert path(None, json_only=True, force=False) is None
    assert path(Path("x/a.svg"), json_only=True, force=False) == Path("x/a.svg")
    with pytest.raises(ParameterError, match=r"output is a.txt: .* as .txt .* pdf, .* svg"):
        path(Path("a.txt"), json_only=False, force=True)
    Path("7-inspect.png").touch()
    assert path(None, json_only=False, force=False) == Path("7-inspect-2.png")
    assert path(None, json_only=False, force=True) == Path("7-inspect.png")


def test_a_figure_that_exists_is_no_reason_not_to_answer():
    Path("a.png").touch()
    answered = False
    with pytest.raises(OutputError, match=r"a\.png exists already: pass force=True"), one_run():
        assert figure_path(Path("a.png"), "7.jpg", "inspect", json_only=False, force=False) is None
        answered = True
    assert answered


def found(n: int, *skipped: Skipped) -> FoundImages:
    return FoundImages(tuple(BytesSource(str(i), b"") for i in range(n)), (), skipped)


HOW = Reading(max_pixels=10**6, strict=False, workers=1, quiet=True)


def test_lines_are_written_in_order_and_skips_collected(capsys):
    earlier, later = Skipped("a", "is gone"), Skipped("b", "is empty")

    def results(run):
        assert not run.stop.is_set()
        yield from (3, later, 1)

    options = {"label": "counting", "force": False}
    lines = write_lines(results, str, found(3, earlier), HOW, output=None, **options)
    assert capsys.readouterr().out == "3\n1\n"
    assert (lines.n, lines.skipped, lines.stopped) == (2, [earlier, later], False)
    with one_run():
        write_lines(results, str, found(3), HOW, output=Path("x/lines"), **options)
    assert Path("x/lines").read_text() == "3\n1\n" and capsys.readouterr().out == ""
    with pytest.raises(OutputError):
        write_lines(results, str, found(3), HOW, output=Path("x/lines"), **options)


def test_where_nothing_is_left_nothing_is_written():
    def results(run):
        yield Skipped("b", "is empty")

    def stopped(run):
        run.stop.set()
        yield Skipped("b", "is empty")

    options = {"label": "", "output": Path("lines"), "force": False}
    with pytest.raises(EmptySetError, match="b is empty"), one_run():
        write_lines(results, str, found(1), HOW, **options)
    with pytest.raises(KeyboardInterrupt), one_run():
        write_lines(stopped, str, found(1), HOW, **options)
    assert not Path("lines").exists()


def test_ctrl_c_has_its_own_status(capsys):
    import typer

    end_if_stopped(Lines(2, [], False), quiet=False)
    with pytest.raises(typer.Exit) as end:
        end_if_stopped(Lines(1200, [], True), quiet=False)
    assert end.value.exit_code == 130
    assert capsys.readouterr().err == "stopped early, after 1,200 pictures\n"
