"""Sentences on what of a file was measured, and on what was done to it first."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.box import Box
from forensics.images.record import FileRecord

__all__ = ["box_words", "file_sentences"]


def box_words(box: Box) -> str:
    """Where a part of a picture lies, in words.

    Parameters
    ----------
    box : Box
        The part.

    Returns
    -------
    str
        Its first and last row and column, counted from 0.

    Examples
    --------
    >>> box_words(Box(120, 40, 300, 451))
    'rows 120 to 419 and columns 40 to 490'
    """
    last_row, last_column = box.top + box.rows - 1, box.left + box.columns - 1
    return f"rows {box.top} to {last_row} and columns {box.left} to {last_column}"


def file_sentences(record: FileRecord) -> tuple[str, ...]:
    """Sentences on a file whose pixels are not simply all of it, as they are stored.

    Parameters
    ----------
    record : FileRecord
        What `read_image` returned.

    Returns
    -------
    tuple of str
        None for an ordinary picture of 8 bits.

    Examples
    --------
    >>> from forensics.images.record import FileRecord
    >>> record = FileRecord("00", "GIF", "P", 8, 2, 3, 1, False, False, False, "", None, frames=7)
    >>> file_sentences(record)
    ('The file has 7 frames, counted from 0: frame 0 was measured.',)
    """
    return tuple(_told(record))


def _told(record: FileRecord) -> Iterator[str]:
    if record.hidden:
        share = f"{100 * record.hidden:.0f} %" if record.hidden >= 0.01 else "under 1 %"
        yield (
            f"Transparency hides {share} of the pixels: they count as even gray, whatever they "
            "hold."
        )
    if record.bit_depth > 8:
        yield f"The file has {record.bit_depth} bits a channel, which were scaled to 8."
    if record.frames > 1:
        part = "page" if record.container == "TIFF" else "frame"
        yield (
            f"The file has {record.frames:,} {part}s, counted from 0: {part} {record.frame} was "
            "measured."
        )
    if record.box is not None:
        yield f"Of the picture only {box_words(record.box)} were measured."
    if record.ignored:
        yield f"Besides the picture the file holds {record.ignored}: not looked at."
    if record.damaged:
        yield (
            f"The file is damaged ({record.damaged}): what the decoder made up was measured as "
            f"well{'' if record.box is None else ', where it lies there'}, and may have traces of "
            "its own."
        )
    if record.damaged_chunks:
        named = ", ".join(record.damaged_chunks)
        yield (
            f"The file has a wrong checksum ({named}), where no pixel depends on it: that was "
            "changed after the file was written, damaged or cut off, and is left out by viewers."
        )
