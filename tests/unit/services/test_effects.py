"""What a plugin does to the screen: bounds that hold on both sides of the border, and the way across it."""

from __future__ import annotations

import json

import pytest

from host.api import Badge, Plain, Tab, Text
from host.services.effects import (
    LONGEST_TOAST,
    MOST_BADGES,
    MOST_TABS,
    MOST_TOASTS,
    Effects,
    packed,
    unpacked,
)

BADGE = Badge(text="3", title=Text(id="%(n)s open", args={"n": 3}, n=3, plural="%(n)s open"), kind="warn")
TAB = Tab(id="main", title=Plain("Main"), view="acme.view", order=7, scripts=True)
NESTED = "[" * 100_000


class TestSentences:
    def test_ten_are_heard_in_their_order(self):
        """Whatever comes afterwards is not: no error, for nobody is hurt."""
        effects = Effects()
        for number in range(MOST_TOASTS + 5):
            effects.say(str(number))
        assert effects.toasts == [str(number) for number in range(MOST_TOASTS)]

    def test_a_long_one_is_cut(self):
        """At its end."""
        effects = Effects()
        effects.say("a" + "b" * LONGEST_TOAST)
        assert effects.toasts == ["a" + "b" * (LONGEST_TOAST - 1)]

    def test_half_a_character_is_a_question_mark(self):
        """A page could not be sent with it, and the next one neither."""
        effects = Effects()
        effects.say("a\ud800b")
        assert effects.toasts == ["a?b"]


class TestBadges:
    def test_fifty_tabs_can_be_marked_and_each_again(self):
        """The last word counts; the fifty-first tab is one too many."""
        effects = Effects()
        for number in range(MOST_BADGES):
            effects.mark("acme", f"t{number}", BADGE)
        effects.mark("acme", "t0", None)
        assert effects.badges["acme", "t0"] is None
        with pytest.raises(ValueError, match="more than 50 badges"):
            effects.mark("acme", "t50", BADGE)
        assert len(effects.badges) == MOST_BADGES


class TestTheWayAcross:
    def test_nothing_done_is_nothing_sent(self):
        """Most requests do nothing to the screen."""
        assert packed(Effects(), "acme") == ""
        assert unpacked("", "acme") == unpacked(b"", "acme") == Effects()

    def test_everything_arrives_as_it_was(self):
        """In ASCII, so that a letter is a byte."""
        effects = Effects(
            toasts=["Blåbær", "a?b"],
            badges={("acme", "main"): BADGE, ("acme", "other"): None},
            tabs=[TAB],
            changed={"acme"},
        )
        text = packed(effects, "acme")
        assert text.isascii()
        assert unpacked(text.encode(), "acme") == effects

    @pytest.mark.parametrize("effects", [Effects(tabs=[]), Effects(trouble="Traceback")])
    def test_having_been_asked_for_tabs_arrives_too(self, effects):
        """Even where there are none any more, or it failed."""
        assert unpacked(packed(effects, "acme"), "acme").changed == {"acme"}

    def test_nobody_speaks_for_another_plugin(self):
        """What is another's is not sent, and whatever is sent is taken for the sender's own."""
        effects = Effects(badges={("other", "main"): BADGE, ("acme", "main"): BADGE})
        text = packed(effects, "acme")
        assert unpacked(text, "acme").badges == {("acme", "main"): BADGE}
        assert unpacked(text, "evil").badges == {("evil", "main"): BADGE}
        assert packed(Effects(badges={("other", "main"): BADGE}), "acme") == ""

    @pytest.mark.parametrize(
        "said",
        [
            {"toasts": ["x"] * (MOST_TOASTS + 1)},
            {"toasts": ["x" * (LONGEST_TOAST + 1)]},
            {"toasts": [3]},
            {"badges": {f"t{number}": None for number in range(MOST_BADGES + 1)}},
            {"badges": {"main": {"text": "123456789", "title": {"plain": "T"}}}},
            {"badges": [["other", "main"]]},
            {"tabs": [{"id": "Not An Id"}]},
            {"tabs": [{}] * (MOST_TABS + 1)},
            {"trouble": 1},
            {"changed": ["other"]},
            [],
            None,
        ],
        ids=lambda said: json.dumps(said)[:40],
    )
    def test_what_no_runner_of_ours_would_say_is_refused(self, said):
        """All of it: whoever says one such thing is not believed in the rest."""
        with pytest.raises(ValueError, match="cannot be read"):
            unpacked(json.dumps(said), "acme")

    @pytest.mark.parametrize("text", ["{", b"\xff", NESTED], ids=["broken", "no text", "nested"])
    def test_so_is_what_is_no_json(self, text):
        """As an error of one kind."""
        with pytest.raises(ValueError, match="cannot be read"):
            unpacked(text, "acme")

    def test_half_a_character_that_is_smuggled_through_is_a_question_mark_too(self):
        """The bounds of the other side are not trusted."""
        assert unpacked('{"toasts": ["a\\ud800b"]}', "acme").toasts == ["a?b"]
