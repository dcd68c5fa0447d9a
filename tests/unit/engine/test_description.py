"""A plugin's part of the OpenAPI description, and what is refused of it."""

from __future__ import annotations

import json

import pytest
from builders.plugins import vendor
from openapi_spec_validator import validate

from host.domain.errors import RejectedError
from host.engine.declarations import packed, read, unpacked
from host.engine.description import DEEPEST, LARGEST, check_part, merged, part_of
from host.engine.plugin import Plugin

OWN = "/api/v1/acme/notes"
REFERENCE = {"$ref": "#/components/schemas/Note"}


def answered(schema=REFERENCE, **more):
    """An operation."""
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "OK", "content": content}}, **more}


def document(operation=None, path=OWN, schemas=None):
    """What flask-smorest might make."""
    schemas = {"Note": {"type": "object"}, "Unused": {"type": "object"}} if schemas is None else schemas
    return {
        "openapi": "3.1.0",
        "info": {"title": "acme", "version": "1"},
        "paths": {path: {"get": operation or answered()}},
        "components": {"schemas": schemas},
        "servers": [{"url": "https://evil.example"}],
    }


def part(**more):
    """A part as it should be, with something changed."""
    return {**part_of("acme", document()), **more}


def nested(levels):
    """A schema within a schema within…"""
    schema = {"type": "string"}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


class TestMaking:
    def test_components_get_the_plugins_name_and_references_follow(self):
        """Also those from one to another, and those in a mapping; what nobody names is left out."""
        schemas = {
            "Note": {
                "oneOf": [{"$ref": "#/components/schemas/Long"}],
                "discriminator": {"propertyName": "kind", "mapping": {"long": "#/components/schemas/Long"}},
            },
            "Long": {"type": "object", "properties": {"next": REFERENCE}},
            "Unused": {"type": "object"},
        }
        made = part_of("acme", document(schemas=schemas))
        found = made["components"]["schemas"]
        assert set(found) == {"acme.Note", "acme.Long"}
        assert found["acme.Note"]["oneOf"] == [{"$ref": "#/components/schemas/acme.Long"}]
        assert found["acme.Note"]["discriminator"]["mapping"]["long"] == "#/components/schemas/acme.Long"
        assert found["acme.Long"]["properties"]["next"] == {"$ref": "#/components/schemas/acme.Note"}

    def test_what_is_the_hosts_to_say_is_left_out(self):
        """Servers, security, callbacks, links, other people's addresses."""
        evil = [{"url": "https://evil.example"}]
        operation = answered(
            servers=evil, security=[{"open": []}], callbacks={}, operationId="list", tags=["host"]
        )
        operation["responses"]["200"]["links"] = {"next": {"server": evil[0]}}
        whole = document(operation)
        whole["paths"]["/api/v1/plugins"] = {"get": answered()}
        made = part_of("acme", whole)
        assert set(made) == {"paths", "components"}
        assert set(made["paths"]) == {OWN}
        kept = made["paths"][OWN]["get"]
        assert set(kept) == {"responses", "operationId", "tags"}
        assert (kept["operationId"], kept["tags"]) == ("acme.list", ["acme"])
        assert set(kept["responses"]["200"]) == {"description", "content"}
        assert "evil" not in json.dumps(made)

    def test_what_is_made_is_what_is_let_in(self):
        """After the way through JSON; and the whole is valid OpenAPI."""
        made = json.loads(json.dumps(part()))
        check_part("acme", made)
        host = {"openapi": "3.1.0", "info": {"title": "Host", "version": "1"}, "paths": {}}
        whole = merged(host, [("acme", made), ("silent", {})])
        validate(whole)
        assert set(whole["paths"]) == {OWN}
        assert whole["tags"] == [{"name": "acme"}]
        assert host["paths"] == {}

    @pytest.mark.parametrize(
        ("operation", "reason"),
        [
            (answered(description="x" * LARGEST), "larger than 256 KB"),
            (answered(nested(DEEPEST)), "levels deep"),
            (answered({"default": float("nan")}), "no JSON"),
            (answered({"default": object()}), "no JSON"),
            (answered({"$ref": "#/components/schemas/Other"}), "acme.Other"),
            (answered({"$ref": "https://evil.example/schema.json"}), "$ref"),
            (answered({"$id": "https://evil.example/"}), "$id"),
            ({"summary": "It never answers"}, "its responses"),
        ],
    )
    def test_what_cannot_be_shown_is_said_where_the_plugin_lives(self, operation, reason):
        """So whoever wrote it finds it there."""
        with pytest.raises(RejectedError, match="The description of its API") as caught:
            part_of("acme", document(operation))
        assert reason in caught.value.reason


def declared(description):
    """The bytes that a runner's process might report."""
    return json.dumps({"package": "acme", "description": description}).encode()


class TestLettingIn:
    """From a process that may say anything."""

    def test_a_good_one_is_kept(self):
        """In the plugin, to be shown."""
        plugin = Plugin(found=vendor("acme"), remote=True)
        plugin.take(unpacked(packed(read(declared(part())))))
        assert plugin.description == part()

    @pytest.mark.parametrize(
        "description",
        [
            {"paths": {"/" + "x" * LARGEST: {}}},
            {"paths": {OWN: {"get": answered(nested(DEEPEST), tags=["acme"])}}},
            {"paths": {OWN: {"get": answered({"default": float("inf")}, tags=["acme"])}}},
        ],
        ids=["huge", "deep", "not JSON"],
    )
    def test_what_is_too_much_is_refused_before_anything_is_done_with_it(self, description):
        """Its size and depth are bounded where it comes in."""
        with pytest.raises(RejectedError, match="The description of its API"):
            read(declared(description))

    def test_so_deep_that_it_cannot_even_be_read(self):
        """No recursion error gets out."""
        levels = 100_000
        text = b'{"package": "acme", "description": {"paths": ' + b"[" * levels + b"]" * levels + b"}}"
        with pytest.raises(RejectedError):
            read(text)

    @pytest.mark.parametrize("description", [5, "x", [], [[]]])
    def test_what_is_no_object_is_refused(self, description):
        """By the schema of declarations."""
        with pytest.raises(RejectedError):
            read(declared(description))

    @pytest.mark.parametrize(
        "description",
        [
            {"paths": {"/api/v1/plugins": {"get": answered(tags=["acme"])}}},
            {"paths": {"/api/v1/acme2/notes": {"get": answered(tags=["acme"])}}},
            {"components": {"schemas": {"Plugin": {"type": "object"}}}},
            {"components": {"schemas": {"other.Note": {"type": "object"}}}},
            {"components": {"schemas": {"acme.a/b": {"type": "object"}}}},
            {"components": {"schemas": {"acme.Note": 5}}},
            {"components": {"schemas": 5}},
            {"components": {"securitySchemes": {"acme.open": {}}}},
            {"components": 5},
            {"components": {"responses": {"acme.Bad": {"description": "", "links": {}}}}},
            {"paths": 5},
            {"paths": {OWN: 5}},
            {"paths": {OWN: {"$ref": "https://evil.example/"}}},
            {"paths": {OWN: {"servers": []}}},
            {"paths": {OWN: {"get": 5}}},
            {"paths": {OWN: {"get": answered(tags=["host"])}}},
            {"paths": {OWN: {"get": answered(tags=["acme"], security=[])}}},
            {"paths": {OWN: {"get": answered(tags=["acme"], operationId="other.list")}}},
            {"paths": {OWN: {"get": answered(tags=["acme"], parameters={})}}},
            {"paths": {OWN: {"get": {"tags": ["acme"], "responses": {"200": 5}}}}},
            {"paths": {OWN: {"get": {"tags": ["acme"], "responses": {"200": {"links": {}}}}}}},
            {"paths": {OWN: {"get": answered(REFERENCE, tags=["acme"])}}},
            {"paths": {OWN: {"get": answered({"$ref": "#/paths"}, tags=["acme"])}}},
            {"tags": [{"name": "host"}]},
        ],
    )
    def test_what_speaks_of_others_is_refused(self, description):
        """With a reason, and nothing of it is kept."""
        plugin = Plugin(found=vendor("acme"), remote=True)
        with pytest.raises(RejectedError, match="The description of its API is not about its own"):
            plugin.take(read(declared(description)))
        assert plugin.description == {}
