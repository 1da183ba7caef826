"""What all commands share: how they read pictures, go through many, speak, end and write.

Results are never overwritten unasked and never written by two at once.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import typer

from forensics.counting import counted
from forensics.errors import (
    ClusterError,
    EmptySetError,
    ForensicsError,
    ImageReadError,
    OutputError,
    ParameterError,
)

if TYPE_CHECKING:
    import threading
    from concurrent.futures import Executor

    from matplotlib.figure import Figure

    from forensics._typing import Damaged, OnError
    from forensics.box import Box
    from forensics.engine.run import Progress, RunOptions
    from forensics.images.sources.find import FoundImages, Skipped

__all__ = [
    "INTERRUPTED",
    "Lines",
    "Reading",
    "box_of",
    "begun",
    "claim_free",
    "claim_results",
    "end_above",
    "end_early",
    "end_if_stopped",
    "end_with",
    "figure_path",
    "first_free",
    "in_flags",
    "interruptible",
    "one_run",
    "progress_bar",
    "report_skipped",
    "result",
    "say",
    "shown_as_table",
    "summed_set",
    "write_figure",
    "write_lines",
]

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""
_NAMED_SKIPS = 100
_MINUTE = 60.0
_MOST_NAMES = 10_000


_ARGUMENT = re.compile(
    r"(?<=\b(?:pass|, or) )(?P<name>[a-z_]+)=(?:(?P<value>True|\d+)|\"(?P<word>\w+)\")"
)
"""How a message of the library names an argument that would help."""


def in_flags(sentence: str) -> str:
    """A refusal with the way out that there is here: options, where Python has arguments.

    Examples
    --------
    >>> in_flags("a.png is too large: pass max_pixels=200 to read it, or force=True")
    'a.png is too large: pass --max-pixels 200 to read it, or --force'
    """
    return _ARGUMENT.sub(_flag, sentence)


def _flag(found: re.Match[str]) -> str:
    name = found["name"].replace("_", "-")
    value = found["value"] or found["word"]
    return f"--{name}" if value == "True" else f"--{name} {value}"


def say(text: str, *, quiet: bool = False) -> None:
    """Print a line for people on stderr."""
    if not quiet:
        from forensics.images.sources.names import defused

        sys.stderr.write(f"{defused(in_flags(text))}\n")


def result(text: str) -> None:
    """Print the result on stdout, at once, so that a closed pipe is noticed here."""
    from forensics.images.sources.names import defused

    try:
        sys.stdout.write(f"{defused(text)}\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        # What is still buffered cannot be delivered; without this, the interpreter
        # would complain about it once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError("the reader of the output went away before the end") from error


def report_skipped(skipped: Sequence[Skipped], *, quiet: bool) -> None:
    """Count and name what was skipped, each with its reason.

    What was named one by one and could not be read, also on stdin or in a table, is no part of a
    set that may be left out: the command goes on, and ends with status 1.
    """
    if not skipped:
        return
    from forensics.images.sources.names import printable

    if missed := _named_among(skipped):
        n = len(missed)
        sentence = (
            f"{n:,} of what was named were left out, for the reasons above: mend or omit them"
        )
        if n == 1:
            what = printable(missed[0])
            sentence = f"{what} was left out, for the reason above: mend or omit it"
        end_with(ImageReadError(sentence))
    say(f"skipped {len(skipped):,}:", quiet=quiet)
    for one in skipped[:_NAMED_SKIPS]:
        say(f"  {printable(one.path)} {one.reason}", quiet=quiet)
    if len(skipped) > _NAMED_SKIPS:
        say(f"  and {len(skipped) - _NAMED_SKIPS:,} more", quiet=quiet)


def _named_among(skipped: Sequence[Skipped]) -> list[str]:
    """Which of what was skipped had been named, and not found in a folder or an archive."""
    ends = {os.path.basename(one.path) for one in skipped}
    named: set[str] = set()
    for found in _found.get():
        # A table may name a million; and of what is incomplete it is said already.
        some = (name for name in found.named if os.path.basename(name) in ends)
        named |= set(map(os.path.realpath, some)) - set(map(os.path.realpath, found.incomplete))
    return [one.path for one in skipped if os.path.realpath(one.path) in named]


@contextmanager
def progress_bar(label: str, *, quiet: bool) -> Iterator[Progress | None]:
    """Show how far it is while the block runs: a bar on a terminal, a line a minute in a log."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _line_a_minute(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield update


def _line_a_minute(label: str) -> Progress:
    """Tell a log what is done, and how long the rest will take, once a minute."""
    started = said = time.monotonic()
    last = 0, 0

    def update(done: int, total: int) -> None:
        nonlocal started, said, last
        now = time.monotonic()
        if total != last[1] or done < last[0]:  # the next of several passes begins
            started = now
        last = done, total
        if done and now - said >= _MINUTE:
            said = now
            left = (now - started) / done * (total - done) / _MINUTE
            so_long = "about a minute" if left > 0.75 else "less than a minute"
            so_long = f"about {left:.0f} minutes" if left > 1.5 else so_long
            say(f"{label}: {done:,} of {total:,}, {so_long} left", quiet=False)

    return update


@contextmanager
def interruptible(*, quiet: bool) -> Iterator[threading.Event]:
    """Let the first Ctrl-C finish what is under way and save, the second one end at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_interrupt(_number: int, _frame: FrameType | None) -> Any:
        # Not what was there before: begun in the background, that is to ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.set()
        if not quiet:
            # Unlike a buffered stream, a bare write may happen anywhere in the program.
            os.write(2, b"\nstopping: what is done will be saved, Ctrl-C again to end at once\n")

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


_run: ContextVar[ExitStack] = ContextVar("_run")
_claimed: ContextVar[list[str]] = ContextVar("_claimed")
_found: ContextVar[list[FoundImages]] = ContextVar("_found")
"""Where results go, and what is read: no picture is ever overwritten, whatever is forced."""


@contextmanager
def one_run() -> Iterator[None]:
    """Hold what a command claims until it has ended."""
    with ExitStack() as stack:
        _run.set(stack)
        _claimed.set([])
        _found.set([])
        yield


def end_with(refusal: ForensicsError) -> None:
    """Let the command go on and save what it can, and end with this error then."""

    def end(kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if kind is None or (isinstance(error, SystemExit) and not error.code):
            raise refusal
        return False

    _run.get().push(end)


def _say_at_end(text: str, *, quiet: bool) -> None:
    """Say it when the command has done its work; one that is refused says nothing else."""

    def end(kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if kind is None or isinstance(error, SystemExit):
            say(text, quiet=quiet)
        return False

    _run.get().push(end)


def claim_results(paths: list[Path], *, force: bool) -> None:
    """Refuse to overwrite results, and to write what another run is writing.

    Raises
    ------
    OutputError
        Their folder is read-only, one of them exists and `force` is False, or another run is at
        them.
    """
    from forensics.output import claimed, refuse_existing, refuse_unwritable

    refuse_unwritable(paths[0])
    refuse_existing(paths, force=force)
    _run.get().enter_context(claimed(paths[0]))
    _claimed.get().extend(map(os.path.realpath, paths))
    _check_apart()


def _check_apart() -> None:
    """Raise if a picture that is read would be overwritten."""
    wanted = set(_claimed.get())
    names = {os.path.basename(path) for path in wanted}
    for found in _found.get():
        for one in found.images:
            path = getattr(one, "path", "")
            if os.path.basename(path) in names and os.path.realpath(path) in wanted:
                raise OutputError(
                    f"{path} is read, and the result would take its place: write elsewhere"
                )


def claim_free(
    output: Path | None, default: Path, files: Callable[[Path], list[Path]], *, force: bool
) -> Path:
    """Claim where results go: where they were told to, else a place that is free.

    An answer is never refused because of a name that nobody asked for.

    Parameters
    ----------
    output : Path, optional
        As named by the user.
    default : Path
        Where they go otherwise: NAME, or NAME-2, NAME-3 and so on if something is there.
    files : callable
        The results that lie at such a place.
    force : bool
        Whether what is there is overwritten.

    Returns
    -------
    Path

    Raises
    ------
    OutputError
        `output` exists and `force` is False, or another run is at it; or where it would go is
        read-only.
    """
    if output is None:
        _check_writable(files(default)[0])
    if output is not None or force:
        place = output or default
        claim_results(files(place), force=force)
        return place
    return first_free(default, lambda place: claim_results(files(place), force=False))


def _check_writable(path: Path) -> None:
    """Raise if nobody can write here, and name the option that says where else."""
    from forensics.output import refuse_unwritable

    try:
        refuse_unwritable(path)
    except OutputError as refusal:
        raise OutputError(f"{refusal}, or name another place with -o") from None


def first_free(default: Path, claim: Callable[[Path], None]) -> Path:
    """The first of NAME, NAME-2, NAME-3 and so on that can be claimed.

    Parameters
    ----------
    default : Path
        The first name.
    claim : callable
        Raises `OutputError` for a place where something is.
    """
    for place in _numbered(default):
        with suppress(OutputError):
            claim(place)
            return place
    raise OutputError(f"there is no free name after {default}: name another with --output")


def begun(default: Path, state: str) -> Path | None:
    """Where a run was ended that nobody gave a name, to go on there.

    Parameters
    ----------
    default : Path
        Folder that results go to where it is free; `NAME-2` and so on are looked at, too.
    state : str
        Name of the file in it that holds what was done.

    Returns
    -------
    Path or None
        The first such folder; None where no run was ended early.
    """
    there = takewhile(Path.exists, _numbered(default))
    return next((place for place in there if (place / state).exists()), None)


def _numbered(default: Path) -> Iterator[Path]:
    """NAME, NAME-2, NAME-3 and so on."""
    yield default
    yield from (default.with_stem(f"{default.stem}-{number}") for number in range(2, _MOST_NAMES))


@dataclass(frozen=True, slots=True)
class Reading:
    """How to find, read and measure pictures: what the flags of a command say, in one.

    Parameters
    ----------
    max_pixels : int
        A picture with more is refused.
    strict : bool
        End at the first that is skipped.
    workers : int, optional
        How many work at once.
    quiet : bool
        Say nothing but errors.
    executor : concurrent.futures.Executor, optional
        Who works, if not threads of our own.
    frame : int
        Frame or page that is meant of each picture.
    damaged : {"skip", "keep"}
        What becomes of a damaged picture that can be decoded.
    box : Box, optional
        The part that is meant of each picture.
    """

    max_pixels: int
    strict: bool
    workers: int | None
    quiet: bool
    executor: Executor | None = None
    frame: int = 0
    damaged: Damaged = "skip"
    box: Box | None = None

    def find(self, paths: Sequence[str]) -> FoundImages:
        """The pictures that were named; says what was named twice, or not read to its end."""
        from forensics.images.sources.find import find_images
        from forensics.images.sources.names import printable

        found = find_images(paths, on_error=self._on_error)
        for place in found.incomplete:
            end_with(
                ImageReadError(
                    f"{printable(place)} could not be read to its end: what was found before is "
                    "in the results; copy or mend it, and begin anew"
                )
            )
        _found.get().append(found)
        _check_apart()
        if found.passed_over:
            kinds = ", ".join(f"{kind} ({n:,})" for kind, n in found.passed_over)
            _say_at_end(f"passed over as no pictures: {kinds}", quiet=self.quiet)
        if found.repeated:
            first, more = found.repeated[0], len(found.repeated) - 1
            others = f" and {more} more" if more else ""
            say(f"named twice, counted once: {printable(first)}{others}", quiet=self.quiet)
        return self._asked(found)

    def _asked(self, found: FoundImages) -> FoundImages:
        """The same pictures, with what is asked of each."""
        if self.frame == 0 and self.damaged == "skip" and self.box is None:
            return found
        from forensics.images.sources.local import asked_for

        asked = (asked_for(one, self.frame, self.damaged, box=self.box) for one in found.images)
        return replace(found, images=tuple(asked))

    @contextmanager
    def on(self, scheduler: str | None) -> Iterator[Reading]:
        """Yield the same on the cluster that was named, while the block runs.

        Parameters
        ----------
        scheduler : str, optional
            Address of a Dask scheduler, or "local"; None for threads of our own.

        Raises
        ------
        ClusterError
            It cannot be used; or, when the block has ended and saved what was done, it went away.
        """
        if scheduler is None:
            yield self
            return
        from forensics.engine.dask import cluster

        with cluster(scheduler, workers=self.workers) as executor:
            n_workers = executor.n_workers
            say(f"scheduler {scheduler}: {counted(n_workers, 'worker')}", quiet=self.quiet)
            yield replace(self, workers=self.workers or n_workers, executor=executor)

    @contextmanager
    def run(
        self, label: str, stop: threading.Event | None = None, *, bar: bool = True
    ) -> Iterator[RunOptions]:
        """Yield the options of one run, its progress shown while the block runs.

        Parameters
        ----------
        label : str
            Of the progress bar.
        stop : threading.Event, optional
            Set by Ctrl-C.
        bar : bool
            Whether there is room for one.
        """
        from forensics.engine.run import RunOptions

        with progress_bar(label, quiet=self.quiet or not bar) as progress:
            yield RunOptions(
                workers=self.workers,
                on_error=self._on_error,
                executor=self.executor,
                progress=progress,
                stop=stop,
            )

    @property
    def _on_error(self) -> OnError:
        return "raise" if self.strict else "skip"


def box_of(text: str | None) -> Box | None:
    """The part of a picture that --box names.

    Parameters
    ----------
    text : str, optional
        "TOP,LEFT,ROWS,COLUMNS".

    Raises
    ------
    ParameterError
        It names none.
    """
    if text is None:
        return None
    from forensics.box import as_box

    with suppress(ValueError, ParameterError):
        return as_box([int(one) for one in text.split(",")])
    raise ParameterError(
        f"--box is {text!r}: name first row, first column, rows and columns, as in 40,16,90,80"
    )


class Summed(Protocol):
    """What comes of a set: a dataclass that names what was left out."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Pictures left out."""
        ...


S = TypeVar("S", bound=Summed)


def summed_set(
    images: Sequence[str],
    how: Reading,
    stop: threading.Event,
    label: str,
    add_up: Callable[..., S],
) -> S:
    """Add up the pictures that were named.

    Parameters
    ----------
    images : sequence of str
        Folders, archives, files.
    how : Reading
    stop : threading.Event
        Set by Ctrl-C.
    label : str
        Of the progress bar.
    add_up : callable
        Takes the pictures, and by name `max_pixels` and what `RunOptions` has.

    Returns
    -------
    object
        What `add_up` returned; what was not even found to be a picture is among its `skipped`.

    Raises
    ------
    EmptySetError
        No picture was left.
    KeyboardInterrupt
        Nothing was done when Ctrl-C came.

    Notes
    -----
    Results have to be claimed before: the names of the pictures are forgotten here.
    """
    from forensics.images.sources.local import first_reasons

    found = how.find(images)
    if not found.images:
        raise first_reasons(found.skipped)
    if how.damaged == "keep":
        say(
            "damaged pictures are kept: what a decoder makes up of them is in the sum, too",
            quiet=how.quiet,
        )
    with how.run(label, stop) as run:
        try:
            done = add_up(found, max_pixels=how.max_pixels, **run.keywords)
        except EmptySetError:
            if stop.is_set():
                raise KeyboardInterrupt from None
            raise
    # Names are long: where there are many pictures, figures need the room.
    _found.set([replace(one, images=()) for one in _found.get()])
    return replace(done, skipped=(*found.skipped, *done.skipped))


def end_early(stop: threading.Event, *n: int, quiet: bool) -> None:
    """End with the status of Ctrl-C, if it was pressed, saying how far it got in each set."""
    if stop.is_set():
        *before, last = n
        after = " and ".join((*(f"{one:,}" for one in before), counted(last)))
        say(f"stopped early, after {after}", quiet=quiet)
        raise typer.Exit(INTERRUPTED)


T = TypeVar("T")

_LONGEST_STEM = 200
"""Bytes; file systems take 255 for a whole name."""

_ABOVE = 3
"""Exit status where a score is above --fail-above."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What became of many pictures.

    Parameters
    ----------
    n : int
        Lines that were written.
    skipped : list of Skipped
        Where pictures were looked for, and where they were measured.
    stopped : bool
        Ctrl-C ended it early.
    """

    n: int
    skipped: list[Skipped]
    stopped: bool


def write_figure(path: Path, figure: Figure) -> bool:
    """Draw the figure of one picture; the file appears whole or not at all.

    Returns
    -------
    bool
        False if it cannot be written: the answer comes, and the command ends with the refusal.
    """
    from forensics.output import writing
    from forensics.views.figures import save_figure

    try:
        with writing(path) as file:
            save_figure(figure, file, path.suffix)
    except OutputError as refusal:
        end_with(refusal)
        return False
    return True


def figure_path(
    output: Path | None, name: str, what: str, *, json_only: bool, force: bool
) -> Path | None:
    """Where the figure of one picture goes, None if it is not drawn.

    Parameters
    ----------
    output : Path, optional
        As named by the user. If it is there already, the answer comes without a figure, and the
        command ends with the refusal.
    name : str
        Of the picture.
    what : str
        The command: the figure is ``./STEM-what.png`` unless `output` says otherwise, or the next
        such name that is free.
    json_only, force : bool
        As told.

    Raises
    ------
    ParameterError
        `output` is no figure.
    """
    if output is None and json_only:
        return None
    if output is not None:
        from forensics.views.figures import figure_kind

        try:
            figure_kind(output.suffix)
        except ParameterError as error:
            raise ParameterError(f"output is {output}: {error}; JSON goes to stdout") from error
    default = Path(f"{_short(Path(name).stem)}-{what}.png")
    try:
        return claim_free(output, default, lambda path: [path], force=force)
    except OutputError as refusal:
        end_with(refusal)
        return None


def _short(stem: str) -> str:
    """As much of a name as leaves room for what follows it."""
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem


def write_lines(
    results: Callable[[RunOptions], Iterator[T | Skipped]],
    line: Callable[[T], str],
    found: FoundImages,
    how: Reading,
    *,
    label: str,
    output: Path | None,
    force: bool,
) -> Lines:
    """Write a line for each picture as soon as it is measured, in order.

    Parameters
    ----------
    results : callable
        Takes the options of the run; yields the results.
    line : callable
        The text of one result.
    found : FoundImages
    how : Reading
    label : str
        Of the progress bar.
    output : Path, optional
        stdout if None.
    force : bool
        As told.

    Returns
    -------
    Lines

    Raises
    ------
    EmptySetError
        No picture was left.
    """
    from forensics.images.sources.find import Skipped
    from forensics.images.sources.local import first_reasons

    skipped = list(found.skipped)
    n_lines = 0
    with (
        _lines(output, force=force) as put,
        interruptible(quiet=how.quiet) as stop,
        # A bar among lines of JSON on the same terminal would tear both apart.
        how.run(label, stop, bar=output is not None or not sys.stdout.isatty()) as run,
    ):
        with suppress(ClusterError):  # what is done is kept, and it is said when it is left
            for one in results(run):
                if isinstance(one, Skipped):
                    skipped.append(one)
                else:
                    put(line(one))
                    n_lines += 1
        if n_lines == 0:
            if stop.is_set():
                raise KeyboardInterrupt
            raise first_reasons(skipped)
    return Lines(n_lines, skipped, stop.is_set())


def shown_as_table(output: Path | None, *, json_only: bool, anywhere: bool = False) -> bool:
    """Whether many pictures are shown as a table for people, not as lines of JSON.

    Parameters
    ----------
    output : Path, optional
        File that takes the lines.
    json_only : bool
        As told.
    anywhere : bool
        In a pipe as well, because words were asked for.
    """
    return output is None and not json_only and (anywhere or sys.stdout.isatty())


def end_if_stopped(lines: Lines, *, quiet: bool) -> None:
    """End with the status of Ctrl-C, if it was pressed, saying how far it got."""
    if lines.stopped:
        say(f"stopped early, after {counted(lines.n)}", quiet=quiet)
        raise typer.Exit(INTERRUPTED)


def end_above(highest: float, limit: float | None, *, quiet: bool) -> None:
    """End with the status of a verdict asked for, if the highest score is above the limit."""
    if limit is not None and highest > limit:
        say(f"the highest score, {highest:.3f}, is above {limit:g}", quiet=quiet)
        raise typer.Exit(_ABOVE)


@contextmanager
def _lines(output: Path | None, *, force: bool) -> Iterator[Callable[[str], None]]:
    """Yield what takes lines of text: stdout, or a file that appears when all are in it."""
    if output is None:
        yield result
        return
    from forensics.output import writing

    claim_results([output], force=force)
    with writing(output) as file:

        def put(text: str) -> None:
            file.write(f"{text}\n".encode())

        yield put
