from __future__ import annotations

import asyncio
import threading

import pytest
from waiting import MINUTES

from forensics.web.jobs import Work
from forensics.web.limits import Limits, RefusedError


async def stays() -> bool:
    return False


async def leaves() -> bool:
    return True


def test_so_many_work_at_once_and_the_others_wait_their_turn():
    busy, most, lock = [0], [0], threading.Lock()
    pair = threading.Barrier(2)

    def job(_stop: threading.Event) -> int:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        pair.wait(MINUTES)  # none of them ends before another is at work
        with lock:
            busy[0] -= 1
        return 1

    async def all_of_them() -> list[int]:
        work = Work(Limits(working=2))
        jobs = [work.run(job, seconds=MINUTES, left=stays) for _ in range(12)]
        done = await asyncio.gather(*jobs)
        assert (work.working, work.waiting) == (0, 0)
        work.close()
        return done

    assert asyncio.run(all_of_them()) == [1] * 12
    assert most[0] == 2


def test_a_job_for_somebody_who_left_is_not_begun():
    async def left_early() -> None:
        work = Work(Limits(working=1))
        with pytest.raises(RefusedError, match="before its turn"):
            await work.run(lambda _stop: pytest.fail("it was begun"), seconds=MINUTES, left=leaves)
        assert await work.run(lambda _stop: "next", seconds=MINUTES, left=stays) == "next"
        work.close()

    asyncio.run(left_early())


def test_a_job_is_told_when_nobody_waits_for_it_any_more():
    told = threading.Event()

    def job(stop: threading.Event) -> None:
        if stop.wait(MINUTES):
            told.set()

    async def too_slow() -> None:
        work = Work(Limits(working=1))
        with pytest.raises(RefusedError, match=r"longer than 0\.1 seconds") as refused:
            await work.run(job, seconds=0.1, left=stays)
        assert refused.value.status == 422
        assert await work.run(lambda _stop: "next", seconds=MINUTES, left=stays) == "next"
        work.close()

    asyncio.run(too_slow())
    assert told.is_set()


def test_a_job_that_fails_gives_its_place_back():
    def job(_stop: threading.Event) -> None:
        raise ValueError("broken")

    async def failing() -> None:
        work = Work(Limits(working=1))
        for _ in range(3):
            with pytest.raises(ValueError, match="broken"):
                await work.run(job, seconds=MINUTES, left=stays)
        assert (work.working, work.waiting) == (0, 0)
        work.close()

    asyncio.run(failing())
