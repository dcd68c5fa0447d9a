"""What a plugin adds to the Status tab, on both sides of the border: services, event types, events, facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders.twofold import PLUGIN, values

from host.domain.people import command_line
from host.services.plugins import switch_plugin

CLI = command_line([])
API = "/api/v1/status_tab"
STATUS = "/tabs/status_tab/status/"
IMPORT = "from status_tab.api import *; "


def told(twofold, path: str):
    """What the JSON API of the Status tab answers."""
    return twofold.client.call("GET", f"{API}/{path}").response.json


def record(service: str, id_: str, value: int = 7) -> str:
    """Code that records usage; its answer is the outcome."""
    event = {
        "specversion": "1.0",
        "id": id_,
        "source": "//twofold",
        "type": "tabhost.usage.recorded",
        "data": {"service": service, "value": value},
    }
    now = "current_host.clock().isoformat()"
    return (
        f"{IMPORT}said = record_usage(records=[{{**{event!r}, 'time': {now}}}]);"
        "answer = plain(said[0].outcome.value, said[0].reason)"
    )


class off:  # noqa: N801 - reads as what it does
    """The plugin is switched off for as long as the block lasts."""

    def __init__(self, twofold) -> None:
        self.house = twofold.kit.house

    def __enter__(self) -> None:
        switch_plugin(self.house, PLUGIN, on=False, actor=CLI)

    def __exit__(self, *_) -> None:
        switch_plugin(self.house, PLUGIN, on=True, actor=CLI)


class TestServices:
    def test_it_is_counted_billed_and_marked_once_the_plugin_is_off(self, twofold):
        """By its own tariff, on an invoice of its own; the five are as they were."""
        assert values(twofold.post(record("twofold.calls", "1", 121))) == ["accepted", ""]
        (line,) = [each for each in told(twofold, "usage") if each["service"] == "twofold.calls"]
        assert (line["used"], line["included"], line["packages"]) == (121, 100, 3)
        assert (line["price"], line["currency"], line["plugin"], line["active"]) == (
            "7.50",
            "DKK",
            PLUGIN,
            True,
        )
        invoice = told(twofold, "invoice")
        assert [each["service"] for each in invoice["lines"]][-1] == "form-submissions"
        (own,) = invoice["vendors"]
        assert (own["plugin"], own["total"], own["currency"]) == (PLUGIN, "7.50", "DKK")
        with off(twofold):
            (line,) = [each for each in told(twofold, "usage") if each["service"] == "twofold.calls"]
            assert (line["used"], line["price"], line["active"]) == (121, "7.50", False)
            page = twofold.client.get(f"{STATUS}metered/twofold.calls/").text
            assert ("Calls" in page, "twofold is off or gone" in page) == (True, True)
        assert "twofold is off or gone" not in twofold.client.get(f"{STATUS}metered/twofold.calls/").text

    def test_what_nobody_declares_is_refused(self, twofold):
        """With what there is."""
        outcome, reason = values(twofold.post(record("twofold.faxes", "2")))
        assert outcome == "rejected"
        assert reason.endswith("form-submissions, twofold.calls")

    def test_while_the_plugin_is_off_nothing_of_it_is_taken_in(self, twofold):
        """Whoever sends it."""
        event = {
            "specversion": "1.0",
            "id": "3",
            "source": "//else",
            "type": "tabhost.usage.recorded",
            "time": twofold.kit.clock().isoformat(),
            "data": {"service": "twofold.calls", "value": 1},
        }
        with off(twofold):
            said = twofold.client.call("POST", f"{API}/usage", event).response.json
        assert (said["rejected"], "no such service" in said["items"][0]["reason"]) == (1, True)
        assert twofold.client.call("POST", f"{API}/usage", event).response.json["accepted"] == 1


class TestEventTypes:
    def test_the_plugin_alone_starts_its_own(self, twofold):
        """An administrator only what may be started by hand; nobody that of another."""
        said = twofold.client.call("POST", f"{API}/events", {"key": "twofold.sync"})
        assert (said.status, "is started by twofold alone" in said.text) == (422, True)
        said = twofold.client.call("POST", f"{API}/events", {"key": "twofold.hand"})
        assert said.status == 201
        assert "By hand" in twofold.client.get(STATUS).text
        twofold.client.call("POST", f"{API}/events/{said.response.json['id']}/end", {})
        add = twofold.client.get(f"{STATUS}events/add").text
        assert ('value="twofold.hand"' in add, 'value="twofold.sync"' in add) == (True, False)
        no = f"{IMPORT}answer = plain(refused(lambda: start_event(key='other.sync')))"
        assert values(twofold.post(no)) == ["InputError"]
        no = f"{IMPORT}answer = plain(refused(lambda: start_event(key='twofold.hand', done=1, total=2)))"
        assert values(twofold.post(no)) == ["InputError"]

    def test_one_that_runs_keeps_its_title_when_the_plugin_is_off(self, twofold):
        """And people may end it: no program is behind it any more."""
        number = values(twofold.post(f"{IMPORT}answer = plain(start_event(key='twofold.sync'))"))[0]
        with off(twofold):
            page = twofold.client.get(STATUS).text
            assert ("Sync of both" in page, "Both sides" in page) == (True, True)
            again = twofold.client.call("POST", f"{API}/events", {"key": "twofold.hand"})
            assert (again.status, "no such event type" in again.text) == (422, True)
            assert twofold.client.call("POST", f"{API}/events/{number}/end", {}).status == 200


class TestRunningEvent:
    def test_it_runs_while_the_block_does(self, twofold):
        """With its progress, seen by others; then it is over."""
        code = f"""
{IMPORT}
with running_event("twofold.sync", total=3) as event:
    for n in event.each([1, 2]):
        pass
    event.advance(0, message="Two of three")
    note(str(event.number))
"""
        assert twofold.post(code).status == 200, twofold.trace()
        found = told(twofold, f"events/{twofold.notes()[0]}")
        assert (found["status"], found["message"]) == ("finished", "Two of three")
        assert found["progress"] == {"done": 2, "total": 3}
        assert found["ended"] is not None

    @pytest.mark.parametrize(
        ("fault", "said"),
        [
            ("ValueError('no room\\nhere')", "no room"),
            ("ValueError('\\x00no room in \\udcff.csv')", "no room in  .csv"),
            ("SystemExit()", "SystemExit"),
        ],
    )
    def test_what_the_block_raises_is_said_and_goes_on(self, twofold, fault, said):
        """Short, behind the message; the plugin's own transaction is undone as ever."""
        if "System" in fault and not twofold.remote:
            pytest.skip("it would end the process of the tests")
        code = f"""
{IMPORT}
with running_event("twofold.sync", "Copying") as event:
    note(str(event.number))
    raise {fault}
"""
        assert twofold.post(code).status == 502
        newest = max(told(twofold, "events?show=finished"), key=lambda each: each["id"])
        assert (newest["message"], newest["status"]) == (f"Copying: {said}", "finished")
        assert twofold.notes() == []

    def test_it_becomes_stale_when_its_program_dies(self, twofold):
        """Nothing beside the block keeps it alive; the next one can start."""
        if not twofold.remote:
            pytest.skip("it would end the process of the tests")
        code = f"""
{IMPORT}
with running_event("twofold.sync", lease_seconds=60) as event:
    os._exit(9)
"""
        assert twofold.post(code).status == 502
        clock = twofold.kit.clock
        (open_,) = told(twofold, "events")
        assert open_["status"] == "running"
        clock.advance(timedelta(seconds=61))
        try:
            assert told(twofold, f"events/{open_['id']}")["status"] == "stale"
            again = f"{IMPORT}\nwith running_event('twofold.sync'): answer = plain('again')"
            assert values(twofold.post(again)) == ["again"]
        finally:
            clock.advance(timedelta(seconds=-61))

    def test_somebody_who_ends_it_stops_the_work(self, twofold):
        """At the next sign of life."""
        code = f"""
{IMPORT}
with running_event("twofold.sync", total=2) as event:
    finish_event(number=event.number)
    answer = plain(refused(lambda: event.advance(message="one")))
"""
        assert values(twofold.post(code)) == ["ConflictError"]

    def test_the_same_work_does_not_begin_twice(self, twofold):
        """Nothing of the second block is run, and the first goes on."""
        code = f"""
{IMPORT}
done = []
with running_event("twofold.sync") as first:
    try:
        with running_event("twofold.sync"):
            done.append("second")
    except ConflictError:
        done.append("refused")
    first.advance(0, message="still here")
answer = plain(done)
"""
        assert values(twofold.post(code)) == [["refused"]]


class TestFacts:
    def test_they_stand_in_the_box_while_the_plugin_is_on(self, twofold):
        """In their order, in the place of those before; they come back with the plugin."""
        facts = "Fact(key='b', label=Plain('Later'), value=Plain('2')), "
        facts += "Fact(key='a', label=Plain('Sooner'), value=Plain('1'), order=1)"
        assert twofold.post(f"{IMPORT}set_facts(facts=[{facts}])").status == 200
        shown = [(each["plugin"], each["label"], each["value"]) for each in told(twofold, "facts")]
        assert shown == [(PLUGIN, "Sooner", "1"), (PLUGIN, "Later", "2")]
        page = twofold.client.get(STATUS).text
        assert page.index("Sooner") < page.index("Later")
        with off(twofold):
            assert told(twofold, "facts") == []
            assert "Sooner" not in twofold.client.get(STATUS).text
        assert len(told(twofold, "facts")) == 2
        twofold.post(f"{IMPORT}set_facts(facts=[])")
        assert told(twofold, "facts") == []

    @pytest.mark.parametrize(
        ("facts", "said"),
        [
            ("[Fact(key='A b', label=Plain('x'), value=Plain('y'))]", "facts.0.key"),
            ("[Fact(key='a', label=Plain('x' * 61), value=Plain('y'))]", "no longer than 60"),
            ("[Fact(key='a', label=Plain('x'), value=Plain('y' * 255))]", "no longer than 254"),
            ("[Fact(key='a', label='text', value=Plain('y'))]", "must be a Text"),
            ("[Fact(key='a', label=Plain('x'), value=Plain('y'))] * 2", "names 'a' twice"),
            ("[Fact(key=f'a{n}', label=Plain('x'), value=Plain('y')) for n in range(21)]", "maximum length"),
        ],
    )
    def test_wrong_ones_are_refused_whole(self, twofold, facts, said):
        """In words that say what is wrong, and what stood there stays."""
        good = "[Fact(key='good', label=Plain('Good'), value=Plain('1'))]"
        code = f"""
{IMPORT}
set_facts(facts={good})
try:
    set_facts(facts={facts})
except InputError as error:
    answer = plain(str(error))
"""
        assert said in values(twofold.post(code))[0]
        assert [each["key"] for each in told(twofold, "facts")] == ["good"]

    @pytest.mark.parametrize("asked", ["serves('twofold')", "portrait('ADMI_EN')"])
    def test_nobody_else_can_ask_who_is_on_or_has_a_picture(self, twofold, asked):
        """That is for the tab that shows them."""
        code = f"answer = plain(refused(lambda: current_host.{asked}))"
        assert values(twofold.get(code)) == ["RuntimeError"]
