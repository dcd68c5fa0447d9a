"""What vendors meter and start stands beside what everybody has, and is refused where it is wrong."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from builders.packages import install
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from sqlalchemy import func, select
from unit.status_tab.metering import event
from unit.status_tab.test_usage_doors import API, House

from host.api import InputError, NotFoundError, Plain, hookimpl
from host.domain.people import command_line
from host.services.plugins import switch_plugin
from host.testing import make_host
from host.testing.kit import installed, plugin
from status_tab.api import (
    Allowance,
    EventType,
    Fact,
    Kind,
    MeteredService,
    MeteredServiceSchema,
    Tier,
    advance_event,
    finish_event,
    record_usage,
    running_event,
    set_facts,
    start_event,
)
from status_tab.domain.events import NewEvent
from status_tab.schemas.additions import service_of
from status_tab.schemas.tariff import read_tariff
from status_tab.services import events
from status_tab.storage.additions import DeclaredRow

CALLS = MeteredService(
    id="acme.calls",
    title=Plain("Calls"),
    unit=Plain("Made"),
    allowance=Allowance(tiers=(Tier(1, None, 100),), package=10, price="2.50", currency="DKK"),
    vendor=Plain("Acme Inc."),
)
FAXES = MeteredService(id="acme.faxes", title=Plain("Faxes"))
DEVICES = MeteredService(id="acme.devices", title=Plain("Devices"), kind=Kind.GAUGE)
SYNC = EventType(key="acme.sync", title=Plain("Sync"))
JSON = {"Content-Type": "application/json"}
METERED = "/tabs/status_tab/status/metered/"


def saying(**declared: list) -> SimpleNamespace:
    """What a plugin is made of that answers hooks, by name, so."""
    made = SimpleNamespace()
    for name, answer in declared.items():
        hook = lambda answer=answer: answer  # noqa: E731 - it gets its name below
        hook.__name__ = name
        setattr(made, name, hookimpl(hook))
    return made


@pytest.fixture
def house(host_on, tmp_path, capsys) -> House:
    """121 calls and 8 devices in October, 90 calls in November."""
    declaring = {"status_metered_services": [CALLS, DEVICES, FAXES], "status_event_types": [SYNC]}
    acme = plugin("acme", saying(**declaring), builtin=False)
    kit = host_on(*installed("status_tab"), acme, plugin("bolt", saying(), builtin=False))
    assert [kit.reason(each) for each in ("acme", "bolt")] == ["", ""]
    house = House(kit, tmp_path, capsys)
    sent = [
        event("1", service="acme.calls", value=121, time="2026-10-05T10:00:00Z"),
        event("2", service="ACME.devices", value=8, time="2026-10-01T00:00:00Z"),
        event("3", service="acme.calls", value=90, time="2026-11-05T10:00:00Z"),
    ]
    house.sent = house.json("ingest", house.file("usage.json", sent), "--backfill")
    return house


def line(house: House, service: str, month: str) -> dict:
    """One service in a month, as a command tells it."""
    found = house.json("usage", "--month", month)
    return next(each for each in found if each["service"] == service)


class TestMetered:
    def test_it_stands_in_files_and_alerts_and_the_operator_has_the_last_word(self, house):
        """By the vendor's own tariff at first, then by that of the operator."""
        assert house.sent["accepted"] == 3
        before = line(house, "acme.calls", "2026-11")
        assert (before["included"], before["packages"], before["currency"]) == (100, 0, "DKK")
        banner = house.kit.client("administrator").get("/audit").text.partition("More than 85")
        around = banner[0][-500:] + banner[2][:500]
        assert ("Calls" in around, "metered/acme.calls/" in around) == (True, True)
        sheet = house.kit.client("viewer").get(f"{METERED}usage.csv").response.get_data().decode("utf-8-sig")
        rows = [each for each in csv.DictReader(io.StringIO(sheet)) if each["Service"] == "acme.calls"]
        assert (rows[-2]["Used"], rows[-2]["Unit"], rows[-2]["Amount"]) == ("121", "Made", "7.50")
        page = house.kit.client("viewer").get(f"{METERED}acme.calls/?users=5").text
        assert ("Acme Inc." in page, "As Acme Inc. declares it." in page) == (True, True)
        own = json.loads(OWN)
        house.run("tariff", "load", house.file("own.json", own))
        after = line(house, "acme.calls", "2026-11")
        assert (after["included"], after["packages"], after["currency"]) == (50, 2, "EUR")
        invoice = house.get("/invoice?month=2026-11")
        assert [(each["vendor"], each["total"]) for each in invoice["vendors"]] == [("Acme Inc.", "8.00")]
        assert "DKK" not in house.kit.client("viewer").get(f"{METERED}acme.calls/").text

    def test_what_was_used_is_billed_and_told_though_the_add_on_is_off(self, house):
        """Though no job ran before that. A month that closes then has it too; nothing more is taken in."""
        switch_plugin(house.kit.house, "acme", on=False, actor=command_line([]))
        house.kit.run_job("status_tab", "months")
        closed = line(house, "acme.calls", "2026-10")
        assert (closed["used"], closed["price"], closed["active"], bool(closed["closed"])) == (
            121,
            "7.50",
            False,
            True,
        )
        assert line(house, "acme.devices", "2026-10")["used"] == 8
        assert line(house, "acme.devices", "2026-11")["used"] == 0
        page = house.kit.client("viewer").get(f"{METERED}closed/").text
        assert ("Acme Inc." in page, "The add-on is off or gone." in page, "7.50" in page) == (True,) * 3
        month = house.kit.client("viewer").get(f"{METERED}acme.calls/2026-10/?day=2026-10-05").text
        assert ("acme is off or gone" in month, "Made" in month, "121" in month) == (True,) * 3
        days = house.kit.client("viewer").get(f"{METERED}acme.calls/2026-10/days.csv").text
        assert "2026-10-05,acme.calls,Calls,121,Made,1" in days
        assert "acme.calls: right" in house.run("usage", "verify", "2026-10")
        assert "acme.calls (off)" in house.run("usage", "--month", "2026-10")
        late = event("4", service="acme.calls", time="2026-11-20T10:00:00Z")
        assert house.json("ingest", house.file("late.json", [late]))["rejected"] == 1
        assert house.get("/usage/acme.calls?months=2")[0]["used"] == 121

    def test_what_was_never_used_is_not_told_of(self, house):
        """Once the add-on is off, nothing but the declaration is there."""
        house.kit.run_job("status_tab", "events")
        assert house.get("/usage")[-1]["service"] == "acme.faxes"
        switch_plugin(house.kit.house, "acme", on=False, actor=command_line([]))
        assert [each["service"] for each in house.get("/usage")][5:] == ["acme.calls", "acme.devices"]


def test_no_other_plugin_advances_or_ends_what_runs(house):
    """A number that somebody wrote down, or guessed, ends nobody else's work."""
    with house.kit.serving("acme"):
        number = start_event(key="acme.sync", done=0, total=2)
    with house.kit.serving("status_tab"):
        for call in (advance_event, finish_event):
            with pytest.raises(NotFoundError, match="for acme alone"):
                call(number=number, message="theirs")
    with house.kit.serving("acme"):
        advance_event(number=number, done=1)
    assert house.get(f"/events/{number}")["message"] == ""
    with house.kit.serving("acme"):
        finish_event(number=number, message="ours")
    assert house.get(f"/events/{number}")["message"] == "ours"


def test_what_a_person_or_another_plugin_started_is_theirs_whatever_its_type(house):
    """Types of every installation are started by all, and ended by who did, or by people."""
    with house.kit.serving("status_tab") as host:
        started = {"work": host.work, "actor": host.actor, "clock": host.clock}
        numbers = {"acme": events.start_event(NewEvent(key="no-travel"), **started)}
    with house.kit.serving("acme"):
        numbers["bolt"] = start_event(key="import-companies", done=0, total=2)
    for name, number in numbers.items():
        there = house.get(f"/events/{number}")
        with house.kit.serving(name):
            for call in (advance_event, finish_event):
                with pytest.raises(NotFoundError, match="Nothing was changed"):
                    call(number=number, message="theirs")
        assert house.get(f"/events/{number}") == there
    with house.kit.serving("acme"):
        finish_event(number=numbers["bolt"], message="ours")
    assert house.get(f"/events/{numbers['bolt']}")["status"] == "finished"


def lately(id_: str, **more: object) -> dict:
    """Usage of some days ago."""
    return event(id_, time="2026-11-20T10:00:00Z", **more)


def test_a_plugin_counts_its_own_services_and_the_five(house):
    """Not its neighbour's: that would be on the neighbour's invoice. A person may count everything."""
    sent = [lately("a", service="Acme.Calls"), lately("b")]
    with house.kit.serving("bolt"):
        theirs = record_usage(records=sent)
    assert [each.outcome for each in theirs] == ["rejected", "accepted"]
    assert theirs[0].reason == "data.service: acme.calls is counted by acme alone, not by bolt"
    with house.kit.serving("acme"):
        assert [each.outcome for each in record_usage(records=sent)] == ["accepted", "duplicate"]
    page = house.kit.client("administrator").call(
        "POST", f"{API}/usage", data=json.dumps(lately("c", service="acme.calls")), headers=JSON
    )
    assert page.response.json["accepted"] == 1


def test_what_came_in_over_http_is_billed_though_no_job_ran_before_the_add_on_was_off(host_on):
    """The declaration is kept with the first use, and only then: the five need none."""
    kit = host_on(
        *installed("status_tab"), plugin("acme", saying(status_metered_services=[CALLS]), builtin=False)
    )
    person = kit.client("administrator")

    def kept(service: str) -> int:
        sent = json.dumps([lately(service, service=service, value=121)])
        assert person.call("POST", f"{API}/usage", data=sent, headers=JSON).response.json["accepted"] == 1
        with kit.house.stores.host.reading() as session:
            return session.scalar(select(func.count()).select_from(DeclaredRow))

    assert (kept("mailings"), kept("acme.calls")) == (0, 1)
    switch_plugin(kit.house, "acme", on=False, actor=command_line([]))
    listed = kit.client("viewer").get(f"{API}/usage").response.json
    assert [(each["service"], each["price"]) for each in listed][5:] == [("acme.calls", "7.50")]


class TestAnotherKind:
    """A new version of the add-on declares a service as another kind than it was counted as."""

    def test_what_was_used_counts_as_before_and_nothing_is_taken_in(self, house, tmp_path):
        """The reason says whose it is to mend; jobs and pages do not reckon it anew."""
        calls, faxes = (replace(each, kind=Kind.GAUGE) for each in (CALLS, FAXES))
        house.json("ingest", house.file("more.json", [lately("4", service="acme.calls", value=1)]))
        acme = house.kit.house.registry.get("acme")
        acme.answers["status_metered_services"] = [calls, replace(DEVICES, title=Plain("Things")), faxes]
        late = [lately("5", service="acme.calls", value=3), lately("6", service="acme.faxes", value=4)]
        said = house.json("ingest", house.file("late.json", late))
        assert (said["accepted"], said["rejected"]) == (1, 1)  # no fax was ever counted as anything else
        (problem,) = said["problems"]
        assert "counted as a counter and is declared as a gauge now" in problem["reason"]
        assert "acme has to give it one" in problem["reason"]
        house.kit.run_job("status_tab", "months")
        assert line(house, "acme.calls", "2026-11")["used"] == 91
        assert line(house, "acme.calls", "2026-10")["used"] == 121
        assert "acme.calls: right" in house.run("usage", "verify", "2026-10")
        assert "acme.calls is declared as a gauge now" in house.run("usage")
        for path in ("/tabs/status_tab/status/", f"{METERED}acme.calls/"):
            page = house.kit.client("viewer").get(path).text
            assert ("another id" in page, "Things" in page) == (True, True)
        late[1]["id"] = "7"
        assert house.json("ingest", house.file("again.json", late))["accepted"] == 1
        assert line(house, "acme.faxes", "2026-11")["used"] == 4


def test_what_is_declared_no_longer_and_what_is_billed_in_another_currency_is_told_apart(house):
    """The add-on is on, so nobody reads that it is off; a vendor's two invoices have two headings."""
    acme = house.kit.house.registry.get("acme")
    acme.answers["status_metered_services"] = [
        CALLS,
        replace(FAXES, vendor=CALLS.vendor, allowance=replace(CALLS.allowance, currency="SEK")),
    ]
    page = house.kit.client("viewer").get(f"{METERED}acme.devices/").text
    assert ("acme no longer declares it" in page, "acme is off or gone" in page) == (True, False)
    assert ("Acme Inc. (DKK)" in page, "Acme Inc. (SEK)" in page) == (True, True)
    assert "acme.devices (no longer declared)" in house.run("usage", "--month", "2026-10")
    acme.answers["status_metered_services"] = [CALLS, DEVICES]
    assert "Acme Inc. (DKK)" not in house.kit.client("viewer").get(f"{METERED}acme.devices/").text


OWN = """
{"valid_from": "2026-11-01", "currency": "EUR", "services": {
  "storage": {"base": "50 GB", "per_user": "1 GB", "package": "50 GB", "price": "1"},
  "mailings": {"base": 1, "per_user": 0, "package": 1, "price": "1"},
  "customer-center-logins": {"base": 1, "per_user": 0, "package": 1, "price": "1"},
  "chat-sessions": {"base": 1, "per_user": 0, "package": 1, "price": "1"},
  "form-submissions": {"base": 1, "per_user": 0, "package": 1, "price": "1"},
  "acme.calls": {"base": 50, "per_user": 0, "package": 20, "price": "4.00"}
}}
"""

CODE = """
from host.api import Plain, hookimpl
from status_tab.api import Allowance, EventType, MeteredService, Scope, Tier

@hookimpl
def {hook}():
    return {answer}
"""
SERVICES, TYPES = "status_metered_services", "status_event_types"
WRONG = {
    "raises": (SERVICES, "1 / 0", "ZeroDivisionError"),
    "no_list": (SERVICES, "'x'", "not valid"),
    "no_service": (SERVICES, "[Plain('x')]", "not valid"),
    "of_the_five": (SERVICES, "[MeteredService(id='mailings', title=Plain('x'))]", "the plugin's id, a dot"),
    "of_another": (
        SERVICES,
        "[MeteredService(id='acme.calls', title=Plain('x'))]",
        "must start with 'of_another'",
    ),
    "storage": (
        SERVICES,
        "[MeteredService(id='storage.database', title=Plain('x'))]",
        "belongs to what every installation meters",
    ),
    "twice": (SERVICES, "[MeteredService(id='twice.a', title=Plain('x'))] * 2", "names 'twice.a' twice"),
    "sum": (SERVICES, "[MeteredService(id='sum.a', title=Plain('x'), kind='sum')]", "one of: counter, gauge"),
    "wide": (
        SERVICES,
        "[MeteredService(id='wide.a', title=Plain('x'), unit=Plain('x' * 31))]",
        "longer than 30",
    ),
    "blank": (SERVICES, "[MeteredService(id='blank.a', title=Plain(' '))]", "must not be blank"),
    "gap": (
        SERVICES,
        "[MeteredService(id='gap.a', title=Plain('x'), allowance=Allowance("
        "tiers=(Tier(1, 5, 1), Tier(7, None, 2)), package=1, price='1'))]",
        "leaves a gap",
    ),
    "no_tiers": (
        SERVICES,
        "[MeteredService(id='no_tiers.a', title=Plain('x'), allowance=Allowance(package=1, price='1'))]",
        "either tiers, or base and per_user",
    ),
    "cheap": (
        SERVICES,
        "[MeteredService(id='cheap.a', title=Plain('x'), allowance=Allowance(base=1, per_user=0, package=0, "
        "price='1'))]",
        "more than 0",
    ),
    "dear": (
        SERVICES,
        "[MeteredService(id='dear.a', title=Plain('x'), allowance=Allowance(base=1, per_user=0, package=1, "
        "price='1,50'))]",
        "decimal text",
    ),
    "no_login": (TYPES, "[EventType(key='no-login', title=Plain('x'))]", "the plugin's id, a dot"),
    "owned": (
        TYPES,
        "[EventType(key='owned.a', title=Plain('x'), scope=Scope.USER)]",
        "system-wide or database",
    ),
    "asked": ("status_facts", "[]", "for built-in plugins only"),
}


@pytest.mark.parametrize("runners", [False, True], ids=["in process", "in a runner"])
def test_a_wrong_declaration_rejects_the_plugin_with_the_reason(runners, tmp_path, monkeypatch):
    """Wherever it is asked; the others start, and what is right is taken."""
    package = "{}_there" if runners else "{}_here"
    good = (SERVICES, "[MeteredService(id='good.a', title=Plain('Good'))]", "")
    for name, (hook, answer, _) in {**WRONG, "good": good}.items():
        install(tmp_path, package.format(name), plugin=name, code=CODE.format(hook=hook, answer=answer))
    monkeypatch.syspath_prepend(str(tmp_path))
    kit = make_host(tmp_path / "data", installed("status_tab", "good", *WRONG), runners=runners)
    try:
        reasons = {name: kit.reason(name) for name in WRONG}
        assert {name: said for name, (_, _, said) in WRONG.items() if said not in reasons[name]} == {}, (
            reasons
        )
        assert kit.reason("good") == ""
        listed = kit.client("viewer").get(f"{API}/usage").response.json
        assert [each["service"] for each in listed][5:] == ["good.a"]
    finally:
        kit.close()


amounts = st.integers(0, 10**15)
tiered = st.builds(
    lambda ends, included: {
        "tiers": [
            {"from": start + 1, **({"to": end} if end else {}), "included": n}
            for start, end, n in zip([0, *ends], [*ends, None], included, strict=False)
        ]
    },
    st.lists(st.integers(1, 10**5), max_size=3, unique=True).map(sorted),
    st.lists(amounts, min_size=4, max_size=4),
)
flat = st.fixed_dictionaries({"base": amounts, "per_user": amounts})


@settings(max_examples=30)
@given(tiered | flat, st.integers(1, 10**15), st.decimals(0, 10**6, places=2))
def test_a_declared_allowance_is_what_a_tariff_file_of_the_same_words_is(said, package, price):
    """The same tiers, the same amounts, the same price; also once it has crossed the border."""
    said = {**said, "package": package, "price": str(price)}
    tiers = tuple(Tier(each["from"], each.get("to"), each["included"]) for each in said.get("tiers", ()))
    more = Allowance(**{**said, **({"tiers": tiers} if tiers else {})})
    schema = MeteredServiceSchema()
    declared = MeteredService(id="acme.calls", title=Plain("Calls"), allowance=more)
    crossed = schema.load(json.loads(json.dumps(schema.dump(declared))))
    assert crossed == declared
    service = service_of(crossed, "acme", lambda text: text.text)
    file = json.loads(OWN)
    file["services"]["acme.calls"] = said
    tariff = read_tariff(json.dumps(file), source="own.json", services=[*five(), service])
    assert service.tariff == tariff.services["acme.calls"]


def five():
    """The services of every installation."""
    from status_tab.domain.metered import METERED_SERVICES

    return METERED_SERVICES


def test_what_is_no_whole_number_is_refused_and_not_cut(house):
    """Half a step is none, and True is not 1, on the way out and at the other end."""
    with house.kit.serving("acme"):
        for total in (1.5, True):
            with pytest.raises(InputError, match="total"), running_event("acme.sync", total=total):
                pass
        with running_event("acme.sync", total=2) as running:
            for steps in (1.5, True):
                with pytest.raises(InputError, match="steps"):
                    running.advance(steps)
            with pytest.raises(InputError, match="total"):
                advance_event(number=running.number, total=2.5)
        fact = Fact(key="a", label=Plain("A"), value=Plain("1"), order=True)
        with pytest.raises(InputError, match="order"):
            set_facts(facts=[fact])
    halves = Allowance(tiers=(Tier(1.5, None, 1),), package=1, price="1")
    schema = MeteredServiceSchema()
    with pytest.raises(ValidationError, match="whole number of users"):
        schema.load(schema.dump(replace(CALLS, allowance=halves)))


def test_an_event_type_is_the_same_on_the_other_side():
    """All of it."""
    from status_tab.api import Cancelling, EventTypeSchema, Scope

    kind = EventType(
        key="acme.sync",
        title=Plain("Sync"),
        message=Plain("All"),
        scope=Scope.SYSTEM_WIDE,
        cancelling=Cancelling.NEVER,
        by_hand=True,
        progress=False,
    )
    schema = EventTypeSchema()
    assert schema.load(json.loads(json.dumps(schema.dump(kind)))) == kind
