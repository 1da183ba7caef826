"""The page keeps what its OpenAPI description promises, whatever is sent to it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

from forensics.views.page.app import page_app
from forensics.views.page.limits import Limits

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

_APP = page_app(
    "a token",
    frozenset({"127.0.0.1", "localhost", "testserver"}),
    Limits(picture_bytes=100_000, sets_bytes=100_000),
    open_to_all=False,
)
_DESCRIBED = schemathesis.openapi.from_asgi("/api/openapi.json", _APP)


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
