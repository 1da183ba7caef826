"""The main job on what is shipped: no pictures needed, nothing downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import options
from forensics.cli.run import result, say

DEMO_EXAMPLE = "Example: catforensics demo"

DEFAULT_FOLDER = Path("catforensics-demo")


def demo_command(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the results; results of an earlier demo there are replaced.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = DEFAULT_FOLDER,
    quiet: options.Quiet = False,
) -> None:
    """Show what the thread of April 2021 saw, from the shipped blends of 420 GAN and 840 real cats.

    Writes compare.png, compare.svg and compare.json, and chelsea-profile.png and
    chelsea-profile.json: the profile of a photograph of a cat that comes with scikit-image.
    """
    from importlib import resources

    from forensics.detection.comparison import compared
    from forensics.engine.blend import load_reference
    from forensics.engine.profiles import profile_image
    from forensics.images.sources.find import BytesSource
    from forensics.output import write_together
    from forensics.views.folders import comparison_writers, figure_writer, json_writer
    from forensics.views.results.records import profile_record
    from forensics.views.results.sentences import render_demo
    from forensics.views.sheets.profiles import show_profile

    gan, real = (load_reference(name) for name in ("thiscatdoesnotexist", "afhq"))
    found = compared(gan, real, names=(gan.name, real.name))
    chelsea = resources.files("skimage.data") / "chelsea.png"
    profile, image = profile_image(BytesSource("chelsea.png", chelsea.read_bytes()))
    writers = {
        **comparison_writers(found.a, found.b),
        "chelsea-profile.png": figure_writer(show_profile(profile, image), "png"),
        "chelsea-profile.json": json_writer(profile_record(profile)),
    }
    write_together(output, writers)
    for sentence in render_demo(found.a, found.b, profile):
        result(sentence)
    say(f"written to {output}/: look at {output / 'compare.png'} first", quiet=quiet)
