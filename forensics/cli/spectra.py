"""The command on spectra: of a set, or of one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from forensics.cli import options
from forensics.cli.talk import (
    INTERRUPTED,
    found_images,
    interruptible,
    progress_bar,
    report_skipped,
    result,
    say,
)
from forensics.errors import EmptySetError

if TYPE_CHECKING:
    import threading

    from forensics._typing import Channel
    from forensics.engine.spectra import AverageSpectra

SPECTRUM_EXAMPLE = "Example: catforensics spectrum ./images -o spectrum"


def spectrum_command(
    images: options.Images,
    size: options.Size = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    strict: options.Strict = False,
    channel: options.ChannelName = "luma",
    workers: options.Workers = None,
    output: options.OutputFolder = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Average the residual spectra of a set, and test them for grids; one picture works, too.

    Writes spectrum.png, spectrum.json and spectrum.npz into a folder, ./spectrum unless
    --output names one. With --json and without --output nothing is written.
    """
    folder = output if output is not None else None if json_only else Path("spectrum")
    if folder is not None:
        from forensics.views.spectrumfolder import save_spectrum_folder, spectrum_files
        from forensics.writing import refuse_existing

        refuse_existing(spectrum_files(folder), force=force)
    with interruptible(quiet=quiet) as stop:
        done = _averaged(images, size, max_pixels, strict, channel, workers, quiet, stop)
    from forensics.views.records import render_json
    from forensics.views.spectrumrecords import (
        render_peaks,
        render_peaks_table,
        spectrum_findings,
        spectrum_record,
    )

    findings = spectrum_findings(done)
    if folder is not None:
        save_spectrum_folder(findings, folder)
    report_skipped(done.skipped, quiet=quiet)
    for warning in done.warnings:
        say(f"warning: {warning}", quiet=quiet)
    if json_only:
        result(render_json(spectrum_record(findings)))
    else:
        counted = "1 picture" if done.n_images == 1 else f"{done.n_images:,} pictures"
        result(f"{counted} measured. {render_peaks(findings.peaks)}.")
        result(render_peaks_table(findings.peaks))
    if folder is not None:
        say(f"written to {folder}/", quiet=quiet)
    if stop.is_set():
        say(f"stopped early, after {done.n_images:,} pictures", quiet=quiet)
        raise typer.Exit(INTERRUPTED)


def _averaged(
    images: Sequence[str],
    size: int | None,
    max_pixels: int,
    strict: bool,
    channel: Channel,
    workers: int | None,
    quiet: bool,
    stop: threading.Event,
) -> AverageSpectra:
    from dataclasses import replace

    from forensics.engine.spectra import average_spectra
    from forensics.engine.stream import first_reasons

    found = found_images(images, strict=strict, quiet=quiet)
    if not found.images:
        raise first_reasons(found.skipped)
    with progress_bar("measuring", quiet=quiet) as progress:
        try:
            done = average_spectra(
                found,
                size=size,
                channel=channel,
                workers=workers,
                on_error="raise" if strict else "skip",
                max_pixels=max_pixels,
                progress=progress,
                stop=stop,
            )
        except EmptySetError:
            if stop.is_set():
                raise KeyboardInterrupt from None
            raise
    return replace(done, skipped=(*found.skipped, *done.skipped))
