"""The tab as people meet it, in a whole host."""

from __future__ import annotations

import pytest

from host.testing import make_host
from host.testing.kit import installed

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
    written = [entry for entry in kit.audit() if entry.plugin == "acme_requests"]
    assert [entry.action for entry in written[:2]] == ["request.done", "request.added"]


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


def test_the_tab_tells_how_many_are_open(kit):
    """To everybody, until the last one is done. What is refused changes nothing."""
    client = kit.client("administrator")
    assert "Open requests: 1" in client.post(ADDRESS, WISH).text
    client.post(ADDRESS, {**WISH, "reason": ""})
    assert "Open requests: 1" in kit.client("viewer").get("/").text
    assert "Åbne anmodninger: 1" in kit.client("viewer", language="da").get("/").text
    assert "Open requests: " not in client.post(f"{ADDRESS}1/done").text


def test_open_requests_can_be_downloaded(kit):
    """As CSV that a spreadsheet reads as UTF-8, and never as a formula."""
    client = kit.client("administrator")
    client.post(ADDRESS, {**WISH, "licence": "=1+1", "reason": "Nye kunder på Ærø"})
    answer = client.get(f"{ADDRESS}export.csv").response
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == "attachment; filename=requests.csv"
    assert answer.get_data().decode("utf-8-sig").splitlines() == [
        "Who,Licence,Needed by,Reason",
        "MOBE,'=1+1,2026-12-01,Nye kunder på Ærø",
    ]


def test_no_names_are_offered_where_no_licences_are_known(kit):
    """The SUPEROFFICE tab is not there, and nothing is missed."""
    page = kit.client("administrator").get(f"{ADDRESS}licences")
    assert page.status == 200
    assert "<option" not in page.text


@pytest.fixture
def full(kit, tmp_path):
    """A host where one request may be open, and is."""
    full = make_host(
        tmp_path,
        installed("status_tab", "superoffice_tab", "acme_requests"),
        environment={"ACME_REQUESTS_MOST_OPEN": "1"},
        runners=kit.runners is not None,
    )
    full.client("administrator").post(ADDRESS, WISH)
    yield full
    full.close()


def test_there_is_no_form_while_as_many_are_open_as_may_be(full):
    """Who sends it all the same is told why not."""
    client = full.client("administrator")
    assert "No more requests can be added" in client.get(ADDRESS).text
    assert "Add request" not in client.get(ADDRESS).text
    page = client.post(ADDRESS, WISH)
    assert page.status == 422
    assert "No more than 1 requests may be open." in page.text
    assert "Add request" in client.post(f"{ADDRESS}1/done").text
