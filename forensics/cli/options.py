"""The options that commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from forensics._typing import Channel, Damaged, Metric

INPUT, ANALYSIS, OUTPUT = "Input", "Analysis", "Output"
DEFAULT_MAX_PIXELS = 100_000_000

Images: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="IMAGES",
        help="Pictures, folders, globs, zip or tar archives, URLs, tables of paths; "
        "- reads stdin, a picture or a list of them.",
        show_default=False,
    ),
]
Size: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="Crop the centre to N x N pixels, without resampling.",
        metavar="N",
        min=1,
        rich_help_panel=INPUT,
    ),
]
Resize: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="Resample to N x N pixels. This destroys and makes traces: results carry a warning.",
        metavar="N",
        min=1,
        rich_help_panel=INPUT,
    ),
]
MaxPixels: TypeAlias = Annotated[
    int,
    typer.Option(
        help="Refuse pictures with more pixels.", metavar="N", min=1, rich_help_panel=INPUT
    ),
]
Frame: TypeAlias = Annotated[
    int,
    typer.Option(
        help="Frame of an animation, or page of a TIFF; 0 is the first.",
        metavar="N",
        min=0,
        rich_help_panel=INPUT,
    ),
]
DamagedPictures: TypeAlias = Annotated[
    Damaged,
    typer.Option(
        "--damaged",
        help="What to do with a damaged picture that can be decoded: leave it out, or measure it "
        "with what the decoder makes up, and mark it.",
        rich_help_panel=INPUT,
    ),
]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="End at the first skipped picture.", rich_help_panel=INPUT)
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="Threads; all cores by default.", metavar="N", min=1, rich_help_panel=ANALYSIS
    ),
]
Scheduler: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Run on a Dask cluster: tcp://HOST:PORT, or local for processes on this machine.",
        metavar="ADDRESS",
        rich_help_panel=ANALYSIS,
    ),
]
ChannelName: TypeAlias = Annotated[
    Channel, typer.Option(help="What to take the lines of.", rich_help_panel=ANALYSIS)
]
MetricName: TypeAlias = Annotated[
    Metric,
    typer.Option(help="Of the distance map; weighted is the thread's.", rich_help_panel=ANALYSIS),
]
OutputFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder for the results.", rich_help_panel=OUTPUT),
]
OutputFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="File for the result: a figure of one picture (.png, .svg, .pdf and others), JSON "
        "lines of many.",
        rich_help_panel=OUTPUT,
    ),
]
ModelFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="A model that catforensics train made; the shipped one by default.",
        metavar="FILE",
        rich_help_panel=ANALYSIS,
    ),
]
Box: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Measure this part alone: first row, first column, rows and columns, in pixels as "
        "they are stored, as a screenshot's verdict names them.",
        metavar="T,L,R,C",
        rich_help_panel=INPUT,
    ),
]
ByPlace: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--map",
        help="Also map the traces by place, and name regions that have another history than the "
        "rest: seconds for each megapixel more.",
        rich_help_panel=ANALYSIS,
    ),
]
FailAbove: TypeAlias = Annotated[
    float | None,
    typer.Option(
        help="End with status 3 if a score is above, 0 to 1.",
        metavar="SCORE",
        min=0,
        max=1,
        rich_help_panel=ANALYSIS,
    ),
]
Json: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--json", help="Print JSON: an object, or a line for each picture.", rich_help_panel=OUTPUT
    ),
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Overwrite existing results.", rich_help_panel=OUTPUT)
]
Quiet: TypeAlias = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Say nothing but errors on stderr.", rich_help_panel=OUTPUT),
]

Resume: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with a run that was ended early, or begin one.",
        rich_help_panel=OUTPUT,
    ),
]
