"""What other plugins can do with the Status tab, wherever they run: usage, events, and satellites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC

import pytest
from builders.callers import KINDS, Caller, calling
from unit.status_tab.metering import used

from host.api import current_host
from host.domain.audit import AuditEntry
from status_tab import api
from status_tab.services.events import get_event
from status_tab.services.installation import load_installation


@pytest.fixture(scope="module", params=KINDS)
def caller(request, tmp_path_factory) -> Iterator[Caller]:
    """A plugin of each kind; tests of one kind share a host, so each takes an event type of its own."""
    folder = tmp_path_factory.mktemp("calling")
    with calling(request.param, folder, "status_tab.api", "status_tab") as caller:
        yield caller


def record(id_: str, value: int = 5, **more: object) -> dict[str, object]:
    """A usage event."""
    event = {
        "specversion": "1.0",
        "id": id_,
        "source": "//acme/mailer",
        "type": "tabhost.usage.recorded",
        "time": "2026-11-24T11:00:00Z",
        "data": {"service": "mailings", "value": value},
    }
    return {**event, **more}


def counted(caller: Caller) -> int:
    """Mailings of the month."""
    with caller.kit.serving("status_tab", writes=False) as host:
        return used(host.session, host.clock().date(), UTC)[1]


def event(caller: Caller, number: str):
    """An event as it is stored."""
    with caller.kit.serving("status_tab", writes=False) as host:
        return get_event(int(number), session=host.session)


def audited(caller: Caller) -> list[AuditEntry]:
    """What the Status tab wrote into the audit log, newest first."""
    return [each for each in caller.kit.audit() if each.plugin == "status_tab"]


class TestUsage:
    def test_each_record_gets_its_own_answer(self, caller):
        """Accepted, duplicate, in conflict, rejected: as the ingest of a file says it."""
        before = counted(caller)
        records = [record("1"), record("1"), record("1", 6), record("2", -1), "no event"]
        said = caller.post(f"record_usage(records={records!r})")
        assert said["value"] == repr(
            [
                api.Answer(place="item 1", outcome=api.Outcome.ACCEPTED, id="1"),
                api.Answer(place="item 2", outcome=api.Outcome.DUPLICATE, id="1"),
                api.Answer(
                    place="item 3",
                    outcome=api.Outcome.CONFLICT,
                    id="1",
                    reason="an event with this source and id but other content came first; that one counts",
                ),
                api.Answer(
                    place="item 4",
                    outcome=api.Outcome.REJECTED,
                    id="2",
                    reason="data.value: must be 0 or more",
                ),
                api.Answer(
                    place="item 5",
                    outcome=api.Outcome.REJECTED,
                    reason="must be a CloudEvent, a JSON object",
                ),
            ]
        )
        assert counted(caller) == before + 5

    def test_it_is_audited_once_a_call_and_only_if_something_counts(self, caller):
        """By whoever acted; what is sent again changes nothing."""
        sent = f"record_usage(records={[record('3'), record('4')]!r})"
        caller.post(sent)
        entry = audited(caller)[0]
        assert (entry.actor, entry.action, entry.subject) == ("ADMI_EN", "usage.ingested", "//acme/mailer")
        assert entry.after == {"accepted": 2, "duplicate": 0, "conflict": 0, "rejected": 0}
        caller.post(sent)
        assert audited(caller)[0] == entry

    def test_too_many_records_are_refused_whole(self, caller):
        """In words that a person can be shown."""
        said = caller.post("record_usage(records=[{}] * 1001)")
        assert said["error"] == "InputError"
        assert said["text"].startswith("status_tab.api.record_usage(): records: Longer than maximum")


class TestEvents:
    def test_an_event_is_started_advanced_and_finished(self, caller):
        """Starting and ending are audited with who acted; signs of life are not."""
        started = "start_event(key='Import-Companies', message='Reading', done=0, total=10, lease_seconds=60)"
        number = caller.post(started)["value"]
        assert event(caller, number).activated_by == "ADMI_EN"
        assert caller.post(f"advance_event(number={number}, done=4, message='Writing')") == {"value": "None"}
        now = event(caller, number)
        assert (now.key, now.done, now.total, now.message) == ("import-companies", 4, 10, "Writing")
        assert caller.post(f"finish_event(number={number})") == {"value": "None"}
        assert event(caller, number).ended is not None
        assert [(each.actor, each.action) for each in audited(caller)[:2]] == [
            ("ADMI_EN", "event.ended"),
            ("ADMI_EN", "event.started"),
        ]

    def test_errors_are_of_one_kind_wherever_they_are_raised(self, caller):
        """With the same words."""
        number = caller.post("start_event(key='import-projects')")["value"]
        again = caller.post("start_event(key='import-projects')")
        assert again["error"] == "ConflictError"
        assert again["text"].startswith(f"import-projects (database) is open already: event {number}, ")
        caller.post(f"finish_event(number={number})")
        assert caller.post(f"finish_event(number={number})")["error"] == "ConflictError"
        assert caller.post(f"advance_event(number={number})")["error"] == "ConflictError"
        assert caller.post("finish_event(number=999)")["error"] == "NotFoundError"
        assert caller.post("advance_event(number=1, lease_seconds=0)") == {
            "error": "InputError",
            "text": "status_tab.api.advance_event(): lease_seconds: "
            "Must be greater than or equal to 1 and less than or equal to 2678400.",
        }

    def test_arguments_of_all_kinds_arrive(self, caller):
        """Times and scopes too; what does not fit together is said."""
        eta = "__import__('datetime').datetime.fromisoformat('2026-11-25T12:00:00+01:00')"
        group = f"key='no-travel', scope=Scope.GROUP, owner='Sales', eta={eta}"
        found = event(caller, caller.post(f"start_event({group}, ends_itself=True)")["value"])
        assert (found.scope, found.owner, found.ends_itself) == (api.Scope.GROUP, "Sales", True)
        assert found.eta.isoformat() == "2026-11-25T11:00:00+00:00"
        said = caller.post("start_event(key='no-travel', owner='Sales')")
        assert (said["error"], "owner: must be given for the scopes group" in said["text"]) == (
            "InputError",
            True,
        )


class TestTransactions:
    def test_nothing_is_changed_while_a_get_is_served(self, caller):
        """Whoever wrote the plugin is told."""
        before = audited(caller)
        assert caller.get("start_event(key='saint-rebuild')") == {
            "error": "RuntimeError",
            "text": "status_tab.api.start_event() changes something, "
            "which cannot be done while a GET is served.",
        }
        assert audited(caller) == before

    def test_a_built_in_takes_it_back_when_it_fails_and_a_third_party_does_not(self, caller):
        """The one joins the request's transaction; the other has one that is kept at once."""
        assert caller.post_and_fail("start_event(key='rou-rebuild')") == 502
        again = caller.post("start_event(key='rou-rebuild')")
        assert again.get("error") == (None if caller.kind == "built-in" else "ConflictError")

    def test_a_viewer_acts_in_their_own_name(self, caller):
        """Whether they may is for the calling plugin's own permissions to say."""
        number = caller.post("start_event(key='prototype-rebuild')", role="viewer")["value"]
        assert event(caller, number).activated_by == "VIEW_EN"
        assert (audited(caller)[0].actor, audited(caller)[0].action) == ("VIEW_EN", "event.started")


class TestSatellites:
    def test_they_are_told_in_a_get(self, caller, tmp_path):
        """By full module name."""
        file = tmp_path / "installation.json"
        database = {"type": "MSSQL 16", "name": "CRM1", "level": "central"}
        satellites = [{"name": "Bergen", "licences": ["superoffice.satellite"]}]
        file.write_text(json.dumps({"database": database, "satellites": satellites}), "utf-8")
        with caller.kit.serving("status_tab"):
            load_installation(file, work=current_host.work, clock=current_host.clock)
        assert caller.get("satellite_licences()")["value"] == "{'superoffice.satellite': 1}"


class TestFacts:
    def test_they_are_the_callers_own_and_kept_if_its_request_is(self, caller):
        """Of a third party at once."""
        plain = "__import__('host.api').api.Plain"
        fact = f"Fact(key='a', label={plain}('Left'), value={plain}('Right'))"
        assert caller.post(f"set_facts(facts=[{fact}])") == {"value": "None"}
        (row,) = caller.kit.client().call("GET", "/api/v1/status_tab/facts").response.json
        assert (row["plugin"], row["label"], row["value"]) == (caller.plugin, "Left", "Right")
        assert caller.post_and_fail("set_facts(facts=[])") == 502
        left = caller.kit.client().call("GET", "/api/v1/status_tab/facts").response.json
        assert len(left) == (1 if caller.kind == "built-in" else 0)
        assert caller.get("set_facts(facts=[])")["error"] == "RuntimeError"


class TestWithoutTheTab:
    def test_a_publisher_that_is_switched_off_is_not_found(self, caller):
        """Which a plugin can go on without; on again, it answers."""
        client = caller.kit.client()
        client.post("/plugins/status_tab/disable")
        try:
            assert caller.get("satellite_licences()") == {
                "error": "NotFoundError",
                "text": "status_tab.api.satellite_licences() is not there: status_tab does not serve.",
            }
        finally:
            client.post("/plugins/status_tab/enable")
        assert "value" in caller.get("satellite_licences()")
