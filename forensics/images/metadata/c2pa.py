"""Content Credentials (C2PA): who signed what about a file, read without the network.

That there are some is seen without any library; what they say and whether the
signature holds takes ``c2pa-python``, the extra ``c2pa``.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal

from forensics.images.metadata.fields import MetadataFields
from forensics.images.metadata.jpeg import is_manifest_store

__all__ = [
    "CredentialState",
    "Credentials",
    "MEANINGS",
    "SourceType",
    "mentioned_codes",
    "read_credentials",
    "source_type",
]

MEANINGS = {
    "trainedAlgorithmicMedia": "made by a trained algorithm",
    "compositeWithTrainedAlgorithmicMedia": "in part made by a trained algorithm",
    "trainedAlgorithmicData": "data made by a trained algorithm",
    "algorithmicMedia": "made by an algorithm that was not trained on pictures",
    "compositeSynthetic": "put together from parts of which some are synthetic",
    "dataDrivenMedia": "drawn from data by a program",
    "algorithmicallyEnhanced": "enhanced by an algorithm",
    "composite": "put together from several parts",
    "compositeCapture": "put together from several captures of the real world",
    "computationalCapture": "captured by a camera that computes a picture from several",
    "digitalCapture": "captured by a digital camera or another digital device",
    "digitalCreation": "made by a person with a computer",
    "humanEdits": "changed by a person with a computer",
    "minorHumanEdits": "changed a little by a person with a computer",
    "digitalArt": "made by a person with a computer",
    "softwareImage": "made with a computer",
    "virtualRecording": "recorded from a virtual scene",
    "screenCapture": "captured from a screen",
    "negativeFilm": "scanned from a negative",
    "positiveFilm": "scanned from a positive film",
    "print": "scanned from a print",
}
"""By the last part of the URI; the terms that the IPTC retired among them."""

# The longest first: one is the beginning of another.
_MENTIONED = re.compile(
    rb"digitalsourcetype/(" + "|".join(sorted(MEANINGS, key=len, reverse=True)).encode() + rb")",
)


@dataclass(frozen=True, slots=True)
class SourceType:
    """What a file says that it was made from, in the IPTC's vocabulary.

    The one standard statement on generative AI; whoever writes the file may
    choose it.

    Parameters
    ----------
    place : str
        "XMP", "Content Credentials", or "Content Credentials of an ingredient".
    value : str
        Value as it is written, mostly a URI.
    code : str
        The last part of it: "trainedAlgorithmicMedia".

    References
    ----------
    IPTC NewsCodes, Digital Source Type: http://cv.iptc.org/newscodes/digitalsourcetype/

    Examples
    --------
    >>> source_type("XMP", "http://cv.iptc.org/newscodes/digitalsourcetype/print").meaning
    'scanned from a print'
    """

    place: str
    value: str
    code: str

    @property
    def meaning(self) -> str:
        """The code in plain words, "" if the vocabulary does not have it."""
        return MEANINGS.get(self.code, "")


def source_type(place: str, value: str) -> SourceType:
    """Source type that a text of a file stands for.

    Parameters
    ----------
    place : str
        Where in the file the text stands.
    value : str
        A URI, a code with its scheme, or the code alone.

    Returns
    -------
    SourceType
        With the code as it is written, whether the vocabulary has it or not.

    Examples
    --------
    >>> source_type("XMP", "digsrctype:trainedAlgorithmicMedia").code
    'trainedAlgorithmicMedia'
    """
    value = value.strip()
    return SourceType(place, value, re.split(r"[/:#]", value.rstrip("/"))[-1])


def mentioned_codes(store: bytes | bytearray) -> tuple[str, ...]:
    """Codes of the vocabulary whose URIs stand in some bytes, each once.

    What a manifest says, where there is nothing at hand to read and check it with.

    Parameters
    ----------
    store : bytes or bytearray
        Bytes of a manifest store.

    Returns
    -------
    tuple of str
        In the order in which they first appear.

    Examples
    --------
    >>> mentioned_codes(b"..http://cv.iptc.org/newscodes/digitalsourcetype/printx..")
    ('print',)
    """
    found = dict.fromkeys(code.decode() for code in _MENTIONED.findall(bytes(store)))
    return tuple(found)


CredentialState = Literal["elsewhere", "not checked", "unreadable", "invalid", "valid", "trusted"]
"""How far the credentials were checked, and with what result."""

_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
}
_OFFLINE = {
    "version": 1,
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    # Identities may be kept under web addresses.
    "core": {"decode_identity_assertions": False, "allowed_network_hosts": []},
}
_IN_MANIFEST = "Content Credentials"
_IN_INGREDIENT = "Content Credentials of an ingredient"
_NO_TRUST_LIST = "signingCredential.untrusted"
"""Not held against a file: no list of trusted signers is consulted here."""
_STATES: dict[str, CredentialState] = {
    "Invalid": "invalid",
    "Valid": "valid",
    "Trusted": "trusted",
}
_MAX_LISTED = 8


@dataclass(frozen=True, slots=True)
class Credentials:
    """Content Credentials of a file: its C2PA manifests.

    The only statement on an origin that is bound to the pixels by a signature;
    still only as good as its signer.

    Parameters
    ----------
    state : CredentialState
        "elsewhere": not in the file, which points to them; "not checked": there, but
        ``c2pa-python`` is not installed; "unreadable"; "invalid": the file or the manifest was
        changed after signing; "valid": they fit the file; "trusted": and the signer is on a trust
        list.
    n_bytes : int
        Length of the manifest store in bytes.
    generator : str
        The program that made the claim; "" where not read.
    agents : tuple of str
        Programs or models that the actions on the picture name.
    issuer : str
        Name that the certificate is issued to; "" where not read.
    signed_at : str
        Time that a time stamp service states; "" if none does.
    source_types : tuple of SourceType
        Source types of the actions in the manifests; where not checked, those mentioned anywhere in
        them.
    problems : tuple of str
        C2PA's codes of what failed.

    References
    ----------
    C2PA Technical Specification 2.1, sections 11 (embedding) and 15 (validation).

    Examples
    --------
    >>> Credentials("not checked", 3088, "", (), "", "", (), ()).state
    'not checked'
    """

    state: CredentialState
    n_bytes: int
    generator: str
    agents: tuple[str, ...]
    issuer: str
    signed_at: str
    source_types: tuple[SourceType, ...]
    problems: tuple[str, ...]


def read_credentials(data: bytes, found: MetadataFields) -> Credentials | None:
    """Content Credentials of a file, checked if ``c2pa-python`` is installed.

    Never on the network: neither manifests nor the state of certificates are fetched.

    Parameters
    ----------
    data : bytes
        The whole file.
    found : MetadataFields
        What was read of the file so far.

    Returns
    -------
    Credentials or None
        None where the file has none and points to none.

    Examples
    --------
    >>> read_credentials(b"", MetadataFields("PNG")) is None
    True
    """
    store = bytes(found.credentials)
    if not is_manifest_store(store):
        return _bare("elsewhere", b"") if found.credentials_elsewhere else None
    library = _library()
    if library is None:
        return _bare("not checked", store)
    try:
        context = library.Context.from_dict(_OFFLINE)
        reader = library.Reader(_TYPES[found.container], io.BytesIO(data), context=context)
        with reader:
            told = json.loads(reader.json())
    except (library.C2paError, ValueError, TypeError, OSError, RuntimeError):
        return _bare("unreadable", store)
    return _told(told, len(store)) if isinstance(told, dict) else _bare("unreadable", store)


@cache
def _library() -> Any | None:
    try:
        library = import_module("c2pa")
    except (ImportError, OSError, RuntimeError):
        return None
    # Another package has this name, too; and early ones could not be kept off the network.
    return library if hasattr(library, "Context") and hasattr(library, "Reader") else None


def _bare(state: CredentialState, store: bytes) -> Credentials:
    mentioned = tuple(source_type(_IN_MANIFEST, code) for code in mentioned_codes(store))
    return Credentials(state, len(store), "", (), "", "", mentioned, ())


def _told(told: dict[str, Any], n_bytes: int) -> Credentials:
    manifests = _dict(told.get("manifests"))
    active = str(told.get("active_manifest", ""))
    manifest = _dict(manifests.get(active))
    signature = _dict(manifest.get("signature_info"))
    types = dict.fromkeys(
        source_type(_IN_MANIFEST if label == active else _IN_INGREDIENT, value)
        for label in (active, *(label for label in manifests if label != active))
        for value in _told_by_actions(_dict(manifests.get(label)), "digitalSourceType")
    )
    codes = [str(_dict(status).get("code", "")) for status in _list(told.get("validation_status"))]
    return Credentials(
        state=_STATES.get(str(told.get("validation_state")), "unreadable"),
        n_bytes=n_bytes,
        generator=_generator(manifest),
        agents=tuple(dict.fromkeys(_told_by_actions(manifest, "softwareAgent")))[:_MAX_LISTED],
        issuer=str(signature.get("issuer") or signature.get("common_name") or ""),
        signed_at=str(signature.get("time") or ""),
        source_types=tuple(types)[:_MAX_LISTED],
        problems=tuple(dict.fromkeys(code for code in codes if code and code != _NO_TRUST_LIST))[
            :_MAX_LISTED
        ],
    )


def _generator(manifest: dict[str, Any]) -> str:
    for info in map(_dict, _list(manifest.get("claim_generator_info"))):
        if name := str(info.get("name") or ""):
            return f"{name} {info.get('version') or ''}".strip()
    return str(manifest.get("claim_generator") or "")


def _told_by_actions(manifest: dict[str, Any], key: str) -> list[str]:
    told = [
        action.get(key)
        for assertion in map(_dict, _list(manifest.get("assertions")))
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in map(_dict, _list(_dict(assertion.get("data")).get("actions")))
    ]
    # An agent was a text once, and has a name and a version since.
    values = [one.get("name") if isinstance(one, dict) else one for one in told]
    return [str(value) for value in values if value]


# A manifest is made by whoever signs it: no value in it has to be of the expected kind.
def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
