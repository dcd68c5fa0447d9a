"""Usage events over HTTP, on both databases: an answer for each item, and the rest is kept."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select
from unit.status_tab.metering import NOW, event

from host.testing import make_host
from host.testing.kit import installed
from status_tab.rest.ingest import IngestedSchema
from status_tab.schemas.usage import AnswerSchema
from status_tab.storage.tables import UsageDayRow, UsageEventRow, UsageKeyRow

USAGE = "/api/v1/status_tab/usage"
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def kit(tmp_path, database_url):
    """A host with the Status tab."""
    made = make_host(tmp_path / "host", installed("status_tab"), database_url=database_url, now=NOW)
    yield made
    made.close()


def send(kit, body, *, role="administrator", headers=None):
    """Send *body*: a value as JSON, or bytes as they are."""
    given = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(headers or {})}
    return kit.client(role).call("POST", USAGE, data=given, headers=headers)


def outcomes(page):
    assert page.status == 200, page.text
    return [each["outcome"] for each in page.response.json["items"]]


def kept(kit):
    """Keys, raw events, and the sum of the events of all days."""
    with kit.house.stores.host.reading() as session:
        return tuple(
            session.scalar(select(each))
            for each in (
                func.count(UsageKeyRow.number),
                func.count(UsageEventRow.key),
                func.coalesce(func.sum(UsageDayRow.events), 0),
            )
        )


def test_one_a_batch_and_lines_are_taken(kit):
    """Each with its answers, counted, and audited."""
    assert outcomes(send(kit, event("a"))) == ["accepted"]
    assert outcomes(send(kit, [event("b"), event("c")])) == ["accepted", "accepted"]
    lines = b"\n".join(json.dumps(event(name)).encode() for name in "de")
    assert outcomes(send(kit, lines, headers=NDJSON)) == ["accepted", "accepted"]
    assert kept(kit) == (5, 5, 5)
    assert [each.action for each in kit.audit()].count("usage.ingested") == 3


def test_the_answer_is_as_it_is_described(kit):
    """Though no schema writes it: every field of every item, whatever became of it."""
    page = send(kit, [event("a"), event("a", value=99), event("a"), "nothing"])
    assert outcomes(page) == ["accepted", "conflict", "duplicate", "rejected"]
    document = page.response.json
    assert IngestedSchema().validate(document) == {}
    assert set(document) == set(IngestedSchema().fields)
    assert all(set(each) == set(AnswerSchema().fields) for each in document["items"])


def test_sent_again_it_counts_once_and_other_content_is_a_conflict(kit):
    """The first stays."""
    send(kit, event("a", value=3))
    page = send(kit, [event("a", value=3), event("a", value=4)])
    assert outcomes(page) == ["duplicate", "conflict"]
    assert page.response.json["conflict"] == 1
    assert kept(kit) == (1, 1, 1)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"data": {"service": "nothing", "value": 1}}, "data.service"),
        ({"data": {"service": "mailings", "value": -1}}, "data.value"),
        ({"data": {"service": "mailings", "value": 2**63}}, "data.value"),
        ({"time": "2026-01-01T00:00:00Z"}, "35 days back"),
        ({"time": "2027-01-01T00:00:00Z"}, "ahead"),
        ({"id": ""}, "id"),
        ({"type": "other"}, "type"),
        ({"time": "yesterday"}, "RFC 3339"),
    ],
)
def test_what_one_has_wrong_is_its_own(kit, changed, reason):
    """With a reason; the others count."""
    page = send(kit, [event("a"), {**event("b"), **changed}, event("c")])
    assert outcomes(page) == ["accepted", "rejected", "accepted"]
    assert reason in page.response.json["items"][1]["reason"]
    assert kept(kit) == (2, 2, 2)


def test_a_line_that_cannot_be_read_spoils_no_other(kit):
    """Neither half a line, nor bytes that are no text."""
    good = json.dumps(event("a")).encode()
    page = send(
        kit, b"\n".join([good, good[: len(good) // 2], b"\xff\xfe", b"", b"[" * 90_000]), headers=NDJSON
    )
    assert outcomes(page) == ["accepted", "rejected", "rejected", "rejected"]
    places = [(each["place"], each.get("reason", "")) for each in page.response.json["items"]]
    assert places[1][0] == "line 2"
    assert "not JSON" in places[1][1]
    assert "not UTF-8" in places[2][1]
    assert places[3][0] == "line 5"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The body is empty"),
        (b'{"id": ', "not JSON"),
        (b"\xff", "not UTF-8"),
        (json.dumps([1] * 10_001).encode(), "at most 10000"),
    ],
)
def test_a_request_that_cannot_be_read_counts_nothing(kit, body, said):
    """422, and what to send instead."""
    page = send(kit, body)
    assert page.status == 422, page.text
    assert said in page.text
    assert kept(kit) == (0, 0, 0)


def test_brackets_without_end_are_refused(kit):
    """As in every JSON address of the host."""
    page = send(kit, b"[" * 90_000)
    assert page.status == 400
    assert "nested" in page.text
    assert kept(kit) == (0, 0, 0)


def test_more_than_the_host_takes_is_refused_before_it_is_read(kit):
    """A batch of 10 MB."""
    page = send(kit, b" " * (kit.settings.max_upload + 1))
    assert page.status == 413
    assert kept(kit) == (0, 0, 0)


def test_it_is_for_those_who_manage(kit):
    """A viewer counts nothing."""
    assert send(kit, event("a"), role="viewer").status == 403
