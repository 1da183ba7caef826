"""TIFF as Pillow reads it, and gray of 16 bits that counts down from white."""

from __future__ import annotations

from PIL.TiffImagePlugin import TiffImageFile

__all__ = ["TiffPicture"]

_BITS, _PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO, _BLACK_IS_ZERO = 0, 1


class TiffPicture(TiffImageFile):
    """TIFF that says whether its 16 bits of gray are still to be inverted.

    Pillow inverts 8 bits and not 16, and big-endian ones it does not know at all.
    """

    white_is_zero = False

    def _setup(self) -> None:
        tags = self.tag_v2
        deep = tags.get(_BITS) == (16,)
        self.white_is_zero = deep and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
        if self.white_is_zero:
            tags[_PHOTOMETRIC] = _BLACK_IS_ZERO
        super()._setup()
