"""What stands in a set more than once is found, and how the copies differ is said."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics.detection.evaluation.repeats import repeats
from forensics.errors import EmptySetError, ImageReadError
from forensics.images.sources.local import BytesSource


def source(name: str, pixels: np.ndarray, kind: str = "PNG", **options: object) -> BytesSource:
    file = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(pixels)).save(file, kind, **options)
    return BytesSource(name, file.getvalue())


CAT, COFFEE, ROCKET = skimage.data.chelsea(), skimage.data.coffee(), skimage.data.rocket()
MARKED = CAT.copy()
MARKED[270:290, 300:440] = 240


def test_every_way_to_use_a_picture_again_is_told():
    found = repeats(
        [
            source("cat.png", CAT),
            source("coffee.png", COFFEE),
            source("again.png", CAT),
            source("saved.jpg", CAT, "JPEG", quality=70),
            source("mirrored.png", CAT[:, ::-1]),
            source("cut.png", CAT[10:-10, 20:-10]),
            source("marked.png", MARKED),
            source("rocket.png", ROCKET),
            source("coffee.webp", COFFEE, "WEBP", quality=60),
        ]
    )
    cat, coffee = found.groups
    told = dict(zip(cat.pictures[1:], cat.kinds, strict=True))
    assert cat.pictures[0] == "cat.png"
    assert told["again.png"] == "bytes" and told["saved.jpg"] == "saved again"
    assert told["mirrored.png"] == "near copy" and told["cut.png"] in ("near copy", "saved again")
    assert "marked.png" in told
    assert coffee.pictures == ("coffee.png", "coffee.webp") and coffee.kinds == ("saved again",)
    assert found.n_images == 9 and found.skipped == ()


def test_what_is_there_once_is_not_told_and_what_is_broken_is():
    broken = BytesSource("broken.png", b"\x89PNG\r\n\x1a\n")
    some = [source("a.png", CAT), source("b.png", ROCKET), broken]
    found = repeats(some, on_error="skip")
    assert found.groups == () and found.n_images == 2
    assert [one.path for one in found.skipped] == ["broken.png"]
    with pytest.raises(ImageReadError, match=r"broken\.png"):
        repeats(some)
    with pytest.raises((EmptySetError, ImageReadError)):
        repeats([broken], on_error="skip")
