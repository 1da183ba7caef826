"""Pictures in object stores: found, read, refused in one sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from waiting import MINUTES

from forensics.images.sources import remote as servers
from forensics.images.sources.find import find_images

PICTURE = bytes(range(256)) * 40


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"a/10.jpg": PICTURE, "a/9.jpg": b"nine", "a/9.cls": b"3"}.items():
            archive.writestr(name, data)
    return file.getvalue()


def found(*args, **kwargs) -> list[str]:
    return [image.name for image in find_images(*args, **kwargs)]


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    pytest.importorskip("s3fs", reason="the extra s3 is not installed")
    moto = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server, monkeypatch, tmp_path) -> Iterator[str]:
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    forget()
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="sets")
    for key, data in {
        "cats/img10.jpg": b"ten",
        "cats/img2.jpg": PICTURE,
        "cats/a/1.png": b"one",
        "cats/.x/1.jpg": b"",
        "cats/notes.txt": b"",
        "set.zip": zipped(),
    }.items():
        s3.put_object(Bucket="sets", Key=key, Body=data)
    yield "s3://sets"
    s3.close()
    forget()


def forget() -> None:
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()


def test_a_folder_in_a_bucket_is_searched(bucket):
    listed = [f"{bucket}/cats/{name}" for name in ("a/1.png", "img2.jpg", "img10.jpg")]
    images = find_images(f"{bucket}/cats/").images
    assert [image.name for image in images] == found(f"{bucket}/cats") == listed
    assert [image.read_bytes() for image in images] == [b"one", PICTURE, b"ten"]


def test_a_pattern_in_a_bucket(bucket):
    assert found(f"{bucket}/cats/*.jpg") == [f"{bucket}/cats/img{n}.jpg" for n in (2, 10)]
    assert found([f"{bucket}/cats/*.jpg", f"{bucket}/cats/img2.jpg"])[1:] == [
        f"{bucket}/cats/img10.jpg"
    ]


def test_a_zip_in_a_bucket(bucket):
    images = find_images(f"zip://**::{bucket}/set.zip").images
    assert [image.read_bytes() for image in images] == [b"nine", PICTURE]


@pytest.mark.parametrize("path", ["/none.jpg", "/none/", "-none/1.jpg", "-none/", "/none/*.jpg"])
def test_what_is_not_in_a_bucket(bucket, path, refusal):
    said = refusal(f"{bucket}{path}")
    assert "does not exist" in said or "matches no picture" in said


def test_an_object_that_is_replaced_meanwhile(bucket, monkeypatch, refusal):
    import boto3

    read = servers._content

    def slowly(*args):
        data = read(*args)
        boto3.client("s3").put_object(Bucket="sets", Key="cats/img2.jpg", Body=b"other")
        return data

    monkeypatch.setattr(servers, "_content", slowly)
    assert "changed while it was read" in refusal(f"{bucket}/cats/img2.jpg")


@pytest.mark.parametrize("path", ["/cats/img2.jpg", "/cats/", "/cats/*.jpg"])
def test_wrong_credentials_are_one_sentence(bucket, s3_server, path, refusal):
    import requests

    requests.post(f"{s3_server}/moto-api/reset-auth", data=b"0", timeout=MINUTES)
    try:
        assert "refuses these credentials" in refusal(f"{bucket}{path}")
    finally:
        requests.post(f"{s3_server}/moto-api/reset-auth", data=b"Infinity", timeout=MINUTES)


def test_no_credentials_are_one_sentence(bucket, monkeypatch, refusal):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    forget()
    said = refusal(f"{bucket}/cats/")
    assert "no credentials were found" in said and "FSSPEC_S3_ANON=true" in said


def test_who_reads_as_nobody_is_not_told_of_credentials(bucket, s3_server, monkeypatch, refusal):
    import fsspec
    import requests

    monkeypatch.setitem(fsspec.config.conf, "s3", {"anon": "true"})
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    forget()
    assert found(f"{bucket}/cats/*.jpg")  # a public bucket
    forget()
    requests.post(f"{s3_server}/moto-api/reset-auth", data=b"0", timeout=MINUTES)
    try:
        said = refusal(f"{bucket}/cats/img2.jpg")
        assert "does not give it to everybody" in said and "these credentials" not in said
    finally:
        requests.post(f"{s3_server}/moto-api/reset-auth", data=b"Infinity", timeout=MINUTES)


def test_an_object_store_that_is_not_there(bucket, monkeypatch, refusal):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    forget()
    for path in ("/cats/img2.jpg", "/cats/"):
        assert "cannot be reached" in refusal(f"{bucket}{path}")


def test_an_object_store_that_does_not_answer(bucket, silent, monkeypatch, refusal):
    monkeypatch.setattr(servers, "ANSWER_SECONDS", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent)
    forget()
    for path in ("/cats/img2.jpg", "/cats/"):
        assert "gave no answer in time" in refusal(f"{bucket}{path}")
