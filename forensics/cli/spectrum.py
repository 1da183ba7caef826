"""The command on spectra: of a set, or of one picture."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from forensics.cli import options
from forensics.cli.run import (
    Reading,
    claim_free,
    end_early,
    interruptible,
    report_skipped,
    result,
    say,
    summed_set,
)
from forensics.counting import counted

SPECTRUM_EXAMPLE = "Example: catforensics spectrum ./images -o spectrum"


def spectrum_command(
    images: options.Images,
    size: options.Size = None,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    channel: options.ChannelName = "luma",
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: options.OutputFolder = None,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Average the residual spectra of a set, and test them for grids; one picture works, too.

    Writes spectrum.png, spectrum.json and spectrum.npz into a folder, ./spectrum unless
    --output names one, or the next such name that is free. With --json and without --output
    nothing is written.
    """
    folder = None
    if output is not None or not json_only:
        from forensics.views.folders import save_spectrum_folder, spectrum_files
        from forensics.views.results.captions import set_name

        folder = claim_free(output, Path("spectrum"), spectrum_files, force=force)
    from forensics.engine.spectra import average_spectra

    with Reading(max_pixels, strict, workers, quiet, damaged=damaged).on(scheduler) as how:
        with interruptible(quiet=quiet) as stop:
            add_up = partial(average_spectra, size=size, channel=channel)
            done = summed_set(images, how, stop, "measuring", add_up)
        from forensics.detection.spectra import spectrum_findings
        from forensics.views.results.records import render_json
        from forensics.views.results.spectrum import (
            render_peaks,
            render_peaks_table,
            spectrum_record,
        )

        findings = spectrum_findings(done)
        if folder is not None:
            save_spectrum_folder(findings, folder, name=set_name(images))
        report_skipped(done.skipped, quiet=quiet)
        for warning in done.warnings:
            say(f"warning: {warning}", quiet=quiet)
        if json_only:
            result(render_json(spectrum_record(findings)))
        else:
            result(f"{counted(done.n_images)} measured. {render_peaks(findings.peaks)}.")
            result(render_peaks_table(findings.peaks))
        if folder is not None:
            say(f"written to {folder}/", quiet=quiet)
        end_early(stop, done.n_images, quiet=quiet)
