"""Declarations are values: they cannot be changed, and they survive JSON."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from host.api import (
    N_,
    Actor,
    Badge,
    BadgeSchema,
    Job,
    JobSchema,
    Permission,
    PermissionSchema,
    Plain,
    Route,
    RouteSchema,
    Setting,
    SettingSchema,
    Tab,
    TabSchema,
    Text,
)
from host.api.schemas import TextField
from host.api.settings import KINDS
from host.api.texts import english, folded

SEEN = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
ARGUMENTS = st.dictionaries(
    st.from_regex(r"\A[a-z]{1,8}\Z"), st.text(SEEN, max_size=8) | st.integers(), max_size=3
)
TEXTS = st.one_of(
    st.builds(Plain, st.text(SEEN, max_size=20)),
    st.builds(
        Text,
        id=st.text(SEEN, max_size=20),
        args=ARGUMENTS,
        n=st.none() | st.integers(),
        plural=st.none() | st.text(SEEN, max_size=20),
    ),
).filter(lambda text: folded(english(text)))
TAB_IDS = st.from_regex(r"\A[a-z0-9-]{1,40}\Z")
PERMISSION_IDS = st.from_regex(r"\A[a-z][a-z0-9_]{1,9}(\.[a-z][a-z0-9_-]{0,9}){1,3}\Z")
ROLES = st.from_regex(r"\A[a-z][a-z0-9_]{1,39}\Z")

VALUES = {
    BadgeSchema: st.builds(
        Badge,
        text=st.text(SEEN, min_size=1, max_size=8).filter(folded),
        title=TEXTS,
        kind=st.sampled_from(["info", "warn"]),
    ),
    TabSchema: st.builds(
        Tab,
        id=TAB_IDS,
        title=TEXTS,
        view=PERMISSION_IDS,
        manage=st.none() | PERMISSION_IDS,
        order=st.integers(0, 100_000),
        icon=st.text(max_size=40),
        scripts=st.booleans(),
    ),
    PermissionSchema: st.builds(
        Permission,
        id=PERMISSION_IDS,
        title=TEXTS,
        description=st.none() | TEXTS,
        default_roles=st.lists(ROLES, max_size=3).map(tuple),
    ),
    SettingSchema: st.builds(
        Setting,
        id=st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z"),
        title=TEXTS,
        kind=st.sampled_from(KINDS),
        default=st.none() | st.text(max_size=20),
        env=st.none() | st.from_regex(r"\A[A-Z][A-Z0-9_]{2,63}\Z"),
        secret=st.booleans(),
        description=st.none() | TEXTS,
    ),
    JobSchema: st.builds(
        Job,
        id=st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z"),
        title=TEXTS,
        every=st.integers(60, 366 * 86_400),
        timeout=st.integers(1, 3_600),
    ),
    RouteSchema: st.builds(
        Route,
        rule=st.text(max_size=20).map(lambda rest: f"/tabs/{rest}"),
        methods=st.lists(st.sampled_from(["GET", "POST"]), max_size=2).map(tuple),
        permission=PERMISSION_IDS,
    ),
}
EXAMPLES = {
    BadgeSchema: Badge(text="3", title=N_("Three notes")),
    TabSchema: Tab(id="notes", title=N_("Notes"), view="acme.view"),
    PermissionSchema: Permission(id="acme.view", title=N_("See notes")),
    SettingSchema: Setting(id="limit", title=N_("Limit")),
    JobSchema: Job(id="check", title=N_("Look for something new"), every=900),
    RouteSchema: Route(rule="/tabs/acme/notes/", methods=("GET",), permission="acme.view"),
}
each_schema = pytest.mark.parametrize("schema", VALUES, ids=lambda schema: schema.__name__)


def wire(schema, value) -> dict:
    """The form that crosses the border."""
    return json.loads(json.dumps(schema().dump(value)))


class TestSchemas:
    @each_schema
    @given(data=st.data())
    def test_every_value_survives_json(self, schema, data):
        """Written, read and equal: nothing is lost, nothing changes its type."""
        value = data.draw(VALUES[schema])
        back = schema().load(wire(schema, value))
        assert back == value
        assert type(back) is type(value)

    @each_schema
    def test_every_field_of_the_value_has_one_in_the_schema(self, schema):
        """A field that is forgotten would be lost at the border without a word."""
        assert set(schema().fields) == {each.name for each in dataclasses.fields(schema.value)}

    @each_schema
    def test_an_unknown_field_is_refused(self, schema):
        """By its name."""
        with pytest.raises(ValidationError, match="evil"):
            schema().load({**wire(schema, EXAMPLES[schema]), "evil": 1})

    @each_schema
    def test_every_field_without_a_default_is_required(self, schema):
        """And none with one."""
        complete = wire(schema, EXAMPLES[schema])
        for each in dataclasses.fields(schema.value):
            less = {name: value for name, value in complete.items() if name != each.name}
            required = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
            if required:
                with pytest.raises(ValidationError, match=each.name):
                    schema().load(less)
            else:
                assert schema().load(less) == EXAMPLES[schema]

    @pytest.mark.parametrize(
        "title",
        [
            "bare",
            None,
            7,
            [],
            {},
            {"plain": 1},
            {"plain": "x", "evil": 1},
            {"id": "x"},
            {"id": 1, "args": {}, "n": None, "plural": None},
            {"id": "x", "args": [], "n": None, "plural": None},
            {"id": "x", "args": {}, "n": "1", "plural": None},
            {"id": "x", "args": {}, "n": None, "plural": None, "evil": 1},
            {"id": "x", "args": {"a": {"nested": 1}}, "n": None, "plural": None},
            {"id": "x", "args": {"a": None}, "n": None, "plural": None},
        ],
        ids=repr,
    )
    def test_what_is_no_text_is_refused(self, title):
        """Whatever a process on the other side of the border sends."""
        with pytest.raises(ValidationError):
            TabSchema().load({"id": "notes", "view": "acme.view", "title": title})

    @pytest.mark.parametrize(
        "title",
        [
            Plain("t" * 61),
            Plain(""),
            Plain(" \u2003 "),
            Plain("\u3164"),
            Plain("Plug\u200bins"),
            Plain("\u202esnigulP"),
            Plain("Plug\u00adins"),
            Plain("Plugins\n"),
            Plain("Plugins\u2028"),
            Plain("\ue000"),
            Plain("\ud800"),
            N_("%(x)s", x=""),
            N_("%(x)s%(x)s", x="t" * 31),
            N_("%(x)s", x="\u202e"),
            N_("t", x="t" * 61),
            Text(id="\u202e", plural="many", n=2),
            Text(id="t" * 61, plural="many", n=2),
            Text(id="t", plural="t" * 61, n=1),
        ],
        ids=ascii,
    )
    @pytest.mark.parametrize("schema", [TabSchema, BadgeSchema], ids=lambda schema: schema.__name__)
    def test_a_title_that_hides_steers_or_does_not_end_is_refused(self, schema, title):
        """It stands in the row of tabs, on everybody's page."""
        with pytest.raises(ValidationError) as caught:
            schema().load(
                {**wire(schema, EXAMPLES[schema]), "title": TextField().serialize("t", {"t": title})}
            )
        assert set(caught.value.messages) == {"title"}

    @pytest.mark.parametrize(
        ("schema", "field", "most"),
        [
            (TabSchema, "title", 60),
            (BadgeSchema, "title", 60),
            (PermissionSchema, "title", 200),
            (PermissionSchema, "description", 1000),
            (SettingSchema, "title", 200),
            (JobSchema, "title", 200),
            (SettingSchema, "description", 1000),
        ],
        ids=lambda value: value.__name__ if isinstance(value, type) else repr(value),
    )
    def test_each_text_has_its_own_end(self, schema, field, most):
        """Longer where there is room for it."""
        complete = wire(schema, EXAMPLES[schema])
        assert schema().load({**complete, field: {"plain": "t" * most}})
        with pytest.raises(ValidationError, match=str(most)):
            schema().load({**complete, field: {"plain": "t" * (most + 1)}})

    @pytest.mark.parametrize("text", [" ", "\u3164", "1\u202e"], ids=ascii)
    def test_a_badge_shows_what_it_says(self, text):
        """It stands in the row of tabs as well."""
        with pytest.raises(ValidationError):
            BadgeSchema().load({**wire(BadgeSchema, EXAMPLES[BadgeSchema]), "text": text})

    @pytest.mark.parametrize(
        ("schema", "change"),
        [
            (TabSchema, {"id": "Main"}),
            (TabSchema, {"id": "main\n"}),
            (TabSchema, {"id": "a" * 41}),
            (TabSchema, {"order": -1}),
            (TabSchema, {"order": "1"}),
            (TabSchema, {"view": "view"}),
            (PermissionSchema, {"id": "Acme.view"}),
            (PermissionSchema, {"default_roles": ["No Role"]}),
            (SettingSchema, {"kind": "float"}),
            (SettingSchema, {"env": "lower"}),
            (JobSchema, {"id": "a.b"}),
            (JobSchema, {"every": 59}),
            (JobSchema, {"every": 366 * 86_400 + 1}),
            (JobSchema, {"every": 90.5}),
            (JobSchema, {"timeout": 0}),
            (JobSchema, {"timeout": 3_601}),
            (RouteSchema, {"rule": "/login"}),
            (RouteSchema, {"permission": ""}),
        ],
        ids=lambda value: value.__name__ if isinstance(value, type) else repr(value),
    )
    def test_what_does_not_fit_is_refused_with_the_field_and_a_sentence(self, schema, change):
        """A vendor reads it in the list of plugins."""
        with pytest.raises(ValidationError) as caught:
            schema().load({**wire(schema, EXAMPLES[schema]), **change})
        assert set(caught.value.messages) == set(change)


class TestValues:
    @pytest.mark.parametrize("value", EXAMPLES.values(), ids=lambda value: type(value).__name__)
    def test_a_declaration_cannot_be_changed(self, value):
        """It is cached, and it may cross a border."""
        for each in dataclasses.fields(value):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(value, each.name, "other")

    @pytest.mark.parametrize("kind", [Text, Tab, Permission, Setting, Job, Route, Actor])
    def test_fields_are_named_when_a_value_is_made(self, kind):
        """So that fields can be added later."""
        assert all(each.kw_only for each in dataclasses.fields(kind))

    def test_marking_a_text_keeps_its_arguments(self):
        """`N_` is what extractors of messages know."""
        assert N_("Hello %(name)s", name="Kim") == Text(id="Hello %(name)s", args={"name": "Kim"})

    def test_an_actor_may_what_it_holds(self):
        """And nothing else."""
        actor = Actor(user_id="KAAN", permissions=frozenset({"acme.view"}))
        assert actor.may("acme.view")
        assert not actor.may("acme.manage")
        assert not Actor(user_id="").may("acme.view")
