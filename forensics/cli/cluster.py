"""The commands that ask whether pictures share a source, two of them or a heap."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.run import (
    INTERRUPTED,
    Reading,
    begun,
    claim_free,
    interruptible,
    report_skipped,
    result,
    say,
)
from forensics.counting import counted
from forensics.errors import EmptySetError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics._typing import Image
    from forensics.detection.clusters import Clusters
    from forensics.images.sources.find import FoundImages
    from forensics.output import Writer

CLUSTER_EXAMPLE = "Example: catforensics cluster ./images -o clusters"
_DEFAULT, _STATE = Path("clusters"), "clusters.run"
_FINGERPRINTS = "group-*.npz"
LINK_EXAMPLE = "Example: catforensics link a.png b.png"


def link_command(
    a: Annotated[str, typer.Argument(help="A picture.", metavar="A")],
    b: Annotated[str, typer.Argument(help="Another one.", metavar="B")],
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    json_only: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Say whether two pictures come from one network or decoder, without any reference.

    Networks of the StyleGAN2 kind add one fixed pattern to all their pictures, decoders one that
    repeats; two pictures that share it correlate apart from their content. The larger one is
    brought to the size of the other. That no link is found proves nothing.
    """
    from forensics.detection.clusters import link_pictures
    from forensics.views.results.clusters import link_record, render_link
    from forensics.views.results.records import render_json

    how = Reading(max_pixels, True, 1, quiet, damaged=damaged)
    found = how.find([a, b])
    if len(found) != 2:
        raise ParameterError(
            f"A and B name {counted(len(found))} together: name one each, or use catforensics "
            "cluster for more"
        )
    names = found.images[0].name, found.images[1].name
    done = link_pictures(*found.images, max_pixels=max_pixels)
    result(render_json(link_record(done, names)) if json_only else render_link(done, names))


def cluster_command(
    images: options.Images,
    max_pixels: options.MaxPixels = options.DEFAULT_MAX_PIXELS,
    damaged: options.DamagedPictures = "skip",
    strict: options.Strict = False,
    reference: Annotated[
        bool,
        typer.Option(
            "--reference/--no-reference",
            help="Also group what the shipped fingerprints of known generators name.",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = True,
    fingerprint: Annotated[
        list[Path] | None,
        typer.Option(
            help="A fingerprint.npz to hold against the pictures, or a folder of them, besides the "
            "shipped ones; again for the next.",
            metavar="FILE",
            rich_help_panel=options.ANALYSIS,
        ),
    ] = None,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    output: options.OutputFolder = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with a run that was ended early, or begin one.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    json_only: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> None:
    """Sort a heap of pictures by maker: which share a source, apart from their content.

    Copies are put aside first. Writes clusters.json, clusters.png and a fingerprint of each group
    that can have one, ready for inspect --fingerprint, into a folder, ./clusters unless --output
    names one, or the next such name that is free. With --json and without --output nothing is
    written. A run that was ended, killed or cut off goes on with --resume. A group shares a source,
    which may be a way of saving; a generator is named only where a fingerprint matches.
    """
    from forensics.detection.clusters import cluster
    from forensics.engine.checkpoint import identity_of, run_state
    from forensics.engine.fingerprints import fingerprint_digest, load_library
    from forensics.images.sources.local import first_reasons
    from forensics.views.results.clusters import clusters_record, render_clusters
    from forensics.views.results.records import render_json

    folder = None
    if output is not None or not json_only:
        output = begun(_DEFAULT, _STATE) if output is None and resume else output
        folder = claim_free(output, _DEFAULT, _files, force=force)
    elif resume:
        raise ParameterError(
            "--resume is given, and nothing is kept with --json alone: name a folder with --output"
        )
    library = (*(load_library() if reference else ()),)
    library += load_library(fingerprint or [], shipped=False)
    with (
        ExitStack() as stack,
        Reading(max_pixels, strict, workers, quiet, damaged=damaged).on(scheduler) as how,
    ):
        found = how.find(images)
        if not found.images:
            raise first_reasons(found.skipped)
        state = None
        is_new = folder is not None and not folder.exists()
        if folder is not None:
            settings = {
                "of": "cluster",
                "fingerprints": [fingerprint_digest(one) for one in library],
                "max_pixels": max_pixels,
                "damaged": damaged,
            }
            identity = identity_of([one.name for one in found], settings)
            state = stack.enter_context(
                run_state(folder / _STATE, identity, resume=resume, anew=force and not resume)
            )
            if state.n_done:
                say(f"going on after {counted(state.n_done)}", quiet=quiet)
        with interruptible(quiet=quiet) as stop, how.run("comparing", stop) as run:
            try:
                done = cluster(
                    found, fingerprints=library, max_pixels=max_pixels, state=state, **run.keywords
                )
            except EmptySetError:  # there is nothing to go on with
                if state is not None:
                    state.remove()
                    if is_new:
                        state.path.parent.rmdir()
                raise
        if done.stopped:
            way_out = "pass --resume to go on" if state else "with --output it can be gone on with"
            n = len(done.names) + len(done.skipped)
            say(f"stopped early, after {counted(n)}: {way_out}", quiet=quiet)
            if stop.is_set():
                raise typer.Exit(INTERRUPTED)
            return  # the cluster went away, and says so when it is left
        if folder is not None and state is not None:
            _save(done, found, images, folder, how)
            state.remove()
        report_skipped((*found.skipped, *done.skipped), quiet=quiet)
        result(render_json(clusters_record(done)) if json_only else render_clusters(done))
        if folder is not None:
            say(f"written to {folder}/", quiet=quiet)


def _files(folder: Path) -> list[Path]:
    there = sorted(folder.glob(_FINGERPRINTS)) if folder.is_dir() else []
    return [folder / "clusters.json", folder / "clusters.png", *there]


def _save(
    done: Clusters, found: FoundImages, named: Sequence[str], folder: Path, how: Reading
) -> None:
    from forensics.datasets.contact_sheet import small_picture
    from forensics.output import write_together
    from forensics.views.folders import figure_writer, json_writer
    from forensics.views.results.captions import set_name
    from forensics.views.results.clusters import clusters_record
    from forensics.views.sheets.clusters import show_clusters, shown_members

    by_name = {one.name: one for one in found}
    small: dict[int, Image] = {
        i: small_picture(by_name[done.names[i]], max_pixels=how.max_pixels)[1]
        for i in shown_members(done)
    }
    figure = show_clusters(done, small, name=set_name(named))
    writers: dict[str, Writer] = {
        "clusters.json": json_writer(clusters_record(done)),
        "clusters.png": figure_writer(figure, "png"),
    }
    writers |= _fingerprints(done, found, how)
    write_together(folder, writers)
    for path in folder.glob(_FINGERPRINTS):
        if path.name not in writers:  # of a group of the run before, which was to be replaced
            path.unlink()


def _fingerprints(done: Clusters, found: FoundImages, how: Reading) -> dict[str, Writer]:
    """Fingerprints of groups, where their pictures make one: of a source, unless it is known."""
    from forensics.engine.fingerprint_making import make_fingerprints
    from forensics.engine.fingerprints import write_library
    from forensics.errors import EmptySetError

    by_name = {one.name: one for one in found}
    writers: dict[str, Writer] = {}
    for number, group in enumerate(done.groups, 1):
        # All of a group have to match a generator's before its fingerprint says so.
        sure = len(group.matched) == len(group.pictures)
        try:
            with how.run(f"fingerprint of group {number}") as run:
                made = make_fingerprints(
                    [by_name[name] for name in group.pictures],
                    group.name,
                    family=(group.family or "") if sure else "",
                    max_pixels=how.max_pixels,
                    **run.keywords,
                )
        except EmptySetError:
            continue  # too few of one size: the group stands without one
        writers[f"group-{number}.npz"] = partial(write_library, made.fingerprints)
    return writers
