"""Provenance: what a file says about its origin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from forensics._typing import Image
from forensics.images.inputs import AnyImage, as_source
from forensics.images.metadata.appended import Appended, add_samsung_edits, appended_pieces
from forensics.images.metadata.c2pa import Credentials, SourceType, read_credentials, source_type
from forensics.images.metadata.containers import read_container
from forensics.images.metadata.fields import Entry, first_text
from forensics.images.metadata.generators import GeneratorText, generator_texts
from forensics.images.metadata.stealth import add_stealth
from forensics.images.metadata.thumbnail import Thumbnail, compared_thumbnail
from forensics.images.read import lossless_channels
from forensics.images.sources.names import brief

__all__ = [
    "NamedCamera",
    "Provenance",
    "provenance",
]

_SOFTWARE_KEYS = (
    "Software", "ProcessingSoftware", "CreatorTool", "softwareAgent", "OriginatingProgram",
)  # fmt: skip
_TAKEN_KEYS = ("DateTimeOriginal", "DateCreated")
_PLATFORMS = {"FBMD": "Facebook or Instagram"}
"""What a platform writes into the IPTC's special instructions begins so."""
_MAX_SOFTWARE, _MAX_SOURCE_TYPES, _MAX_GENERATORS = 8, 8, 16


@dataclass(frozen=True, slots=True)
class NamedCamera:
    """Camera that a file names; such entries can be copied or forged.

    Parameters
    ----------
    make, model, lens : str
        Names as the file writes them, "" where it does not.

    Examples
    --------
    >>> NamedCamera("samsung", "SM-G991B", "").model
    'SM-G991B'
    """

    make: str
    model: str
    lens: str


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """What one picture file says about its origin, apart from its pixels.

    It is reported beside the traces and never mixed into a score: what is
    there can be forged, and what is missing was most likely removed on the way.

    Parameters
    ----------
    name : str
        Name of the file, as it was given.
    container : str
        Kind of the file: "JPEG", "PNG", "WEBP", "AVIF", "HEIF", "JPEG2000", "TIFF", "GIF", "BMP",
        "PPM", or "" if of no known kind.
    source_types : tuple of SourceType
        IPTC digital source types of the XMP data; those of manifests are in `credentials`.
    generators : tuple of GeneratorText
        Texts that point to a generator.
    credentials : Credentials, optional
        Content Credentials (C2PA); None where there are none.
    camera : NamedCamera, optional
        Camera that the file names; None where it names none.
    software : tuple of str
        Programs that are named and are no generators.
    date_taken : str
        Date as the file writes it, "" where it has none.
    platform : str
        The platform that the file went through by its own mark, "" if there is no mark.
    location : bool
        Whether a place is recorded; it is not read.
    appended : tuple of Appended
        Pieces of data that follow the end of the picture.
    listed_pictures : int
        Number of pictures that the file says it holds (MPF index), 1 where it does not say.
    thumbnail : Thumbnail, optional
        Thumbnail of the EXIF data, compared with the picture; None where there is none.
    unreadable : tuple of str
        Sentences on what could not be read.
    """

    name: str
    container: str
    source_types: tuple[SourceType, ...]
    generators: tuple[GeneratorText, ...]
    credentials: Credentials | None
    camera: NamedCamera | None
    software: tuple[str, ...]
    date_taken: str
    platform: str
    location: bool
    appended: tuple[Appended, ...]
    listed_pictures: int
    thumbnail: Thumbnail | None
    unreadable: tuple[str, ...]


def provenance(image: AnyImage, name: str = "", *, pixels: Image | None = None) -> Provenance:
    """Provenance of one picture file: what it says about its origin.

    Nothing is looked up anywhere, and nothing that a file holds makes it fail:
    what cannot be read is named in `Provenance.unreadable`.

    Parameters
    ----------
    image : str, path-like, bytes-like, ndarray or ImageSource
        The file, or the whole of its bytes; pixels in memory say nothing.
    name : str
        Name of the file, as people are shown it; that of the file by default.
    pixels : ndarray, shape (M, N, 3) or (M, N), uint8, counts, optional
        The decoded picture, as it is stored, not turned: only with it can the
        thumbnail be compared, and it need not be decoded to look for text that is hidden in it.

    Returns
    -------
    Provenance
        All texts in it are cut to 200 characters and fit to be printed.

    Raises
    ------
    ParameterError, ImageShapeError
        `image` names no picture.
    ImageReadError
        It cannot be read.

    See Also
    --------
    forensics.images.read.read_image : The pixels of the file.

    Examples
    --------
    >>> import io
    >>> from PIL import Image, PngImagePlugin
    >>> file, texts = io.BytesIO(), PngImagePlugin.PngInfo()
    >>> texts.add_text("parameters", "a cat, Steps: 20, Sampler: Euler a, Seed: 1")
    >>> Image.new("L", (8, 8)).save(file, "PNG", pnginfo=texts)
    >>> [text.maker for text in provenance(file.getvalue(), "cat.png").generators]
    ['Stable Diffusion web UI']
    """
    source = as_source(image)
    data = source.read_bytes()
    found = read_container(data)
    add_samsung_edits(data, found)
    if (plain := lossless_channels(data, pixels)) is not None:
        add_stealth(plain, found)
    generators = generator_texts(found.entries)
    pointing = {(text.place, text.key) for text in generators}
    others = [entry for entry in found.entries if (entry.place, entry.key) not in pointing]
    thumbnail = compared_thumbnail(found.thumbnail, pixels) if found.thumbnail else None
    if found.thumbnail and thumbnail is None:
        found.note("The embedded thumbnail could not be read and was not compared.")
    credentials = read_credentials(data, found)
    return Provenance(
        name=name or source.name,
        container=found.container,
        source_types=_source_types(found.entries),
        generators=tuple(
            GeneratorText(text.maker, text.place, brief(text.key), brief(text.text))
            for text in generators[:_MAX_GENERATORS]
        ),
        credentials=_shown_credentials(credentials) if credentials else None,
        camera=_camera(others, pointing),
        software=_software(others),
        date_taken=brief(found.text(*_TAKEN_KEYS)),
        platform=_platform(others),
        location=found.location,
        appended=appended_pieces(data, found.end),
        listed_pictures=found.listed_pictures,
        thumbnail=thumbnail,
        unreadable=tuple(found.notes),
    )


def _source_types(entries: Iterable[Entry]) -> tuple[SourceType, ...]:
    values = [brief(entry.text) for entry in entries if entry.key == "DigitalSourceType"]
    types = dict.fromkeys(source_type("XMP", value) for value in values)
    return tuple(types)[:_MAX_SOURCE_TYPES]


def _camera(entries: list[Entry], pointing: set[tuple[str, str]]) -> NamedCamera | None:
    if any(key in ("Make", "Model") for _, key in pointing):
        # Some generators sign where a camera would.
        return None
    written = [entry for entry in entries if entry.place in ("EXIF", "XMP")]
    make, model = first_text(written, "Make"), first_text(written, "Model")
    if not make and not model:
        return None
    return NamedCamera(brief(make), brief(model), brief(first_text(written, "LensModel", "Lens")))


def _software(entries: list[Entry]) -> tuple[str, ...]:
    named = (brief(entry.text) for entry in entries if entry.key in _SOFTWARE_KEYS)
    return tuple(dict.fromkeys(named))[:_MAX_SOFTWARE]


def _platform(entries: list[Entry]) -> str:
    mark = re.match(r"[A-Z]{4}", first_text(entries, "SpecialInstructions"))
    return _PLATFORMS.get(mark[0], "") if mark else ""


def _shown_credentials(read: Credentials) -> Credentials:
    return Credentials(
        state=read.state,
        n_bytes=read.n_bytes,
        generator=brief(read.generator),
        agents=tuple(map(brief, read.agents)),
        issuer=brief(read.issuer),
        signed_at=brief(read.signed_at),
        source_types=tuple(source_type(one.place, brief(one.value)) for one in read.source_types),
        problems=tuple(map(brief, read.problems)),
    )
