from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.engine import run as run_module
from forensics.engine.run import RunOptions
from forensics.engine.stream import parts, rows
from forensics.errors import ForensicsError, ImageReadError, ParameterError
from forensics.images.sources.find import BytesSource, ImageSource, Skipped
from forensics.images.sources.local import first_reasons, reason_without_name

WORKERS = [1, 2, 4]


@dataclass
class Log:
    """What was read, in which order, by which threads, and whether two read at once."""

    read: list[int] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    together: bool = False
    under_way: int = 0


class Tape:
    """A source that is best read in order, and remembers how it was."""

    sequential = True

    def __init__(self, number: int, log: Log, *, broken: bool = False) -> None:
        self.name, self.number, self.log, self.broken = str(number), number, log, broken

    def read_bytes(self) -> bytes:
        self.log.under_way += 1
        self.log.together |= self.log.under_way > 1
        self.log.read.append(self.number)
        self.log.threads.add(threading.get_ident())
        time.sleep(0.0005)
        self.log.under_way -= 1
        if self.broken:
            raise ImageReadError(f"{self.name} is damaged: copy it again")
        return str(self.number).encode()


def tapes(n: int, log: Log) -> list[ImageSource]:
    return [Tape(number, log) for number in range(n)]


def files(n: int) -> list[ImageSource]:
    return [BytesSource(str(number), str(number).encode()) for number in range(n)]


def numbers(batch: Iterable[ImageSource]) -> list[int]:
    return [int(source.read_bytes()) for source in batch]


def joined(results: Iterable[list]) -> list:
    return list(chain.from_iterable(results))


def in_batches(work: Callable, sources: list[ImageSource], **options):
    return rows(work, sources, RunOptions(**options), batch=3)


def together(*some: list) -> list:
    return joined(some)


def in_parts(work: Callable, sources: list[ImageSource], **options):
    return parts(work, sources, together, RunOptions(**options))


both_ways = pytest.mark.parametrize("way", [in_parts, in_batches])


# Every source once


@both_ways
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(1, 5))
def test_every_source_goes_to_one_worker_once(way, n, workers):
    results = list(way(numbers, files(n), workers=workers))
    assert sorted(joined(results)) == list(range(n))


@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_rows_keep_the_order(n, batch, workers):
    def slow_at_first(some: tuple[ImageSource, ...]) -> list[int]:
        time.sleep(0.002 if some[0].name == "0" else 0)
        return numbers(some)

    results = list(rows(slow_at_first, files(n), RunOptions(workers=workers), batch=batch))
    assert joined(results) == list(range(n))
    assert all(1 <= len(result) <= batch for result in results)


@pytest.mark.parametrize("workers", WORKERS)
def test_few_sources_are_shared_out_evenly(workers):
    results = list(rows(numbers, files(8), RunOptions(workers=workers), batch=64))
    assert len(results) == workers


def test_parts_are_as_many_as_threads_and_never_more_than_sources():
    assert len(list(in_parts(numbers, files(40), workers=3))) == 3
    assert len(list(in_parts(numbers, files(2), workers=3))) == 2


@both_ways
def test_another_executor_stands_in_and_stays_open(way):
    with ThreadPoolExecutor(2, thread_name_prefix="other") as executor:
        names = list(
            way(
                lambda some: [(threading.current_thread().name, *numbers(some))],
                files(200),
                executor=executor,
                workers=2,
            )
        )
        assert executor.submit(int).result() == 0
    found = joined(names)
    assert all(name.startswith("other") for name, *_ in found)
    assert sorted(joined(some for _, *some in found)) == list(range(200))


@both_ways
def test_threads_are_gone_at_the_end(way):
    before = threading.active_count()
    results = way(numbers, files(30), workers=3)
    next(results)
    results.close()
    assert threading.active_count() == before


# Memory: few under way


@pytest.mark.parametrize("workers", WORKERS)
def test_rows_read_ahead_by_two_batches_a_worker(workers):
    log = Log()
    ahead = []
    some = RunOptions(workers=workers)
    for taken, _ in enumerate(rows(numbers, tapes(120, log), some, batch=4)):
        ahead.append(len(log.read) - 4 * taken)
    assert max(ahead) == 2 * workers * 4 and len(ahead) == 30


@pytest.mark.parametrize("workers", WORKERS)
def test_parts_hold_one_picture_a_worker(workers):
    log = Log()
    ahead, done, lock = [], [0], threading.Lock()

    def one_by_one(some: Iterable[ImageSource]) -> int:
        for _ in some:
            with lock:
                ahead.append(len(log.read) - done[0])
            time.sleep(0.001)
            with lock:
                done[0] += 1
        return 0

    list(in_parts(one_by_one, tapes(60, log), workers=workers))
    assert done == [60] and max(ahead) <= workers


# Sources that are best read in order


@pytest.mark.parametrize("workers", WORKERS)
@both_ways
def test_tapes_are_read_once_in_order_by_one_thread_at_a_time(way, workers):
    log = Log()
    results = list(way(numbers, tapes(50, log), workers=workers))
    assert log.read == sorted(joined(results)) == list(range(50))
    assert not log.together


def test_rows_read_tapes_in_the_calling_thread():
    log = Log()
    list(in_batches(numbers, tapes(20, log), workers=4))
    assert log.threads == {threading.get_ident()}


@both_ways
def test_a_tape_that_cannot_be_read_says_so_when_its_turn_comes(way):
    log = Log()
    sources = [Tape(0, log), Tape(1, log, broken=True), Tape(2, log)]

    def told(some: Iterable[ImageSource]) -> list[str]:
        results = []
        for source in some:
            try:
                results.append(source.read_bytes().decode())
            except ImageReadError as error:
                results.append(str(error))
        return results

    results = joined(way(told, sources, workers=1))
    assert results == ["0", "1 is damaged: copy it again", "2"]
    assert log.read == [0, 1, 2]


# Ends before the end


MANY = 20_000
"""Half a minute of tapes: whoever has to end early is in time, however busy the machine is."""


@both_ways
@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_ends_the_run_soon(way, workers):
    log = Log()

    def fails_at_ten(some: Iterable[ImageSource]) -> None:
        for source in some:
            if source.name == "10":
                raise ForensicsError("no")
            time.sleep(0.001)

    with pytest.raises(ForensicsError, match=r"^no$"):
        list(way(fails_at_ten, tapes(MANY, log), workers=workers))
    assert len(log.read) < MANY


@both_ways
@pytest.mark.parametrize("workers", WORKERS)
def test_a_stop_keeps_what_is_done(way, workers):
    log, stop = Log(), threading.Event()

    def stops_at_ten(some: Iterable[ImageSource]) -> list[int]:
        results = []
        for source in some:
            results.append(int(source.read_bytes()))
            if source.name == "10":
                stop.set()
        return results

    results = joined(way(stops_at_ten, tapes(MANY, log), workers=workers, stop=stop))
    # All that was begun is in the result, and nothing is begun after the stop.
    assert sorted(results) == log.read == list(range(len(log.read)))
    assert 11 <= len(results) < MANY


@both_ways
def test_a_stop_before_the_start_begins_nothing(way):
    stop = threading.Event()
    stop.set()
    log = Log()
    assert joined(way(numbers, tapes(20, log), workers=2, stop=stop)) == [] == log.read


# What is said on the way


@pytest.mark.parametrize("workers", WORKERS)
def test_rows_report_what_is_done(workers):
    calls = []
    list(in_batches(numbers, files(20), workers=workers, progress=lambda *now: calls.append(now)))
    assert calls == [(min(done, 20), 20) for done in range(3, 22, 3)]


@pytest.mark.parametrize("workers", WORKERS)
def test_parts_report_what_is_begun_and_that_all_is_done(workers):
    calls = []
    list(in_parts(numbers, files(20), workers=workers, progress=lambda *now: calls.append(now)))
    assert calls == [(begun, 20) for begun in range(21)]


@both_ways
@pytest.mark.parametrize("workers", [0, -1])
def test_workers_are_counted_from_one(way, workers):
    with pytest.raises(ParameterError, match=f"workers is {workers}: pass 1 or more"):
        list(way(numbers, files(3), workers=workers))


def test_all_cores_by_default(monkeypatch):
    monkeypatch.setattr(run_module.os, "sched_getaffinity", lambda _: {0, 3, 4}, raising=False)
    assert RunOptions().n_workers == 3
    assert RunOptions(workers=7).n_workers == 7


@pytest.mark.parametrize("name", ["a.jpg", "two\nlines.jpg", "a: b.jpg"])
def test_the_reason_is_the_sentence_without_the_name(name):
    printed = name if name.isprintable() else ascii(name)
    assert reason_without_name(name, ForensicsError(f"{printed} is empty")) == "is empty"
    assert reason_without_name(name, ForensicsError(f"{printed}: is empty")) == "is empty"
    assert reason_without_name(name, ForensicsError("image is empty")) == "is empty"
    assert reason_without_name(name, ForensicsError(printed)) == printed


def test_an_empty_set_tells_the_first_reason_and_how_many_more():
    skipped = [Skipped(f"{n}\n.jpg", "is empty") for n in range(3)]
    assert str(first_reasons(skipped)) == ("no picture was left: '0\\n.jpg' is empty (and 2 more)")
