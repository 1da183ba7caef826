"""What a file says about its origin, as sentences to be quoted and as JSON.

Every sentence says who says so: the file, never this program. And the last
one says what that is worth.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics._records import TypedDict
from forensics.counting import counted
from forensics.images.metadata.c2pa import Credentials, CredentialState, SourceType
from forensics.images.metadata.provenance import Provenance
from forensics.images.metadata.thumbnail import ThumbnailFinding

__all__ = [
    "ProvenanceFacts",
    "provenance_facts",
    "provenance_sentences",
]


class SourceTypeFacts(TypedDict):
    """An IPTC digital source type."""

    place: str
    value: str
    code: str


class GeneratorFacts(TypedDict):
    """A text that points to a generator."""

    maker: str
    place: str
    key: str
    text: str


class CredentialFacts(TypedDict):
    """Content Credentials (C2PA)."""

    state: CredentialState
    n_bytes: int
    generator: str | None
    agents: list[str]
    issuer: str | None
    signed_at: str | None
    source_types: list[SourceTypeFacts]
    problems: list[str]


class CameraFacts(TypedDict):
    """The camera that a file names."""

    make: str
    model: str
    lens: str


class AppendedFacts(TypedDict):
    """What follows the end of the picture."""

    begins_like: str
    n_bytes: int


class ThumbnailFacts(TypedDict):
    """The embedded thumbnail, and whether it shows the picture."""

    rows: int
    columns: int
    correlation: float | None
    finding: ThumbnailFinding


class ProvenanceFacts(TypedDict):
    """What the file says about its origin; nothing of it is in the score."""

    digital_source_types: list[SourceTypeFacts]
    generators: list[GeneratorFacts]
    content_credentials: CredentialFacts | None
    camera: CameraFacts | None
    software: list[str]
    date_taken: str | None
    platform: str | None
    location: bool
    appended: list[AppendedFacts]
    listed_pictures: int
    thumbnail: ThumbnailFacts | None
    unreadable: list[str]
    statements: list[str]


_SAYS_NOTHING = (
    "The file says nothing about its origin: that proves nothing, most platforms remove such data."
)
_NOT_ALL_WAS_READ = (
    "What could be read of the file says nothing about its origin: that proves nothing."
)
_NAMES_NONE = (
    "The file does not say that a generator made it: that proves nothing, such data is easily "
    "removed."
)
_IS_TEXT = "Such entries are text that anybody can write, copy or remove: a lead, not a proof."

_THUMBNAILS = {
    "uncropped": "shows more than the picture does: the picture was cropped after the thumbnail "
    "was made",
    "changed": "differs from the picture in part: one of them was changed after the other was made",
    "another": "shows another picture: the picture was replaced, or changed beyond likeness, after "
    "the thumbnail was made",
}
_STATES = {
    "elsewhere": "The file points to Content Credentials (C2PA) on the network, which were not "
    "fetched",
    "not checked": "The file carries Content Credentials (C2PA), which were not checked: install "
    "catforensics[c2pa] to read who signed them",
    "unreadable": "The file carries Content Credentials (C2PA) that cannot be read",
    "invalid": "The file carries Content Credentials (C2PA) that do not fit it: it, or they, were "
    "changed after signing",
    "valid": "The file carries Content Credentials (C2PA) that fit it; whether their signer can be "
    "trusted was not checked",
    "trusted": "The file carries Content Credentials (C2PA) that fit it, by a trusted signer",
}


def provenance_sentences(read: Provenance) -> tuple[str, ...]:
    """Sentences on what a file says about its origin, for people who quote.

    Parameters
    ----------
    read : Provenance
        What the file says about its origin, from `provenance`.

    Returns
    -------
    tuple of str
        At least one: a file that says nothing is said to, and that this proves nothing.

    Examples
    --------
    >>> from forensics.images.metadata.provenance import provenance
    >>> print(provenance_sentences(provenance(b"BM", "empty.bmp"))[0])
    The file says nothing about its origin: that proves nothing, most platforms remove such data.
    """
    sentences = (
        *_on_source_types(read),
        *_on_credentials(read.credentials),
        *_on_generators(read),
        *_on_device(read),
        *_on_hidden(read),
    )
    silent = _NOT_ALL_WAS_READ if read.unreadable else _SAYS_NOTHING
    worth = _worth(read) if sentences else silent
    return (*sentences, *read.unreadable, *([worth] if worth else []))


def _worth(read: Provenance) -> str:
    if read.source_types or read.generators:
        return _IS_TEXT
    if read.credentials is None:
        return _NAMES_NONE
    # Of credentials the sentence on them has said it.
    return ""


def _on_source_types(read: Provenance) -> Iterator[str]:
    for one in read.source_types:
        says = f"says it was {one.meaning}" if one.meaning else "has a source type of no known list"
        yield f"The file's {one.place} data {says} (DigitalSourceType {one.code})."


def _on_credentials(read: Credentials | None) -> Iterator[str]:
    if read is None:
        return
    problems = f" ({', '.join(read.problems)})" if read.problems else ""
    yield f"{_STATES[read.state]}{problems}."
    if read.generator or read.issuer:
        maker = f"made with {read.generator}" if read.generator else "made"
        signer = f" and signed in the name of {read.issuer}" if read.issuer else ""
        when = f" ({read.signed_at})" if read.signed_at else ""
        yield f"They say they were {maker}{signer}{when}."
    if read.agents:
        yield f"The actions on the picture that they list name {', '.join(read.agents)}."
    verb = "say" if read.state in ("valid", "trusted") else "mention"
    for one in read.source_types:
        what = "an ingredient of the picture" if "ingredient" in one.place else "the picture"
        meaning = f"that {what} was {one.meaning}" if one.meaning else "a source type"
        if verb == "mention":
            meaning = "a source type"
        yield f"They {verb} {meaning} (digitalSourceType {one.code})."


def _on_generators(read: Provenance) -> Iterator[str]:
    for text in read.generators:
        yield f"Its {text.place} entry {text.key!r} points to {text.maker}: {_quoted(text.text)}."


def _on_device(read: Provenance) -> Iterator[str]:
    if read.camera:
        # Some makers repeat their name in the model's.
        make, model, lens = read.camera.make, read.camera.model, read.camera.lens
        camera = model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()
        with_lens = f" with the lens {lens}" if lens else ""
        yield f"The file names a camera: {camera}{with_lens}; such entries can be copied or forged."
    if read.software:
        yield f"The file names software: {', '.join(read.software)}."
    if read.date_taken:
        yield f"The file says it was taken at {read.date_taken}."
    if read.location:
        yield "The file records a place, which is not read or shown here."
    if read.platform:
        yield f"The file bears a mark of {read.platform}: it most likely went through there."


def _on_hidden(read: Provenance) -> Iterator[str]:
    if read.thumbnail and read.thumbnail.finding in _THUMBNAILS:
        yield f"The embedded thumbnail {_THUMBNAILS[read.thumbnail.finding]}."
    if read.listed_pictures > 1:
        yield f"By its own index the file holds {read.listed_pictures} pictures; one is measured."
    if read.appended:
        total = sum(piece.n_bytes for piece in read.appended)
        kinds = ", ".join(dict.fromkeys(piece.begins_like for piece in read.appended))
        yield f"{counted(total, 'byte follows', 'bytes follow')} the end of the picture: {kinds}."


def _quoted(text: str) -> str:
    # What had to be escaped has its quotes already.
    return text if text.startswith(("'", '"')) else f"“{text}”"


def provenance_facts(read: Provenance) -> ProvenanceFacts:
    """The ``provenance`` object of the JSON that commands print.

    Parameters
    ----------
    read : Provenance
        What the file says about its origin, from `provenance`.

    Returns
    -------
    ProvenanceFacts
        Ready for `json.dumps`; what is not there is None, False or an empty list.

    Examples
    --------
    >>> from forensics.images.metadata.provenance import provenance
    >>> facts = provenance_facts(provenance(b"BM", "empty.bmp"))
    >>> facts["camera"], facts["generators"], facts["location"]
    (None, [], False)
    """
    camera, thumbnail = read.camera, read.thumbnail
    return {
        "digital_source_types": [_source_type_facts(one) for one in read.source_types],
        "generators": [
            {"maker": text.maker, "place": text.place, "key": text.key, "text": text.text}
            for text in read.generators
        ],
        "content_credentials": _credential_facts(read.credentials),
        "camera": None
        if camera is None
        else {"make": camera.make, "model": camera.model, "lens": camera.lens},
        "software": list(read.software),
        "date_taken": read.date_taken or None,
        "platform": read.platform or None,
        "location": read.location,
        "appended": [
            {"begins_like": piece.begins_like, "n_bytes": piece.n_bytes} for piece in read.appended
        ],
        "listed_pictures": read.listed_pictures,
        "thumbnail": None
        if thumbnail is None
        else {
            "rows": thumbnail.rows,
            "columns": thumbnail.columns,
            "correlation": thumbnail.correlation,
            "finding": thumbnail.finding,
        },
        "unreadable": list(read.unreadable),
        "statements": list(provenance_sentences(read)),
    }


def _source_type_facts(read: SourceType) -> SourceTypeFacts:
    return {"place": read.place, "value": read.value, "code": read.code}


def _credential_facts(read: Credentials | None) -> CredentialFacts | None:
    if read is None:
        return None
    return {
        "state": read.state,
        "n_bytes": read.n_bytes,
        "generator": read.generator or None,
        "agents": list(read.agents),
        "issuer": read.issuer or None,
        "signed_at": read.signed_at or None,
        "source_types": [_source_type_facts(one) for one in read.source_types],
        "problems": list(read.problems),
    }
