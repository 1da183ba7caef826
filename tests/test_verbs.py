"""The front door: whatever names a picture goes in, a result that shows itself comes out."""

from __future__ import annotations

import inspect
import json
import re

import numpy as np
import pytest

import forensics as cf
from forensics.errors import (
    EmptySetError,
    ForensicsError,
    ImageReadError,
    ImageShapeError,
    ParameterError,
)
from forensics.images.delivery.encode import jpeg_bytes, png_bytes


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory,
):
    from skimage.data import chelsea, coffee

    path = tmp_path_factory.mktemp("pictures")
    (path / "cat.png").write_bytes(png_bytes(np.ascontiguousarray(chelsea()[:240, :300])))
    (path / "cup.jpg").write_bytes(
        jpeg_bytes(np.ascontiguousarray(coffee()[:240, :300]), quality=80)
    )
    return path


def test_one_picture_has_one_verdict_whatever_names_it(folder):
    path = folder / "cat.png"
    pixels = cf.read_pixels(path)
    every = [cf.inspect(one) for one in (path, str(path), path.read_bytes(), pixels)]
    assert {one.verdict for one in every} == {"no generator trace"}
    assert len({one.score for one in every}) == 1
    assert all(
        isinstance(one, cf.Inspection) and np.array_equal(one.image, pixels) for one in every
    )


def test_a_set_has_one_for_each(folder):
    found = cf.inspect(folder)
    assert isinstance(found, cf.Inspections) and len(found) == 2 and found.skipped == ()
    assert found.verdict == [one.verdict for one in found] and found.score.shape == (2,)
    assert found.family == [None, None]
    assert [one["path"] for one in found.to_dict()] == [one.path for one in found]
    again = cf.classify([folder / "cat.png", (folder / "cup.jpg").read_bytes()])
    assert list(again.score) == list(found.score)


def test_its_object_is_what_the_command_prints(folder, catforensics):
    told = json.loads(catforensics("inspect", "--json", str(folder / "cat.png")).out)
    assert json.loads(json.dumps(cf.inspect(str(folder / "cat.png")).to_dict())) == told
    told = json.loads(catforensics("profile", "--json", str(folder / "cat.png")).out)
    assert json.loads(json.dumps(cf.profile(str(folder / "cat.png")).to_dict())) == told


def test_what_cannot_be_read_is_refused_or_left_out(folder, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(ImageReadError, match="is no picture"):
        cf.inspect(broken)
    with pytest.raises(ImageReadError, match="is no picture"):
        cf.classify([folder, broken])
    found = cf.classify([folder, broken], on_error="skip")
    assert len(found) == 2 and [one.path for one in found.skipped] == [str(broken)]
    gone = str(tmp_path / "gone.png")
    found = cf.classify([folder, gone], on_error="skip")
    assert len(found) == 2 and [one.path for one in found.skipped] == [gone]
    assert "does not exist" in found.skipped[0].reason


def test_profiles_blends_and_comparisons(folder):
    one = cf.profile(folder / "cat.png")
    assert one.to_dict()["periods"] and [each.path for each in cf.profile(folder)] == [
        str(folder / "cat.png"), str(folder / "cup.jpg"),
    ]  # fmt: skip
    blend = cf.blend(folder)
    assert blend.n_images == 2 and (blend + blend).n_images == 4
    assert isinstance(blend + blend, cf.Blend) and blend.to_dict()["n_images"] == 2
    assert len(blend.periods) == 30
    both = cf.compare(blend, folder, names=("first", "second"))
    record = both.to_dict()
    assert record["a"]["name"] == "first" and record["a"]["periods"] == record["b"]["periods"]


def test_deliveries_and_simulations_are_the_same_for_one_seed(folder):
    pixels = cf.read_pixels(folder / "cat.png")
    sent = cf.deliver(pixels, [cf.images.Jpeg(75)])
    assert sent.container == "JPEG" and np.array_equal(
        sent.pixels, cf.deliver(folder / "cat.png", [cf.images.Jpeg(75)]).pixels
    )
    assert cf.deliver(pixels[..., 0], [cf.images.Jpeg(75)]).pixels.ndim == 2  # gray stays gray
    first, second = (cf.deliver(folder, "thumbnail", seed=4) for _ in range(2))
    assert len(first) == 2 and [one.data for one in first] == [one.data for one in second]
    made, again = (cf.simulate(pixels, "transposed-3", seed=1).pixels for _ in range(2))
    assert np.array_equal(made, again) and not np.array_equal(made, pixels)
    assert len(cf.simulate(folder, "nearest")) == 2


def test_results_are_short_in_a_line_and_drawn_in_a_notebook(folder):
    found = cf.inspect(folder / "cat.png")
    blend = cf.blend(folder)
    for one in (found, cf.profile(folder / "cat.png"), blend, cf.compare(blend, blend)):
        assert len(repr(one)) < 300 and "array(" not in repr(one)
        html = one._repr_html_()
        assert re.match(r'<img src="data:image/png;base64,[\w+/=]+" alt="[^"]+">$', html)
    table = cf.inspect(folder)._repr_html_()
    assert table.startswith("<table>") and "cat.png" in table and table.count("<tr>") == 3
    assert repr(cf.inspect(folder)) == "<2 inspections: 2 no generator trace>"
    [kept, _] = cf.inspect(folder)
    assert kept.image is None and kept._repr_html_().startswith("<pre>")
    with pytest.raises(ParameterError, match="inspect it alone"):
        kept.figure()


PLAIN = np.full((80, 80, 3), 9, np.uint8)
VERBS = {
    "inspect": cf.inspect,
    "classify": cf.classify,
    "profile": cf.profile,
    "blend": cf.blend,
    "features": cf.features,
    "compare": lambda images: cf.compare(images, images),
    "deliver": lambda images: cf.deliver(images, [cf.images.Jpeg(75)]),
    "simulate": lambda images: cf.simulate(images, "nearest"),
}
REFUSED = {
    "NaN": (np.full((80, 80), np.nan), ImageShapeError, "fill in what is not finite"),
    "complex": (np.zeros((80, 80), complex), ImageShapeError, "of abs(image)"),
    "bool": (np.zeros((80, 80), bool), ImageShapeError, "image * np.uint8(255)"),
    "0 to 1": (np.full((80, 80, 3), 0.5), ImageShapeError, "(255 * image).round()"),
    "outside": (np.full((80, 80), 300.5), ImageShapeError, "from 300.5 to 300.5, scale them"),
    "float": (np.full((80, 80), 99.5), ImageShapeError, "image.round().astype(np.uint8)"),
    "16 bits": (np.zeros((80, 80), np.uint16), ImageShapeError, "(image / 257).round()"),
    "4 channels": (np.zeros((80, 80, 4), np.uint8), ImageShapeError, "image[..., :-1]"),
    "5 channels": (np.zeros((80, 80, 5), np.uint8), ImageShapeError, "three channels last"),
    "one axis": (np.zeros(9, np.uint8), ImageShapeError, "put rows first"),
    "no pixel": (np.zeros((0, 5), np.uint8), ImageShapeError, "put rows first"),
    "an array of paths": (np.array(["a"]), ImageShapeError, "image.tolist()"),
    "other bytes": (b"no", ImageReadError, "JPEG, PNG, WebP, TIFF, BMP, AVIF, GIF"),
    "no bytes": (b"", ImageReadError, "copy it again or leave it out"),
    "no such file": ("gone.png", ImageReadError, "check the spelling"),
    "an empty list": ([], EmptySetError, "pass a folder, an archive, a pattern, or a list"),
    "lists of lists": ([PLAIN, [PLAIN]], ParameterError, "picture 2 of images is a list: pass"),
    "None": (None, ParameterError, "of type NoneType: pass a path"),
    "None in a list": ([None], ParameterError, "picture 1 in memory is of type NoneType"),
    "a number": (7, ParameterError, "of type int: pass a path"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused_with_the_way_out(verb, what):
    images, kind, way_out = REFUSED[what]
    with pytest.raises(kind) as caught:
        VERBS[verb](images)
    said = str(caught.value)
    assert isinstance(caught.value, ForensicsError) and way_out in said
    assert "\n" not in said and "--" not in said


@pytest.mark.parametrize("verb", ["inspect", "classify", "profile", "features", "compare"])
def test_a_picture_of_one_pixel_is_too_small(verb):
    with pytest.raises(ImageShapeError, match="pass a larger picture"):
        VERBS[verb](np.zeros((1, 1, 3), np.uint8))


def test_a_small_blend_still_says_what_it_is():
    assert repr(cf.blend(np.zeros((4, 4), np.uint8))) == (
        "<Blend of 1 picture: too small for a period test>"
    )


@pytest.mark.parametrize("verb", VERBS)
def test_whatever_names_pictures_is_taken(verb, tmp_path, folder):
    path = tmp_path / "small.png"
    path.write_bytes(png_bytes(cf.read_pixels(folder / "cat.png")[80:152, 80:152]))
    for images in (
        path, str(path), path.read_bytes(), cf.read_pixels(path), cf.find_images(path)[0],
    ):  # fmt: skip
        found = VERBS[verb]([images])
        for done in found if isinstance(found, list | tuple) else [found]:
            json.dumps(done.to_dict(), allow_nan=False)
            assert len(repr(done)) < 300 and "array(" not in repr(done)
            assert done._repr_html_().startswith("<")


def test_folders_patterns_and_lists_name_sets(folder):
    for images in (folder, str(folder / "*"), [folder / "cat.png", str(folder / "cup.jpg")]):
        assert len(cf.profile(images)) == len(cf.deliver(images, "thumbnail")) == 2
        assert cf.blend(images).n_images == cf.features(images).n_images == 2


@pytest.mark.parametrize("verb", VERBS)
def test_signatures_have_one_pattern(verb):
    parameters = list(inspect.signature(getattr(cf, verb)).parameters.values())
    first = ["a", "b"] if verb == "compare" else ["images"]
    own = {"deliver": ["steps"], "simulate": ["layer"]}.get(verb, [])
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert positional == [*first, *own]
    if not own:
        assert parameters[-1].kind is inspect.Parameter.VAR_KEYWORD
        assert parameters[-1].name == "run"
        assert parameters[-2].name == "max_pixels"
    for one in parameters:
        assert one.annotation is not one.empty
        assert (one.default is one.empty) == (one in parameters[: len(positional)]) or one.name == (
            "run"
        )
