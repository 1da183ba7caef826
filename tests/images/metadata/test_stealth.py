"""Text in the least bits of the pixels, as generators hide it, and as nobody should."""

from __future__ import annotations

import gzip
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from forensics.images.metadata.fields import MAX_TEXT, MetadataFields
from forensics.images.metadata.provenance import provenance
from forensics.images.metadata.stealth import add_stealth
from forensics.images.read import read_pixels
from forensics.views.results.provenance import provenance_facts, provenance_sentences

SETTINGS = "a cat, Steps: 20, Sampler: Euler a, Seed: 1"
SIGNATURES = ["stealth_pnginfo", "stealth_pngcomp", "stealth_rgbinfo", "stealth_rgbcomp"]


def hidden(
    pixels: np.ndarray, signature: str, body: bytes, n_bits: int | None = None
) -> np.ndarray:
    """RGBA with bits written as the extension does: down the first column, then the next."""
    head = signature.encode() + (8 * len(body) if n_bits is None else n_bits).to_bytes(4)
    bits = np.unpackbits(np.frombuffer(head + body, np.uint8))
    alpha = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    rgba = np.concatenate([pixels, alpha], axis=2)
    chosen = rgba[..., 3:] if "png" in signature else rgba[..., :3]
    line = np.ascontiguousarray(chosen.swapaxes(0, 1)).reshape(-1)
    line[: bits.size] = line[: bits.size] & 0xFE | bits[: line.size]
    chosen[...] = line.reshape(chosen.swapaxes(0, 1).shape).swapaxes(0, 1)
    return rgba


def packed(signature: str, text: str) -> bytes:
    return gzip.compress(text.encode()) if signature.endswith("comp") else text.encode()


def saved(rgba: np.ndarray, kind: str = "PNG") -> bytes:
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    file = io.BytesIO()
    Pillow.fromarray(rgba).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("signature", SIGNATURES)
def test_hidden_settings_are_provenance(cat, signature, kind):
    rgba = hidden(cat[:100, :90], signature, packed(signature, SETTINGS))
    shown = [rgba] if "png" in signature else [rgba, np.ascontiguousarray(rgba[..., :3])]
    for picture in shown:
        data = saved(picture, kind)
        for pixels in (None, read_pixels(data)):
            said = provenance(data, pixels=pixels)
            (found,) = said.generators
            assert found.maker == "Stable Diffusion web UI" and found.text == SETTINGS
            assert found.key == signature and found.place.startswith("least bits of the")
            assert SETTINGS in json.dumps(provenance_facts(said))
            assert any(SETTINGS in one for one in provenance_sentences(said))


def test_an_object_is_taken_apart(cat):
    text = json.dumps({"Software": "NovelAI", "Comment": "{}", "n": 1})
    rgba = hidden(cat, "stealth_pngcomp", packed("stealth_pngcomp", text))
    makers = [one.maker for one in provenance(saved(rgba)).generators]
    assert "NovelAI" in makers


def test_any_text_that_is_hidden_so_points_to_a_generator(cat):
    (found,) = provenance(saved(hidden(cat, "stealth_pnginfo", b"just words"))).generators
    assert found.maker == "a generator that hides its settings in the pixels"


def test_the_pixels_are_not_changed_by_it(cat):
    rgba = hidden(cat, "stealth_pnginfo", SETTINGS.encode())
    assert np.array_equal(read_pixels(saved(rgba)), cat)


def test_ordinary_pictures_hide_nothing(cat):
    for picture in (cat, hidden(cat, "stealth_pngxxxx", b"abc")):
        assert provenance(saved(picture)).generators == ()


# What nobody should write


@pytest.mark.parametrize("signature", SIGNATURES)
@given(n_bits=st.integers(0, 2**32 - 1), body=st.binary(max_size=300))
def test_no_length_and_no_body_makes_it_fail(signature, n_bits, body):
    picture = np.zeros((20, 30, 3), np.uint8)
    found = MetadataFields("PNG")
    add_stealth(hidden(picture, signature, body[:40], n_bits), found)
    assert sum(len(one.text) for one in found.entries) <= 2 * MAX_TEXT


def test_a_bomb_is_unpacked_no_further_than_text_is_kept(cat):
    bomb = gzip.compress(bytes(2**24).replace(b"\0", b"a"))
    found = MetadataFields("PNG")
    add_stealth(hidden(cat, "stealth_pngcomp", bomb), found)
    assert len(found.entries[0].text) == MAX_TEXT and "very long" in found.notes[0]


def test_what_is_damaged_is_noted(cat):
    said = provenance(saved(hidden(cat, "stealth_pngcomp", b"no gzip")))
    assert said.generators == () and "is damaged and was not read" in said.unreadable[0]


def test_deep_nesting_is_text(cat):
    text = "[" * 5000
    (found,) = provenance(saved(hidden(cat, "stealth_pnginfo", text.encode()))).generators
    assert found.text.startswith("[[[")


@pytest.mark.parametrize("side", [1, 2, 11])
def test_small_pictures_have_room_for_nothing(side):
    add_stealth(np.zeros((side, side, 4), np.uint8), MetadataFields("PNG"))
