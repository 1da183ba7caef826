"""Sets of pictures that came as one upload: zip archives that are never on a disk."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import ClassVar

from forensics.errors import ImageReadError, ParameterError
from forensics.images.archives import vetted
from forensics.images.files import ImageSource, Skipped
from forensics.images.members import ARCHIVE_DAMAGE, declared_bytes, unreadable
from forensics.images.names import printable
from forensics.images.openzips import OpenZip

__all__ = ["HeldMember", "UploadedSet", "uploaded_sets"]


@dataclass(frozen=True, slots=True, eq=False)
class HeldMember:
    """A picture in a zip archive that is held in memory.

    Parameters
    ----------
    archive : OpenZip
    member, name : str
        Its name inside, and what people are shown.
    """

    sequential: ClassVar[bool] = False
    archive: OpenZip
    member: str
    name: str

    def read_bytes(self) -> bytes:
        """Return the member, its checksum verified.

        Raises
        ------
        ImageReadError
            The archive is damaged, or the member is not as large as it says.
        """
        try:
            declared, data = self.archive.read(self.member)
        except ARCHIVE_DAMAGE as error:
            raise ImageReadError(f"{printable(self.name)} {unreadable(error)}") from error
        return declared_bytes(self.name, declared, data)


@dataclass(frozen=True, slots=True, eq=False)
class UploadedSet:
    """The pictures of one set.

    Parameters
    ----------
    name : str
    images : tuple of ImageSource
        In natural order.
    skipped : tuple of Skipped
        What must not be read.
    """

    name: str
    images: tuple[ImageSource, ...]
    skipped: tuple[Skipped, ...]


def uploaded_sets(data: bytes, names: dict[str, str]) -> dict[str, UploadedSet]:
    """Sets of pictures out of one zip archive: a folder in it, or another zip, for each.

    Parameters
    ----------
    data : bytes
        The archive. For the key "a" it holds pictures under ``a/``, or ``a.zip``.
    names : dict of str to str
        For every key, what people call the set.

    Returns
    -------
    dict of str to UploadedSet

    Raises
    ------
    ImageReadError
        An archive is damaged.
    ParameterError
        There is nothing for one of the keys.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("a/10.png", b"")
    ...     archive.writestr("a/9.png", b"")
    >>> [one.name for one in uploaded_sets(file.getvalue(), {"a": "cats"})["a"].images]
    ['cats/9.png', 'cats/10.png']
    """
    outer = _opened(data, "the upload")
    members = {info.filename: info for info in outer.infos()}
    found = {}
    for key, name in names.items():
        inner = members.get(f"{key}.zip")
        if inner is not None:
            if inner.compress_type != zipfile.ZIP_STORED:
                raise ParameterError(
                    f"{key}.zip is packed inside the upload: store it as it is, without packing"
                )
            found[key] = _set_of(_opened(_member(data, inner), printable(name)), name, "")
        elif any(member.startswith(f"{key}/") for member in members):
            found[key] = _set_of(outer, name, f"{key}/")
        else:
            raise ParameterError(
                f"the upload has neither {key}.zip nor a folder {key}: pack pictures into folders "
                f"{' and '.join(names)} of one zip archive"
            )
    return found


def _member(data: bytes, info: zipfile.ZipInfo) -> bytes:
    """A stored member, however large: the upload's size is its limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(info)
    except ARCHIVE_DAMAGE as error:
        raise ImageReadError(f"{printable(info.filename)} {unreadable(error)}") from error


def _opened(data: bytes, name: str) -> OpenZip:
    try:
        return OpenZip(io.BytesIO(data))
    except ARCHIVE_DAMAGE as error:
        raise ImageReadError(f"{name} {unreadable(error)}") from error


def _set_of(archive: OpenZip, name: str, folder: str) -> UploadedSet:
    skipped: list[Skipped] = []

    def shown(path: str) -> str:
        return path.replace(f"{name}/{folder}", f"{name}/", 1)

    def refuse(path: str, reason: str) -> None:
        skipped.append(Skipped(shown(path), reason))

    try:
        infos = [info for info in archive.infos() if info.filename.startswith(folder)]
    except ARCHIVE_DAMAGE as error:
        raise ImageReadError(f"{printable(name)} {unreadable(error)}") from error
    images = tuple(
        HeldMember(archive, member, shown(f"{name}/{member}"))
        for member in vetted(infos, name, refuse=refuse)
    )
    return UploadedSet(name, images, tuple(skipped))
