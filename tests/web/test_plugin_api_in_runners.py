"""JSON APIs of plugins that live in runners. What can be said without the plugin is said without it."""

from __future__ import annotations

import threading

import pytest
from builders.packages import install
from openapi_spec_validator import validate

from host.testing.kit import installed, make_host

REQUESTS = "/api/v1/acme_requests/requests"
WISH = {"person": "MOBE", "licence": "Sales Premium", "needed_by": "2026-12-01", "reason": "New accounts"}

ROUGH = """
import os, time
from flask import jsonify
from flask_smorest import Blueprint
from host.api import ConflictError, Permission, Plain, hookimpl, requires

rest = Blueprint("rest", __name__)

@hookimpl
def host_permissions():
    return [Permission(id="{plugin}.view", title=Plain("See it"), default_roles=("viewer",))]

@hookimpl
def host_api():
    return rest

def raises():
    raise RuntimeError("kaput")

def conflicts():
    raise ConflictError("It is there already.")

views = dict(
    fine=lambda: jsonify(fine=True), raises=raises, conflicts=conflicts, exits=lambda: os._exit(3),
    sleeps=lambda: time.sleep(60), page=lambda: "<p>Hello</p>",
)
for name, view in views.items():
    marked = requires("{plugin}.view")(lambda view=view: view())
    rest.add_url_rule("/" + name, endpoint=name, view_func=marked, methods=["POST"])
"""

LYING = """
import host.engine.declaring
from flask_smorest import Blueprint
from host.api import hookimpl

@hookimpl
def host_api():
    host.engine.declaring.description_of = lambda *_: {description}
    return Blueprint("rest", __name__)
"""


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """The sample in its runner."""
    folder = tmp_path_factory.mktemp("sample")
    kit = make_host(folder, installed("superoffice_tab", "acme_requests", "status_tab"), runners=True)
    yield kit
    kit.close()


@pytest.fixture(scope="module")
def rough(tmp_path_factory):
    """A plugin that does everything wrong, one call at a time, within two seconds."""
    folder = tmp_path_factory.mktemp("rough")
    install(folder / "site", "acme_rough", plugin="rough", code=ROUGH)
    limits = {"TABHOST_RUNNER_DEADLINE": "2", "TABHOST_RUNNER_IN_FLIGHT": "1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder / "site")
        kit = make_host(folder / "host", installed("rough"), runners=True, environment=limits)
        yield kit
        kit.close()


class TestWithoutTheRunner:
    @pytest.mark.parametrize(
        ("role", "method", "path", "status"),
        [
            (None, "GET", REQUESTS, 401),
            ("viewer", "POST", REQUESTS, 403),
            ("viewer", "DELETE", REQUESTS, 405),
            ("viewer", "GET", "/api/v1/acme_requests/other", 404),
            ("viewer", "GET", "/api/v1/acme_requests", 404),
            ("viewer", "GET", "/api/v1/openapi.json", 200),
        ],
    )
    def test_who_may_what_is_there_and_how_it_is_described_needs_no_process(
        self, kit, role, method, path, status
    ):
        """It was all told when the plugin was adopted."""
        before = kit.house.processes("acme_requests")
        client = kit.client(role) if role else kit.anonymous()
        page = client.call(method, path)
        assert (page.status, page.response.mimetype) == (status, "application/json")
        assert (before, kit.house.processes("acme_requests")) == (None, None)
        if status == 405:
            assert page.response.headers["Allow"] == "GET, HEAD, POST"

    def test_the_description_is_whole_and_valid(self, kit):
        """As if the plugin stood in the host's own process."""
        described = kit.client("viewer").get("/api/v1/openapi.json").response.json
        validate(described)
        assert set(described["paths"][REQUESTS]) == {"get", "post"}
        assert "acme_requests.NewRequest" in described["components"]["schemas"]
        assert kit.house.registry.get("acme_requests").app is None
        assert kit.house.processes("acme_requests") is None


class TestInTheRunner:
    def test_a_request_is_added_listed_and_marked_as_done(self, kit):
        """Kept in its own store, audited as the person, refused a second time."""
        client = kit.client()
        page = client.call("POST", REQUESTS, WISH)
        assert page.status == 201
        number = page.response.json["id"]
        assert client.get(REQUESTS).response.json == [{"id": number, **WISH}]
        assert kit.house.processes("acme_requests") is not None
        assert client.call("POST", f"{REQUESTS}/{number}/done").status == 204
        again = client.call("POST", f"{REQUESTS}/{number}/done")
        assert (again.status, again.response.json["status"]) == (409, "Conflict")
        assert client.get(REQUESTS).response.json == []
        written = [each for each in kit.audit() if each.plugin == "acme_requests"]
        assert [(each.action, each.actor) for each in written] == [
            ("request.done", "ADMI_EN"),
            ("request.added", "ADMI_EN"),
        ]

    def test_what_a_schema_refuses_comes_back_by_its_place(self, kit):
        """The same as in process."""
        page = kit.client().call("POST", REQUESTS, {**WISH, "reason": " ", "needed_by": "2020-01-01"})
        assert page.status == 422
        assert page.response.json["errors"] == {
            "json": {
                "needed_by": ["This day is over. Choose today or a later day."],
                "reason": ["Say what it is needed for."],
            }
        }


class TestFaults:
    @pytest.mark.parametrize("name", ["raises", "exits", "page"])
    def test_a_fault_is_json_with_an_id_and_the_next_call_is_answered(self, rough, name):
        """By a new runner, if need be."""
        client = rough.client("viewer")
        page = client.call("POST", f"/api/v1/rough/{name}")
        assert (page.status, page.response.mimetype) == (502, "application/json")
        assert page.response.json["error_id"] == rough.house.registry.ledger.behaviour("rough").last_error_id
        assert "kaput" not in page.text
        assert client.call("POST", "/api/v1/rough/fine").response.json == {"fine": True}

    def test_a_plugins_no_crosses_the_border(self, rough):
        """Its kind and its sentence."""
        page = rough.client("viewer").call("POST", "/api/v1/rough/conflicts")
        assert (page.status, page.response.json["message"]) == (409, "It is there already.")

    def test_late_is_504_and_busy_is_503(self, rough):
        """While one call sleeps through its deadline, the next finds no place."""
        late, client = [], rough.client("viewer")
        sleeper = rough.client("viewer")
        thread = threading.Thread(target=lambda: late.append(sleeper.call("POST", "/api/v1/rough/sleeps")))
        thread.start()
        answers = [client.call("POST", "/api/v1/rough/sleeps")]
        thread.join()
        first, second = sorted([*late, *answers], key=lambda page: page.status)
        assert (first.status, second.status) == (503, 504)
        assert "is busy" in first.response.json["message"]
        assert "did not answer in time" in second.response.json["message"]
        assert second.response.json["error_id"].startswith("E-")


LIES = {
    "address": "dict(paths={'/api/v1/plugins': dict()})",
    "name": "dict(components=dict(schemas=dict(Plugin=dict(type='object'))))",
    "huge": "dict(paths={'/api/v1/lying/' + 'x' * 300_000: dict()})",
    "deep": "dict(paths=__import__('functools').reduce(lambda inner, _: [inner], range(500), 1))",
    "no_json": "dict(paths=float('nan'))",
}


class TestLies:
    def test_a_process_that_lies_about_its_api_is_rejected(self, tmp_path, monkeypatch):
        """The host looks at what comes out of it; its own API and the description stay as they are."""
        for name, description in LIES.items():
            code = LYING.replace("{description}", description.replace("{", "{{").replace("}", "}}"))
            install(tmp_path / "site", f"acme_{name}", plugin=f"lying_{name}", code=code)
        monkeypatch.syspath_prepend(tmp_path / "site")
        plugins = [f"lying_{name}" for name in LIES]
        without = make_host(tmp_path / "without")
        bare = without.client().get("/api/v1/openapi.json").response.json
        without.close()
        kit = make_host(tmp_path / "host", installed(*plugins), runners=True)
        try:
            for each in plugins:
                assert kit.reason(each).startswith("The description of its API"), each
            described = kit.client().get("/api/v1/openapi.json").response.json
            assert described["paths"] == bare["paths"]
            assert "/api/v1/plugins" in described["paths"]
        finally:
            kit.close()
