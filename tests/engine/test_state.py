"""The state of a run: whole batches or nothing, for one run at a time."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap

import pytest

from forensics.engine.checkpoint import identity_of, run_state
from forensics.errors import ForensicsError, OutputError, SavedFileError

ROWS = [('{"path": "a"}', b"\0\1"), ('{"path": "猫"}', b"")]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "a.run"


def left(path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def test_what_was_committed_is_there_again(path):
    with run_state(path, "mine", resume=False) as state:
        assert (state.n_done, state.sums, list(state.rows())) == (0, None, [])
        state.commit(2, ROWS, b"sums")
        state.commit(3, ROWS[:1])
    with run_state(path, "mine", resume=True) as state:
        assert (state.n_done, state.sums) == (3, b"sums")
        assert list(state.rows()) == [*ROWS, ROWS[0]]


def test_a_run_that_is_complete_leaves_nothing(path):
    with run_state(path, "mine", resume=False) as state:
        state.commit(2, ROWS)
        state.remove()
    assert left(path) == []


def test_a_batch_that_fails_is_not_there_at_all(path):
    def broken():
        yield ROWS[0]
        raise KeyboardInterrupt

    with run_state(path, "mine", resume=False) as state:
        state.commit(1, ROWS[:1], b"one")
        with pytest.raises(KeyboardInterrupt):
            state.commit(3, broken(), b"three")
        assert (state.n_done, state.sums, len(list(state.rows()))) == (1, b"one", 1)
        state.commit(2, ROWS[1:], b"two")
    with run_state(path, "mine", resume=True) as state:
        assert (state.n_done, state.sums, list(state.rows())) == (2, b"two", ROWS)


def test_an_interrupted_run_is_not_begun_anew_by_accident(path):
    with run_state(path, "mine", resume=False) as state:
        state.commit(2, ROWS)
    with (
        pytest.raises(OutputError, match="interrupted run: pass resume=True"),
        run_state(path, "mine", resume=False),
    ):
        pytest.fail("it began")
    with run_state(path, "mine", resume=False, anew=True) as state:
        assert (state.n_done, list(state.rows())) == (0, [])


def test_a_run_on_other_pictures_is_refused(path):
    with run_state(path, "mine", resume=False) as state:
        state.commit(2, ROWS)
    with (
        pytest.raises(OutputError, match="other pictures or with other options"),
        run_state(path, "other", resume=True),
    ):
        pytest.fail("it began")


@pytest.mark.parametrize("anew", [False, True])
def test_two_runs_do_not_share_a_state(path, anew):
    with run_state(path, "mine", resume=False) as state:
        state.commit(2, ROWS)
        with (
            pytest.raises(OutputError, match="in use by another run"),
            run_state(path, "mine", resume=True, anew=anew),
        ):
            pytest.fail("it began")
        state.commit(3, ROWS[:1])
    with run_state(path, "mine", resume=True) as state:
        assert (state.n_done, len(list(state.rows()))) == (3, 3)


@pytest.mark.parametrize("content", [b"no state of anything", b"SQLite format 3\0" + b"\1" * 4000])
def test_something_else_is_refused_and_may_be_replaced(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(SavedFileError, match="remove it"), run_state(path, "m", resume=True):
        pytest.fail("it began")
    assert path.read_bytes() == content
    with run_state(path, "mine", resume=False, anew=True) as state:
        assert state.n_done == 0


def test_a_folder_in_its_place_is_refused(path):
    path.mkdir(parents=True)
    with (
        pytest.raises(ForensicsError, match="cannot be written"),
        run_state(path, "m", resume=True),
    ):
        pytest.fail("it began")


def test_a_full_disk_leaves_the_last_batch(path):
    with run_state(path, "mine", resume=False) as state:
        state.commit(1, ROWS[:1], b"one")
        state._connection.execute("PRAGMA max_page_count = 12")
        with pytest.raises(OutputError, match="full"):
            state.commit(2, [("{}", b"x" * 200_000)], b"two")
        assert (state.n_done, state.sums, list(state.rows())) == (1, b"one", ROWS[:1])


def test_killed_in_the_middle_of_a_batch_it_holds_the_one_before(path):
    program = f"""
        import os, signal
        from forensics.engine.checkpoint import run_state

        def killed():
            yield "{{}}", b"x" * 3_000_000
            os.kill(os.getpid(), signal.SIGKILL)

        with run_state({str(path)!r}, "mine", resume=False) as state:
            state.commit(2, {ROWS!r}, b"sums")
            state.commit(9, killed(), b"other")
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    assert subprocess.run(command, check=False).returncode == -9
    with run_state(path, "mine", resume=True) as state:
        assert (state.n_done, state.sums, list(state.rows())) == (2, b"sums", ROWS)


def test_the_identity_is_of_the_pictures_in_their_order_and_of_the_settings():
    same = identity_of(["a.jpg", "b\udcff"], {"size": 3, "of": "blend"})
    assert same == identity_of(["a.jpg", "b\udcff"], {"of": "blend", "size": 3})
    others = [
        identity_of(["b\udcff", "a.jpg"], {"size": 3, "of": "blend"}),
        identity_of(["a.jpg"], {"size": 3, "of": "blend"}),
        identity_of(["a.jpg", "b\udcff"], {"size": 4, "of": "blend"}),
        identity_of(["a.jpgb\udcff"], {"size": 3, "of": "blend"}),
    ]
    assert len({same, *others}) == 5


def test_it_is_a_database_that_anybody_can_open(path):
    with run_state(path, "mine", resume=False) as state:
        state.commit(2, ROWS)
    with sqlite3.connect(path) as held:
        assert held.execute("SELECT count(*) FROM rows").fetchone() == (2,)
    held.close()
