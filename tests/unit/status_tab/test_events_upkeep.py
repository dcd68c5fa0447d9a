"""What events do to others, what the clock does to them, and how they are changed: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from host.api import Actor, ConflictError, InputError, NotAllowedError, NotFoundError
from host.testing.kit import installed
from status_tab.domain.events import EVENT_TYPES, NewEvent, Scope, Status
from status_tab.services import cancelling, editing, event_upkeep
from status_tab.services.effects import login_closed, message_of_the_day
from status_tab.services.events import Show, end_event, get_event, list_events, start_event
from status_tab.services.list_state import list_state
from status_tab.services.own_work import with_event
from status_tab.services.progress import advance_event

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VIEWER = Actor(user_id="VIVI", permissions=frozenset({"status.view"}))


@pytest.fixture
def kit(host_on):
    """A host with the Status tab."""
    return host_on(*installed("status_tab"))


@pytest.fixture
def start(kit):
    """Start an event, in a transaction of its own; the clock is the kit's."""

    def run(key: str, **fields) -> int:
        with kit.serving("status_tab") as host:
            return start_event(
                NewEvent(key=key, **fields), work=host.work, actor=host.actor, clock=host.clock
            )

    return run


def event(kit, number):
    """An event as it stands in the store."""
    with kit.serving("status_tab", writes=False) as host:
        return get_event(number, session=host.session)


class TestEffects:
    def test_a_running_no_login_keeps_people_out_until_it_ends(self, kit, start):
        """It begins by itself at its start, and ends by itself at its expected end."""
        begins, ends = kit.clock.now + HOUR, kit.clock.now + 2 * HOUR
        number = start("no-login", starts=begins, eta=ends, ends_itself=True)

        def closed():
            with kit.serving("status_tab", writes=False) as host:
                found = login_closed(host.session, kit.clock.now)
            return found and found.id

        assert closed() is None
        kit.clock.now = begins
        assert closed() == number
        kit.clock.now = ends
        assert closed() is None

    def test_a_stale_one_has_no_effects(self, kit, start):
        """Its program died."""
        start("no-login", lease_seconds=60)
        with kit.serving("status_tab", writes=False) as host:
            assert login_closed(host.session, kit.clock.now)
            assert login_closed(host.session, kit.clock.now + timedelta(seconds=60)) is None

    def test_of_two_the_one_counts_that_lasts_longest(self, kit, start):
        """There can be one for the database and one for all databases."""
        start("no-login", eta=kit.clock.now + HOUR)
        longest = start("no-login", scope=Scope.DATABASE)
        start("no-login", scope=Scope.USER, owner="KAAN")
        with kit.serving("status_tab", writes=False) as host:
            assert login_closed(host.session, kit.clock.now).id == longest

    def test_a_message_for_one_person_reaches_only_them(self, kit, start):
        """Whatever the case of their user id; a group is nobody here."""
        start("message-of-the-day", message="all")
        start("message-of-the-day", message="Kari", scope=Scope.USER, owner="KAAN")
        start("message-of-the-day", message="sales", scope=Scope.GROUP, owner="Sales")
        start("message-of-the-day", message="later", scope=Scope.DATABASE, starts=kit.clock.now + HOUR)

        def told(who=""):
            with kit.serving("status_tab", writes=False) as host:
                return [each.message for each in message_of_the_day(host.session, kit.clock.now, who)]

        assert told() == ["all"]
        assert told("kaan") == ["all", "Kari"]
        assert told("SIRA") == ["all"]


class TestUpkeep:
    def test_what_is_over_is_marked_with_the_time_its_effects_ended(self, kit, start):
        """What runs, is scheduled, or has only just gone stale stays."""
        over = start("no-login", eta=kit.clock.now + HOUR, ends_itself=True)
        dead = start("rou-rebuild", lease_seconds=60)
        runs = start("freetext-rebuild")
        ends = kit.clock.now + HOUR
        kit.clock.advance(2 * HOUR)
        with kit.serving("status_tab") as host:
            assert event_upkeep.next_end(host.session, host.clock()) == ends
            assert event_upkeep.end_what_is_over(work=host.work, clock=host.clock) == 1
            assert event_upkeep.next_end(host.session, host.clock()) > host.clock()
        assert event(kit, over).ended == ends
        assert event(kit, dead).status(kit.clock.now) is Status.STALE
        assert kit.audit()[0].action == "event.ended"
        kit.clock.advance(DAY)
        with kit.serving("status_tab") as host:
            assert event_upkeep.end_what_is_over(work=host.work, clock=host.clock) == 1
        assert event(kit, dead).ended == event(kit, dead).lease_until
        assert event(kit, runs).ended is None

    @pytest.mark.parametrize(("days", "kept"), [(400, True), (29, False), (0, True)])
    def test_history_goes_when_it_is_old(self, kit, start, days, kept):
        """One audit row says how many."""
        number = start("no-travel")
        with kit.serving("status_tab") as host:
            end_event(number, work=host.work, clock=host.clock)
        open_ = start("no-travel")
        kit.clock.advance(30 * DAY)
        with kit.serving("status_tab") as host:
            gone = event_upkeep.prune(days, work=host.work, clock=host.clock)
            left = [each.id for each in list_events(Show.ALL, session=host.session, now=host.clock())]
        assert left == ([open_, number] if kept else [open_])
        assert gone == (0 if kept else 1)
        assert [each.action for each in kit.audit()].count("event.pruned") == gone

    def test_the_job_does_both_and_comes_back_when_the_next_is_over(self, kit, start):
        """With the setting's 400 days."""
        start("no-login", eta=kit.clock.now + HOUR, ends_itself=True)
        start("no-travel", eta=kit.clock.now + 2 * HOUR, ends_itself=True)
        ends = kit.clock.now + 2 * HOUR
        kit.clock.advance(HOUR + timedelta(minutes=30))
        done = kit.run_job("status_tab", "events")
        assert (done.result, done.reason, done.next_at) == ("done", "", ends)
        kit.clock.advance(401 * DAY)
        assert kit.run_job("status_tab", "events").result == "done"
        with kit.serving("status_tab", writes=False) as host:
            assert list_events(Show.ALL, session=host.session, now=host.clock()) == []


class TestListState:
    def test_it_changes_with_everything_that_is_seen_and_with_nothing_else(self, kit, start):
        """Also with time: when an event starts, goes stale, ends, or *Today* becomes *Yesterday*."""
        oslo = ZoneInfo("Europe/Oslo")

        def state(**later):
            with kit.serving("status_tab", writes=False) as host:
                now = kit.clock.now + timedelta(**later)
                return list_state("active", session=host.session, now=now, zone=oslo)

        seen = {state()}

        def changed(new):
            fresh = new not in seen
            seen.add(new)
            return fresh

        number = start("rou-rebuild", lease_seconds=7200, done=1, total=10)
        assert changed(state())
        assert not changed(state(minutes=9))
        with kit.serving("status_tab") as host:
            kit.clock.advance(timedelta(seconds=20))
            advance_event(number, work=host.work, clock=host.clock)
        assert not changed(state())
        with kit.serving("status_tab") as host:
            advance_event(number, done=2, work=host.work, clock=host.clock)
        assert changed(state())
        assert changed(state(hours=3))
        assert changed(state(hours=11))
        with kit.serving("status_tab") as host:
            end_event(number, work=host.work, clock=host.clock)
        assert changed(state())
        start("no-travel", starts=kit.clock.now + HOUR)
        assert changed(state())
        assert changed(state(hours=1))


class TestEditing:
    def test_what_differs_is_audited_before_and_after(self, kit, start):
        """And nothing else; saving without a change leaves no trace."""
        number = start("no-login", message="Upgrade", eta=kit.clock.now + HOUR)
        seen = editing.as_change(event(kit, number))
        with kit.serving("status_tab") as host:
            editing.edit_event(number, seen, seen=seen, work=host.work, clock=host.clock)
        assert kit.audit()[0].action == "event.started"
        with kit.serving("status_tab") as host:
            change = replace(seen, message="Upgrade to 12.2", ends_itself=True)
            editing.edit_event(number, change, seen=seen, work=host.work, clock=host.clock)
        entry = kit.audit()[0]
        assert (entry.action, entry.subject) == ("event.changed", f"no-login {number}")
        assert entry.before == {"message": "Upgrade", "ends_itself": False}
        assert entry.after == {"message": "Upgrade to 12.2", "ends_itself": True}
        assert event(kit, number).ends_itself

    def test_a_scheduled_one_can_be_moved_and_its_lease_with_it(self, kit, start):
        """A running one cannot: it has started."""
        number = start("rou-rebuild", starts=kit.clock.now + HOUR, lease_seconds=60)
        moved = replace(editing.as_change(event(kit, number)), starts=kit.clock.now + 2 * HOUR)
        with kit.serving("status_tab") as host:
            editing.edit_event(number, moved, work=host.work, clock=host.clock)
        assert event(kit, number).lease_until == moved.starts + timedelta(seconds=60)
        kit.clock.advance(3 * HOUR)
        change = replace(moved, starts=kit.clock.now)
        with kit.serving("status_tab") as host, pytest.raises(InputError, match="it has started"):
            editing.edit_event(number, change, work=host.work, clock=host.clock)

    def test_what_somebody_else_changed_or_ended_is_not_overwritten(self, kit, start):
        """Each refusal says which."""
        number = start("no-login", message="one")
        seen = editing.as_change(event(kit, number))
        with kit.serving("status_tab") as host:
            editing.edit_event(number, replace(seen, message="two"), work=host.work, clock=host.clock)
        with kit.serving("status_tab") as host:
            change = replace(seen, message="three")
            with pytest.raises(ConflictError, match="Somebody else changed"):
                editing.edit_event(number, change, seen=seen, work=host.work, clock=host.clock)
            end_event(number, work=host.work, clock=host.clock)
            with pytest.raises(ConflictError, match="has ended"):
                editing.edit_event(number, change, work=host.work, clock=host.clock)
            with pytest.raises(NotFoundError):
                editing.edit_event(10_000, change, work=host.work, clock=host.clock)

    def test_times_that_do_not_fit_are_refused(self, kit, start):
        """As when it is started."""
        number = start("no-login")
        there = editing.as_change(event(kit, number))
        with kit.serving("status_tab") as host:
            for change in (replace(there, ends_itself=True), replace(there, eta=there.starts)):
                with pytest.raises(InputError):
                    editing.edit_event(number, change, work=host.work, clock=host.clock)


class TestCancelling:
    def cancel(self, kit, number, actor=None, **how):
        with kit.serving("status_tab") as host:
            actor = actor or Actor(user_id="KAAN", permissions=frozenset({"status.manage"}))
            return cancelling.cancel_event(number, work=host.work, actor=actor, clock=host.clock, **how)

    def test_publishing_of_fields_must_not_be_ended_by_anybody(self, kit, start):
        """Until it is stale: then it has no effects any more."""
        number = start("udef-rebuild", lease_seconds=60, activated_by="KAAN")
        with pytest.raises(cancelling.CancelRefusedError, match="left half published"):
            self.cancel(kit, number, emergency=True)
        kit.clock.advance(HOUR)
        self.cancel(kit, number)
        assert event(kit, number).ended

    @pytest.mark.parametrize("key", ["freetext-rebuild", "prototype-rebuild"])
    def test_these_rebuilds_are_ended_in_an_emergency_only(self, kit, start, key):
        """Which the log tells."""
        number = start(key)
        with pytest.raises(cancelling.CancelRefusedError, match="emergency"):
            self.cancel(kit, number)
        self.cancel(kit, number, emergency=True)
        assert kit.audit()[0].after["emergency"] is True

    def test_others_are_ended_by_who_started_them_and_by_administrators(self, kit, start):
        """Whoever else is told who may."""
        number = start("import-companies", activated_by="VIVI")
        with pytest.raises(NotAllowedError, match="VIVI and administrators may end it"):
            self.cancel(kit, number, replace(VIEWER, user_id="OTTO"))
        self.cancel(kit, number, VIEWER)
        with pytest.raises(ConflictError, match="already"):
            self.cancel(kit, number)

    def test_a_program_ends_its_own_whatever_it_is(self, kit, start):
        """It knows when it is done."""
        number = start("udef-rebuild", activated_by="VIVI")
        with kit.serving("status_tab") as host:
            cancelling.end_for_program(number, work=host.work, actor=VIEWER, clock=host.clock)
        assert event(kit, number).ended

    def test_every_type_has_a_verdict(self, kit, start):
        """None is forgotten."""
        for key in EVENT_TYPES:
            number = start(key)
            with kit.serving("status_tab", writes=False) as host:
                found = cancelling.verdict(get_event(number, session=host.session), VIEWER, host.clock())
            assert not found.allowed
            assert found.why.id


class TestOwnWork:
    def test_each_step_is_kept_with_how_far_it_is(self, kit):
        """Everybody sees it while it lasts; at the end it is over."""
        with kit.serving("status_tab") as host:
            those = {"apart": host.apart, "actor": host.actor, "clock": host.clock}
            with with_event("usage-ingest", "big.ndjson", total=2, **those) as own:
                for done in (1, 2):
                    with own.step(done=done) as work:
                        work.audit("test.step", str(done))
                    assert event(kit, own.number).done == done
                    assert event(kit, own.number).status(kit.clock.now) is Status.RUNNING
        assert event(kit, own.number).ended == kit.clock.now
        assert [each.action for each in kit.audit()].count("test.step") == 2

    def test_work_that_is_one_transaction_shows_before_and_ends_with_it(self, kit):
        """As a job's does."""
        with kit.serving("status_tab") as host:
            those = {"apart": host.apart, "actor": host.actor, "clock": host.clock}
            with with_event("month-close", "October", joins=host.work, **those) as own:
                host.work.audit("test.closed", "October")
                assert event(kit, own.number).status(kit.clock.now) is Status.RUNNING
            assert event(kit, own.number).ended is None
        assert event(kit, own.number).ended
        assert "test.closed" in [each.action for each in kit.audit()]

    @pytest.mark.parametrize("joins", [False, True])
    def test_what_fails_says_so_and_is_over(self, kit, joins):
        """Nothing of the transaction is kept but that."""
        with pytest.raises(ValueError, match="disk"):
            self.fail(kit, joins=joins)
        ended = event(kit, 1)
        assert (ended.message, bool(ended.ended)) == ("October: failed (disk is full)", True)
        assert "test.closed" not in [each.action for each in kit.audit()]

    def fail(self, kit, *, joins):
        with kit.serving("status_tab") as host:
            those = {"apart": host.apart, "actor": host.actor, "clock": host.clock}
            if joins:
                those["joins"] = host.work
            with with_event("month-close", "October", **those):
                if joins:
                    host.work.audit("test.closed", "October")
                raise ValueError("disk is full")

    def test_the_same_work_cannot_be_begun_twice(self, kit):
        """And a GET begins none."""
        with kit.serving("status_tab") as host:
            those = {"apart": host.apart, "actor": host.actor, "clock": host.clock}
            with (
                with_event("usage-ingest", "one", **those),
                pytest.raises(ConflictError, match="open already"),
                with_event("usage-ingest", "two", **those),
            ):
                pass
        with (
            kit.serving("status_tab", writes=False) as host,
            pytest.raises(RuntimeError, match="while a GET is served"),
            host.apart(),
        ):
            pass


def test_moments_are_in_utc(kit, start):
    """On both databases."""
    assert event(kit, start("no-travel")).activated.tzinfo is UTC
