"""Published hooks: a built-in plugin asks the others, one at a time, and checks what comes back."""

from __future__ import annotations

from typing import Any

import pytest
from builders.plugins import drawing, raising, vendor
from marshmallow import fields

from host.api import HookSpecs, InputError, ValueSchema, current_host, hookspec
from host.services.plugins import switch_plugin


class Greeting:
    """What one plugin answers."""

    def __init__(self, text: str) -> None:
        self.text = text


class GreetingSchema(ValueSchema):
    """Its wire form."""

    value = Greeting
    text = fields.String(required=True)


class Spec:
    """A hook of a built-in plugin."""

    @hookspec
    def asker_greeting(self, name: str) -> Greeting:
        """Greet *name*."""


def ask(**arguments: Any) -> list[tuple[str, str]]:
    answers = current_host.hooks.asker_greeting(**(arguments or {"name": "Kim"}))
    return [(plugin, greeting.text) for plugin, greeting in answers]


@pytest.fixture
def greeted_by(host_with):
    """Answers of the given plugins, as the built-in plugin ``asker`` gets them."""

    def make(*found):
        specs = HookSpecs(specs=Spec, schemas={"asker_greeting": GreetingSchema()})
        return host_with(
            drawing("asker", lambda: f"<p>{ask()}</p>", builtin=True, host_hookspecs=lambda: specs), *found
        )

    return make


def answers(kit, **arguments):
    with kit.serving("asker"):
        return ask(**arguments)


class TestAsking:
    def test_answers_come_sorted_by_plugin(self, greeted_by):
        """Not in the order of registration, which says nothing."""
        kit = greeted_by(
            vendor("zulu", asker_greeting=lambda name: Greeting(f"Hi {name}")),
            vendor("alfa", asker_greeting=lambda name: Greeting(f"Hello {name}")),
        )
        assert answers(kit) == [("alfa", "Hello Kim"), ("zulu", "Hi Kim")]

    def test_who_answers_none_is_left_out(self, greeted_by):
        """None means: nothing to say."""
        assert answers(greeted_by(vendor("acme", asker_greeting=lambda name: None))) == []

    def test_who_does_not_implement_it_is_left_out(self, greeted_by):
        """It is not called, and not counted."""
        kit = greeted_by(vendor("acme"))
        assert answers(kit) == []
        assert kit.house.registry.ledger.behaviour("acme").calls == 0

    def test_a_plugin_that_is_off_is_not_asked(self, greeted_by):
        """Off is off, from the next request on."""
        kit = greeted_by(vendor("acme", asker_greeting=lambda name: Greeting("Hi")))
        with kit.serving("asker") as host:
            switch_plugin(kit.house, "acme", on=False, actor=host.actor)
        assert answers(kit) == []

    def test_the_answering_plugin_is_the_one_being_served(self, greeted_by):
        """`current_host` is its own while it answers, and the asker's again afterwards."""
        kit = greeted_by(vendor("acme", asker_greeting=lambda name: Greeting(current_host.plugin)))
        with kit.serving("asker") as host:
            assert ask() == [("acme", "acme")]
            assert current_host.plugin == host.plugin == "asker"

    def test_a_hook_that_nobody_publishes_is_an_error_of_the_asker(self, greeted_by):
        """It names the hook."""
        kit = greeted_by()
        with kit.serving("asker"), pytest.raises(AttributeError, match="asker_farewell"):
            current_host.hooks.asker_farewell()

    def test_a_misspelt_published_hook_is_refused_like_any_other(self, greeted_by):
        """Hooks of built-in plugins are checked just as the host's are."""
        assert "asker_greetings" in greeted_by(vendor("acme", asker_greetings=lambda name: None)).reason(
            "acme"
        )


class TestBadAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            raising(RuntimeError("boom")),
            raising(SystemExit(3)),
            lambda name: "Hi",
            lambda name: Greeting(None),
        ],
        ids=["raises", "exits", "wrong type", "not valid"],
    )
    def test_a_bad_answer_is_left_out_and_blamed_on_who_gave_it(self, greeted_by, answer):
        """The others' answers count; the asker's page is drawn."""

        def implementation(name):
            return answer(name=name)

        kit = greeted_by(
            vendor("acme", asker_greeting=implementation),
            vendor("zulu", asker_greeting=lambda name: Greeting("Hi")),
        )
        assert answers(kit) == [("zulu", "Hi")]
        ledger = kit.house.registry.ledger
        assert [ledger.behaviour(each).faults for each in ("acme", "zulu", "asker")] == [1, 0, 0]

    def test_saying_no_is_no_fault(self, greeted_by):
        """An answer that the plugin refuses in the words of the contract is just not there."""
        kit = greeted_by(vendor("acme", asker_greeting=lambda name: raising(InputError("no"))()))
        assert answers(kit) == []
        assert kit.house.registry.ledger.behaviour("acme").faults == 0
