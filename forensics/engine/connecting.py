"""Reach a Dask scheduler, or start one on this machine, and leave it tidily."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from forensics.engine.cluster import ClusterExecutor
from forensics.engine.run import RunOptions
from forensics.errors import ClusterError, EmptySetError, ParameterError
from forensics.images.names import printable

if TYPE_CHECKING:
    from distributed import Client, WorkerPlugin

__all__ = ["cluster"]

_ANSWER_SECONDS = 7.0
"""For a scheduler to answer and to have a worker: within 10 s the command has given up."""
_PATIENCE_SECONDS = 120.0
"""For a scheduler that was there to come back, and for it to have a worker again."""
_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss)://\S+")


@contextmanager
def cluster(scheduler: str, *, workers: int | None = None) -> Iterator[ClusterExecutor]:
    """Yield an executor that runs on a Dask cluster.

    Results are the same as those of threads, to the last bit. A worker or scheduler that is
    lost and comes back costs time only; where they stay away, what was done is kept, and
    the error comes when the block ends.

    Parameters
    ----------
    scheduler : str
        Its address, ``tcp://HOST:PORT``, or ``local`` for one that is started here.
    workers : int, optional
        Processes of a local one; all cores by default.

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
            "a scheduler needs the extra cluster: pip install 'catforensics[cluster]'"
        ) from None
    # What goes wrong is said in our own sentences, once.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        address = _started(n_workers, stack) if scheduler == "local" else scheduler
        executor = _joined(address, scheduler)
        stack.callback(executor.shutdown)
        _check(executor, address, scheduler)
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
    stack.callback(local.close, timeout=10)
    return str(local.scheduler_address)


def _deaf_to_interrupts() -> WorkerPlugin:
    """Let Ctrl-C, which reaches every process of a terminal, be heard by ours alone."""
    from distributed import WorkerPlugin

    class Deaf(WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: object) -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    return Deaf()


def _joined(address: str, name: str) -> ClusterExecutor:
    def connect() -> Client:
        from distributed import Client

        return Client(address, timeout=_ANSWER_SECONDS, set_as_default=False)

    try:
        asyncio.run(_greeted(address))
        return ClusterExecutor(connect, name, patience=_PATIENCE_SECONDS)
    # What is no scheduler may answer anything: memory for a giant message, say.
    except (OSError, ValueError, TypeError, RuntimeError, MemoryError) as error:
        raise ClusterError(
            f"scheduler {name} does not answer as one ({type(error).__name__}): check the address, "
            "or start it with: dask scheduler"
        ) from error


async def _greeted(address: str) -> None:
    """Ask who is there; a client that never got an answer would be slow to give up."""
    from distributed.core import rpc

    async with rpc(address, timeout=_ANSWER_SECONDS) as scheduler:
        await asyncio.wait_for(scheduler.identity(), _ANSWER_SECONDS)


def _check(executor: ClusterExecutor, address: str, name: str) -> None:
    """See that there are workers, and that they compute what we would."""
    client = executor.client
    try:
        client.wait_for_workers(1, timeout=_ANSWER_SECONDS / 3)
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
