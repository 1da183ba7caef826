"""What a picture file says about its origin, read and reported apart from the pixels.

`provenance` asks one file; `provenance_sentences` and `provenance_facts` say
what it answered. The rooms: `containers` knows the kinds of files, `segments`
(JPEG) and `chunks` (PNG, WebP) the common ones, which are walked by `images.pieces`;
`exif`, `xmp` and `iptc` read what is found there into `findings`; `generators`, `sourcetypes`,
`credentials`, `appended` and `thumbnails` say what these mean; `reading` puts
it together.
"""

from forensics.images.provenance.reading import NamedCamera, Provenance, provenance
from forensics.images.provenance.statements import (
    ProvenanceFacts,
    provenance_facts,
    provenance_sentences,
)

__all__ = [
    "NamedCamera",
    "Provenance",
    "ProvenanceFacts",
    "provenance",
    "provenance_facts",
    "provenance_sentences",
]
