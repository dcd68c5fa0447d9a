"""Keys, raw events, days and months agree after any mix of what can arrive, in whatever time zone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from unit.status_tab.conftest import FakeWork, memory_engine
from unit.status_tab.metering import event, raw, send, staff

from status_tab.domain.metered import LARGEST, MEASURES, METERED_SERVICES, Kind
from status_tab.domain.months import first_of, last_of
from status_tab.schemas.usage import CloudEventSchema, parse_batch, plain_event
from status_tab.services.closing import close_due
from status_tab.services.months import lines
from status_tab.services.verifying import verify
from status_tab.storage.metering import GaugeReadingRow, UsageMonthRow
from status_tab.storage.months import marks
from status_tab.storage.tables import UsageDayRow, UsageEventRow, UsageKeyRow

ZONES = [
    "UTC",
    "Europe/Oslo",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Africa/Casablanca",
]
"""Half an hour of daylight saving, midnights that do not exist, the first and the last day of the world."""
START = datetime(2026, 8, 1, tzinfo=UTC)
EDGES = [
    datetime(2026, 8, 31, 22, tzinfo=UTC),
    datetime(2026, 9, 30, 10, tzinfo=UTC),
    datetime(2026, 9, 30, 22, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 10, 31, 23, tzinfo=UTC),
    datetime(2026, 11, 1, 4, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
]


def moments() -> st.SearchStrategy[datetime]:
    """Around the turns of months and the changes of clocks, and anywhere between."""
    near = st.builds(
        lambda edge, seconds: edge + timedelta(seconds=seconds),
        st.sampled_from(EDGES),
        st.integers(-2, 2) | st.sampled_from([-3600, -1800, 1800, 3600]),
    )
    return near | st.integers(0, 100 * 24 * 3600).map(lambda seconds: START + timedelta(seconds=seconds))


def events() -> st.SearchStrategy[dict[str, Any]]:
    """Few ids, so that duplicates and conflicts are common."""
    return st.builds(
        lambda id_, service, value, time: event(str(id_), service=service, value=value, time=time),
        st.integers(1, 40),
        st.sampled_from([*MEASURES, "fax"]),
        st.integers(-1, 3) | st.integers(0, 2**63),
        moments(),
    )


@dataclass
class Slow:
    """What a month comes to for one measure, by looking at each raw event."""

    values: list[tuple[datetime, int]] = field(default_factory=list)
    late: list[int] = field(default_factory=list)

    def row(self, kind: Kind) -> tuple[int, int, int, int, datetime]:
        """As `UsageMonthRow` keeps it: total, events, late, late total, time of the last."""
        counted = kind is Kind.COUNTER
        total = sum(value for _, value in self.values) if counted else max(self.values)[1]
        late = (sum if counted else max)(self.late or [0])
        return total, len(self.values), len(self.late), late, max(self.values)[0]


class Metering(RuleBasedStateMachine):
    """An installation that usage arrives at, and that closes its months in between."""

    @initialize(zone=st.sampled_from(ZONES))
    def begin(self, zone: str) -> None:
        """Empty, in some time zone."""
        self.engine = memory_engine()
        self.work = FakeWork(Session(self.engine))
        self.zone, self.now = ZoneInfo(zone), datetime(2026, 11, 20, tzinfo=UTC)
        self.sent: list[list[dict[str, Any]]] = []
        self.seen: Counter[str] = Counter()
        self.closed: dict[tuple[str, date], tuple[Any, ...]] = {}

    @rule(batch=st.lists(events() | st.just(17), min_size=1, max_size=12))
    def arrive(self, batch: list[Any]) -> None:
        """A batch, with whatever is in it."""
        self._send(batch)
        self.sent.append(batch)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def arrive_again(self, data: st.DataObject) -> None:
        """A retry, in another order, or a part of it."""
        batch = data.draw(st.sampled_from(self.sent))
        again = data.draw(st.permutations(batch))
        self._send(again[: data.draw(st.integers(1, len(again)))])

    @rule(days=st.integers(0, 60))
    def close(self, days: int) -> None:
        """Time goes on, and months close."""
        self.now = min(self.now + timedelta(days=days), datetime(2027, 3, 1, tzinfo=UTC))
        for month in close_due(work=self.work, clock=lambda: self.now, zone=self.zone, ask=staff(40)):
            for line in self._lines(month):
                self.closed[line.service.id, month] = (line.used, line.packages, line.price, line.parts)

    def _send(self, batch: list[Any]) -> None:
        outcomes = send(self.work, *batch, now=self.now, zone=self.zone)
        assert len(outcomes) == len(batch)
        self.seen.update(outcomes)

    def _lines(self, month: date) -> list[Any]:
        return lines(month, session=self.work.session, today=last_of(month), zone=self.zone, users=None)

    @invariant()
    def all_agree(self) -> None:
        """Keys = raw events = days = months = sums, and nothing was counted twice or lost."""
        if not hasattr(self, "work"):
            return
        session = self.work.session
        found = raw(self.work)
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (UsageKeyRow, UsageEventRow)]
        assert counts == [self.seen["accepted"]] * 2
        gauges = [each for each in found if MEASURES[each[0]].kind is Kind.GAUGE]
        assert session.scalar(select(func.count()).select_from(GaugeReadingRow)) == len(gauges)

        closed = marks(session)
        days: dict[tuple[str, date], Slow] = {}
        months: dict[tuple[str, date], Slow] = {}
        for service, time, value, key in found:
            day = time.astimezone(self.zone).date()
            days.setdefault((service, day), Slow()).values.append((time, value))
            month = months.setdefault((service, first_of(day)), Slow())
            month.values.append((time, value))
            mark = closed.get(first_of(day))
            if mark and key > mark.last_key:
                month.late.append(value)
        kept = {
            (row.service, row.day): (row.total, row.events, row.last)
            for row in session.execute(select(*UsageDayRow.__table__.columns))
        }
        slow = {key: each.row(MEASURES[key[0]].kind) for key, each in days.items()}
        assert kept == {key: (row[0], row[1], row[4]) for key, row in slow.items()}
        kept_months = {
            (row.service, row.month): (row.total, row.events, row.late, row.late_total, row.last)
            for row in session.execute(select(*UsageMonthRow.__table__.columns))
        }
        assert kept_months == {key: each.row(MEASURES[key[0]].kind) for key, each in months.items()}
        assert all(row[0] <= LARGEST for row in kept_months.values())

    @invariant()
    def what_is_closed_stays(self) -> None:
        """To the last digit, and it can be derived again; what came late makes up the rest of the sum."""
        if not hasattr(self, "work"):
            return
        for month in sorted({month for _, month in self.closed}):
            for line in self._lines(month):
                figures = (line.used, line.packages, line.price, line.parts)
                assert figures == self.closed[line.service.id, month]
                if line.service.id != "storage":
                    total = self.work.session.scalar(
                        select(UsageMonthRow.total).where(
                            UsageMonthRow.service == line.service.id, UsageMonthRow.month == month
                        )
                    )
                    assert (total or 0) == line.used + line.late_total
            assert [each.right for each in verify(month, session=self.work.session, zone=self.zone)] == [
                True
            ] * len(METERED_SERVICES)

    def teardown(self) -> None:
        """Close the store."""
        if hasattr(self, "work"):
            self.work.session.close()
            self.engine.dispose()


TestMetering = Metering.TestCase
TestMetering.settings = settings(max_examples=50, stateful_step_count=10, deadline=None)


def almost_events() -> st.SearchStrategy[Any]:
    """Events with one thing replaced by anything that JSON holds."""
    json = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    )
    texts = st.sampled_from(
        ["", "Mailings", "a" * 254, "a" * 255, "a\x00", "ø", "2026-11-24t12:00:00z", "2026-11-24T12:00:60Z"]
    )
    names = st.sampled_from(["specversion", "id", "source", "type", "time", "subject", "data", "other"])

    def replaced(content: dict[str, Any], name: str, value: Any, inside: bool) -> Any:
        if inside:
            return {**content, "data": {**content["data"], name if name == "other" else "service": value}}
        return {**content, name: value}

    return json | st.builds(replaced, events(), names, json | texts, st.booleans()) | events()


@settings(max_examples=300, deadline=None)
@given(items=st.lists(almost_events(), max_size=6))
def test_the_quick_look_at_an_event_says_what_the_schema_says(items):
    """It takes nothing that the schema refuses, and makes the same of what both take."""
    schema = CloudEventSchema()
    found = list(parse_batch(items))
    assert len(found) == len(items)
    for item, said in zip(items, found, strict=True):
        errors = schema.validate(item) if isinstance(item, dict) else {"_schema": ["no object"]}
        assert isinstance(said, str) == bool(errors)
        quick = plain_event(item)
        if quick is not None:
            loaded = schema.load(item)
            assert quick == said
            assert (quick.source, quick.id, quick.time) == (loaded["source"], loaded["id"], loaded["time"])
            assert (quick.service, quick.value) == (
                loaded["data"]["service"].lower(),
                loaded["data"]["value"],
            )
            assert quick.subject == loaded.get("subject", "")
