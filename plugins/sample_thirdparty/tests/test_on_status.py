"""What we add to the Status tab: a metered service, an event, facts. In a whole host, in both modes."""

from __future__ import annotations

import pytest

from acme_requests.review import review
from host.api import ConflictError, current_host
from status_tab.api import running_event

ADDRESS = "/tabs/acme_requests/requests/"
API = "/api/v1/status_tab"
WISH = {"person": "MOBE", "licence": "Sales Premium", "needed_by": "2026-12-01", "reason": "New accounts"}


def told(kit, path, language="en"):
    """What the JSON API of the Status tab answers."""
    return kit.client("administrator", language=language).call("GET", f"{API}/{path}").response.json


def used(kit):
    """How many requests were counted this month."""
    return next(each["used"] for each in told(kit, "usage") if each["service"] == "acme_requests.requests")


def test_each_request_is_counted_once_and_may_cost_something(kit):
    """On an invoice of our own, by our own tariff."""
    before = used(kit)
    client = kit.client("administrator")
    client.post(ADDRESS, WISH)
    assert client.call("POST", "/api/v1/acme_requests/requests", WISH).status == 201
    client.post(ADDRESS, {**WISH, "reason": ""})
    assert used(kit) - before == 2
    (invoice,) = told(kit, "invoice")["vendors"]
    (line,) = invoice["lines"]
    assert (invoice["vendor"], line["included"], line["unit_price"]) == ("Acme Inc.", 20, "5.00")


def test_how_many_are_open_stands_in_the_box_on_the_status_page(kit):
    """In the reader's language, for as long as it is so."""
    client = kit.client("administrator")
    client.post(ADDRESS, WISH)
    shown = [(each["label"], each["value"]) for each in told(kit, "facts")]
    assert shown == [("Open requests", "1"), ("Most open requests", "50")]
    assert told(kit, "facts", "da")[0]["label"] == "Åbne anmodninger"
    assert "Open requests" in kit.client("viewer").get("/tabs/status_tab/status/").text
    client.post(ADDRESS, WISH)
    assert told(kit, "facts")[0]["value"] == "2"


def test_a_review_is_a_system_event_while_it_runs(kit):
    """Started from the page, in the runner: when it is done, it is over."""
    client = kit.client("administrator")
    client.post(ADDRESS, WISH)
    assert "Marked as done: 0" in client.post(f"{ADDRESS}review").text
    newest = told(kit, "events?show=finished")[0]
    assert (newest["key"], newest["message"]) == (
        "acme_requests.review",
        "Who holds by now what they asked for",
    )
    assert newest["progress"] == {"done": 1, "total": 1}
    assert "Sales Premium" in client.get(ADDRESS).text


def test_two_do_not_review_at_once(kit):
    """The second does not begin."""
    kit.client("administrator").post(ADDRESS, WISH)
    with kit.serving("acme_requests"), running_event("acme_requests.review"):
        with pytest.raises(ConflictError, match="is open already"):
            review()
        assert current_host.plugin == "acme_requests"


def test_without_the_status_tab_our_own_work_goes_on(kit):
    """Nothing is counted, and nobody is told."""
    before, client = used(kit), kit.client("administrator")
    client.post("/plugins/status_tab/disable")
    try:
        assert "The request was added." in client.post(ADDRESS, WISH).text
    finally:
        client.post("/plugins/status_tab/enable")
    assert used(kit) == before
