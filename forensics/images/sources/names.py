"""What the name of a file says: picture, archive or hidden, its place in natural order.

And how it may be shown: on a terminal, and without what is secret in it.
"""

from __future__ import annotations

import os
import re
from urllib.parse import parse_qsl

__all__ = [
    "ARCHIVE_SUFFIXES",
    "PICTURE_SUFFIXES",
    "RAW_SUFFIXES",
    "UNREAD_SUFFIXES",
    "brief",
    "defused",
    "extension",
    "is_archive",
    "is_hidden",
    "is_picture",
    "natural_key",
    "printable",
    "says_nothing",
    "shown_url",
]

PICTURE_SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".gif",
    ".heic", ".heif", ".hif", ".jp2", ".j2k", ".jpx", ".jpf", ".j2c", ".jpc", ".jxl",
    ".ppm", ".pgm", ".pbm", ".pnm",
)  # fmt: skip
"""Extensions looked for in folders and archives; a file named by itself may have any."""

RAW_SUFFIXES = (
    ".dng", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".cr2", ".cr3", ".crw", ".pef", ".orf", ".rw2",
    ".raf", ".srw", ".3fr", ".fff", ".iiq", ".erf", ".kdc", ".dcr", ".mef", ".mos", ".rwl", ".x3f",
)  # fmt: skip
"""Extensions of camera RAW files, most of them TIFFs whose first page is a thumbnail: such are
found, and refused by name."""

UNREAD_SUFFIXES = (
    ".tga", ".psd", ".psb", ".xcf", ".exr", ".hdr", ".qoi", ".pcx", ".sgi", ".dds", ".ico", ".cur",
    ".icns", ".dcm", ".fits", ".pam", ".pfm", ".jxr", ".wdp", ".bpg", ".flif", ".ras", ".xbm",
    ".xpm",
)  # fmt: skip
"""Extensions of other pictures: such are found, and refused by name, unless they are of a kind
that can be read."""

ARCHIVE_SUFFIXES = (
    ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz",
)  # fmt: skip
"""Extensions of the archives that are looked into."""

_NO_PICTURES = frozenset({
    ".txt", ".md", ".rst", ".html", ".htm", ".css", ".js", ".ts", ".xml", ".json", ".jsonl",
    ".csv", ".tsv", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".log", ".py", ".pyc", ".ipynb",
    ".sh", ".bat", ".npz", ".npy", ".parquet", ".db", ".sqlite", ".pdf", ".doc", ".docx", ".xls",
    ".xlsx", ".ppt", ".pptx", ".odt", ".svg", ".eps", ".ps", ".ai", ".mp4",
    ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mp3", ".wav", ".flac", ".ogg", ".exe", ".dll",
    ".so", ".bin", ".pt", ".pth", ".ckpt", ".safetensors", ".onnx", ".xmp", ".aae", ".thm",
    ".lnk", ".part", ".run", ".cat", ".rar", ".7z", ".gz", ".bz2", ".xz", ".zst",
})  # fmt: skip
"""Extensions that say enough: such files are counted, and not looked into."""

_DIGITS = re.compile(r"([0-9]+)")
_LONGEST_EXTENSION = 16
_SECRET = re.compile("sig|token|key|cred|pass|secret|auth|policy", re.IGNORECASE)


def is_picture(name: str) -> bool:
    """Whether a name ends like that of a picture.

    Only pictures are taken from folders and archives, so that the notes and
    annotations beside them are not reported as damaged.

    Parameters
    ----------
    name : str
        A file name or path; upper and lower case are the same.

    Returns
    -------
    bool
        Judged by the extension alone.

    See Also
    --------
    is_archive : The same of archives.
    is_hidden : Whether it is passed over all the same.

    Examples
    --------
    >>> is_picture("cats/IMG_1.JPG"), is_picture("cats/00001.jpg.cat")
    (True, False)
    """
    return name.lower().endswith(PICTURE_SUFFIXES + RAW_SUFFIXES + UNREAD_SUFFIXES)


def extension(name: str) -> str:
    """How files of its kind are counted where they are passed over.

    Parameters
    ----------
    name : str
        A file name or path.

    Returns
    -------
    str
        The extension in lower case, or words where there is none.

    Examples
    --------
    >>> extension("a/notes.TXT"), extension("a.b/README")
    ('.txt', 'without an extension')
    """
    end = os.path.splitext(name)[1].lower()
    return printable(end) if 1 < len(end) <= _LONGEST_EXTENSION else "without an extension"


def says_nothing(name: str) -> bool:
    """Whether only the first bytes of a file can tell what it is.

    Pictures come without an extension out of caches, and as ``.jpg_large`` from Twitter.

    Parameters
    ----------
    name : str
        A file name or path that is neither that of a picture nor of an archive.

    Returns
    -------
    bool
        False for the extensions of text, films, programs and the like.

    Examples
    --------
    >>> says_nothing("EPqUk2.jpg_large"), says_nothing("f_0001"), says_nothing("notes.txt")
    (True, True, False)
    """
    return extension(name) not in _NO_PICTURES


def is_archive(name: str) -> bool:
    """Whether a name ends like that of a zip or tar archive.

    Sets are passed on as archives; they are read where they lie.

    Parameters
    ----------
    name : str
        A file name or path; upper and lower case are the same.

    Returns
    -------
    bool
        Judged by the extension alone.

    Examples
    --------
    >>> is_archive("cats.tar.gz"), is_archive("cats.rar")
    (True, False)
    """
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def is_hidden(name: str) -> bool:
    """Whether a path lies in, or is, something hidden.

    Thumbnails and the resource forks that macOS adds (``__MACOSX``) are no
    part of a set.

    Parameters
    ----------
    name : str
        A path inside a folder or archive, parts divided by ``/``.

    Returns
    -------
    bool
        True if any part of the path is hidden.

    Examples
    --------
    >>> is_hidden("a/.thumbs/1.jpg"), is_hidden("./a/1.jpg"), is_hidden("../1.jpg")
    (True, False, False)
    """
    parts = name.split("/")
    return any(
        part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in parts
    )


def natural_key(name: str) -> bytes:
    """Sort key that puts ``img2`` before ``img10``, folder by folder.

    The order in which pictures are listed, printed and named does not depend
    on the file system. The key is short: a folder may hold a million names.

    Parameters
    ----------
    name : str
        A path, parts divided by ``/``.

    Returns
    -------
    bytes
        Compares as the names should be listed.

    Examples
    --------
    >>> sorted(["img10.png", "img2.png", "a/9.png"], key=natural_key)
    ['a/9.png', 'img2.png', 'img10.png']
    """
    return b"".join(_part_key(part) for part in name.split("/"))


def _part_key(part: str) -> bytes:
    # Text and digits alternate. Text ends in what no name holds and sorts first; digits are
    # ordered by how many they are, then as text: int() refuses more than 4300 of them.
    pieces = _DIGITS.split(part)
    keys = [
        _number_key(piece.lstrip("0")) if place % 2 else _text_key(piece.casefold())
        for place, piece in enumerate(pieces)
    ]
    # The name itself decides between "1" and "01", "a" and "A". Empty digits keep the turns:
    # a split with a group always ends in text.
    return b"".join((*keys, _number_key(""), _text_key(part)))


def _text_key(text: str) -> bytes:
    # In UTF-8 the order of the bytes is that of the characters.
    return text.encode("utf-8", "surrogatepass") + b"\0"


def _number_key(digits: str) -> bytes:
    return len(digits).to_bytes(4, "big") + digits.encode()


def brief(text: str, most: int = 200) -> str:
    r"""Text from a file as it may be printed: one line, cut, nothing hidden in it.

    What a library says of a damaged file may quote kilobytes of it.

    Parameters
    ----------
    text : str
        Text of any length.
    most : int
        Number of characters that are kept.

    Returns
    -------
    str
        One printable line.

    See Also
    --------
    printable : The same without the cut.

    Examples
    --------
    >>> print(brief("a cat\nSteps: 20"), brief("red\x1b[31m"), brief("long", 3))
    a cat Steps: 20 'red\x1b[31m' lo…
    """
    line = " ".join(text[: 4 * most].split())
    return printable(line if len(line) <= most else f"{line[: most - 1]}…")


def defused(text: str) -> str:
    r"""Text of any number of lines as it may reach a terminal.

    The net below `printable`: what is neither printable nor the end of a line is written as
    its escape.

    Parameters
    ----------
    text : str
        A whole message.

    Returns
    -------
    str
        The text, without terminal codes.

    Examples
    --------
    >>> print(defused("drawn in \x1b[31m.png"))
    drawn in \x1b[31m.png
    """
    if text.isprintable():
        return text
    shown = (one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
    return "".join(shown)


def printable(name: str) -> str:
    r"""Name as it may stand in a one-line message.

    A file name may hold line breaks, terminal codes or bytes that are no
    text; none of them reaches the terminal of the person who reads it.

    Parameters
    ----------
    name : str
        Any file name.

    Returns
    -------
    str
        The name, with escapes for whatever is not printable.

    Examples
    --------
    >>> print(printable("kätzchen 1.jpg"), printable("two\nlines.jpg"))
    kätzchen 1.jpg 'two\nlines.jpg'
    """
    return name if name.isprintable() else ascii(name)


def shown_url(url: str) -> str:
    """URL as people may be shown it: without password or signature.

    Messages and reports are passed on; what opens the store must not be in them.

    Parameters
    ----------
    url : str
        Any URL, chained or not.

    Returns
    -------
    str
        The URL without what is secret in it.

    Examples
    --------
    >>> shown_url("zip://*.jpg::https://me:secret@host/cats.zip?X-Amz-Signature=1f")
    'zip://*.jpg::https://host/cats.zip?…'
    """
    return "::".join(_shown_link(link) for link in url.split("::"))


def _shown_link(link: str) -> str:
    link = re.sub(r"://[^/?#]*@", "://", link)
    # A password with a slash in it: where it ends, nobody can say.
    if broken := re.match(r"https?://[^/?#@\[]*:(?=[^/?#]*[^0-9/?#])", link, re.IGNORECASE):
        return f"{broken[0].partition('://')[0]}://…"
    address, mark, query = link.partition("?")
    secret = any(_SECRET.search(key) for key, _ in parse_qsl(query, keep_blank_values=True))
    return f"{address}?…" if secret else address + mark + query
