"""What the OpenAPI description says of who may call what, held against what is so."""

from __future__ import annotations

import pytest
from builders.accounts import USER, add_person
from builders.apis import noted
from builders.tokens import call, make_token

from host.domain.people import command_line
from host.testing import make_host

DESCRIPTION = "/api/v1/openapi.json"
SAFE = {"get", "head", "options"}


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """A host whose plugin has an API."""
    folder = tmp_path_factory.mktemp("described")
    kit = make_host(folder / "host", [noted(folder / "m")])
    add_person(kit, USER, "administrator")
    yield kit
    kit.close()


@pytest.fixture(scope="module")
def token(kit):
    """It may do everything that a token may."""
    return make_token(kit, USER, *command_line(kit.house.registry.permissions()).permissions)


@pytest.fixture(scope="module")
def operations(kit, token):
    """Path, method and what is said of them."""
    paths = call(kit, token, DESCRIPTION).json["paths"]
    return [
        (path, method, said)
        for path, item in paths.items()
        for method, said in item.items()
        if method != "parameters"
    ]


def test_it_names_every_way_of_signing_in(kit, token):
    """A token, and a session with its CSRF token."""
    schemes = call(kit, token, DESCRIPTION).json["components"]["securitySchemes"]
    assert (schemes["apiToken"]["type"], schemes["apiToken"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "tabhost_session")
    assert schemes["csrfToken"]["name"] == "X-CSRF-Token"


def test_each_operation_says_its_permission(operations):
    """The host's, and those of plugins."""
    said = {(path, method): each["description"] for path, method, each in operations}
    assert "`acme.view`" in said["/api/v1/acme/notes", "get"]
    assert "`acme.manage`" in said["/api/v1/acme/notes", "post"]
    assert "`host.plugins.view`" in said["/api/v1/plugins", "get"]
    assert "fresh proof" in said["/api/v1/tokens", "post"]
    assert all("Needs the permission" in each or "signed in" in each for each in said.values())


def test_a_token_opens_exactly_what_it_is_said_to_open(kit, token, operations):
    """Each is called with it."""
    wrong = []
    for path, method, said in operations:
        here = path.replace("{number}", "2147483647").replace("{", "").replace("}", "")
        answer = call(kit, token, here, method.upper())
        refused = "An API token cannot" in answer.get_data(as_text=True)
        if refused == any("apiToken" in each for each in said["security"]):
            wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_whatever_changes_something_asks_browsers_for_the_csrf_token(operations):
    """And nothing else does."""
    for _, method, said in operations:
        by_session = next(each for each in said["security"] if "session" in each)
        assert ("csrfToken" in by_session) == (method not in SAFE)
