from __future__ import annotations

import importlib.util
import io
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from forensics.images.metadata import c2pa as module
from forensics.images.metadata import provenance
from forensics.images.metadata.c2pa import read_credentials
from forensics.images.metadata.containers import read_container
from forensics.views.results.provenance import provenance_sentences

BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TYPES = {
    "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp",
    "AVIF": "image/avif", "TIFF": "image/tiff", "GIF": "image/gif",
}  # fmt: skip

needs_c2pa = pytest.mark.skipif(
    importlib.util.find_spec("c2pa") is None or importlib.util.find_spec("cryptography") is None,
    reason="c2pa-python is not installed: the extra c2pa",
)


@pytest.fixture
def without_library(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(module, "_library", lambda: None)
    yield


def manifest(code: str = "trainedAlgorithmicMedia") -> dict:
    action = {
        "action": "c2pa.created",
        "digitalSourceType": BASE + code,
        "softwareAgent": {"name": "Test Model"},
    }
    return {
        "claim_generator_info": [{"name": "Test Generator", "version": "1.0"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }


@pytest.fixture(scope="module")
def signer():
    """Signs as "Test Maker", with a certificate made for it here."""
    import c2pa
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def name(text: str) -> x509.Name:
        kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        return x509.Name([x509.NameAttribute(kind, text) for kind in kinds])

    def certificate(subject, key, issuer, issuer_key, *, authority: bool) -> x509.Certificate:
        usage = {
            "digital_signature": not authority, "key_cert_sign": authority, "crl_sign": authority,
            "content_commitment": False, "key_encipherment": False, "data_encipherment": False,
            "key_agreement": False, "encipher_only": False, "decipher_only": False,
        }  # fmt: skip
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2024, 1, 1))
            .not_valid_after(datetime(2100, 1, 1))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
                critical=False,
            )
        )
        if not authority:
            extended = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(extended, critical=True)
        return builder.sign(issuer_key, hashes.SHA256())

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = (
        certificate("Test Maker", key, "Test Root", root_key, authority=False),
        certificate("Test Root", root_key, "Test Root", root_key, authority=True),
    )
    pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    def sign(data: bytes, kind: str, told: dict, *, address: str = "") -> bytes:
        info = c2pa.C2paSignerInfo(b"es256", pem, secret, None)
        builder = c2pa.Builder(json.dumps(told))
        if address:
            builder.set_no_embed()
            builder.set_remote_url(address)
        out = io.BytesIO()
        builder.sign(c2pa.Signer.from_info(info), TYPES[kind], io.BytesIO(data), out)
        return out.getvalue()

    return sign


def test_a_file_without_credentials(make):
    for kind in TYPES:
        data = make.saved(kind)
        assert read_credentials(data, read_container(data)) is None


def test_a_store_is_seen_without_a_library(make, without_library):
    store = make.store((BASE + "trainedAlgorithmicMedia").encode())
    data = make.png(make.chunk(b"caBX", store))
    read = provenance(data, "a")
    assert (read.credentials.state, read.credentials.n_bytes) == ("not checked", len(store))
    assert [one.code for one in read.credentials.source_types] == ["trainedAlgorithmicMedia"]
    assert provenance_sentences(read) == (
        "The file carries Content Credentials (C2PA), which were not checked: install "
        "catforensics[c2pa] to read who signed them.",
        "They mention a source type (digitalSourceType trainedAlgorithmicMedia).",
    )


def test_other_boxes_are_no_credentials(make):
    assert provenance(make.png(make.chunk(b"caBX", b"nothing")), "a").credentials is None


def test_credentials_elsewhere_are_not_fetched(make):
    data = make.saved("JPEG", xmp=make.xmp('dcterms:provenance="https://example.org/m.c2pa"'))
    assert provenance(data, "a").credentials.state == "elsewhere"


class FakeLibrary:
    """A library whose manifest says whatever the test wants."""

    class C2paError(Exception):
        pass

    def __init__(self, told: object) -> None:
        self.told = told
        self.Context = self
        self.settings: object = None

    def from_dict(self, settings: object) -> object:
        self.settings = settings
        return settings

    def Reader(self, kind: str, stream: io.BytesIO, *, context: object):
        if isinstance(self.told, Exception):
            raise self.told
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def json(self) -> str:
        return self.told if isinstance(self.told, str) else json.dumps(self.told)


@pytest.mark.parametrize(
    "told",
    [
        "no json", "[]", "null", 3, {}, {"manifests": []}, {"manifests": {"a": 3}},
        {"active_manifest": ["x"], "manifests": {"a": {"assertions": [3, {"data": 4}]}}},
        {"active_manifest": "a", "manifests": {"a": {"signature_info": 3,
         "claim_generator_info": "x", "assertions": "y"}}, "validation_status": [1, {"code": 2}]},
        FakeLibrary.C2paError("x"), OSError("x"), RuntimeError("x"),
    ],
)  # fmt: skip
def test_whatever_a_manifest_holds_is_no_error(make, monkeypatch, told):
    monkeypatch.setattr(module, "_library", lambda: FakeLibrary(told))
    read = provenance(make.png(make.chunk(b"caBX", make.store())), "a")
    assert read.credentials.state == "unreadable"
    assert all(sentence.isprintable() for sentence in provenance_sentences(read))


def test_the_library_is_kept_off_the_network(make, monkeypatch):
    library = FakeLibrary({})
    monkeypatch.setattr(module, "_library", lambda: library)
    provenance(make.png(make.chunk(b"caBX", make.store())), "a")
    assert library.settings["verify"] == {"remote_manifest_fetch": False, "ocsp_fetch": False}
    assert library.settings["core"]["allowed_network_hosts"] == []


def test_an_ingredient_is_told_apart(make, monkeypatch):
    def with_type(code: str) -> dict:
        return {**manifest(code), "signature_info": {"issuer": "a\x1bmaker", "time": "2026"}}

    told = {
        "active_manifest": "b",
        "manifests": {"a": with_type("trainedAlgorithmicMedia"), "b": with_type("composite")},
        "validation_state": "Trusted",
    }
    monkeypatch.setattr(module, "_library", lambda: FakeLibrary(told))
    read = provenance(make.png(make.chunk(b"caBX", make.store())), "a")
    assert [(one.place, one.code) for one in read.credentials.source_types] == [
        ("Content Credentials", "composite"),
        ("Content Credentials of an ingredient", "trainedAlgorithmicMedia"),
    ]
    assert read.credentials.issuer.isprintable()
    assert read.credentials.agents == ("Test Model",)
    assert provenance_sentences(read)[2:] == (
        "The actions on the picture that they list name Test Model.",
        "They say that the picture was put together from several parts (digitalSourceType "
        "composite).",
        "They say that an ingredient of the picture was made by a trained algorithm "
        "(digitalSourceType trainedAlgorithmicMedia).",
    )


@needs_c2pa
@pytest.mark.parametrize("kind", TYPES)
def test_signed_files_of_every_kind(make, signer, kind):
    data = signer(make.saved(kind), kind, manifest())
    read = provenance(data, "a").credentials
    assert (read.state, read.generator, read.issuer) == (
        "valid",
        "Test Generator 1.0",
        "Test Maker",
    )
    assert [one.code for one in read.source_types] == ["trainedAlgorithmicMedia"]
    assert (read.agents, read.problems) == (("Test Model",), ())
    assert provenance(data, "a").appended == ()


@needs_c2pa
@pytest.mark.parametrize("kind", TYPES)
def test_signed_files_are_seen_without_the_library(make, signer, without_library, kind):
    data = signer(make.saved(kind), kind, manifest("compositeWithTrainedAlgorithmicMedia"))
    read = provenance(data, "a").credentials
    assert read.state == "not checked"
    assert [one.code for one in read.source_types] == ["compositeWithTrainedAlgorithmicMedia"]


@needs_c2pa
def test_a_file_changed_after_signing(make, signer):
    data = bytearray(signer(make.saved("PNG"), "PNG", manifest()))
    data[-40] ^= 1
    read = provenance(bytes(data), "a")
    assert (read.credentials.state, read.credentials.problems) == (
        "invalid",
        ("assertion.dataHash.mismatch",),
    )
    assert "do not fit it" in provenance_sentences(read)[0]


@needs_c2pa
def test_a_damaged_store(make, signer):
    data = signer(make.saved("PNG"), "PNG", manifest())
    forged = data.replace(b"Test Generator", b"Fake Generator")
    read = provenance(forged, "a").credentials
    assert (read.state, read.generator) == ("invalid", "Fake Generator 1.0")
    at = data.index(b"c2pa.claim") - 60
    broken = data[:at] + bytes(60) + data[at + 60 :]
    assert provenance(broken, "a").credentials.state == "unreadable"


@needs_c2pa
def test_nothing_is_fetched(make, signer):
    import c2pa

    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/manifest.c2pa"
        data = signer(make.saved("JPEG"), "JPEG", manifest(), address=address)
        assert provenance(data, "a").credentials.state == "elsewhere"
        # Even if the library were asked.
        context = c2pa.Context.from_dict(module._OFFLINE)
        with pytest.raises(c2pa.C2paError):
            c2pa.Reader("image/jpeg", io.BytesIO(data), context=context)
        server.shutdown()
    assert asked == []
