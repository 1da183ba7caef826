"""PBM, PGM and PPM as Pillow reads them, and colours of 16 bits, which it would scale itself."""

from __future__ import annotations

from PIL.PpmImagePlugin import PpmImageFile

__all__ = ["PpmPicture"]

_MOST = 65535


class PpmPicture(PpmImageFile):
    """Binary Netpbm picture whose samples are taken as they are stored.

    What is plain text, or counts up to another number than 255 or 65535, Pillow would decode
    sample by sample, in Python: such are left to whoever looks at `countable`.
    """

    def _open(self) -> None:
        super()._open()
        (tile,) = self.tile
        if tile.args == ("RGB", _MOST) and tile.codec_name == "ppm":
            self.tile = [tile._replace(codec_name="raw", args="RGB;16B")]

    @property
    def countable(self) -> bool:
        """Whether its samples are of 1, 8 or 16 bits, in binary."""
        return all(tile.codec_name == "raw" for tile in self.tile)
