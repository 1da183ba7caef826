from __future__ import annotations

import contextlib
import errno
import io
import pickle
import socket
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from forensics.errors import ImageReadError, ParameterError
from forensics.images.sources import remote as servers
from forensics.images.sources.find import find_images
from forensics.images.sources.local import failure_of
from forensics.images.sources.names import shown_url
from forensics.images.sources.remote import UrlSource, iter_url

PICTURE = bytes(range(256)) * 40


def packed(kind: str) -> bytes:
    file = io.BytesIO()
    members = {"a/10.jpg": PICTURE, "a/9.jpg": b"nine", "a/9.cls": b"3", ".x/1.jpg": b""}
    if kind == "zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(fileobj=file, mode="w") as shard:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                shard.addfile(info, io.BytesIO(data))
    return file.getvalue()


LINKS = ("2.jpg", "10.jpg", "notes.txt", ".hidden.jpg", "kittens/", "1.zip", "../up.jpg", "?C=N")
FILES = {
    "/cats/": "".join(f'<a href="{link}">x</a>' for link in LINKS).encode(),
    "/cats/kittens/": b'<a href="1.png">x</a> <a href="./">x</a>',
    "/cats/2.jpg": PICTURE,
    "/cats/10.jpg": b"ten",
    "/cats/kittens/1.png": b"one",
    "/empty": b"nothing here",
    "/empty/": b"nothing here",
    "/set.zip": packed("zip"),
    "/shard.tar": packed("tar"),
    "/large.zip": bytes(12 * 2**20) + packed("zip"),
    "/cut.tar": packed("tar")[:3000],
    "/cut.zip": packed("zip")[:-40],
    "/unannounced.jpg": PICTURE,
    "/private.jpg": PICTURE,
}


WAITS = {
    "/often.jpg": (429, 1, "2"),
    "/busy.jpg": (503, 2, "3"),
    "/until.jpg": (429, 1, "Fri, 31 Dec 1999 23:59:59 GMT"),
    "/silent.jpg": (503, 1, ""),
    "/hours.jpg": (429, 99, "7200"),
    "/nonsense.jpg": (429, 1, "soon"),
    "/always.jpg": (429, 99, "1"),
}
"""Of each name the status, how many times it comes, and what is said of waiting."""


class Handler(BaseHTTPRequestHandler):
    """Serves FILES, each fault under a name of its own."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]] = []
    ranges: ClassVar[bool] = True

    def log_message(self, *_args) -> None: ...

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, data: bytes, status: int = 200, **headers: str) -> None:
        length = len(data)
        start = 0
        if self.ranges and status == 200 and (wanted := self.headers.get("Range")):
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, data = int(first), data[int(first) : int(last) + 1]
            headers["Content-Range"] = f"bytes {start}-{start + len(data) - 1}/{length}"
            status = 206
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(f"{self.command} {path}")
        times = self.asked.count(f"GET {path}")
        if path == "/500.jpg" or (path == "/once500.jpg" and times == 1 and self.command == "GET"):
            self.answer(b"", 500)
        elif path == "/half.jpg":
            self.answer(
                PICTURE[:100], **{"Content-Length": str(len(PICTURE)), "Connection": "close"}
            )
            self.close_connection = True
        elif path == "/changing.jpg":
            self.answer(PICTURE, ETag=f'"{len(self.asked)}"')
        elif path == "/private.jpg" and self.headers.get("Authorization") != "Basic bWU6c2VjcmV0":
            self.answer(b"", 401)
        elif path == "/unannounced.jpg":
            self.answer(PICTURE, **{"Content-Length": "", "Connection": "close"})
            self.close_connection = True
        elif path == "/forbidden.jpg":
            self.answer(b"", 403)
        elif path in WAITS and times <= WAITS[path][1]:
            status, _, wait = WAITS[path]
            self.answer(b"", status, **{"Retry-After": wait})
        elif path in WAITS:
            self.answer(PICTURE)
        elif path == "/gone.jpg":
            self.answer(b"", 410)
        elif path == "/once500.jpg":
            self.answer(PICTURE)
        elif path in FILES:
            self.answer(FILES[path], **{"Content-Type": "text/html"} if path[-1] == "/" else {})
        else:
            self.answer(b"", 404)


@pytest.fixture
def web() -> Iterator[str]:
    pytest.importorskip("aiohttp", reason="the extra http is not installed")
    Handler.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def found(*args, **kwargs) -> list[str]:
    return [image.name for image in find_images(*args, **kwargs)]


# What is said of a URL


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/1.jpg?id=7", "https://h/1.jpg?id=7"),
        ("https://me:pass@h/1.jpg", "https://h/1.jpg"),
        ("https://me:p@ss@h:80/1.jpg", "https://h:80/1.jpg"),
        ("HTTPS://me:pa/ss@h/1.jpg", "HTTPS://…"),
        ("s3://AKIA:pass@cats/1.jpg", "s3://cats/1.jpg"),
        ("https://h/1.jpg?id=7&X-Amz-Signature=pass", "https://h/1.jpg?…"),
        ("zip://*.jpg::https://me:pass@h/1.zip", "zip://*.jpg::https://h/1.zip"),
        ("http://h:80/a@b:c.jpg", "http://h:80/a@b:c.jpg"),
    ],
)
def test_no_secret_is_shown(url, shown):
    source = UrlSource(url)
    assert shown_url(url) == source.name == shown
    assert "pass" not in repr(source)


def test_no_secret_is_in_a_refusal(web):
    for url in [f"{web.replace('//', '//me:hush@')}/none.jpg", "http://me:hush@[::1/1.jpg"]:
        with pytest.raises(ImageReadError) as refused:
            next(iter(find_images(url))).read_bytes()
        assert "hush" not in str(refused.value)
    with pytest.raises(ImageReadError) as refused:
        find_images("ftp://me:hush@host/1.jpg")
    assert "hush" not in str(refused.value)


def test_a_source_is_plain_data():
    source = UrlSource("s3://cats/1.jpg")
    assert pickle.loads(pickle.dumps(source)) == source
    assert source.sequential is False and hash(source)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://host/1.jpg", r"begins with ftp://, which is not read: name a path or one of s3://"),
        ("file:///1.jpg", "begins with file://"),
        ("zip://1.jpg", "names no archive"),
        ("s3://a/1.jpg::s3://b/1.zip", "names no archive"),
        ("zip://1.jpg::s3://b/*.zip", "pattern for the archive"),
        ("tar://*.jpg::https://h/1.tar.gz?x=1.tar", "is no plain .tar"),
    ],
)
def test_what_is_not_read_is_refused(url, said):
    with pytest.raises(ImageReadError, match=said):
        find_images(url)
    (skipped,) = find_images(url, on_error="skip").skipped
    assert skipped.path == url


@pytest.mark.parametrize("url", ["s3://cats/1.jpg", "gs://cats/*.jpg", "zip://*::https://h/1.zip"])
def test_a_missing_extra_says_what_to_install(url, monkeypatch):
    import fsspec

    def missing(scheme):
        if scheme != "file":
            raise ImportError(scheme)

    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)
    extra = {"s": "s3", "g": "gcs", "z": "http"}[url[0]]
    with pytest.raises(ParameterError, match=rf"pip install 'catforensics\[{extra}\]'"):
        find_images(url, on_error="skip")


def test_a_local_file_of_such_a_name_is_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("ftp:/host").mkdir(parents=True)
    Path("ftp:/host/1.jpg").write_bytes(b"")
    assert found("ftp://host/1.jpg") == ["ftp://host/1.jpg"]


# Web servers


def test_a_picture_is_read_from_a_web_server(web):
    (image,) = find_images(f"{web}/cats/2.jpg?size=1")
    assert Handler.asked == []  # finding opens no picture
    assert image.read_bytes() == PICTURE
    assert Handler.asked == ["HEAD /cats/2.jpg", "GET /cats/2.jpg", "HEAD /cats/2.jpg"]


def test_a_picture_whose_size_is_not_announced_is_read(web):
    assert next(iter(find_images(f"{web}/unannounced.jpg"))).read_bytes() == PICTURE


def test_a_password_in_a_url_is_used(web, refusal):
    url = f"{web.replace('//', '//me:secret@')}/private.jpg"
    (image,) = find_images(url)
    assert image.read_bytes() == PICTURE and image.name == f"{web}/private.jpg"
    assert "asks for a name and a password (HTTP 401)" in refusal(f"{web}/private.jpg")
    wrong = f"{web.replace('//', '//me:wrong@')}/private.jpg"
    assert "refuses these credentials" in refusal(wrong)


def test_a_folder_on_a_web_server_is_searched(web):
    result = find_images(f"{web}/cats/", on_error="skip")
    names = [image.name.removeprefix(f"{web}/cats/") for image in result]
    assert names == ["2.jpg", "10.jpg", "kittens/1.png"]
    assert [s.path for s in result.skipped] == [f"{web}/cats/1.zip"]
    assert "zip://*.jpg::URL" in result.skipped[0].reason
    assert result.images[0].read_bytes() == PICTURE


def test_a_pattern_on_a_web_server(web):
    assert found(f"{web}/cats/*.jpg") == [f"{web}/cats/2.jpg", f"{web}/cats/10.jpg"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/empty/", "matches no picture"),
        ("/cats/*.gif", "matches no picture"),
        ("/nowhere/", "does not exist"),
        ("/none.jpg", "does not exist: check the spelling"),
        ("/gone.jpg", r"HTTP 410"),
        ("/500.jpg", r"has a fault (HTTP 500): try later"),
        ("/half.jpg", "arrived in part only"),
        ("/changing.jpg", "changed while it was read"),
        ("/set.zip", "is an archive on a server: download it"),
    ],
)
def test_what_a_web_server_does_wrong_is_one_sentence(web, path, said, refusal):
    assert said in refusal(f"{web}{path}")


def test_a_fault_that_passes_is_tried_again(web):
    assert next(iter(find_images(f"{web}/once500.jpg"))).read_bytes() == PICTURE


@pytest.mark.parametrize(
    ("path", "waited"),
    [
        ("/often.jpg", {2.0}),
        ("/busy.jpg", {3.0}),
        ("/until.jpg", {0.0}),
        ("/silent.jpg", {1.0}),
        ("/nonsense.jpg", {1.0}),
    ],
)
def test_a_server_that_asks_to_wait_is_waited_for(web, monkeypatch, path, waited):
    slept = []
    monkeypatch.setattr(servers.time, "sleep", slept.append)
    assert next(iter(find_images(f"{web}{path}"))).read_bytes() == PICTURE
    assert set(slept) == waited


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/hours.jpg", "asked too often (HTTP 429): try later, it asks to be left alone for 7,200"),
        ("/always.jpg", "was asked too often (HTTP 429): try later"),
    ],
)
def test_a_server_that_asks_for_too_much_is_given_up(web, monkeypatch, path, said, refusal):
    slept = []
    monkeypatch.setattr(servers.time, "sleep", slept.append)
    assert said in refusal(f"{web}{path}")
    assert len(slept) <= 3


def test_a_refusal_does_not_speak_of_credentials_that_nobody_gave(web, refusal):
    assert "refuses to give it (HTTP 403)" in refusal(f"{web}/forbidden.jpg")
    given = f"{web.replace('//', '//me:secret@')}/forbidden.jpg"
    assert "refuses these credentials" in refusal(given)


@pytest.mark.parametrize("path", ["/1.jpg", "/cats/", "/cats/*.jpg"])
def test_a_server_that_does_not_answer_is_given_up(silent, monkeypatch, path, refusal):
    pytest.importorskip("aiohttp", reason="the extra http is not installed")
    monkeypatch.setattr(servers, "ANSWER_SECONDS", 1)
    assert "gave no answer in time" in refusal(f"{silent}{path}")


def test_a_server_that_cannot_be_reached_is_given_up(monkeypatch, refusal):
    pytest.importorskip("aiohttp", reason="the extra http is not installed")
    monkeypatch.setattr(servers, "ANSWER_SECONDS", 1)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # nobody accepts them, and the next one gets no answer at all
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        url = f"http://127.0.0.1:{server.getsockname()[1]}/1.jpg"
        assert "gave no answer in time" in refusal(url)


@pytest.mark.parametrize("address", ["zip://*::WEB/cats/2.jpg", "tar://*::http://[a/1.tar"])
def test_what_is_no_archive_or_no_address_is_one_sentence(web, address, refusal):
    assert refusal(address.replace("WEB", web))


def test_an_archive_on_a_server_that_sends_no_parts(web, monkeypatch, refusal):
    monkeypatch.setattr(Handler, "ranges", False)
    assert "its server sends no parts of it" in refusal(f"zip://**::{web}/large.zip")


def test_a_server_that_is_not_there(monkeypatch, refusal):
    pytest.importorskip("aiohttp", reason="the extra http is not installed")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    assert "cannot be reached" in refusal(f"{url}/1.jpg")
    assert "cannot be reached" in refusal(f"{url}/cats/")


def test_a_picture_that_is_too_large_is_refused(web, monkeypatch, refusal):
    monkeypatch.setattr("forensics.images.sources.local.MAX_FILE_BYTES", 1000)
    assert "MiB, the limit is" in refusal(f"{web}/cats/2.jpg")
    assert "MiB, the limit is" in refusal(f"{web}/unannounced.jpg")


# Archives on servers and, chained, on disk


@pytest.mark.parametrize(("kind", "file"), [("zip", "set.zip"), ("tar", "shard.tar")])
@pytest.mark.parametrize("pattern", ["a/*.jpg", "**", ""])
def test_an_archive_on_a_web_server_is_looked_into(web, kind, file, pattern):
    rest = f"::{web}/{file}"
    images = find_images(f"{kind}://{pattern}{rest}").images
    assert [image.name for image in images] == [f"{kind}://a/{n}.jpg{rest}" for n in (9, 10)]
    assert [image.read_bytes() for image in images] == [b"nine", PICTURE]
    assert found(f"{kind}://a/9.jpg{rest}") == [f"{kind}://a/9.jpg{rest}"]


@pytest.mark.parametrize("url", ["tar://*.jpg::WEB/cut.tar", "zip://*.jpg::WEB/cut.zip"])
def test_an_archive_cut_short_is_refused(web, url, refusal):
    assert "arrived in part" in refusal(url.replace("WEB", web))


def test_what_an_archive_does_not_hold_is_missing(web, refusal):
    assert "does not exist" in refusal(f"zip://none.jpg::{web}/set.zip")
    assert "does not exist" in refusal(f"zip://*.jpg::{web}/none.zip")


def test_a_member_that_is_too_large_is_refused(web, monkeypatch, refusal):
    monkeypatch.setattr("forensics.images.sources.archives.MAX_MEMBER_BYTES", 1000)
    assert "the limit in an archive" in refusal(f"zip://a/10.jpg::{web}/set.zip")


def test_an_archive_that_is_replaced_is_opened_anew(tmp_path):
    path = tmp_path / "set.zip"
    path.write_bytes(packed("zip"))
    (image,) = find_images(f"zip://a/9.jpg::{path}")
    assert image.read_bytes() == b"nine"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/9.jpg", b"another nine")
    assert image.read_bytes() == b"another nine"


# The rest


def test_what_nobody_has_seen_before_is_still_one_sentence():
    class OddError(Exception): ...

    assert failure_of(OddError("hush")) == (
        "cannot be read (OddError): check the address, or download it",
        False,
    )


def test_refusals_may_be_collected(web):
    said: list[tuple[str, str]] = []
    assert list(iter_url(f"{web}/empty/", refuse=lambda *one: said.append(one))) == []
    assert said == [(f"{web}/empty/", "matches no picture: check the spelling, or the pattern")]


def test_a_store_that_says_its_file_is_another_now():
    class FileExpired(OSError): ...

    reason, _ = failure_of(FileExpired(errno.EBUSY, "ETag"))
    assert reason.startswith("changed while it was read")
