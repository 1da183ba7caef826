"""The same pixels are the same evidence, whatever file they come in and however they lie."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from known_source import bearing, known
from PIL import Image as Pillow
from PIL import ImageCms, features

from forensics.detection.verdict.evidence import evidence
from forensics.detection.verdict.inspect import inspect_image
from forensics.images.sources.local import BytesSource
from forensics.views.results.inspection import inspection_record

PICTURES = {
    "photograph": skimage.data.chelsea(),
    "generated": bearing(skimage.data.astronaut()[:288, :448]),
    "drawn": np.kron(skimage.data.cat()[:150:2, :230:2], np.ones((2, 2, 1), np.uint8)),
    "gray": np.repeat(skimage.data.camera()[::2, ::2, np.newaxis], 3, axis=2),
}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FILE_ONLY = ("path", "sha256", "file", "provenance")


def with_alpha(image: np.ndarray, alpha: int) -> Pillow.Image:
    picture = Pillow.fromarray(image)
    picture.putalpha(alpha)
    return picture


def saved(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


CONTAINERS = {
    "PNG": lambda image: saved(Pillow.fromarray(image), "PNG"),
    "PNG with alpha": lambda image: saved(with_alpha(image, 255), "PNG"),
    "PNG, half transparent": lambda image: saved(with_alpha(image, 90), "PNG"),
    "PNG with a profile": lambda image: saved(Pillow.fromarray(image), "PNG", icc_profile=PROFILE),
    "WebP": lambda image: saved(Pillow.fromarray(image), "WEBP", lossless=True),
    "WebP with alpha": lambda image: saved(
        with_alpha(image, 255), "WEBP", lossless=True, exact=True
    ),
    "WebP with a profile": lambda image: saved(
        Pillow.fromarray(image), "WEBP", lossless=True, icc_profile=PROFILE
    ),
    "TIFF": lambda image: saved(Pillow.fromarray(image), "TIFF"),
    "TIFF, deflated": lambda image: saved(
        Pillow.fromarray(image), "TIFF", compression="tiff_adobe_deflate"
    ),
    "BMP": lambda image: saved(Pillow.fromarray(image), "BMP"),
}


def of_pixels(data: bytes) -> dict:
    inspection, _ = inspect_image(BytesSource("a", data), fingerprints=[known()])
    record = inspection_record(inspection)
    return {key: value for key, value in record.items() if key not in FILE_ONLY}


@settings(max_examples=12, deadline=None)
@given(
    name=st.sampled_from(sorted(PICTURES)),
    place=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    side=st.integers(66, 190),
    containers=st.lists(st.sampled_from(sorted(CONTAINERS)), min_size=2, max_size=3, unique=True),
)
def test_every_lossless_container_gives_the_same_evidence(name, place, side, containers):
    image = PICTURES[name][place[0] : place[0] + side, place[1] : place[1] + side]
    records = [of_pixels(CONTAINERS[one](np.ascontiguousarray(image))) for one in containers]
    assert all(record == records[0] for record in records[1:])


@pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")
def test_a_lossless_avif_gives_the_same_evidence():
    """Of a gray picture, whose colours AVIF does not turn: Pillow cannot write others so."""
    gray = Pillow.fromarray(skimage.data.camera()[:200, :200])
    data = saved(gray, "AVIF", quality=100, subsampling="4:4:4")
    assert of_pixels(data) == of_pixels(saved(gray, "PNG"))


def test_what_transparency_hides_does_not_decide():
    image = PICTURES["generated"]
    hidden = np.zeros(image.shape[:2], bool)
    hidden[:, 300:] = True
    records = []
    for below in (0, 255, np.random.default_rng(0).integers(0, 256, image.shape)):
        picture = np.dstack([np.where(hidden[..., None], below, image), 255 * ~hidden])
        records.append(of_pixels(saved(Pillow.fromarray(picture.astype(np.uint8)), "PNG")))
    assert records[0] == records[1] == records[2]
    said = " ".join(records[0]["explanation"])
    assert f"hides {100 * hidden.mean():.0f} % of the pixels" in said
    assert "hides" not in " ".join(of_pixels(CONTAINERS["PNG with alpha"](image))["explanation"])


@pytest.mark.parametrize(
    "turned",
    [np.fliplr, np.flipud, lambda image: image.swapaxes(0, 1), np.rot90],
    ids=["mirrored", "upside down", "transposed", "turned"],
)
@pytest.mark.parametrize("name", ["photograph", "generated"])
def test_mirrored_and_turned_pictures_give_mirrored_evidence(name, turned):
    """Sides are multiples of 16, so that grids lie alike: what is found is found again."""
    image = PICTURES[name][:288, :448]
    one = evidence(image, fingerprints=[known()])
    other = evidence(np.ascontiguousarray(turned(image)), fingerprints=[known()])
    assert one.jpeg.grid.found == other.jpeg.grid.found
    assert [match.matched for match in one.matches] == [match.matched for match in other.matches]
    strengths = [sorted(period.p_value for period in some.periods) for some in (one, other)]
    assert np.allclose(*(np.log(np.maximum(some, 1e-300)) for some in strengths), atol=0.5)
