"""The tab as people meet it, in a whole host."""

from __future__ import annotations

ADDRESS = "/tabs/acme_requests/requests/"
WISH = {"person": "MOBE", "licence": "Sales Premium", "needed_by": "2026-12-01", "reason": "New accounts"}


def test_a_request_is_added_listed_and_marked_as_done(kit):
    """Each change is audited, and said in a toast."""
    client = kit.client("administrator")
    assert "Nobody is waiting for a licence" in client.get(ADDRESS).text
    page = client.post(ADDRESS, WISH)
    assert page.status == 200
    assert "The request was added." in page.text
    assert "Sales Premium" in page.text
    page = client.post(f"{ADDRESS}1/done")
    assert "The request was marked as done." in page.text
    assert "Sales Premium" not in page.text
    assert [entry.action for entry in kit.audit() if entry.plugin == "acme_requests"] == [
        "request.done",
        "request.added",
    ]


def test_a_wrong_form_comes_back_with_messages_beside_the_fields(kit):
    """What was typed is still there, and nothing was kept."""
    client = kit.client("administrator")
    page = client.post(ADDRESS, {**WISH, "needed_by": "2026-11-23", "reason": ""})
    assert page.status == 422
    assert "This day is over. Choose today or a later day." in page.text
    assert "Say what it is needed for." in page.text
    assert 'value="Sales Premium"' in page.text
    assert "Nobody is waiting for a licence" in page.text


def test_a_viewer_sees_requests_but_cannot_change_them(kit):
    """No form is shown, and sending one is refused."""
    kit.client("administrator").post(ADDRESS, WISH)
    viewer = kit.client("viewer")
    page = viewer.get(ADDRESS)
    assert "Sales Premium" in page.text
    assert "Add request" not in page.text
    assert viewer.post(ADDRESS, WISH).status == 403


def test_everything_is_there_in_danish(kit):
    """Our own catalogue, with the host's words around it."""
    page = kit.client("administrator", language="da").get(ADDRESS)
    assert "Anmodninger" in page.text
    assert "Open requests" not in page.text
