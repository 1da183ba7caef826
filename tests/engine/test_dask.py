"""On a cluster everything comes out as here, whatever becomes of its machines."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from waiting import MINUTES, until

pytest.importorskip("distributed", reason="the extra cluster is not installed")

import forensics as cf
from forensics.detection.classifier.feature_table import iter_feature_rows
from forensics.engine import dask as connecting
from forensics.engine.attempts import measured
from forensics.engine.checkpoint import blend_in_steps, run_state
from forensics.engine.dask import ClusterExecutor, cluster
from forensics.engine.run import RunOptions
from forensics.engine.stream import parts
from forensics.errors import ClusterError, EmptySetError, ImageReadError, ParameterError
from forensics.images.sources.find import FileSource, ImageSource

pytestmark = pytest.mark.slow  # each cluster is some processes

N = 60
QUICK = 256
"""What goes to one worker before anything comes back: four batches of 64."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("cats")
    rng = np.random.default_rng(7)
    for number in range(N):
        Pillow.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(made / f"{number}.png")
    return made


joined = partial(cluster, answer=MINUTES)


@pytest.fixture(scope="module")
def local() -> Iterator[ClusterExecutor]:
    with joined("local", workers=2) as executor:
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

    def ready(self) -> None:
        """Wait until the workers are there."""
        from distributed import Client

        with Client(self.address, timeout=MINUTES, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=MINUTES)

    def end_workers(self) -> None:
        for process in self.workers:
            process.kill()
            process.wait()
        self.workers = []

    def end(self) -> None:
        self.end_workers()
        if self.scheduler is not None:
            self.scheduler.kill()
            self.scheduler.wait()
        self.scheduler = None

    def _started(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{what}", *options, "--no-dashboard"]
        return subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            # They import what is sent to them by name, this module included.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )


@pytest.fixture
def dask(tmp_path) -> Iterator[Dask]:
    running = Dask(tmp_path)
    running.begin_scheduler()
    running.begin_workers()
    try:
        running.ready()
        yield running
    finally:
        running.end()


class Held:
    """A file that nobody gets until the gate is open; each who waits there leaves its number."""

    sequential = False

    def __init__(self, path: str, gate: Path) -> None:
        self.name, self.path, self.gate = path, path, str(gate)

    def read_bytes(self) -> bytes:
        Path(self.gate, str(os.getpid())).touch()
        until(Path(self.gate, "open").exists)
        return Path(self.path).read_bytes()


@pytest.fixture
def gate(tmp_path) -> Path:
    made = tmp_path / "gate"
    made.mkdir()
    return made


def held(folder: Path, gate: Path) -> list[ImageSource]:
    return [Held(source.path, gate) for source in cf.find_images(folder)]


def meanwhile(action: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


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

    with joined("local", workers=2) as executor:
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


def kill_readers(gate: Path, n: int) -> list[int]:
    """Kill so many workers, each while it reads, and let the others go on."""
    killed: list[int] = []
    for _ in range(n):
        readers = until(lambda: {int(one.name) for one in gate.iterdir()} - set(killed))
        killed.append(max(readers))
        os.kill(killed[-1], signal.SIGKILL)
    Path(gate, "open").touch()
    return killed


def test_a_worker_killed_twice_costs_nothing_but_time(folder, gate):
    with joined("local", workers=2) as executor:
        killing = meanwhile(lambda: kill_readers(gate, 2))
        there = cf.blend(held(folder, gate), executor=executor, workers=2, shape=(32, 32))
        killing.join()
    assert there.moments == cf.blend(cf.find_images(folder)).moments
    assert there.skipped == ()


def test_rows_outlive_workers(folder, gate):
    images = held(folder, gate)[:24]
    with joined("local", workers=2) as executor:
        killing = meanwhile(lambda: kill_readers(gate, 1))
        there = list(iter_feature_rows(images, on_error="skip", executor=executor, workers=2))
        killing.join()
    here = list(iter_feature_rows(list(cf.find_images(folder))[:24], on_error="skip"))
    assert [row.packed() for row in there] == [row.packed() for row in here]


class Library:
    """Two megabytes that work takes along; how often they are packed is counted."""

    n_packed = 0

    def __init__(self) -> None:
        self.held = bytes(2**21)

    def __getstate__(self) -> dict[str, bytes]:
        Library.n_packed += 1
        return {"held": self.held}


def size_of(library: Library, source: ImageSource) -> int:
    return len(library.held) + len(source.read_bytes())


def test_what_work_takes_along_is_sent_once_and_outlives_workers(folder, gate, recwarn):
    images = held(folder, gate)[:24]
    work = partial(size_of, Library())
    Library.n_packed = 0
    with joined("local", workers=2) as executor:
        killing = meanwhile(lambda: kill_readers(gate, 1))
        options = RunOptions(executor=executor, workers=2)
        there = list(measured(work, images, options, batch=2))
        killing.join()
    assert there == [2**21 + len(Path(one.path).read_bytes()) for one in images]
    assert Library.n_packed <= 2  # of twelve batches
    assert not [one for one in recwarn if "large graph" in str(one.message)]


class Deadly(FileSource):
    """A picture that no worker outlives."""

    def read_bytes(self) -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def test_a_picture_that_ends_every_worker_is_left_out_by_name(folder):
    images = list(cf.find_images(folder))[:5]
    deadly = Deadly(images[0].path, shown="deadly.png")
    with joined("local", workers=2) as executor:
        there = cf.blend(
            [*images, deadly], on_error="skip", executor=executor, workers=1, shape=(32, 32)
        )
    assert [one.path for one in there.skipped] == ["deadly.png"]
    assert "ended every worker" in there.skipped[0].reason
    assert there.moments == cf.blend(images).moments


def test_a_scheduler_that_is_restarted_costs_nothing_but_time(dask, folder, gate):
    def restart() -> None:
        until(lambda: list(gate.iterdir()))
        dask.end()
        dask.begin_scheduler()
        dask.begin_workers()
        Path(gate, "open").touch()

    with joined(dask.address, patience=MINUTES) as executor:
        restarting = meanwhile(restart)
        there = cf.blend(held(folder, gate), executor=executor, workers=2, shape=(32, 32))
        restarting.join()
    assert there.moments == cf.blend(cf.find_images(folder)).moments


def quick_then_held(folder: Path, gate: Path) -> list[ImageSource]:
    """As many as one worker is given at a time, and some that never come."""
    quick = list(cf.find_images(folder))
    return (quick * 5)[:QUICK] + held(folder, gate)


def test_what_was_done_is_kept_when_the_cluster_goes_away(dask, folder, gate):
    images = quick_then_held(folder, gate)
    reached = []
    with (
        pytest.raises(ClusterError, match=r"went away for 1 s: what was done until then is kept"),
        joined(dask.address, patience=1) as executor,
    ):
        there = cf.blend(
            images,
            executor=executor,
            workers=1,
            shape=(32, 32),
            progress=lambda *_: dask.end(),
        )
        assert there.stopped and there.n_images == QUICK
        assert there.moments == cf.blend(images[:QUICK], shape=(32, 32)).moments
        reached.append(there)
    assert reached


def test_a_checkpointed_blend_goes_on_after_the_cluster_went_away(dask, folder, gate, tmp_path):
    images = quick_then_held(folder, gate)
    path = tmp_path / "blend.run"
    with (
        pytest.raises(ClusterError),
        joined(dask.address, patience=1) as executor,
        run_state(path, "mine", resume=True) as state,
    ):
        blend_in_steps(
            images,
            state,
            every=MINUTES,
            executor=executor,
            workers=1,
            shape=(32, 32),
            progress=lambda *_: dask.end(),
        )
    Path(gate, "open").touch()
    with run_state(path, "mine", resume=True) as state:
        assert state.n_done == QUICK
        whole = blend_in_steps(images, state, every=MINUTES, shape=(32, 32))
    assert whole.moments == cf.blend(images, shape=(32, 32)).moments


def test_nothing_done_is_said_as_the_clusters_fault(dask, folder):
    with (
        pytest.raises(ClusterError, match="went away"),
        joined(dask.address, patience=1) as executor,
    ):
        dask.end()
        cf.blend(cf.find_images(folder), executor=executor, workers=2, shape=(32, 32))


def test_an_empty_set_is_said_as_such(local):
    with pytest.raises(EmptySetError):
        cf.blend([FileSource("gone.jpg")], on_error="skip", executor=local, shape=(2, 2))


# What cannot be reached


@pytest.mark.parametrize("scheduler", ["127.0.0.1:8786", "http://127.0.0.1", "", "LOCAL", "tcp://"])
def test_what_is_no_address_is_refused(scheduler):
    with pytest.raises(ParameterError, match=r"pass tcp://HOST:PORT, or local"), cluster(scheduler):
        pass


def test_an_unreachable_scheduler_is_given_up():
    with (
        pytest.raises(ClusterError, match=r"does not answer as one .*: check the address"),
        cluster(f"tcp://127.0.0.1:{free_port()}", answer=1),
    ):
        pass


def test_a_server_that_is_no_scheduler_is_said_to_be_none():
    def answer(listener: socket.socket) -> None:
        with closing(listener.accept()[0]) as peer:
            peer.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        with (
            pytest.raises(ClusterError, match="does not answer as one"),
            cluster(address, answer=1),
        ):
            pass


def test_a_scheduler_without_workers_says_how_to_start_one(dask, monkeypatch):
    from distributed import Client

    dask.end_workers()
    wait = Client.wait_for_workers
    monkeypatch.setattr(Client, "wait_for_workers", lambda *some, timeout: wait(*some, timeout=0.1))
    with (
        pytest.raises(ClusterError, match=r"has no workers: start one with: dask worker tcp"),
        joined(dask.address),
    ):
        pass


def test_workers_of_another_version_are_refused(dask, monkeypatch):
    monkeypatch.setattr(connecting, "_here", lambda: "0.0.7")
    with pytest.raises(ClusterError, match=r"here it is 0\.0\.7"), joined(dask.address):
        pass


def test_a_missing_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match=r"catforensics\[cluster\]"), cluster("local"):
        pass
