"""Nobody but the page itself gets an answer, and browsers are told to keep it so."""

from __future__ import annotations

import pytest

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


def test_the_page_needs_its_token(client):
    for token, status in (("a token", 200), ("another", 403), ("", 403), ("\u00e9\u00df", 403)):
        answer = client(token="").get("/", params={"token": token})
        assert answer.status_code == status
        if status == 403:
            assert "`catforensics serve` printed" in answer.json()["error"]
    assert client(token="").get("/").status_code == 403


@pytest.mark.parametrize("path", ["/api/inspect", "/api/compare", "/api/report", "/api/figure"])
def test_no_work_without_the_token(client, noise, path):
    for token in ("", "another", "a tokem"):
        assert client(token=token).post(path, content=noise).status_code == 403


def test_people_are_told_on_a_page(client):
    answer = client(token="").get("/?token=old", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "open the address that `catforensics serve` printed" in answer.text
    evil = {"Accept": "text/html", "Host": "<script>alert(1)</script>"}
    assert "<script>" not in client(token="").get("/", headers=evil).text


def test_the_token_may_stand_in_the_address_or_in_the_header(client, noise):
    asked = client(token="")
    assert asked.post("/api/inspect", params={"token": "a token"}, content=noise).status_code == 200
    basic = {"Authorization": "Basic a token"}
    assert asked.post("/api/inspect", headers=basic, content=noise).status_code == 403


def test_only_that_it_is_there_needs_no_token(client):
    asked = client(token="")
    assert asked.get("/api/health").json()["status"] == "ok"
    assert asked.get("/static/page.js").status_code == 200
    assert asked.get("/api/limits").status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:8421"])
def test_a_name_that_was_made_to_lead_here_is_refused(client, host):
    answer = client().get("/", params={"token": "a token"}, headers={"Host": host})
    assert answer.status_code == 421
    assert "which is not this page's" in answer.json()["error"]


@pytest.mark.parametrize("host", ["127.0.0.1:8421", "localhost:1", "LOCALHOST"])
def test_this_computer_by_any_of_its_names(client, host):
    assert client().get("/api/health", headers={"Host": host}).status_code == 200


def test_a_page_opened_to_the_network_takes_addresses_but_no_names(client):
    asked = client(open_to_all=True)
    for host, status in (("10.0.0.7:8421", 200), ("[fe80::1]:8421", 200), ("evil.example", 421)):
        assert asked.get("/api/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://127.0.0.1:8421"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_may_not_ask(client, noise, headers):
    answer = client().post("/api/inspect", content=noise, headers=headers)
    assert answer.status_code == 403
    assert "only the page itself may ask" in answer.json()["error"]
    assert client().get("/api/limits", headers=headers).status_code == 403


def test_the_page_itself_may_ask(client, noise):
    headers = {"Origin": "http://127.0.0.1:8421", "Sec-Fetch-Site": "same-origin"}
    assert client().post("/api/inspect", content=noise, headers=headers).status_code == 200


def test_every_answer_tells_browsers_to_keep_it_here(client, noise):
    asked = client()
    answers = [
        asked.get("/", params={"token": "a token"}),
        asked.get("/static/page.css"),
        asked.get("/nothing"),
        asked.get("/api/health", headers={"Host": "evil.example"}),
        asked.post("/api/inspect", content=noise),
        asked.post("/api/inspect", content=b"no picture"),
    ]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "server" not in answer.headers
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_the_page_may_ask_for_refusals_that_browsers_do_not_log(client):
    answer = client().post("/api/inspect", content=b"no", headers={"X-Refusals": "in-body"})
    assert (answer.status_code, answer.headers["x-status"]) == (200, "422")
    assert "no picture" in answer.json()["error"]
