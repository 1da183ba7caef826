"""A blend in steps: the same bytes, however often it was ended and by whom."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image as Pillow

from forensics.engine import checkpoint as module
from forensics.engine.blend import Blend, blend, write_blend
from forensics.engine.checkpoint import RunState, blend_in_steps, run_state
from forensics.errors import EmptySetError, ImageReadError, ParameterError
from forensics.images.sources.find import BytesSource, ImageSource


def saved(blended: Blend) -> bytes:
    file = io.BytesIO()
    write_blend(blended, file)
    return file.getvalue()


@pytest.fixture
def pictures(rng) -> list[ImageSource]:
    found: list[ImageSource] = []
    for number in range(40):
        file = io.BytesIO()
        Pillow.fromarray(rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)).save(file, "PNG")
        found.append(BytesSource(f"{number}.png", file.getvalue()))
    found[11] = BytesSource("11.png", b"broken")
    return found


@pytest.fixture
def state(tmp_path):
    with run_state(tmp_path / "a.run", "mine", resume=True) as held:
        yield held


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("every", [1e-9, 60])
@pytest.mark.parametrize("spread", [False, True])
def test_it_is_the_blend_made_at_once(pictures, state, every, workers, spread):
    how = {"on_error": "skip", "spread": spread}
    found = blend_in_steps(pictures, state, every=every, workers=workers, **how)
    assert saved(found) == saved(blend(pictures, **how))
    assert [one.path for one in found.skipped] == ["11.png"] and state.n_done == 40


class Stopping(threading.Event):
    """Set after it was asked so many times."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


@pytest.mark.parametrize("after", [3, 14, 37])
def test_it_goes_on_where_it_was_stopped(pictures, state, after):
    first = blend_in_steps(
        pictures, state, every=60, workers=1, on_error="skip", stop=Stopping(after)
    )
    assert first.stopped and 0 < state.n_done < 40
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))

    start = state.n_done
    found = blend_in_steps(pictures, state, every=60, on_error="skip", progress=progress)
    assert saved(found) == saved(blend(pictures, on_error="skip"))
    assert seen[0] == (start, 40) and seen[-1] == (40, 40)


def test_what_was_done_before_an_error_is_kept(pictures, state: RunState):
    with pytest.raises(ImageReadError, match=r"11\.png"):
        blend_in_steps(pictures, state, every=1e-9, workers=1)
    assert 0 < state.n_done <= 11
    pictures[11] = pictures[12]
    found = blend_in_steps(pictures, state, every=60)
    assert saved(found) == saved(blend(pictures))


def test_a_run_that_is_complete_reads_nothing_again(pictures, state, monkeypatch):
    expected = saved(blend_in_steps(pictures, state, every=60, on_error="skip"))
    monkeypatch.setattr(module, "summed_so_far", lambda *_, **__: pytest.fail("it reads again"))
    assert saved(blend_in_steps(pictures, state, every=60, on_error="skip")) == expected


def test_nothing_but_what_cannot_be_read_is_an_empty_set(state):
    broken = [BytesSource(f"{number}.png", b"no") for number in range(3)]
    with pytest.raises(EmptySetError, match=r"0\.png"):
        blend_in_steps(broken, state, every=60, on_error="skip", shape=(9, 7))


@pytest.mark.parametrize("every", [0, -1.0, float("nan")])
def test_a_time_that_is_none_is_refused(pictures, state, every):
    with pytest.raises(ParameterError, match="above 0"):
        blend_in_steps(pictures, state, every=every)
