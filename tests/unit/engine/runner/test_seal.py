"""Passes and signatures: who is meant by a call cannot be made up."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from host.engine.runner.seal import Context, Key, Seal, peek
from host.engine.runner.wire import WireError

SECRET = b"0123456789abcdef"
CONTEXT = Context(
    plugin="acme_requests",
    user_id="MØRK",
    full_name="Åse “Ås” Mørk\r\n<b>",
    permissions=("acme.view", "acme.manage"),
    roles=("administrator",),
    locale="da",
    timezone="Europe/Copenhagen",
    csrf_token="t0ken",
    request_id="r-1",
    now=datetime(2026, 2, 3, 4, 5, 6, 7, tzinfo=UTC),
    generation=7,
    writes=True,
)


@pytest.fixture
def seal():
    return Seal(SECRET)


def later(monkeypatch, seconds):
    """Let that many seconds pass."""
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + seconds)


class TestPasses:
    def test_a_pass_holds_the_whole_context(self, seal):
        """For the host, and for the runner that it goes to, in plain letters that fit a header."""
        issued = seal.issue(CONTEXT)
        assert issued.isascii()
        assert issued.isprintable()
        assert seal.read(issued, "acme_requests") == CONTEXT
        assert peek(issued) == CONTEXT

    def test_the_time_is_the_same_in_every_zone(self, seal):
        """It arrives in UTC."""
        there = CONTEXT.now.astimezone(timezone(timedelta(hours=2)))
        read = seal.read(seal.issue(dataclasses.replace(CONTEXT, now=there)), "acme_requests")
        assert read.now == CONTEXT.now
        assert read.now.tzinfo is UTC

    def test_a_pass_cannot_be_made_with_the_key_of_a_runner(self, seal):
        """A runner may act for whom it serves, and for nobody else."""
        key = seal.key("acme_requests")
        for forger in (Seal(key.secret), Seal(SECRET[::-1])):
            with pytest.raises(WireError, match="not from this start"):
                seal.read(forger.issue(CONTEXT), "acme_requests")
        signed = key.sign("", "", "", b"")
        for made_up in (signed, "", ".", "..", "æ", "{}.a.b", seal.issue(CONTEXT)[:-1], "\ud800"):
            with pytest.raises(WireError):
                seal.read(made_up, "acme_requests")

    def test_a_pass_cannot_be_changed(self, seal):
        """Not by one letter."""
        issued = seal.issue(CONTEXT)
        with pytest.raises(WireError, match="not from this start"):
            seal.read(issued.replace("administrator", "administratoR"), "acme_requests")

    def test_a_pass_of_another_plugin_is_not_taken(self, seal):
        """Two vendors cannot swap what they were given."""
        with pytest.raises(WireError, match="not that of other_plugin"):
            seal.read(seal.issue(CONTEXT), "other_plugin")

    def test_a_pass_grows_old(self, seal, monkeypatch):
        """After a minute, or sooner where the host says so; and none comes from the future."""
        issued = seal.issue(CONTEXT)
        later(monkeypatch, 30)
        assert seal.read(issued, "acme_requests") == CONTEXT
        with pytest.raises(WireError, match="too old"):
            seal.read(issued, "acme_requests", oldest=10)
        later(monkeypatch, 62)
        with pytest.raises(WireError, match="too old"):
            seal.read(issued, "acme_requests")
        monkeypatch.setattr("time.time", lambda: 1.0)
        with pytest.raises(WireError, match="too old"):
            seal.read(issued, "acme_requests")

    @pytest.mark.parametrize(
        "held", ["", "x", "[]", "{}", "1", '{"plugin": "a"}', '{"now": 3}', "[" * 5_000, "\ud800"]
    )
    def test_nonsense_holds_no_context(self, held):
        """And says so, whatever it is."""
        with pytest.raises(WireError, match="holds no context"):
            peek(f"{held}.a.b")


class TestSecrets:
    def test_nobody_reads_them_in_a_log(self, seal):
        """A seal and a key show nothing of what they are made of, in whatever they stand."""
        key = seal.key("acme_requests")
        shown = f"{seal!r} {seal} {key!r} {key} {[seal, key]}"
        for secret in (SECRET, key.secret):
            assert not any(form in shown for form in (secret.hex(), repr(secret), str(secret)[2:-1]))


class TestSignatures:
    call = ("a pass", "POST", "/tabs/acme_requests/requests/?a=1", b"title=x")

    def test_the_signature_of_a_call_is_taken(self, seal):
        """By whoever has the key, in another process too."""
        signature = seal.key("acme_requests").sign(*self.call)
        Key(seal.key("acme_requests").secret).verify(signature, *self.call)

    @pytest.mark.parametrize("changed", [0, 1, 2, 3])
    def test_it_is_good_for_that_call_only(self, seal, changed):
        """Another pass, method, target or body is another call; nothing moves from one into the next."""
        key = seal.key("acme_requests")
        signature = key.sign(*self.call)
        other = list(self.call)
        other[changed] = other[changed] + other[changed][-1:]
        with pytest.raises(WireError, match="another call"):
            key.verify(signature, *other)
        with pytest.raises(WireError, match="another call"):
            key.verify(key.sign("ab", "c", "", b""), "a", "bc", "", b"")

    def test_it_is_good_for_that_plugin_only(self, seal):
        """Each runner has a key of its own, different with each start of the host."""
        signature = seal.key("acme_requests").sign(*self.call)
        for key in (seal.key("other_plugin"), Seal(b"another start of it").key("acme_requests")):
            with pytest.raises(WireError, match="not from this start"):
                key.verify(signature, *self.call)

    def test_it_is_good_for_a_minute(self, seal, monkeypatch):
        """Whoever finds it in a log finds nothing."""
        key = seal.key("acme_requests")
        signature = key.sign(*self.call)
        later(monkeypatch, 62)
        with pytest.raises(WireError, match="too old"):
            key.verify(signature, *self.call)

    @pytest.mark.parametrize("made_up", ["", "x", "a.b.c", "ø.b.c", "." * 9, "\ud800"])
    def test_nonsense_is_no_signature(self, seal, made_up):
        """Whatever it is."""
        with pytest.raises(WireError):
            seal.key("acme_requests").verify(made_up, *self.call)
