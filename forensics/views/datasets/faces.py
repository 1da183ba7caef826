"""The folder of faces that were cut out of pictures, with a manifest of where from."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from forensics.images.decode import MAX_PIXELS, read_image
from forensics.images.encoding import png_bytes
from forensics.images.faces import (
    Face,
    FaceBox,
    annotated_box,
    detected_boxes,
    faces_of,
    read_points,
)
from forensics.images.files import BytesSource, FileSource, ImageSource, Skipped
from forensics.images.turning import turned
from forensics.writing import writing

__all__ = ["FACES_MANIFEST", "CutFaces", "FacesTold", "cut_faces", "render_faces", "save_faces"]

FACES_MANIFEST = "manifest.csv"
_POINTS = ".cat"
_HEADING = (
    "path", "source", "source_sha256", "orientation", "row", "column", "side", "grid_row",
    "grid_column", "factor", "way",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class CutFaces:
    """What one picture gave.

    Parameters
    ----------
    source, sha256 : str
        Name of the picture, and hash of its file.
    orientation : int
        EXIF orientation: it was turned by it before anything was cut.
    faces : tuple of (Face, bytes)
        Each with its PNG.
    n_found : int
        Faces that were found, too small ones included.
    """

    source: str
    sha256: str
    orientation: int
    faces: tuple[tuple[Face, bytes], ...]
    n_found: int


@dataclass(slots=True)
class FacesTold:
    """Counts over a set.

    Parameters
    ----------
    n_cut, n_small, n_without : int
        Faces that were cut out, faces that do not hold the size, pictures without a face.
    skipped : list of Skipped
    """

    n_cut: int = 0
    n_small: int = 0
    n_without: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def cut_faces(
    size: int, *, resize: bool = False, max_pixels: int = MAX_PIXELS
) -> Callable[[ImageSource], CutFaces]:
    """What cuts the faces out of one picture.

    Where a file of nine points lies beside it (``1.jpg.cat`` beside ``1.jpg``), that says where
    the face is; else a detector does.

    Parameters
    ----------
    size : int, pixels
    resize : bool
        Resample faces of other sizes.
    max_pixels : int

    Returns
    -------
    callable
    """
    return partial(_cut, size, resize, max_pixels)


def save_faces(cut: Iterable[CutFaces | Skipped], folder: Path) -> FacesTold:
    """Write faces as they come, and the manifest at the end.

    Parameters
    ----------
    cut : iterable of CutFaces or Skipped
    folder : Path
        Made where it is missing.

    Returns
    -------
    FacesTold
        Nothing is written if no face was cut.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    told = FacesTold()
    rows: list[tuple[object, ...]] = []
    taken: set[str] = set()
    for one in cut:
        if isinstance(one, Skipped):
            told.skipped.append(one)
            continue
        told.n_without += not one.n_found
        told.n_small += one.n_found - len(one.faces)
        for face, data in one.faces:
            name = _free_name(one.source, taken)
            with writing(folder / name) as file:
                file.write(data)
            rows.append((name, *_row(one, face)))
    told.n_cut = len(rows)
    if rows:
        with writing(folder / FACES_MANIFEST) as file:
            file.write(_table(rows))
    return told


def render_faces(told: FacesTold, size: int) -> str:
    """What became of a set, in one sentence.

    Parameters
    ----------
    told : FacesTold
    size : int, pixels

    Examples
    --------
    >>> render_faces(FacesTold(2, 1, 3), 512)
    '2 faces cut, 1 smaller than 512 pixels left out, 3 pictures without a face that was found'
    """
    faces = "1 face" if told.n_cut == 1 else f"{told.n_cut:,} faces"
    pictures = "1 picture" if told.n_without == 1 else f"{told.n_without:,} pictures"
    return (
        f"{faces} cut, {told.n_small:,} smaller than {size} pixels left out, {pictures} without "
        "a face that was found"
    )


def _cut(size: int, resize: bool, max_pixels: int, source: ImageSource) -> CutFaces:
    data = source.read_bytes()
    image, record = read_image(BytesSource(source.name, data), max_pixels=max_pixels)
    points = _points_beside(source)
    # People and detectors see it turned; points are of the pixels as they are stored.
    orientation = 1 if points is not None else record.orientation
    shown = turned(image, orientation)
    boxes: Sequence[FaceBox] = (points,) if points is not None else detected_boxes(shown)
    faces = tuple(faces_of(shown, tuple(boxes), size, resize=resize))
    encoded = tuple((face, png_bytes(face.image)) for face in faces)
    return CutFaces(source.name, record.sha256, orientation, encoded, len(boxes))


def _points_beside(source: ImageSource) -> FaceBox | None:
    """The box by the nine points of a picture, if there are any."""
    if not isinstance(source, FileSource):
        return None
    path = f"{source.path}{_POINTS}"
    if not os.path.isfile(path):
        return None
    text = FileSource(path).read_bytes().decode("utf-8", "replace")
    return annotated_box(read_points(text, f"beside it, {path}"))


def _free_name(source: str, taken: set[str]) -> str:
    stem = os.path.splitext(os.path.basename(source))[0].lstrip(".")[:100] or "picture"
    name, number = f"{stem}.png", 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}.png"
    taken.add(name.casefold())
    return name


def _row(one: CutFaces, face: Face) -> tuple[object, ...]:
    where = (face.row, face.column, face.side, *face.grid)
    return (one.source, one.sha256, one.orientation, *where, f"{face.factor:.6g}", face.way)


def _table(rows: Sequence[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_HEADING)
    table.writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
