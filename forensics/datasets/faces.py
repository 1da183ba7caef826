"""Cat faces cut out of photographs: by the nine points of a data set, or by a detector.

Nothing is resampled unless that is asked for: a crop keeps the traces of its picture, and says
where on the grid of JPEG's blocks it was cut.
"""

from __future__ import annotations

import csv
import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from forensics._typing import Image
from forensics.counting import counted
from forensics.errors import ImageReadError, ParameterError, to_install
from forensics.images.delivery.encode import png_bytes
from forensics.images.delivery.resize import resized
from forensics.images.read import MAX_PIXELS, read_image, turned
from forensics.images.sources.local import FileSource, ImageSource, Skipped, held
from forensics.images.sources.names import brief, printable
from forensics.luma import luma_plane
from forensics.output import writing

__all__ = [
    "CutFaces",
    "FACES_MANIFEST",
    "Face",
    "FaceBox",
    "FacesTold",
    "annotated_box",
    "cut_faces",
    "detected_boxes",
    "faces_of",
    "read_points",
    "render_faces",
    "save_faces",
]

MARGIN = 0.15
"""Of the larger side of the points' bounds, added on each side."""
_BLOCK = 8
_POINTS = 9
_EYES, _EARS = slice(0, 2), slice(3, 9)
_CASCADES = ("haarcascade_frontalcatface_extended.xml", "haarcascade_frontalcatface.xml")
_LONGEST_SEARCHED = 1024
"""Pixels a side that are searched for faces; larger pictures are searched reduced."""
_SURE = 5
"""Windows that have to agree on a face."""
_SMALLEST_AGREED, _SMALLEST_ALONE = 0.14, 0.3
"""Side of a face, of the picture's longer one, where both cascades find it, and where one does."""

Way: TypeAlias = Literal["points", "cascade"]


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Square in a picture that holds a face.

    Parameters
    ----------
    row, column : float, pixels
        Middle of the square.
    side : float, pixels
        Side of the square.
    way : {"points", "cascade"}
        How the face was found: by the nine points of a data set, or by a detector.
    """

    row: float
    column: float
    side: float
    way: Way


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """Face that was cut out of a picture.

    Parameters
    ----------
    image : ndarray, shape (N, N, 3), uint8, counts
        Pixels of the face.
    row, column : int, pixels
        First pixel of the face in the stored picture.
    side : int, pixels
        Side of the part of the picture that it shows: N, if nothing was resampled.
    way : {"points", "cascade"}
        How the face was found: by the nine points of a data set, or by a detector.
    """

    image: Image
    row: int
    column: int
    side: int
    way: Way

    @property
    def grid(self) -> tuple[int, int]:
        """Row and column on the grid of JPEG's blocks, 0 to 7."""
        return self.row % _BLOCK, self.column % _BLOCK

    @property
    def factor(self) -> float:
        """Factor by which it was enlarged, 1 if nothing was resampled."""
        return len(self.image) / self.side


def read_points(text: str, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Nine points of a ``.jpg.cat`` file of the Kaggle cat data set.

    Parameters
    ----------
    text : str
        A count, and for every point x and y: left eye, right eye, mouth, three of the left ear,
        three of the right ear.
    name : str
        Name of the file, for messages.

    Returns
    -------
    ndarray, shape (9, 2), float64, pixels
        Row and column of each.

    Raises
    ------
    ImageReadError
        It is none.

    Examples
    --------
    >>> read_points("9 " + "1 2 " * 9, "1.jpg.cat")[0].tolist()
    [2.0, 1.0]
    """
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        numbers = []
    if len(numbers) != 1 + 2 * _POINTS or numbers[0] != _POINTS or not np.isfinite(numbers).all():
        raise ImageReadError(
            f"{printable(name)} begins with {brief(text)!r}, a file of points has 9 and then 9 "
            "times x and y: mend it, or move it away to have faces sought by a detector"
        )
    return np.array(numbers[1:]).reshape(_POINTS, 2)[:, ::-1].copy()


def annotated_box(points: np.ndarray[Any, np.dtype[np.float64]]) -> FaceBox:
    """Square around eyes and ears, with a margin.

    Parameters
    ----------
    points : ndarray, shape (9, 2), float64, pixels
        Nine points, from `read_points`.

    Returns
    -------
    FaceBox
        The square, which may reach beyond the picture.

    Examples
    --------
    >>> points = np.zeros((9, 2))
    >>> points[3:] = 100
    >>> annotated_box(points)
    FaceBox(row=50.0, column=50.0, side=130.0, way='points')
    """
    shown = np.concatenate((points[_EYES], points[_EARS]))
    # Below the eyes are nose and mouth: as far as the ears are above, the box reaches down.
    mouth = points[2:3]
    shown = np.concatenate((shown, mouth))
    low, high = shown.min(axis=0), shown.max(axis=0)
    side = float((high - low).max()) * (1 + 2 * MARGIN)
    row, column = ((low + high) / 2).tolist()
    return FaceBox(row, column, side, "points")


def detected_boxes(image: Image) -> tuple[FaceBox, ...]:
    """Cat faces that OpenCV's cascade finds, largest first.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3), uint8, counts
        The way up that it is to be seen.

    Returns
    -------
    tuple of FaceBox
        Squares of the faces; empty if none is found.

    Raises
    ------
    ParameterError
        The extra ``faces`` is not installed.

    References
    ----------
    Viola and Jones 2001, *Rapid object detection using a boosted cascade of simple features*.
    """
    # Only to find it: what is cut out are the stored pixels.
    scale = min(1.0, _LONGEST_SEARCHED / max(image.shape[:2]))
    seen = resized(image, scale, kernel="bilinear") if scale < 1 else image
    gray = np.ascontiguousarray(luma_plane(seen, np.float32)).astype(np.uint8)
    longest = max(image.shape[:2])
    found = [
        [_box(*(float(value) / scale for value in one)) for one in windows]
        for windows in (
            cascade.detectMultiScale(gray, scaleFactor=1.05, minNeighbors=_SURE)
            for cascade in _cascades()
        )
    ]
    every = sorted((box for boxes in found for box in boxes), key=lambda box: -box.side)
    kept: list[FaceBox] = []
    for box in every:
        agreed = all(any(_same(box, other) for other in boxes) for boxes in found)
        large = box.side >= (_SMALLEST_AGREED if agreed else _SMALLEST_ALONE) * longest
        # Noses look like small faces, and lie in large ones.
        if large and not any(_holds(other, box) for other in kept):
            kept.append(box)
    return tuple(kept)


def faces_of(
    image: Image, boxes: tuple[FaceBox, ...], size: int, *, resize: bool = False
) -> Iterator[Face]:
    """Faces cut out of a picture.

    Parameters
    ----------
    image : ndarray, shape (M, N, 3), uint8, counts
        Picture to cut from.
    boxes : tuple of FaceBox
        Squares that hold the faces.
    size : int, pixels
        Side of each face that is cut out.
    resize : bool
        Whether boxes of other sizes are resampled. Without it, a box that does not hold the size is
        left out, and of a larger one the middle is cut.

    Yields
    ------
    Face
        One after another, in the order of `boxes`.

    Raises
    ------
    ParameterError
        `size` is less than 1.
    """
    if size < 1:
        raise ParameterError(f"size is {size}: pass 1 or more")
    rows, columns = image.shape[:2]
    for box in boxes:
        side = min(round(box.side), rows, columns) if resize else size
        if side < 1 or (not resize and (box.side < size or min(rows, columns) < size)):
            continue
        row, column = (
            int(np.clip(round(middle - side / 2), 0, whole - side))
            for middle, whole in ((box.row, rows), (box.column, columns))
        )
        cut = image[row : row + side, column : column + side]
        shown = cut.copy() if side == size else resized(cut, (size, size), kernel="lanczos")
        yield Face(shown, row, column, side, box.way)


def _box(left: float, top: float, width: float, height: float) -> FaceBox:
    return FaceBox(top + height / 2, left + width / 2, max(width, height), "cascade")


def _same(a: FaceBox, b: FaceBox) -> bool:
    """Whether two boxes are of one face."""
    near = max(abs(a.row - b.row), abs(a.column - b.column)) < 0.3 * min(a.side, b.side)
    return near and 0.6 < a.side / b.side < 1 / 0.6


def _holds(large: FaceBox, small: FaceBox) -> bool:
    """Whether the middle of a box lies in another."""
    return max(abs(large.row - small.row), abs(large.column - small.column)) < large.side / 2


_OF_THREAD = threading.local()


def _cascades() -> tuple[Any, ...]:
    """OpenCV's two detectors of cat faces, of this thread: others must not use them meanwhile."""
    found: tuple[Any, ...] | None = getattr(_OF_THREAD, "cascades", None)
    if found is None:
        found = _OF_THREAD.cascades = _opened_cascades()
    return found


def _opened_cascades() -> tuple[Any, ...]:
    missing = f"{to_install('faces')}, or put nine-point files beside the pictures"
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise ParameterError(
            f"finding faces needs opencv-python-headless, which is not installed: {missing}"
        ) from error
    if not hasattr(cv2, "CascadeClassifier"):
        raise ParameterError(
            f"OpenCV {cv2.__version__} has no cascades any more, version 4 has: {missing}"
        )
    place = os.path.join(os.path.dirname(cv2.__file__), "data")
    return tuple(cv2.CascadeClassifier(os.path.join(place, name)) for name in _CASCADES)


FACES_MANIFEST = "manifest.csv"
_POINTS_NAME = ".cat"
_HEADING = (
    "path", "source", "source_sha256", "orientation", "row", "column", "side", "grid_row",
    "grid_column", "factor", "way",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class CutFaces:
    """Faces of one picture.

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
    """Number of faces of a set that were cut out, and of those that were not.

    Parameters
    ----------
    n_cut, n_small, n_without : int
        Number of faces that were cut out, of faces that do not hold the size, and of pictures
        without a face.
    skipped : list of Skipped
        Pictures left out, each with the reason, in order of their names.
    """

    n_cut: int = 0
    n_small: int = 0
    n_without: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def cut_faces(
    size: int, *, resize: bool = False, max_pixels: int = MAX_PIXELS
) -> Callable[[ImageSource], CutFaces]:
    """Function that cuts the faces out of one picture.

    Where a file of nine points lies beside it (``1.jpg.cat`` beside ``1.jpg``), that says where
    the face is; else a detector does.

    Parameters
    ----------
    size : int, pixels
        Side of each face that is cut out.
    resize : bool
        Whether faces of other sizes are resampled.
    max_pixels : int
        Largest number of pixels; a picture with more is refused.

    Returns
    -------
    callable
        Takes a source and returns its `CutFaces`.
    """
    return partial(_cut, size, resize, max_pixels)


def save_faces(cut: Iterable[CutFaces | Skipped], folder: Path) -> FacesTold:
    """Save faces as they come, and the manifest at the end.

    Parameters
    ----------
    cut : iterable of CutFaces or Skipped
        Faces of each picture, or the picture as left out.
    folder : Path
        Folder to write to; made where it is missing.

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
        Counts over the set.
    size : int, pixels
        Side of each face.

    Returns
    -------
    str
        With a full stop.

    Examples
    --------
    >>> render_faces(FacesTold(2, 1, 3), 512)
    '2 faces cut, 1 smaller than 512 pixels left out, 3 pictures without a face that was found'
    """
    faces, pictures = counted(told.n_cut, "face"), counted(told.n_without)
    return (
        f"{faces} cut, {told.n_small:,} smaller than {size} pixels left out, {pictures} without "
        "a face that was found"
    )


def _cut(size: int, resize: bool, max_pixels: int, source: ImageSource) -> CutFaces:
    data = source.read_bytes()
    image, record = read_image(held(source, data), max_pixels=max_pixels)
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
    path = f"{source.path}{_POINTS_NAME}"
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
