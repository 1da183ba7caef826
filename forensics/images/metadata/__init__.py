"""What a picture file says about its origin, read and reported apart from the pixels.

`provenance` asks one file. The rooms: `containers` knows the kinds of files, `jpeg` walks through
the commonest, `exif`, `xmp` and `iptc` read the blocks found there into `fields`; `generators`,
`c2pa`, `appended` and `thumbnail` say what these mean; `provenance` puts it together.
"""

from forensics.images.metadata.provenance import NamedCamera, Provenance, provenance

__all__ = ["NamedCamera", "Provenance", "provenance"]
