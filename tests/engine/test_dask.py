"""On a cluster everything comes out as here, whatever becomes of its machines."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

pytest.importorskip("distributed", reason="the extra cluster is not installed")

import forensics as cf
from forensics.detection.classifier.feature_table import iter_feature_rows
from forensics.engine import dask as connecting
from forensics.engine.checkpoint import blend_in_steps, run_state
from forensics.engine.dask import ClusterExecutor, cluster
from forensics.engine.run import RunOptions
from forensics.engine.stream import parts
from forensics.errors import ClusterError, EmptySetError, ImageReadError, ParameterError
from forensics.images.sources.find import FileSource, ImageSource

N = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("cats")
    rng = np.random.default_rng(7)
    for number in range(N):
        Pillow.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(made / f"{number}.png")
    return made


@pytest.fixture(scope="module")
def local() -> Iterator[ClusterExecutor]:
    with cluster("local", workers=2) as executor:
        yield executor


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Dask:
    """A scheduler and workers of their own, to be ended and begun again."""

    def __init__(self, folder: Path) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self._folder = folder
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def begin_scheduler(self) -> None:
        host, port = self.address.removeprefix("tcp://").split(":")
        self.scheduler = self._started("dask_scheduler", "--host", host, "--port", port)

    def begin_workers(self, n: int = 2) -> None:
        options = ("--nthreads", "1", "--local-directory", str(self._folder), "--no-nanny")
        self.workers += [self._started("dask_worker", self.address, *options) for _ in range(n)]

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process is not None:
                process.kill()
                process.wait()
        self.workers, self.scheduler = [], None

    def _started(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{what}", *options, "--no-dashboard"]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder
        )


@pytest.fixture
def dask(tmp_path) -> Iterator[Dask]:
    running = Dask(tmp_path)
    running.begin_scheduler()
    running.begin_workers()
    yield running
    running.end()


class Slow:
    """A file that takes its time, so that something can happen meanwhile."""

    sequential = False

    def __init__(self, path: str, seconds: float) -> None:
        self.name, self.path, self.seconds = path, path, seconds

    def read_bytes(self) -> bytes:
        time.sleep(self.seconds)
        return Path(self.path).read_bytes()


def slowed(folder: Path, seconds: float) -> list[ImageSource]:
    return [Slow(source.path, seconds) for source in cf.find_images(folder)]


def meanwhile(action: Callable[[], object], *, after: float) -> threading.Timer:
    timer = threading.Timer(after, action)
    timer.daemon = True
    timer.start()
    return timer


# The same as here


def test_a_blend_is_the_same(local, folder):
    images = cf.find_images(folder)
    there = cf.blend(images, executor=local, workers=local.n_workers)
    assert there.moments == cf.blend(images).moments
    assert there.skipped == () and not there.stopped


def test_rows_of_features_are_the_same_in_the_same_order(local, folder):
    images = list(cf.find_images(folder))[:6]
    here = list(iter_feature_rows(images, on_error="skip"))
    there = list(iter_feature_rows(images, on_error="skip", executor=local, workers=2))
    assert [row.packed() for row in there] == [row.packed() for row in here]


def test_names_and_reasons_are_the_same(local, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bad.jpg").write_bytes(b"\xff\xd8\xff half")
    images = [*cf.find_images(folder), FileSource("bad.jpg"), FileSource("gone.jpg")]
    here = cf.blend(images, on_error="skip")
    there = cf.blend(images, on_error="skip", executor=local, workers=2)
    assert {one.path for one in here.skipped} == {"bad.jpg", "gone.jpg"}
    assert there.skipped == here.skipped and there.moments == here.moments
    assert not local.ships  # one that is nowhere says nothing about the others


def test_an_error_comes_back_as_itself(local, folder, tmp_path):
    with pytest.raises(ImageReadError, match=r"gone\.jpg does not exist"):
        cf.blend(
            [*cf.find_images(folder), FileSource(str(tmp_path / "gone.jpg"))],
            executor=local,
            workers=2,
            shape=(32, 32),
        )


@pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz"])
def test_archives_are_the_same(local, folder, tmp_path, suffix):
    import shutil

    kind = {"zip": "zip", "tar": "tar", "tar.gz": "gztar"}[suffix]
    archive = shutil.make_archive(str(tmp_path / "cats"), kind, folder)
    images = cf.find_images(archive)
    there = cf.blend(images, executor=local, workers=2)
    assert there.moments == cf.blend(cf.find_images(folder)).moments


def numbers(batch: Iterable[ImageSource]) -> list[str]:
    return [source.name for source in batch]


def nested(*some: list) -> list:
    assert len(some) <= 8
    return [*some]


def depth(tree: object) -> int:
    return 1 + max(map(depth, tree)) if isinstance(tree, list) else -1


def test_sums_are_merged_on_the_workers_in_a_tree(local, folder):
    images = list(cf.find_images(folder)) * 40
    (tree,) = parts(numbers, images, nested, RunOptions(workers=20, executor=local))
    assert depth(tree) == 2  # 38 batches of 64: five branches of eight
    flat = [name for branch in tree for leaf in branch for name in leaf]
    assert flat == [one.name for one in images]


class Process:
    """A source that tells where it was read."""

    sequential = False

    def __init__(self, path: str, log: str) -> None:
        self.path, self.name, self.log = path, path, log

    def read_bytes(self) -> bytes:
        with open(self.log, "a") as file:
            file.write(f"{os.getpid()}\n")
        return Path(self.path).read_bytes()


def read_by(log: Path) -> set[int]:
    return set(map(int, log.read_text().split()))


def test_pictures_are_read_where_they_are_measured(local, folder, tmp_path):
    images = [Process(one.path, str(tmp_path / "log")) for one in cf.find_images(folder)]
    cf.blend(images, executor=local, workers=2, shape=(32, 32))
    assert os.getpid() not in read_by(tmp_path / "log")


def test_pictures_that_workers_do_not_see_are_sent_along(folder, tmp_path, monkeypatch):
    import forensics.engine.dask as room

    with cluster("local", workers=2) as executor:
        seen = executor.client.run(blind, str(folder))
        assert set(seen.values()) == {True}
        images = [Process(one.path, str(tmp_path / "log")) for one in cf.find_images(folder)]
        there = cf.blend(images, executor=executor, workers=2, shape=(32, 32))
        assert executor.ships and read_by(tmp_path / "log") == {os.getpid()}
    assert there.moments == cf.blend(cf.find_images(folder)).moments
    assert room.os.path.exists(folder)


def blind(folder: str) -> bool:
    """Make a worker that does not see a folder."""
    see = os.path.exists
    os.path.exists = lambda path: not str(path).startswith(folder) and see(path)
    return True


# Faults


def kill_one(executor: ClusterExecutor, killed: list[int]) -> None:
    pid = next(iter(executor.client.run(os.getpid).values()))
    os.kill(pid, signal.SIGKILL)
    killed.append(pid)


def test_a_worker_killed_twice_costs_nothing_but_time(folder):
    killed: list[int] = []
    with cluster("local", workers=2) as executor:
        timers = [meanwhile(lambda: kill_one(executor, killed), after=at) for at in (0.5, 2.0)]
        there = cf.blend(slowed(folder, 0.1), executor=executor, workers=2, shape=(32, 32))
        for timer in timers:
            timer.join()
    assert len(set(killed)) == 2
    assert there.moments == cf.blend(cf.find_images(folder)).moments
    assert there.skipped == ()


def test_rows_outlive_workers(folder):
    images = slowed(folder, 0.1)[:24]
    killed: list[int] = []
    with cluster("local", workers=2) as executor:
        timer = meanwhile(lambda: kill_one(executor, killed), after=0.3)
        there = list(iter_feature_rows(images, on_error="skip", executor=executor, workers=2))
        timer.join()
    assert len(killed) == 1
    here = list(iter_feature_rows(list(cf.find_images(folder))[:24], on_error="skip"))
    assert [row.packed() for row in there] == [row.packed() for row in here]


class Deadly(Slow):
    """A picture that no worker outlives."""

    def read_bytes(self) -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def test_a_picture_that_ends_every_worker_is_left_out_by_name(folder):
    images = slowed(folder, 0)[:5]
    deadly = Deadly("deadly.png", 0)
    deadly.path = images[0].path
    with cluster("local", workers=2) as executor:
        there = cf.blend(
            [*images, deadly], on_error="skip", executor=executor, workers=1, shape=(32, 32)
        )
    assert [one.path for one in there.skipped] == ["deadly.png"]
    assert "ended every worker" in there.skipped[0].reason
    assert there.moments == cf.blend(list(cf.find_images(folder))[:5]).moments


def test_a_scheduler_that_is_restarted_costs_nothing_but_time(dask, folder):
    def restart() -> None:
        dask.end()
        time.sleep(0.5)
        dask.begin_scheduler()
        dask.begin_workers()

    with cluster(dask.address) as executor:
        timer = meanwhile(restart, after=1.0)
        there = cf.blend(slowed(folder, 0.1), executor=executor, workers=2, shape=(32, 32))
        timer.join()
    assert there.moments == cf.blend(cf.find_images(folder)).moments


@pytest.fixture
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(connecting, "_PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(connecting, "_ANSWER_SECONDS", 3.0)


@pytest.mark.usefixtures("impatient")
def test_what_was_done_is_kept_when_the_cluster_goes_away(dask, folder):
    with (
        pytest.raises(ClusterError, match=r"went away for 1 s: what was done until then is kept"),
        cluster(dask.address) as executor,
    ):
        timer = meanwhile(dask.end, after=2.5)
        images = slowed(folder, 0.1) * 4
        there = cf.blend(images, executor=executor, workers=1, shape=(32, 32))
        timer.join()
        assert there.stopped and 0 < there.n_images < len(images)
        assert (
            there.moments
            == cf.blend(
                list(cf.find_images(folder)) * 0 + images[: there.n_images], shape=(32, 32)
            ).moments
        )


@pytest.mark.usefixtures("impatient")
def test_a_checkpointed_blend_goes_on_after_the_cluster_went_away(dask, folder, tmp_path):
    images = slowed(folder, 0.05)
    path = tmp_path / "blend.run"
    with pytest.raises(ClusterError), cluster(dask.address) as executor:
        meanwhile(dask.end, after=1.5)
        with run_state(path, "mine", resume=True) as state:
            part = blend_in_steps(
                images, state, every=0.3, executor=executor, workers=1, shape=(32, 32)
            )
        assert part.stopped
    with run_state(path, "mine", resume=True) as state:
        assert state.n_done < N
        whole = blend_in_steps(images, state, every=60, shape=(32, 32))
    assert whole.moments == cf.blend(cf.find_images(folder)).moments


@pytest.mark.usefixtures("impatient")
def test_nothing_done_is_said_as_the_clusters_fault(dask, folder):
    with pytest.raises(ClusterError, match="went away"), cluster(dask.address) as executor:
        dask.end()
        cf.blend(slowed(folder, 0.1), executor=executor, workers=2, shape=(32, 32))


def test_an_empty_set_is_said_as_such(local):
    with pytest.raises(EmptySetError):
        cf.blend([FileSource("gone.jpg")], on_error="skip", executor=local, shape=(2, 2))


# What cannot be reached


@pytest.mark.parametrize("scheduler", ["127.0.0.1:8786", "http://127.0.0.1", "", "LOCAL", "tcp://"])
def test_what_is_no_address_is_refused(scheduler):
    with pytest.raises(ParameterError, match=r"pass tcp://HOST:PORT, or local"), cluster(scheduler):
        pass


def test_an_unreachable_scheduler_is_given_up_in_10_seconds():
    begin = time.monotonic()
    with (
        pytest.raises(ClusterError, match=r"does not answer as one .*: check the address"),
        cluster(f"tcp://127.0.0.1:{free_port()}"),
    ):
        pass
    assert time.monotonic() - begin < 10


def test_a_server_that_is_no_scheduler_is_said_to_be_none(monkeypatch):
    monkeypatch.setattr(connecting, "_ANSWER_SECONDS", 1.0)

    def answer(listener: socket.socket) -> None:
        with closing(listener.accept()[0]) as peer:
            peer.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ClusterError, match="does not answer as one"), cluster(address):
            pass


def test_a_scheduler_without_workers_says_how_to_start_one(tmp_path, monkeypatch):
    monkeypatch.setattr(connecting, "_ANSWER_SECONDS", 6.0)
    running = Dask(tmp_path)
    running.begin_scheduler()
    try:
        with (
            pytest.raises(ClusterError, match=r"has no workers: start one with: dask worker tcp"),
            cluster(running.address),
        ):
            pass
    finally:
        running.end()


def test_workers_of_another_version_are_refused(dask, monkeypatch):
    monkeypatch.setattr(connecting, "_here", lambda: "0.0.7")
    with pytest.raises(ClusterError, match=r"here it is 0\.0\.7"), cluster(dask.address):
        pass


def test_a_missing_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match=r"catforensics\[cluster\]"), cluster("local"):
        pass
