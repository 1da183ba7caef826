"""How the pictures of a set come to one size: cropped, resampled, or as most of them are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forensics._typing import Image
from forensics.errors import ImageReadError, ImageShapeError, ParameterError
from forensics.images.decode import read_pixels, read_size
from forensics.images.delivery import crop_center, resize_to_cover
from forensics.images.sources import ImageSource

__all__ = ["Geometry", "check_sides", "common_size"]

_PROBES = 64
_SMALLEST_SIDE = 1


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a picture is brought to the size of the set."""

    crop: int | None
    resize: int | None
    common: tuple[int, int] | None
    max_pixels: int

    def pixels(self, source: ImageSource, room: Image | None) -> Image:
        """Pixels of the set's size, in `room` where they can be decoded into it."""
        image = read_pixels(source, max_pixels=self.max_pixels, out=room)
        if self.resize is not None:
            return resize_to_cover(image, self.resize)
        if self.crop is not None:
            return crop_center(image, self.crop)
        if self.common is not None and image.shape[:2] != self.common:
            raise ImageShapeError(
                f"has shape {image.shape}, the set has {(*self.common, 3)}: "
                f"pass --size {min(*image.shape[:2], *self.common)} to crop"
            )
        return image


def common_size(sources: Sequence[ImageSource], max_pixels: int) -> tuple[int, int] | None:
    """The size of most pictures, from headers of a few; None where none can be read.

    Of sources that can only be read in order, the first one counts: to look further would
    mean to read everything twice.
    """
    anywhere = [source for source in sources if not source.sequential]
    step = max(1, len(anywhere) // _PROBES)
    sizes: Counter[tuple[int, int]] = Counter()
    for source in anywhere[::step][:_PROBES] or sources[:_PROBES]:
        try:
            sizes[read_size(source, max_pixels=max_pixels)] += 1
        except ImageReadError:
            continue  # it is named with its reason when its turn comes
        if source.sequential:
            break
    return max(sizes, key=lambda size: (sizes[size], size), default=None)


def check_sides(size: int | None, resize: int | None) -> None:
    """Raise unless at most one of the two is given, and is a positive number of pixels.

    Raises
    ------
    ParameterError
    """
    if size is not None and resize is not None:
        raise ParameterError("size and resize are both given: pass --size to crop or --resize")
    for name, side in (("size", size), ("resize", resize)):
        if side is not None and side < _SMALLEST_SIDE:
            raise ParameterError(f"{name} is {side}: pass a number of pixels from 1 on")
