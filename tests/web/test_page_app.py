"""What the page answers is what commands print, and what it refuses it says in a sentence."""

from __future__ import annotations

import io
import json
import struct
import threading
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow
from waiting import MINUTES, until

from forensics.web import answers
from forensics.web.limits import Limits


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def bomb(side: int) -> bytes:
    """A PNG that says it is large, and is not even there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@pytest.fixture
def sets(picture_folder) -> dict[str, bytes]:
    folders = {"a": picture_folder(3, "gan"), "b": picture_folder(4, "real")}
    return {
        f"{key}/{path.name}": path.read_bytes()
        for key, folder in folders.items()
        for path in sorted(folder.iterdir())
    }


def test_inspect_answers_what_the_command_prints(
    client, catforensics, banded, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.png").write_bytes(banded)
    answer = client().post("/api/inspect", params={"name": "one.png"}, content=banded)
    assert answer.status_code == 200
    assert answer.json() == json.loads(catforensics("inspect", "--json", "one.png").out)
    assert answer.json()["verdict"] == "generator trace"


def test_with_a_view_it_says_what_to_draw(client, banded):
    plain = client().post("/api/inspect", content=banded).json()
    answer = client().post("/api/inspect", params={"view": True}, content=banded).json()
    view = answer.pop("view")
    assert answer == plain
    lines = view["lines"]["luma"]["second"]["rows"]
    assert len(lines["values"]) == 254
    profile = next(one for one in plain["periods"] if one["profile"] == "second")
    assert max(one for one in lines["ratios"] if one is not None) == pytest.approx(
        profile["ratio"], rel=1e-3
    )
    assert {"2"} <= {band["label"] for band in view["bands"] if "generator" in band["causes"]}
    assert view["distance"]["image"].startswith("data:image/png;base64,")
    assert view["picture"] is None


def test_a_map_is_made_and_drawn_when_it_is_asked_for(client, cat):
    halves = []
    for quality in (60, 90):
        file = io.BytesIO()
        Pillow.fromarray(cat).save(file, "JPEG", quality=quality)
        halves.append(np.asarray(Pillow.open(file)))
    both = png(np.concatenate([halves[0][:, :224], halves[1][:, 224:]], axis=1))
    plain, mapped = (
        client().post("/api/inspect", params={"view": True, **more}, content=both).json()
        for more in ({}, {"map": True})
    )
    assert plain["map"] is None and plain["view"]["maps"] == []
    (region,) = mapped["map"]["regions"]
    assert region["sentence"] in mapped["explanation"]
    judged = [one["layer"] for one in mapped["map"]["layers"] if one["judged"]]
    assert [one["layer"] for one in mapped["view"]["maps"]] == judged and "JPEG grid" in judged
    assert all(one["image"].startswith("data:image/") for one in mapped["view"]["maps"])
    report = client().post("/api/report", params={"map": True}, content=both).text
    assert "Traces by place" in report


def test_what_browsers_cannot_show_comes_as_a_picture_they_can(client, cat):
    file = io.BytesIO()
    Pillow.fromarray(cat).save(file, "TIFF")
    answer = client().post("/api/inspect", params={"view": True}, content=file.getvalue())
    assert answer.json()["view"]["picture"].startswith("data:image/")


@pytest.mark.slow
def test_report_and_figure_are_files_to_keep(client, banded):
    asked = client()
    report = asked.post("/api/report", params={"name": "<b>.png"}, content=banded)
    assert report.headers["content-type"] == "text/html; charset=utf-8"
    assert report.headers["content-disposition"] == "attachment"
    assert report.text.startswith("<!doctype html>")
    assert "&lt;b&gt;.png" in report.text
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        assert asked.post("/api/figure", params={"kind": kind}, content=banded).content.startswith(
            start
        )


def test_compare_answers_what_the_command_prints(client, catforensics, sets, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = client().post("/api/compare", params={"a": "gan", "b": "real"}, content=packed(sets))
    assert answer.status_code == 200
    printed = catforensics("compare", "--json", "gan", "real")
    assert answer.json() == json.loads(printed.out)


@pytest.mark.slow
def test_two_sets_have_a_report(client, sets):
    names = {"a": "<gan>", "b": "real"}
    report = client().post("/api/compare/report", params=names, content=packed(sets))
    assert report.status_code == 200
    assert "Report on &lt;gan&gt; against real" in report.text
    assert "What besides the pictures tells them apart" in report.text


def test_sets_may_be_archives_in_the_archive(client, sets):
    inner = {
        f"{key}.zip": packed({name[2:]: data for name, data in sets.items() if name[0] == key})
        for key in "ab"
    }
    folders, zips = (
        client().post("/api/compare", params={"view": True}, content=packed(files)).json()
        for files in (sets, inner)
    )
    assert folders == zips
    assert folders["view"]["a"]["n_images"] == 3
    assert folders["view"]["b"]["lines"].keys() == {"luma", "red", "green", "blue"}


def test_sets_of_several_sizes_may_be_cropped(client, noise, sets):
    sets["a/other.png"] = noise
    body = packed(sets)
    refused = client().post("/api/compare", content=body)
    assert refused.json()["a"]["n_skipped"] == 1 or refused.status_code == 422
    answer = client().post("/api/compare", params={"size": 80}, content=body).json()
    assert answer["a"]["shape"] == [80, 80, 3]
    assert answer["a"]["n_images"] == 4


def test_the_known_sets_need_no_picture(client):
    answer = client().get("/api/examples/sets").json()
    assert (answer["a"]["n_images"], answer["b"]["n_images"]) == (420, 840)
    assert answer["view"]["a"]["finding"].startswith("Bands every 2")
    photograph = client().get("/api/examples/photograph")
    assert photograph.content.startswith(b"\x89PNG")
    traced = client().get("/api/examples/traced").content
    answer = client().post("/api/inspect", content=traced).json()
    assert answer["verdict"] == "generator trace"
    known = client().get("/api/known").json()
    assert len(known["afhq"]["spectra"]["signed"]["rows"]) == 3


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def heic() -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heif is not installed")
    file = io.BytesIO()
    pillow_heif.from_pillow(Pillow.new("RGB", (80, 80), "red")).save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: b"hello, I am a text file", "is no picture, it begins with 'hello"),
        (cut, "is a damaged PNG (cut off, missing"),
        (lambda _: bomb(20_000), "400 megapixels; the limit is 50: use the command line"),
        (lambda _: bomb(60_000), "pixels"),
        (lambda _: heic(), "is not read here unless that was switched on"),
        (lambda _: png(np.zeros((20, 20, 3), np.uint8)), "66"),
        (lambda _: b"%PDF-1.7", "is no picture"),
        (lambda _: b"\0" * 100, "is no picture"),
    ],
)
@pytest.mark.parametrize("path", ["/api/inspect", "/api/report", "/api/figure"])
def test_what_cannot_be_measured_is_said_in_a_sentence(client, banded, path, make, said):
    answer = client().post(path, params={"name": "x.png"}, content=make(banded))
    assert answer.status_code == 422
    assert answer.json().keys() == {"error"}
    assert said in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_an_empty_upload(client):
    for path in ("/api/inspect", "/api/compare"):
        answer = client().post(path, content=b"")
        assert answer.status_code == 400
        assert "is empty" in answer.json()["error"]


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(client):
    asked = client(Limits(picture_bytes=1000, sets_bytes=2000))
    for path, size in (("/api/inspect", 1001), ("/api/compare", 2001)):
        answer = asked.post(path, content=b"x" * size)
        assert answer.status_code == 413
        assert "the page takes at most" in answer.json()["error"]
        chunks = asked.post(path, content=(b"x" * 100 for _ in range(size // 100 + 1)))
        assert chunks.status_code == 413


def test_pixels_and_pictures_are_limited(client, noise, sets):
    assert (
        "the limit is 0.009: use the command line"
        in client(Limits(pixels=9_000)).post("/api/inspect", content=noise).json()["error"]
    )
    answer = client(Limits(set_pictures=3)).post("/api/compare", content=packed(sets))
    assert answer.status_code == 413
    assert "has 4 pictures, the page takes at most 3" in answer.json()["error"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"c/1.png": b""}, "neither a.zip nor a folder a"),
        ({"a/1.png": b"", "b/1.txt": b""}, "no picture"),
        ({"a.zip": b"no zip", "b/1.png": b""}, "is damaged"),
        ({"a/../../1.png": b"x", "b/1.png": b"x"}, "leads out of the archive"),
        ({"a/1.png": b"no picture", "b/1.png": b"no picture"}, "no picture"),
    ],
)
def test_sets_that_are_none(client, files, said):
    answer = client().post("/api/compare", content=packed(files))
    assert answer.status_code == 422
    assert said in answer.json()["error"]


def test_an_archive_that_is_none(client):
    answer = client().post("/api/compare", content=b"PK\x03\x04 but no more")
    assert answer.status_code == 422
    assert "is damaged" in answer.json()["error"]


def test_what_is_not_answered_is_said(client):
    asked = client()
    assert asked.get("/api/inspect").status_code == 405
    for path in ("/nothing", "/static/../app.py", "/static/%2e%2e%2fapp.py", "/static/app.py"):
        answer = asked.get(path)
        assert answer.status_code == 404
        assert "is not answered here" in answer.json()["error"]
    answer = asked.post("/api/compare?size=x", content=b"x")
    assert answer.status_code == 400
    assert "size" in answer.json()["error"]
    assert asked.post("/api/inspect", params={"name": "x" * 1001}, content=b"x").status_code == 400


def test_what_takes_too_long_is_given_up_and_keeps_its_place_until_it_ends(
    client, noise, monkeypatch
):
    ended = threading.Event()

    def slow(*_: object, **__: object) -> dict[str, object]:
        ended.wait(MINUTES)
        return {}

    with monkeypatch.context() as patched:
        patched.setattr(answers, "inspect_answer", slow)
        asked = client(Limits(seconds=0.2, working=1, waiting=0))
        late = asked.post("/api/inspect", content=noise)
        assert late.status_code == 422
        assert "longer than 0.2 seconds" in late.json()["error"]
        assert asked.get("/api/health").json()["working"] == 1
        full = asked.post("/api/inspect", content=noise)
        assert full.status_code == 429
        assert full.headers["retry-after"] == "2"
        ended.set()
        until(lambda: asked.get("/api/health").json()["working"] == 0)


def test_the_description_has_every_operation_and_needs_the_token(client):
    described = client(token="").get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert set(described["paths"]) == {
        "/api/health",
        "/api/inspect",
        "/api/report",
        "/api/figure",
        "/api/compare",
        "/api/compare/report",
    }
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["summary"] or operation["description"]
            if path != "/api/health":
                assert operation["requestBody"]["required"]
    assert {"token", "address"} == set(described["components"]["securitySchemes"])


def test_heic_is_read_where_it_was_switched_on(client):
    answer = client(Limits(heif=True)).post("/api/inspect", content=heic())
    assert answer.status_code == 200
    assert answer.json()["file"]["format"] == "HEIF"


def test_a_heic_in_a_set_is_left_out_unless_it_was_switched_on(client):
    sets = {f"{key}/{n}.heic": heic() for key in "ab" for n in range(2)}
    refused = client().post("/api/compare", content=packed(sets))
    assert refused.status_code == 422 and "serve --heif" in refused.json()["error"]
    assert client(Limits(heif=True)).post("/api/compare", content=packed(sets)).status_code == 200
