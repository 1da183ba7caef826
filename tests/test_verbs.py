"""The front door: whatever names a picture goes in, a result that shows itself comes out."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import forensics as cf
from forensics.errors import ImageReadError, ParameterError
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
