"""What tests of pictures on servers share."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator

import pytest
from waiting import MINUTES

from forensics.errors import ImageReadError
from forensics.images.sources import remote
from forensics.images.sources.find import find_images
from forensics.images.sources.names import shown_url


@pytest.fixture(autouse=True)
def unproxied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the servers of these tests may take their time."""
    monkeypatch.setattr(remote, "ANSWER_SECONDS", MINUTES)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def refusal() -> Callable[[str], str]:
    """Tells the one sentence with which reading a URL is refused."""

    def tell(url: str) -> str:
        with pytest.raises(ImageReadError) as refused:
            for image in find_images(url):
                image.read_bytes()
        message = str(refused.value)
        assert message.startswith(shown_url(url).split("*")[0]) and message.isprintable()
        return message.removeprefix(shown_url(url)).strip()

    return tell
