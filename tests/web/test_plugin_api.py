"""JSON APIs of plugins that live in the host's process."""

from __future__ import annotations

import pytest
from builders.apis import answering, api, noted, saying
from builders.plugins import drawing, neighbour, raising, tabbed, the_neighbour_serves
from flask import Blueprint, jsonify, request
from flask_smorest import Blueprint as ApiBlueprint
from openapi_spec_validator import validate

from host.api import current_host, requires
from host.domain.people import command_line
from host.engine.plugin_app import EXPLAINED
from host.services.plugins import switch_plugin

NOTES = "/api/v1/acme/notes"
seen = requires("acme.view")


@pytest.fixture
def kit(host_with, tmp_path):
    """Notes, and a neighbour that serves pages only."""
    return host_with(noted(tmp_path), neighbour())


def texts(kit):
    """What is kept."""
    return [each["text"] for each in kit.client("viewer").get(NOTES).response.json]


class TestCalls:
    def test_what_is_sent_is_checked_kept_and_audited(self, kit):
        """In one transaction, as the person who sent it."""
        page = kit.client().call("POST", NOTES, {"text": "Buy milk"})
        assert (page.status, page.response.json) == (201, {"text": "Buy milk"})
        assert texts(kit) == ["Buy milk"]
        entry = next(each for each in kit.audit() if each.action == "note.written")
        assert (entry.plugin, entry.actor, entry.after) == ("acme", "ADMI_EN", {"text": "Buy milk"})

    def test_a_badge_is_kept_and_a_toast_is_not_shown(self, kit):
        """Whoever calls an API sees no page; nor does anybody else get the sentence later."""
        client = kit.client()
        client.call("POST", NOTES, {"text": "x"})
        page = client.get("/tabs/neighbour/main/")
        assert "Nobody reads this" not in page.text
        assert "One note" in page.text

    @pytest.mark.parametrize(
        ("sent", "status", "errors"),
        [
            ({}, 422, {"json": {"text": ["Missing data for required field."]}}),
            ({"text": "x", "more": 1}, 422, {"json": {"more": ["Unknown field."]}}),
            ([], 422, {"json": {"_schema": ["Invalid input type."]}}),
        ],
    )
    def test_what_a_schema_refuses_comes_back_by_its_place(self, kit, sent, status, errors):
        """And nothing is kept."""
        page = kit.client().call("POST", NOTES, sent)
        assert page.status == page.response.json["code"] == status
        assert page.response.json["status"] == "Unprocessable Entity"
        assert page.response.json["errors"] == errors
        assert texts(kit) == []

    def test_what_is_no_json_is_said_to_be_none(self, kit):
        """400, in JSON."""
        page = kit.client().call("POST", NOTES, data="{", content_type="application/json")
        assert (page.status, page.response.json["errors"]) == (400, {"json": ["Invalid JSON body."]})

    @pytest.mark.parametrize(
        ("ending", "status", "message"),
        [
            ("input", 422, "text: The note is not good."),
            ("missing", 404, "There is no such note."),
            ("conflict", 409, "It is there already."),
            ("forbidden", 403, "Not yours."),
            ("abort", 409, "Taken."),
        ],
    )
    def test_a_plugins_no_is_its_own_sentence(self, kit, ending, status, message):
        """With the status of its kind; what was written is undone, and it is no fault."""
        page = kit.client().call("POST", f"{NOTES}/{ending}")
        assert (page.status, page.response.mimetype) == (status, "application/json")
        assert (page.response.json["code"], page.response.json["message"]) == (status, message)
        assert texts(kit) == []
        assert kit.house.registry.ledger.behaviour("acme").faults == 0

    def test_it_sees_who_calls_and_in_what_language_but_no_cookie_and_no_token(self, host_with):
        """Just as a page does."""
        kit = host_with(
            saying(
                "acme",
                lambda: jsonify(
                    me=current_host.actor.user_id, locale=current_host.locale, headers=list(request.headers)
                ),
            )
        )
        told = kit.client("viewer", language="da").call("GET", "/api/v1/acme/it").response.json
        assert (told["me"], told["locale"]) == ("VIEW_DA", "da")
        assert not {"Cookie", "X-Csrf-Token"} & {name for name, _ in told["headers"]}


class TestHeaders:
    def test_an_answer_is_for_one_person_and_carries_what_the_house_wants(self, kit):
        """No store, no sniffing."""
        headers = kit.client().get(NOTES).response.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")

    def test_only_those_pass_that_an_api_needs(self, host_with):
        """No cookie, no policy, nothing of htmx."""
        answer = answering(
            "{}",
            201,
            content_type="application/json",
            location="/api/v1/acme/it",
            etag='"one"',
            x_pagination='{"total": 1}',
            cache_control="public, max-age=60",
            set_cookie="a=b",
            content_security_policy="default-src *",
            hx_redirect="/tabs/acme/main/",
        )
        headers = host_with(saying("acme", answer)).client().get("/api/v1/acme/it").response.headers
        assert headers["Location"] == "/api/v1/acme/it"
        assert headers["ETag"] == '"one"'
        assert headers["X-Pagination"] == '{"total": 1}'
        assert headers["Cache-Control"] == "private, max-age=60"
        assert "Set-Cookie" not in headers
        assert "HX-Redirect" not in headers
        assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")

    @pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml"])
    def test_a_page_is_no_answer_of_an_api_whatever_it_is_marked_with(self, host_with, kind):
        """Nobody has read it; the host's own mark is taken from nobody else."""
        marked = answering("<script src=/static/acme/0/x.js></script>", 200, content_type=kind)

        def answer():
            response = marked()
            response.headers[EXPLAINED] = "1"
            return response

        page = host_with(saying("acme", answer)).client().get("/api/v1/acme/it")
        assert (page.status, page.response.mimetype) == (502, "application/json")

    def test_an_etag_saves_the_answer(self, host_with):
        """flask-smorest's own way, end to end: If-None-Match gives 304, If-Match guards a change."""
        rest = ApiBlueprint("rest", __name__)

        @rest.get("/it")
        @seen
        @rest.etag
        @rest.response(200)
        def show():
            return {"version": 1}

        @rest.put("/it")
        @seen
        @rest.etag
        @rest.response(200)
        def put():
            rest.check_etag({"version": 1})
            return {"version": 2}

        client = host_with(api("acme", host_api=rest)).client()
        tag = client.get("/api/v1/acme/it").response.headers["ETag"]
        page = client.call("GET", "/api/v1/acme/it", headers={"If-None-Match": tag})
        assert (page.status, page.text) == (304, "")
        assert client.call("PUT", "/api/v1/acme/it", headers={"If-Match": tag}).status == 200
        assert client.call("PUT", "/api/v1/acme/it", headers={"If-Match": '"old"'}).status == 412
        assert client.call("PUT", "/api/v1/acme/it").status == 428

    def test_without_content_there_is_none(self, host_with):
        """204 has neither body nor type."""
        response = host_with(saying("acme", lambda: ("", 204))).client().get("/api/v1/acme/it").response
        assert (response.status_code, response.data, response.content_type) == (204, b"", None)

    def test_a_file_passes_as_a_page_may_hand_one_out(self, host_with):
        """CSV, say."""
        answer = answering("a;b", content_type="text/csv", content_disposition="attachment; filename=a.csv")
        response = host_with(saying("acme", answer)).client().get("/api/v1/acme/it").response
        assert (response.mimetype, response.data) == ("text/csv", b"a;b")
        assert response.headers["Content-Disposition"] == "attachment; filename=a.csv"


class TestDoors:
    @pytest.mark.parametrize(
        ("role", "method", "path", "status"),
        [
            (None, "GET", NOTES, 401),
            (None, "GET", "/api/v1/stranger/notes", 401),
            ("viewer", "GET", NOTES, 200),
            ("viewer", "POST", NOTES, 403),
            ("viewer", "GET", f"{NOTES}/raise", 405),
            ("administrator", "GET", "/api/v1/acme", 404),
            ("administrator", "GET", "/api/v1/acme/", 404),
            ("administrator", "GET", "/api/v1/acme/other", 404),
            ("administrator", "GET", "/api/v1/stranger/notes", 404),
            ("administrator", "GET", "/api/v1/neighbour/main/", 404),
            ("administrator", "GET", "/tabs/acme/notes", 404),
            ("administrator", "DELETE", NOTES, 405),
        ],
    )
    def test_they_open_for_whom_the_plugin_says(self, kit, role, method, path, status):
        """Default deny; in JSON below /api/."""
        client = kit.client(role) if role else kit.anonymous()
        page = client.call(method, path)
        assert page.status == status
        if path.startswith("/api/") and status >= 400:
            assert page.response.json["code"] == status
            assert page.response.json["message"]

    def test_a_wrong_method_is_told_the_right_ones(self, kit):
        """As HTTP wants it."""
        page = kit.client().call("DELETE", NOTES)
        assert page.response.headers["Allow"] == "GET, HEAD, POST"

    @pytest.mark.parametrize(
        ("path", "methods"),
        [(NOTES, {"GET", "HEAD", "OPTIONS", "POST"}), (f"{NOTES}/milk", {"OPTIONS", "POST"})],
    )
    def test_whoever_asks_for_the_methods_of_an_address_hears_those_of_its_route(self, kit, path, methods):
        """Not those that plugins may have; and where nothing stands there are none."""
        page = kit.client("viewer").call("OPTIONS", path)
        told = {each.strip() for each in page.response.headers.get("Allow", "").split(",")}
        assert page.status == 200
        assert told == methods
        assert kit.client("viewer").call("OPTIONS", "/api/v1/acme/nothing/at/all").status == 404

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-CSRF-Token": ""},
            {"X-CSRF-Token": "forged"},
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
        ],
    )
    def test_what_another_site_sends_is_refused(self, kit, headers):
        """In JSON, and the plugin never sees it."""
        page = kit.client().call("POST", NOTES, {"text": "x"}, headers=headers)
        assert (page.status, page.response.mimetype) == (403, "application/json")
        assert texts(kit) == []

    def test_a_plugin_that_is_off_has_no_api(self, kit):
        """Neither to call nor in the description; from the next request on."""
        client = kit.client()
        switch_plugin(kit.house, "acme", on=False, actor=command_line([]))
        assert client.get(NOTES).status == 404
        assert NOTES not in client.get("/api/v1/openapi.json").response.json["paths"]
        switch_plugin(kit.house, "acme", on=True, actor=command_line([]))
        assert client.get(NOTES).status == 200

    @pytest.mark.parametrize("name", ["plugins", "openapi"])
    def test_the_hosts_own_api_goes_before_a_plugin_of_that_name(self, host_with, name):
        """Discovery refuses such a name; the address does so too."""
        client = host_with(saying(name, lambda: jsonify(evil=True))).client()
        assert client.get(f"/api/v1/{name}/it").status == 404
        assert client.call("DELETE", "/api/v1/plugins").status == 405
        assert client.get("/api/v1/openapi.json").response.json["info"]["title"] == "Tabhost"


class TestFaults:
    @pytest.mark.parametrize(
        "ending",
        ["raise", "exit", "unavailable", "page", "program", "elsewhere", "tabs", "injected"],
    )
    def test_a_fault_is_json_with_an_id_and_nothing_is_kept(self, kit, ending):
        """Under that id an administrator finds the traceback; the neighbour still serves."""
        page = kit.client().call("POST", f"{NOTES}/{ending}")
        assert (page.status, page.response.mimetype) == (502, "application/json")
        told = page.response.json
        assert set(told) == {"code", "status", "message", "error_id"}
        assert told["status"] == "Bad Gateway"
        assert "acme" in told["message"]
        assert told["error_id"] == kit.house.registry.ledger.behaviour("acme").last_error_id
        assert "boom" not in page.text
        assert texts(kit) == []
        the_neighbour_serves(kit)

    def test_an_error_without_a_kind_gets_an_id_too(self, kit):
        """500, with the plugin's sentence."""
        told = kit.client().call("POST", f"{NOTES}/kindless").response.json
        assert (told["code"], told["message"]) == (500, "Something is wrong.")
        assert told["error_id"].startswith("E-")


class TestAdmission:
    @pytest.mark.parametrize(
        ("found", "reason"),
        [
            (
                lambda: api("acme", host_api=Blueprint("rest", __name__)),
                "host_api() returned Blueprint, expected a flask_smorest.Blueprint.",
            ),
            (lambda: api("acme", host_api=lambda: None), "host_api() returned NoneType"),
            (lambda: api("acme", ("GET /it", lambda: "x")), "GET /api/v1/acme/it declares no permission"),
            (lambda: api("acme", ("GET /it", requires("other.view")(lambda: "x"))), "does not declare"),
            (lambda: api("acme", host_api=raising(RuntimeError("kaput"))), "RuntimeError: kaput"),
            (lambda: api("acme", host_api=reaching("/api/v1/plugins/evil")), "stands outside /tabs/acme/"),
        ],
    )
    def test_what_may_not_stand_is_rejected_with_the_reason(self, host_with, found, reason):
        """And the neighbour serves."""
        kit = host_with(found(), neighbour())
        assert reason in kit.reason("acme")
        the_neighbour_serves(kit)

    def test_pages_and_api_stand_beside_each_other(self, host_with):
        """With the same path below their prefixes, and errors each in its own form."""
        rest = ApiBlueprint("rest", __name__)
        rest.add_url_rule("/main/", view_func=seen(lambda: jsonify(page=False)), endpoint="it")
        page = seen(lambda: "<p>A page</p>")
        kit = host_with(tabbed("acme", ("GET /main/", page), host_api=rest), drawing("other", lambda: "x"))
        client = kit.client()
        assert "A page" in client.get("/tabs/acme/main/").text
        assert client.get("/api/v1/acme/main/").response.json == {"page": False}
        assert client.flask.get("/api/v1/acme/main?a=1").headers["Location"] == "/api/v1/acme/main/?a=1"


def reaching(rule):
    """A blueprint that puts a route elsewhere."""
    rest = ApiBlueprint("rest", __name__)
    view = seen(lambda: "x")
    rest.record(lambda state: state.app.add_url_rule(rule, endpoint="evil", view_func=view))
    return rest


class TestDescription:
    def test_it_holds_what_the_plugin_says_under_the_plugins_name(self, kit):
        """Addresses with its tag, and schemas that clash with nobody's."""
        described = kit.client("viewer").get("/api/v1/openapi.json").response.json
        listing = described["paths"][NOTES]["get"]
        assert (listing["summary"], listing["tags"]) == ("List the notes.", ["acme"])
        shown = listing["responses"]["200"]["content"]["application/json"]["schema"]["items"]
        assert shown == {"$ref": "#/components/schemas/acme.Note"}
        note = described["components"]["schemas"]["acme.Note"]
        assert note["properties"]["text"]["description"] == "What it says"
        assert {"plugins_api", "acme"} <= {each["name"] for each in described["tags"]}

    def test_it_is_valid_openapi(self, demo):
        """With the plugins of the product and the sample in it."""
        described = demo.client().get("/api/v1/openapi.json").response.json
        assert "/api/v1/status_tab/events" in described["paths"]
        assert "/api/v1/acme_requests/requests" in described["paths"]
        validate(described)

    def test_every_address_of_the_plugin_is_in_it(self, kit):
        """The one that takes a part of the address, too."""
        paths = kit.client().get("/api/v1/openapi.json").response.json["paths"]
        assert {each for each in paths if each.startswith("/api/v1/acme/")} == {NOTES, NOTES + "/{ending}"}
