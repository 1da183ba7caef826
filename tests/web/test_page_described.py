"""The page keeps what its OpenAPI description promises, whatever is sent to it."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, Phase, settings

from forensics.web.app import page_app
from forensics.web.limits import Limits

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

_APP = page_app(
    "a token",
    frozenset({"127.0.0.1", "localhost", "testserver"}),
    Limits(picture_bytes=100_000, sets_bytes=100_000),
    open_to_all=False,
)
_DESCRIBED = schemathesis.openapi.from_asgi("/api/openapi.json", _APP)


@pytest.mark.slow
@_DESCRIBED.parametrize()
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_is_answered_with_a_failure_of_the_server(case):
    answer = case.call(headers={"Authorization": "Bearer a token"})
    assert answer.status_code < 500
    # That a body is bytes does not make it a picture: refusals are answers.
    case.validate_response(answer, excluded_checks=[schemathesis.checks.positive_data_acceptance])


def fits(client, answer, name: str) -> None:
    """Hold an answer against what `/api/openapi.json` says of answers of that name."""
    described = client.get("/api/openapi.json").json()
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer.json())


@pytest.mark.parametrize("view", [False, True])
def test_an_inspection_is_what_the_description_says(client, banded, view):
    asked = client()
    fits(asked, asked.post("/api/inspect", params={"view": view}, content=banded), "InspectAnswer")


def test_a_comparison_is_what_the_description_says(client, banded, noise):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a/1.png", banded)
        packed.writestr("b/1.png", noise)
        packed.writestr("b/2.png", b"no picture")
    asked = client()
    answer = asked.post("/api/compare", params={"view": True}, content=file.getvalue())
    assert answer.json()["b"]["n_skipped"] == 1
    fits(asked, answer, "CompareAnswer")


def test_health_and_refusals_are_what_the_description_says(client):
    asked = client()
    fits(asked, asked.get("/api/health"), "Health")
    fits(asked, asked.post("/api/inspect", content=b"no picture"), "Problem")


def test_a_schema_can_say_no(client, banded):
    asked = client()
    answer = asked.post("/api/inspect", content=banded)
    described = asked.get("/api/openapi.json").json()
    schema = {"$ref": "#/components/schemas/InspectAnswer", "components": described["components"]}
    for key, value in (("score", 1.2), ("verdict", "real"), ("periods", [{}]), ("sha256", None)):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(answer.json() | {key: value}, schema)
