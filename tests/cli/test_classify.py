from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from forensics.detection.verdict.model_file import model_record, shipped_model
from forensics.detection.verdict.score import BASE, CUT, FEATURES
from forensics.engine.fingerprints import load_library

NAME = shipped_model().name
CERTAIN = "certain"


@pytest.fixture
def cats(picture_folder) -> str:
    return picture_folder(4, shape=(128, 140)).name


@pytest.fixture
def cat() -> str:
    Pillow.fromarray(skimage.data.chelsea()).save("cat.png")
    return "cat.png"


@pytest.fixture
def site() -> str:
    """A picture with the pattern of the site's, and nothing else but noise."""
    pattern = load_library()[0].pattern
    pixels = np.random.default_rng(0).normal(120, 12, pattern.shape) + 40 * pattern
    gray = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    Pillow.fromarray(np.stack([gray] * 3, axis=-1)).save("site.png")
    return "site.png"


@pytest.fixture
def saying() -> str:
    """A score that calls everything generated."""
    record = model_record(shipped_model())
    record |= {"name": CERTAIN, "base": 9.0, "small_deliveries": {}}
    for name in model_record(shipped_model())["small_deliveries"]:
        record["small_deliveries"][name] = {"rise": 0.0}
    Path("certain.json").write_text(json.dumps(record))
    return "certain.json"


def names(folder: str | Path = ".") -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


# One picture


def test_one_is_answered_in_words_and_nothing_is_written(catforensics, cat):
    run = catforensics("classify", cat)
    assert run.status == 0 and run.err == "" and names() == {cat}
    first, *others = run.out.splitlines()
    assert first.startswith("cat.png: No generator trace: a JPEG grid")
    rows = [line.split()[0] for line in others if not line.startswith(" ")]
    assert rows == ["score", "likelihood", "reference"]


def test_a_pattern_that_is_known_is_named_by_its_source(catforensics, site):
    (record,) = objects(catforensics("classify", site, "--json").out)
    assert record["verdict"] == "generator trace"
    assert record["family"] == "thiscatdoesnotexist.com (StyleGAN2)"
    assert catforensics("classify", site).out.startswith(
        "site.png: Generator trace of thiscatdoesnotexist.com (StyleGAN2)"
    )


def test_inspect_and_classify_say_the_same_in_the_same_object(catforensics, cat, cats, site):
    for images in ([cat], [site], [f"{cats}/0.png"], [cat, site, f"{cats}/1.jpg"]):
        run = catforensics("classify", *images, "--json")
        assert run.out == catforensics("inspect", *images, "--json").out and run.status == 0


def test_explain_says_what_every_feature_adds(catforensics, cat):
    (record,) = objects(catforensics("classify", cat, "--json").out)
    parts = record["contributions"]
    assert [one["name"] for one in parts] == [*FEATURES, BASE, CUT]
    total = sum(one["log_odds"] for one in parts)
    assert total == pytest.approx(record["log_likelihood_ratio"], abs=1e-6)
    run = catforensics("classify", cat, "--explain")
    assert run.out.startswith(catforensics("classify", cat).out)
    assert f"\ntogether{'':<50}{total:>+10.2f}\n" in run.out


# Many pictures


@pytest.mark.parametrize("workers", [1, 3])
def test_many_are_a_line_each_in_their_order_and_a_summary(catforensics, cats, cat, workers):
    order = [f"{cats}/3.jpg", cat, f"{cats}/2.png", f"{cats}/1.jpg"]
    run = catforensics("classify", *order, "--workers", workers)
    records = objects(run.out)
    assert [record["path"] for record in records] == order and run.status == 0
    for path, line in zip(order, run.out.splitlines(), strict=True):
        assert catforensics("classify", "--json", path).out == f"{line}\n"
    (summary,) = run.err.splitlines()
    assert summary.startswith(f"4 pictures classified by the score {NAME}: ")
    for verdict in {record["verdict"] for record in records}:
        count = sum(record["verdict"] == verdict for record in records)
        assert f"{count} {verdict}" in summary
    assert names() == {cats, cat} and catforensics("classify", *order, "-q").err == ""


def test_a_list_on_stdin_is_many(catforensics, cats):
    listed = "\n".join(map(str, sorted(Path(cats).iterdir()))).encode()
    assert catforensics("classify", "-", stdin=listed).out == catforensics("classify", cats).out


def test_a_terminal_is_shown_a_table(catforensics, cats, monkeypatch):
    records = objects(catforensics("classify", cats).out)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for command in ("classify", "inspect"):
        head, *lines = catforensics(command, cats).out.splitlines()
        assert head.split()[:3] == ["verdict", "score", "picture,"]
        lines = [line for line in lines if not line.startswith(" ")]
        for record, line in zip(records, lines, strict=True):
            assert line.startswith(record["verdict"]) and record["path"] in line
        assert objects(catforensics(command, cats, "--json").out) == records
    lines = catforensics("profile", cats).out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [one["path"] for one in records]
    assert all("ands" in line for line in lines)  # "Bands every …", "No bands …"


def test_many_are_explained_one_after_the_other(catforensics, cats):
    run = catforensics("classify", cats, "--explain")
    assert run.out.count("\ntogether") == 4 and run.out.count("log odds") == 4


@pytest.mark.slow
def test_lines_can_be_a_file_of_one_or_many(catforensics, cats, cat):
    lines = catforensics("classify", cats).out
    run = catforensics("classify", cats, "-o", "x/lines.jsonl")
    assert run.status == 0 and run.out == "" and "4 pictures classified" in run.err
    assert Path("x/lines.jsonl").read_text() == lines
    assert catforensics("classify", cats, "-o", "x/lines.jsonl").refused
    assert catforensics("classify", cats, "-o", "x/lines.jsonl", "--force").status == 0
    assert catforensics("classify", cat, "-o", "one.jsonl").out == ""
    assert Path("one.jsonl").read_text() == catforensics("classify", cat, "--json").out


def test_small_and_broken_pictures_are_skipped_and_named(catforensics, cats):
    Path(f"{cats}/bad.jpg").write_bytes(b"text")
    Pillow.fromarray(np.zeros((60, 300, 3), np.uint8)).save(f"{cats}/small.png")
    run = catforensics("classify", cats)
    assert run.status == 0 and len(objects(run.out)) == 4
    assert run.err.startswith("skipped 2:\n") and f"  {cats}/bad.jpg is no picture" in run.err
    assert f"  {cats}/small.png" in run.err and "at least 66 x 66 pixels" in run.err
    run = catforensics("classify", cats, "--strict")
    assert run.status == 1 and f"{cats}/bad.jpg is no picture" in run.err
    run = catforensics("classify", f"{cats}/bad.jpg", f"{cats}/small.png")
    assert run.refused and "no picture was left" in run.err


def test_a_small_picture_alone_is_refused(catforensics):
    Pillow.fromarray(np.zeros((60, 300, 3), np.uint8)).save("small.png")
    for arguments in (["small.png"], ["small.png", "--json"], ["small.png", "-o", "new/x"]):
        run = catforensics("classify", *arguments)
        assert run.refused and "small.png" in run.err and "at least 66 x 66" in run.err
        assert names() == {"small.png"}
    assert catforensics("classify", "missing.png").refused


def test_a_limit_of_pixels_and_names_that_are_no_text(catforensics, cats):
    run = catforensics("classify", f"{cats}/0.png", "--max-pixels", 128 * 140 - 1)
    assert run.refused and "--max-pixels" in run.err
    name = f"{cats}/a\udcff\x1b[31m\n.png"
    os.rename(f"{cats}/0.png", name)
    run = catforensics("classify", name)
    assert run.status == 0 and all(line.isprintable() for line in run.out.splitlines())
    (record,) = objects(catforensics("classify", "--json", name).out)
    assert record["path"] == name


# What is asked for


@pytest.mark.slow
def test_a_score_above_the_limit_is_status_3_once_everything_is_written(
    catforensics, cats, cat, saying
):
    run = catforensics("classify", cat, "--model", saying, "--fail-above", "0.5")
    assert run.status == 3 and run.out
    assert run.err.splitlines()[-1].endswith("is above 0.5")
    run = catforensics("classify", cats, "--model", saying, "--fail-above", "0.5", "-o", "lines")
    assert run.status == 3 and len(objects(Path("lines").read_text())) == 4
    for limit in ("0.5", "1"):
        assert catforensics("classify", cat, "--fail-above", limit).status == 0
    assert catforensics("classify", cat, "--model", saying, "--fail-above", "1").status == 0
    for limit in ("-0.1", "1.1", "high"):
        assert catforensics("classify", cat, "--fail-above", limit).status == 2


def test_another_score_is_used_and_named(catforensics, cat, cats, saying):
    (record,) = objects(catforensics("classify", cat, "--json", "--model", saying).out)
    assert record["verdict"] == "generator trace" and record["family"] is None
    assert f"by the score {CERTAIN}" in catforensics("classify", cats, "--model", saying).err
    same = catforensics("inspect", cat, "--json", "--model", saying).out
    assert objects(same) == [record]


def test_a_further_fingerprint_is_held_against_it(catforensics, cat):
    for content in (b"", b"text", b"PK\3\4"):
        Path("bad.npz").write_bytes(content)
        run = catforensics("classify", cat, "--fingerprint", "bad.npz")
        assert run.refused and "bad.npz" in run.err


# Models that are none


def changed(change) -> bytes:
    record = model_record(shipped_model())
    change(record)
    return json.dumps(record).encode()


def of_the_future(record: dict) -> None:
    record["feature_version"] += 1


def rude(record: dict) -> None:
    record["feature_version"], record["name"] = 99, "a\nb\x1b[31m"


def rude_curve(record: dict) -> None:
    record["curves"][0]["feature"] = "a\x1b[31m"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda: None, "cannot be read"),
        (lambda: b"", "model.json is damaged"),
        (lambda: b"text", "model.json is damaged"),
        (lambda: b"{}", "is no model"),
        (lambda: b"[1, 2]", "is no model"),
        (lambda: b"\xff\xfe\0", "model.json is damaged"),
        (lambda: base64.b64encode(os.urandom(64)), "model.json is damaged"),
        (lambda: changed(lambda record: record.update(format_version=99)), "upgrade catforensics"),
        (lambda: changed(lambda record: record.update(format_version=1)), "train it again"),
        (lambda: changed(lambda record: record.pop("curves")), "model.json is damaged"),
        (lambda: changed(of_the_future), "upgrade catforensics"),
        (lambda: changed(rude), "upgrade catforensics"),
        (lambda: changed(rude_curve), "damaged"),
    ],
)
def test_what_is_no_model_is_refused_in_one_sentence(catforensics, cats, content, told):
    data = content()
    if data is not None:
        Path("model.json").write_bytes(data)
    before = names()
    for images in (f"{cats}/0.png", cats):
        run = catforensics("classify", images, "--model", "model.json")
        assert run.refused and told in run.err and names() == before


def test_the_name_of_a_model_cannot_write_on_the_terminal(catforensics, cat, cats, saying):
    record = json.loads(Path(saying).read_text()) | {"name": "a\nb\x1b[31m"}
    Path(saying).write_text(json.dumps(record))
    for images in (cat, cats):
        run = catforensics("classify", images, "--model", saying)
        assert "\x1b" not in run.out + run.err


# On pictures of known origin, where they are here


@pytest.mark.slow
def test_cats_of_the_site_and_cats_of_photographers(catforensics, data):
    gan = sorted((data / "gan" / "thiscatdoesnotexist").iterdir())[:6]
    real = sorted((data / "real" / "afhq").iterdir())[:6]
    records = objects(catforensics("classify", *gan, *real).out)
    verdicts = [record["verdict"] for record in records]
    assert verdicts[:6].count("generator trace") >= 5
    assert "generator trace" not in verdicts[6:]
