"""The same work on other machines, through Dask: for sets that outgrow one.

Pictures are named to the workers, which read them; only where they cannot are the bytes
sent along. Dask sees to it that what a lost worker held is made again; what it leaves to
others, a restarted scheduler or a picture that ends every worker, is seen to here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from forensics.engine.run import RunOptions
from forensics.engine.stream import Batch, Merging
from forensics.errors import ClusterError, EmptySetError, ParameterError, to_install
from forensics.images.sources.archives import TarMember, ZipMember
from forensics.images.sources.local import (
    AskedSource,
    FileSource,
    ImageSource,
    Unreadable,
    in_memory,
)
from forensics.images.sources.names import printable

if TYPE_CHECKING:
    from distributed import Client, LocalCluster, WorkerPlugin

__all__ = [
    "ClusterExecutor",
    "cluster",
]

T = TypeVar("T")

_LOOK_SECONDS = 5.0
_LARGE = 2**20
"""Bytes of work from which it is sent once, and not with every batch."""
_FAN_IN = 8
"""Partial results that are merged into one at a time: the tree has this many branches."""


class ClusterExecutor(Merging):
    """Executor whose threads are those of a Dask cluster.

    Besides running batches it merges what they return, on the workers, in a tree: of many
    partial sums only one comes back.

    Parameters
    ----------
    connect : callable
        Opens a `distributed.Client` within so many seconds, or raises `OSError`; called again when
        one is lost.
    name : str
        The scheduler, as people are told of it.
    answer : float, seconds
        How long a scheduler may take to answer.
    patience : float, seconds
        How long it, or the last worker, may be away.
    """

    def __init__(
        self, connect: Callable[[float], Client], name: str, *, answer: float, patience: float
    ) -> None:
        self._connect, self._name = connect, name
        self._answer, self._patience = answer, patience
        self.client = connect(answer)
        self.lost: ClusterError | None = None
        """Why nothing more can be run, once that is so."""
        self.ships = False
        """Whether pictures are sent to the workers, which do not see those named to them."""
        self._sent: tuple[object, Client, Any] | None = None
        """Work that is too large to go with every batch, to whom it was sent, and what stands for
        it there."""

    @property
    def n_workers(self) -> int:
        """Number of threads of all workers that are there now."""
        return sum(self.client.ncores().values())

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn(batch)`` on a worker; its result waits until there is one.

        Parameters
        ----------
        fn : callable
            Takes a batch; picklable.
        *args : object
            Batch for `fn`, an iterable of sources, and nothing else.
        **kwargs : object
            None are needed.

        Returns
        -------
        Future
            Result of `fn`, asked for again if a worker is lost.
        """
        (batch,) = args
        return _Awaited(self, fn, [batch], **kwargs)

    def merged(
        self, work: Callable[[Batch], T], batches: Sequence[Batch], merge: Callable[..., T]
    ) -> Future[T]:
        """Run `work` on the workers, and merge there what it returns, in a tree.

        Parameters
        ----------
        work : callable
            Takes a batch of sources and reduces it to one result; picklable if the executor asks
            for it.
        batches : sequence of iterables of ImageSource
            Pictures of each batch.
        merge : callable
            Takes several results of `work` or of itself, and returns one.

        Returns
        -------
        Future
            Its result is that of the last merge.
        """
        return _Awaited(self, work, batches, merge)

    def begun(
        self,
        work: Callable[[Batch], T],
        batches: Sequence[Batch],
        merge: Callable[..., T] | None = None,
        *,
        ship: bool = False,
    ) -> Future[T]:
        """Hand work to Dask: once, whatever becomes of it.

        Parameters
        ----------
        work : callable
            Takes a batch of sources and reduces it to one result; picklable if the executor asks
            for it.
        batches : sequence of iterables of ImageSource
            Pictures of each batch.
        merge : callable, optional
            Takes several results of `work` or of itself, and returns one. Without it there is one
            batch.
        ship : bool
            Whether pictures are read here and sent with the work.

        Returns
        -------
        Future
            Result of the work, which fails if a worker is lost.
        """
        place = in_memory if ship or self.ships else partial(_anchored, os.getcwd())
        placed = [tuple(map(place, batch)) for batch in batches]
        executor = self.client.get_executor(pure=False)
        there = self._once_sent(work)
        if merge is None:
            return executor.submit(_on_worker, there, placed[0])  # type: ignore[no-any-return]
        level = [self.client.submit(_on_worker, there, batch, pure=False) for batch in placed]
        while len(level) > _FAN_IN:
            groups = [level[at : at + _FAN_IN] for at in range(0, len(level), _FAN_IN)]
            level = [self.client.submit(merge, *group, pure=False) for group in groups]
        return executor.submit(merge, *level)  # type: ignore[no-any-return]

    def _once_sent(self, work: Callable[[Batch], T]) -> Any:
        """The work, or where it is large, as it holds a library of fingerprints, a task of its own.

        A task, for what is merely sent along is lost with the worker that has it.
        """
        if self._sent is None or self._sent[0] is not work or self._sent[1] is not self.client:
            from distributed.protocol.pickle import dumps, loads

            there: Any = work
            if len(packed := dumps(work)) > _LARGE:
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", "Sending large graph")
                    there = self.client.submit(loads, packed, pure=False)
            self._sent = (work, self.client, there)
        return self._sent[2]

    def come_back(self) -> None:
        """Wait for the scheduler and a worker, and connect anew where the connection is lost.

        Raises
        ------
        ClusterError
            They stay away.
        """
        if self.lost is not None:
            raise self.lost
        end = time.monotonic() + self._patience
        while True:
            with suppress(OSError, ValueError, RuntimeError):
                if self.client.status in ("closing", "closed"):
                    left = max(1.0, end - time.monotonic())
                    self.client = self._connect(min(self._answer, left))
                if self.client.status == "running" and self.n_workers:
                    return
            if time.monotonic() >= end:
                break
            time.sleep(0.1)
        self.lost = ClusterError(
            f"scheduler {self._name}, or its last worker, went away for {self._patience:g} s: "
            "what was done until then is kept; start it again and repeat the command"
        )
        raise self.lost

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the connection; what still runs is given up.

        Parameters
        ----------
        wait : bool
            Without effect: there is nothing to wait for.
        cancel_futures : bool
            Without effect: what still runs is always given up.
        """
        with suppress(OSError, RuntimeError):
            self.client.close(timeout=5)


class _Awaited(Future[T]):
    """A result that is asked for again until a worker has given it."""

    def __init__(
        self,
        cluster: ClusterExecutor,
        work: Callable[[Batch], T],
        batches: Sequence[Batch],
        merge: Callable[..., T] | None = None,
    ) -> None:
        super().__init__()
        self._cluster, self._work, self._merge = cluster, work, merge
        self._batches = [tuple(batch) for batch in batches]
        self._ship = False
        # Begun at once; a connection that is lost now is mended when the result is asked for.
        self._future = self._begun()

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result, however long that takes; `timeout` is not looked at.

        Raises
        ------
        ClusterError
            The cluster is gone.
        """
        while True:
            try:
                return self._outcome(self._future)
            except CancelledError:  # with the connection
                self._cluster.come_back()
            except _NotHereError as error:
                self._ship = True
                # One that is not here either says nothing about the others.
                self._cluster.ships |= os.path.exists(str(error))
            except _killed_worker():
                self._batches = [self._spared(batch) for batch in self._batches]
            self._future = self._begun()

    def _begun(self) -> Future[T]:
        try:
            return self._cluster.begun(self._work, self._batches, self._merge, ship=self._ship)
        except (OSError, RuntimeError, CancelledError):  # the connection was lost just now
            future: Future[T] = Future()
            future.set_exception(CancelledError())
            return future

    def _outcome(self, future: Future[T]) -> T:
        """Wait, as long as there is somebody to wait for."""
        while True:
            try:
                return future.result(_LOOK_SECONDS)
            except TimeoutError:
                if future.done():
                    raise
                self._cluster.come_back()

    def _spared(self, batch: tuple[ImageSource, ...]) -> tuple[ImageSource, ...]:
        """The batch without pictures that end the workers which measure them."""
        spared: list[ImageSource] = []
        for source in batch:
            try:
                self._outcome(self._cluster.begun(self._work, [(source,)], ship=self._ship))
                spared.append(source)
            except _killed_worker():
                reason = "ended every worker that measured it: leave it out"
                spared.append(Unreadable(source.name, f"{printable(source.name)} {reason}"))
        return tuple(spared)


def _killed_worker() -> type[Exception]:
    from distributed import KilledWorker

    return KilledWorker  # type: ignore[no-any-return]


class _NotHereError(Exception):
    """A worker does not see a file that is named to it."""


def _anchored(folder: str, source: ImageSource) -> ImageSource:
    """The source as it is read from another working folder."""
    if isinstance(source, AskedSource):
        return replace(source, source=_anchored(folder, source.source))
    if isinstance(source, FileSource):
        return replace(source, path=os.path.join(folder, source.path), shown=source.name)
    if isinstance(source, TarMember | ZipMember):
        return replace(source, archive=os.path.join(folder, source.archive))
    return source


def _on_worker(work: Callable[[Batch], T], batch: Sequence[ImageSource]) -> T:
    for source in batch:
        of = source.source if isinstance(source, AskedSource) else source
        path = getattr(of, "archive", None) or getattr(of, "path", None)
        if path is not None and not os.path.exists(path):
            raise _NotHereError(path)
    return work(batch)


_STARTED_SECONDS = 120.0
"""For a cluster that was started here to answer and to end, however busy this machine is."""
_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss)://\S+")


@contextmanager
def cluster(
    scheduler: str,
    *,
    workers: int | None = None,
    answer: float = 7.0,
    patience: float = 120.0,
) -> Iterator[ClusterExecutor]:
    """Executor that runs on a Dask cluster, for the length of a block.

    Results are the same as those of threads, to the last bit. A worker or scheduler that is
    lost and comes back costs time only; where they stay away, what was done is kept, and
    the error comes when the block ends.

    Parameters
    ----------
    scheduler : str
        Address of the scheduler, ``tcp://HOST:PORT``, or ``local`` for one that is started here.
    workers : int, optional
        Number of processes of a local one; one per core by default.
    answer : float, default 7.0, seconds
        Time for a scheduler elsewhere to answer, and a third of it to have a worker: one that
        cannot be reached is given up within 10 s.
    patience : float, default 120.0, seconds
        Time for a scheduler that was there to come back, and for it to have a worker again.

    Yields
    ------
    ClusterExecutor
        To be passed on as `executor`.

    Raises
    ------
    ParameterError
        `scheduler` is no address, `workers` is less than 1, or Dask is not installed.
    ClusterError
        It does not answer, has no workers, or they lack this version of this library; or
        the cluster went away.

    Examples
    --------
    >>> with cluster("tcp:/127.0.0.1"):
    ...     pass
    Traceback (most recent call last):
    forensics.errors.ParameterError: scheduler is tcp:/127.0.0.1: pass tcp://HOST:PORT, or local
    """
    if scheduler != "local" and not _ADDRESS.fullmatch(scheduler):
        raise ParameterError(f"scheduler is {printable(scheduler)}: pass tcp://HOST:PORT, or local")
    n_workers = RunOptions(workers=workers).n_workers
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ParameterError(
            f"a scheduler needs the extra cluster: {to_install('cluster')}"
        ) from None
    # What goes wrong is said in our own sentences, once.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        address = scheduler
        if scheduler == "local":
            address, answer = _started(n_workers, stack), max(answer, _STARTED_SECONDS)
        executor = _joined(address, scheduler, answer, patience)
        stack.callback(executor.shutdown)
        _check(executor, address, scheduler, answer / 3)
        if scheduler == "local":
            executor.client.register_plugin(_deaf_to_interrupts())
        try:
            yield executor
        except EmptySetError:
            if executor.lost is None:
                raise
    if executor.lost is not None:
        raise executor.lost


def _started(n_workers: int, stack: ExitStack) -> str:
    """Start a cluster on this machine, that nobody else can reach; its address."""
    import dask
    from distributed import LocalCluster

    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="catforensics-"))
    stack.enter_context(dask.config.set({"temporary-directory": folder}))
    local = LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # None would take port 8787, or complain
        worker_dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )
    stack.callback(_closed, local)
    return str(local.scheduler_address)


def _closed(local: LocalCluster) -> None:
    """End a cluster of this machine; processes that do not hear it end with this one."""
    with suppress(TimeoutError):
        local.close(timeout=_STARTED_SECONDS)


def _deaf_to_interrupts() -> WorkerPlugin:
    """Let Ctrl-C, which reaches every process of a terminal, be heard by ours alone."""
    from distributed import WorkerPlugin

    class Deaf(WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: object) -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    return Deaf()


def _joined(address: str, name: str, answer: float, patience: float) -> ClusterExecutor:
    def connect(seconds: float) -> Client:
        from distributed import Client

        return Client(address, timeout=seconds, set_as_default=False)

    try:
        asyncio.run(_greeted(address, answer))
        return ClusterExecutor(connect, name, answer=answer, patience=patience)
    # What is no scheduler may answer anything: memory for a giant message, say.
    except (OSError, ValueError, TypeError, RuntimeError, MemoryError) as error:
        raise ClusterError(
            f"scheduler {name} does not answer as one ({type(error).__name__}): check the address, "
            "or start it with: dask scheduler"
        ) from error


async def _greeted(address: str, seconds: float) -> None:
    """Ask who is there; a client that never got an answer would be slow to give up."""
    from distributed.core import rpc

    async with rpc(address, timeout=seconds) as scheduler:
        await asyncio.wait_for(scheduler.identity(), seconds)


def _check(executor: ClusterExecutor, address: str, name: str, seconds: float) -> None:
    """See that there are workers, and that they compute what we would."""
    client = executor.client
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError:
        raise ClusterError(
            f"scheduler {name} has no workers: start one with: dask worker {address}"
        ) from None
    ours = _here()
    try:
        theirs = client.run(_about)
    except ImportError:
        raise ClusterError(
            f"the workers of scheduler {name} cannot import forensics: install catforensics "
            f"{ours} there"
        ) from None
    for worker, version in theirs.items():
        if version != ours:
            raise ClusterError(
                f"worker {worker} has catforensics {version}, here it is {ours}: install the "
                "same there, or results may differ"
            )


def _about() -> str:
    """The version that a worker has."""
    return _here()


def _here() -> str:
    from importlib.metadata import version

    return version("catforensics")
