"""The JSON API as programs meet it, in a whole host."""

from __future__ import annotations

ADDRESS = "/api/v1/acme_requests/requests"
WISH = {"person": "MOBE", "licence": "Sales Premium", "needed_by": "2026-12-01", "reason": "New accounts"}


def test_a_request_is_added_listed_and_marked_as_done(kit):
    """By the same services as the page, so it stands there too."""
    client = kit.client("administrator")
    page = client.call("POST", ADDRESS, WISH)
    assert page.status == 201
    request = page.response.json
    assert request == {"id": request["id"], **WISH}
    assert request in client.call("GET", ADDRESS).response.json
    assert "Sales Premium" in client.get("/tabs/acme_requests/requests/").text
    assert client.call("POST", f"{ADDRESS}/{request['id']}/done").status == 204
    assert client.call("POST", f"{ADDRESS}/{request['id']}/done").status == 409
    assert request not in client.call("GET", ADDRESS).response.json


def test_what_is_wrong_is_said_field_by_field(kit):
    """By the form's own rules: blank is missing, and a day that is over is refused."""
    page = kit.client("administrator").call(
        "POST", ADDRESS, {**WISH, "reason": " ", "needed_by": "2020-01-01"}
    )
    assert page.status == 422
    assert page.response.json["errors"]["json"] == {
        "needed_by": ["This day is over. Choose today or a later day."],
        "reason": ["Say what it is needed for."],
    }


def test_a_viewer_reads_only(kit):
    """As on the page."""
    viewer = kit.client("viewer")
    assert viewer.call("GET", ADDRESS).status == 200
    assert viewer.call("POST", ADDRESS, WISH).status == 403
