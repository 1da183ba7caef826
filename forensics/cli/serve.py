"""The command that serves the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import options
from forensics.cli.run import result, say
from forensics.errors import ParameterError, to_install

if TYPE_CHECKING:
    from forensics.web.server import Address

SERVE_EXAMPLE = "Example: catforensics serve"


def serve_command(
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen on; the default is reached from this computer alone.",
            metavar="ADDRESS",
            rich_help_panel=options.INPUT,
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            help="Port to listen on; 0 picks one that is free.",
            metavar="N",
            min=0,
            max=65_535,
            rich_help_panel=options.INPUT,
        ),
    ] = 8421,
    browser: Annotated[
        bool,
        typer.Option(
            "--browser/--no-browser",
            help="Open the page in a browser.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = True,
    heif: Annotated[
        bool,
        typer.Option(
            "--heif",
            help="Also read HEIC, with the extra heif: its decoder is a large one.",
            rich_help_panel=options.INPUT,
        ),
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Open a page on this computer: drop pictures on it, look at their traces, save reports.

    Nothing leaves the computer, nothing is written, and nothing is kept when it ends (Ctrl-C).
    The address has a token that only you know. Needs the extra: pip install "catforensics[web]",
    or in a clone pip install ".[web]".
    """
    try:
        from forensics.web.limits import Limits
        from forensics.web.server import is_loopback, listening, serve
    except ModuleNotFoundError as error:
        raise ParameterError(
            f"serve needs {error.name}, which is not installed: {to_install('web')}"
        ) from error

    def begun(address: Address) -> None:
        result(address.url)
        if not is_loopback(host):
            say(
                f"warning: {host} can be reached from other computers, and whoever learns the "
                "address can send pictures here and use this one's time",
                quiet=False,
            )
        say("the page is open; Ctrl-C ends it, and nothing is kept", quiet=quiet)
        if browser:
            import threading
            import webbrowser

            # Some browsers do not come back before they are closed.
            threading.Thread(target=webbrowser.open, args=(address.url,), daemon=True).start()

    serve(listening(host, port), host, limits=Limits(heif=heif), begun=begun)
