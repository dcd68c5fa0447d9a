"""System events: one per type, scope and owner; their state follows from their times (domain.md 1.9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from marshmallow import ValidationError

from host.api import ConflictError, InputError, NotFoundError
from status_tab.domain.events import NewEvent, Scope, Status
from status_tab.schemas.events import NewEventSchema
from status_tab.services.events import Show, count_events, end_event, get_event, list_events, start_event
from status_tab.services.progress import advance_event

HOUR = timedelta(hours=1)


@pytest.fixture
def start(work, actor, clock):
    """Start an event."""

    def run(key: str = "freetext-rebuild", **fields):
        return start_event(NewEvent(key=key, **fields), work=work, actor=actor, clock=clock)

    return run


class TestStates:
    def test_an_event_runs_until_somebody_ends_it(self, start, work, session, clock):
        """Events never end by themselves unless they are told to; the expected end only informs."""
        number = start(eta=clock.now + HOUR)
        clock.move(5 * HOUR)
        assert get_event(number, session=session).status(clock.now) is Status.RUNNING
        end_event(number, work=work, clock=clock)
        ended = get_event(number, session=session)
        assert ended.status(clock.now) is Status.FINISHED
        assert ended.finished() == clock.now

    def test_an_event_that_ends_itself_is_over_at_its_expected_end(self, start, session, clock):
        """From that very moment on."""
        event = get_event(start(eta=clock.now + HOUR, ends_itself=True), session=session)
        assert event.status(clock.now + HOUR - timedelta(seconds=1)) is Status.RUNNING
        assert event.status(clock.now + HOUR) is Status.FINISHED

    def test_an_announced_event_starts_by_itself(self, start, session, clock):
        """It is scheduled before, running after."""
        event = get_event(start(starts=clock.now + HOUR), session=session)
        assert event.status(clock.now) is Status.SCHEDULED
        assert event.status(clock.now + HOUR) is Status.RUNNING

    def test_an_event_whose_program_died_is_stale_after_its_lease(self, start, session, clock):
        """The lease runs from the last sign of life, the start."""
        event = get_event(start(lease_seconds=60), session=session)
        assert event.status(clock.now + timedelta(seconds=59)) is Status.RUNNING
        assert event.status(clock.now + timedelta(seconds=60)) is Status.STALE


class TestOnePerTypeScopeAndOwner:
    def test_a_second_one_is_refused_with_who_and_since_when(self, start):
        """Nothing was changed, and the message says what to do."""
        start("no-login")
        with pytest.raises(
            ConflictError, match=r"open already: event 1, activated 2026-11-24T12:31:00.* by KAAN"
        ):
            start("no-login")

    def test_another_scope_or_owner_is_another_event(self, start, session, clock):
        """One No Login for each."""
        start("no-login")
        start("no-login", scope=Scope.DATABASE)
        start("no-login", scope=Scope.GROUP, owner="Sales")
        start("no-login", scope=Scope.GROUP, owner="Service")
        assert count_events(session=session, now=clock.now).active == 4

    def test_one_that_ended_or_went_stale_gives_way(self, start, session, clock):
        """It is closed at the time its effects ended, and that is audited."""
        first = start("freetext-rebuild", lease_seconds=60)
        second = start("message-of-the-day", eta=clock.now + HOUR, ends_itself=True)
        clock.move(2 * HOUR)
        start("freetext-rebuild")
        start("message-of-the-day")
        assert get_event(first, session=session).ended == clock.now - 2 * HOUR + timedelta(seconds=60)
        assert get_event(second, session=session).ended == clock.now - HOUR
        assert count_events(session=session, now=clock.now).finished == 2


class TestEnding:
    def test_what_is_over_cannot_be_ended_again(self, start, work, clock):
        """Nor what ended by itself."""
        ended = start()
        end_event(ended, work=work, clock=clock)
        itself = start("no-travel", eta=clock.now + HOUR, ends_itself=True)
        clock.move(HOUR)
        for number in (ended, itself):
            with pytest.raises(ConflictError, match="Nothing was changed"):
                end_event(number, work=work, clock=clock)

    def test_an_unknown_one_is_said_so(self, work, clock):
        """With where to look."""
        with pytest.raises(NotFoundError, match="There is no event 7"):
            end_event(7, work=work, clock=clock)

    def test_starting_and_ending_are_audited(self, start, work, clock):
        """In the same unit of work as the change."""
        end_event(start("no-login", message="Upgrade"), work=work, clock=clock)
        (started, subject, _, after), (ended, *_) = work.audited
        assert (started, subject, ended) == ("event.started", "no-login 1", "event.ended")
        assert after["message"] == "Upgrade"


class TestSignsOfLife:
    @pytest.fixture
    def advance(self, work, clock):
        """Give a sign of life."""

        def run(number: int, **more):
            advance_event(number, work=work, clock=clock, **more)
            return get_event(number, session=work.session)

        return run

    def test_a_lease_runs_again_from_each_sign(self, start, advance, clock):
        """As long as the first one, or as long as the sign says, from then on."""
        number = start(lease_seconds=60)
        clock.move(timedelta(seconds=50))
        assert advance(number).lease_until == clock.now + timedelta(seconds=60)
        assert advance(number, lease_seconds=600).lease_until == clock.now + timedelta(seconds=600)
        clock.move(timedelta(seconds=50))
        event = advance(number)
        assert (event.last_sign, event.lease_until) == (clock.now, clock.now + timedelta(seconds=600))

    def test_one_that_was_announced_lives_from_its_start(self, start, advance, clock):
        """However early the first sign comes."""
        event = advance(start(starts=clock.now + HOUR, lease_seconds=60))
        assert event.lease_until == clock.now + HOUR + timedelta(seconds=60)

    def test_a_stale_one_runs_again(self, start, advance, clock):
        """Its program was only slow."""
        number = start(lease_seconds=60)
        clock.move(HOUR)
        assert advance(number).status(clock.now) is Status.RUNNING

    def test_progress_and_message_change_when_they_are_told(self, start, advance):
        """What is not told stays."""
        number = start(message="Reading", done=0, total=10)
        event = advance(number, done=4)
        assert (event.done, event.total, event.message, event.lease_until) == (4, 10, "Reading", None)
        event = advance(number, total=20, message="Writing")
        assert (event.done, event.total, event.message) == (4, 20, "Writing")

    def test_progress_that_cannot_be_is_refused(self, start, advance):
        """More done than there is, or no total at all."""
        with pytest.raises(InputError, match="must not be above the total, 10"):
            advance(start(done=0, total=10), done=11)
        with pytest.raises(InputError, match="together with the total"):
            advance(start("no-login"), done=1)

    def test_what_has_ended_stays_ended(self, start, advance, work, clock):
        """Whoever is behind it learns that it should stop."""
        ended = start()
        end_event(ended, work=work, clock=clock)
        itself = start("no-travel", eta=clock.now + HOUR, ends_itself=True)
        clock.move(HOUR)
        for number in (ended, itself):
            with pytest.raises(ConflictError, match=r"has ended\. Nothing was changed"):
                advance(number)

    def test_they_are_not_audited(self, start, advance, work):
        """The log is for what somebody did."""
        advance(start(done=0, total=10), done=1)
        assert [action for action, *_ in work.audited] == ["event.started"]


class TestLists:
    def test_what_has_started_comes_first_then_what_is_scheduled_newest_first(
        self, start, session, clock, work
    ):
        """As on the page; the counts tell of all."""
        over = start("import-companies", starts=clock.now - 9 * HOUR)
        end_event(over, work=work, clock=clock)
        old = start("message-of-the-day", starts=clock.now - 20 * HOUR)
        soon = start("rou-rebuild", starts=clock.now + HOUR)
        later = start("no-login", starts=clock.now + 60 * HOUR)
        stale = start("freetext-rebuild", starts=clock.now - 2 * HOUR, lease_seconds=60)
        new = start("import-companies", starts=clock.now - HOUR)
        active = [new, stale, old, later, soon]
        for show, expected in ((Show.ACTIVE, active), (Show.FINISHED, [over]), (Show.ALL, [*active, over])):
            assert [event.id for event in list_events(show, session=session, now=clock.now)] == expected
        counts = count_events(session=session, now=clock.now)
        assert (counts.active, counts.finished) == (5, 1)

    def test_what_ended_by_itself_stands_among_the_finished(self, start, session, clock):
        """Without anybody having touched the row."""
        start("no-login", eta=clock.now + HOUR, ends_itself=True)
        clock.move(HOUR)
        assert list_events(Show.ACTIVE, session=session, now=clock.now) == []
        assert len(list_events(Show.FINISHED, session=session, now=clock.now)) == 1


class TestInput:
    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"key": "coffee"}, "key"),
            ({"key": "no-login", "message": "x" * 255}, "message"),
            ({"key": "no-login", "message": "\udcff"}, "message"),
            ({"key": "no-login", "scope": "world"}, "scope"),
            ({"key": "no-login", "scope": "user"}, "owner"),
            ({"key": "no-login", "owner": "KAAN"}, "owner"),
            ({"key": "no-login", "ends_itself": True}, "eta"),
            ({"key": "no-login", "starts": "2026-11-24T10:00:00Z", "eta": "2026-11-24T10:00:00Z"}, "eta"),
            ({"key": "no-login", "eta": "tomorrow"}, "eta"),
            ({"key": "no-login", "done": 3}, "done"),
            ({"key": "no-login", "done": 3, "total": 2}, "done"),
            ({"key": "no-login", "done": 0, "total": 0}, "total"),
            ({"key": "no-login", "lease_seconds": 0}, "lease_seconds"),
        ],
    )
    def test_what_does_not_fit_is_named_by_its_field(self, fields, field):
        """Field by field, and together."""
        with pytest.raises(ValidationError) as caught:
            NewEventSchema().load(fields)
        assert list(caught.value.normalized_messages()) == [field]

    def test_keys_are_compared_without_regard_to_case(self):
        """Identifiers compare case-insensitively."""
        assert NewEventSchema().load({"key": "No-Login"}).key == "no-login"
