"""System notifications as people meet them: the list, what it answers when it asks, and the dialogs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from unit.superoffice_tab.pictures import picture

from host.domain.people import command_line
from host.services.portraits import set_portrait
from host.testing.kit import installed
from status_tab.domain.events import NewEvent, Scope
from status_tab.services.events import Show, end_event, get_event, list_events, start_event
from status_tab.services.progress import advance_event

PAGE = "/tabs/status_tab/status/"
LIST = f"{PAGE}events"
ADD = f"{LIST}/add"
HTMX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)


@pytest.fixture
def kit(host_with):
    """A host with the Status tab, whose clock stands at 13:00 in Oslo."""
    return host_with(*installed("status_tab"), environment={"TABHOST_TIMEZONE": "Europe/Oslo"})


@pytest.fixture
def start(kit):
    """Start an event."""

    def run(key: str, **fields) -> int:
        with kit.serving("status_tab") as host:
            return start_event(
                NewEvent(key=key, **fields), work=host.work, actor=host.actor, clock=host.clock
            )

    return run


def events(kit):
    """All of them, newest first."""
    with kit.serving("status_tab", writes=False) as host:
        return list_events(Show.ALL, session=host.session, now=host.clock())


def event(kit, number):
    """One of them."""
    with kit.serving("status_tab", writes=False) as host:
        return get_event(number, session=host.session)


def selected(text):
    """Number of the row that is open."""
    found = re.search(r'id="event-(\d+)"[^>]*aria-current', text)
    return found and int(found[1])


class TestActivatedBy:
    def test_who_has_a_picture_is_shown_with_it_from_the_moment_it_is_there(self, kit, start):
        """Others by the first letters of their user id; the case of an id is not looked at."""
        kit.client("viewer")
        client = kit.client("administrator")
        for key, who in (("no-travel", "View_En"), ("no-freetext", "NOBO")):
            start(key, activated_by=who)
        assert "/portraits/" not in client.get(LIST).text
        set_portrait(kit.house, "VIEW_EN", picture("PNG"), command_line([]))
        drawn = client.get(LIST).text
        assert re.findall(r'<img class="th-portrait" src="([^"]+)"', drawn) == ["/portraits/View_En"]
        assert ">NO</span>" in drawn
        assert client.flask.get("/portraits/View_En").mimetype == "image/png"


class TestList:
    def test_whoever_manages_finds_what_can_be_done(self, kit, start):
        """Whoever may only look does not."""
        number = start("no-travel", description="Snow.")
        page = kit.client().get(PAGE).text
        for words in ("Add event", "Refresh", "Updates by itself", "Edit", "End event…", "Snow."):
            assert words in page
        assert f"events/{number}/end" in page
        viewer = kit.client("viewer").get(PAGE).text
        assert "Refresh" in viewer
        assert "Snow." in viewer
        assert not {"Add event", "End event…"} & set(re.findall(r"Add event|End event…", viewer))

    def test_it_keeps_the_chosen_event_when_that_leaves_the_list(self, kit, start):
        """Whoever reads a description goes on reading it, and sees that the event is over."""
        first, second = start("no-travel", description="Snow."), start("no-login")
        address = f"{LIST}?show=active&event={first}"
        client = kit.client()
        assert selected(client.get(address, headers=HTMX).text) == first
        with kit.serving("status_tab") as host:
            end_event(first, work=host.work, clock=host.clock)
        after = client.get(address, headers=HTMX).text
        assert selected(after) is None
        assert "Snow." in after
        assert "Ended: Today, 13:00" in after
        assert f"event-{second}" in after

    def test_without_htmx_its_address_leads_to_the_page(self, kit, start):
        """With the same choice; what no address can mean is passed over."""
        number = start("no-travel")
        page = kit.client().get(f"{LIST}?show=all&event={number}")
        assert page.response.request.url.endswith(f"{PAGE}?show=all&event={number}")
        for odd in ("event=-1", f"event={2**70}", "event=x", "show=none"):
            assert selected(kit.client().get(f"{PAGE}?{odd}").text) == number


class TestAskingForItself:
    def ask(self, client, tag="", query="show=active"):
        headers = {**HTMX, **({"If-None-Match": tag} if tag else {})}
        return client.get(f"{LIST}?{query}", headers=headers).response

    def test_an_unchanged_list_costs_a_304(self, kit, start):
        """Until something in it changes, or time changes it."""
        number = start("rou-rebuild", lease_seconds=600, done=1, total=4)
        client = kit.client()
        first = self.ask(client)
        assert first.status_code == 200
        tag = first.headers["ETag"]
        again = self.ask(client, tag)
        assert (again.status_code, again.data) == (304, b"")
        with kit.serving("status_tab") as host:
            advance_event(number, done=2, work=host.work, clock=host.clock)
        changed = self.ask(client, tag)
        assert changed.status_code == 200
        assert "50 %" in changed.text
        kit.clock.advance(HOUR)
        stale = self.ask(client, changed.headers["ETag"])
        assert "Stale" in stale.text

    def test_each_view_and_each_reader_has_a_tag_of_its_own(self, kit, start):
        """Another choice, language or person is another list."""
        start("no-travel")
        tag = self.ask(kit.client()).headers["ETag"]
        assert self.ask(kit.client(), tag, "show=all").status_code == 200
        assert self.ask(kit.client(language="da"), tag).status_code == 200
        assert self.ask(kit.client("viewer"), tag).status_code == 200


class TestAdd:
    def test_the_dialog_stands_over_the_list(self, kit, start):
        """As a page of its own it works without script."""
        start("no-travel")
        page = kit.client().get(ADD).text
        for words in ("data-modal", "No Login", "Message of the Day", "End by itself at that time", "event-"):
            assert words in page
        assert "UDefRebuild" not in page.split('id="event-key"')[1].split("</select>")[0]

    def test_an_event_is_added_in_the_readers_own_time(self, kit):
        """Oslo is one hour ahead of UTC in November."""
        form = {
            "key": "no-login",
            "scope": "system-wide",
            "starts": "2026-11-27T05:00",
            "eta": "2026-11-27T06:30",
            "ends_itself": "yes",
            "message": " Upgrade to 12.2 ",
        }
        page = kit.client().post(ADD, form)
        assert "No Login was added." in page.text
        (added,) = events(kit)
        oslo = ZoneInfo("Europe/Oslo")
        assert added.activated == datetime(2026, 11, 27, 5, 0, tzinfo=oslo)
        assert added.eta == datetime(2026, 11, 27, 6, 30, tzinfo=oslo)
        assert (added.ends_itself, added.message, added.activated_by) == (
            True,
            "Upgrade to 12.2",
            "ADMI_EN",
        )
        assert kit.audit()[0].action == "event.started"

    def test_blank_times_are_now_and_until_somebody_ends_it(self, kit):
        """A switch without a time switches nothing."""
        kit.client().post(ADD, {"key": "no-travel", "starts": "", "eta": "", "ends_itself": "yes"})
        (added,) = events(kit)
        assert (added.activated, added.eta, added.ends_itself) == (kit.clock.now, None, False)

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"key": "udef-rebuild"}, "Choose one of them."),
            ({"eta": "2026-11-24T12:00"}, "It must be later than the start."),
            ({"eta": "tomorrow"}, "Give a day and a time."),
            ({"eta": "0001-01-01T00:00"}, "This is too far away."),
            ({"starts": "2027-03-28T02:30"}, "There is no such time on that day"),
            ({"message": "x" * 255}, "The message may have 254 characters."),
            ({"scope": "user", "owner": "KAAN"}, "Only a message of the day can be for one person."),
            ({"key": "message-of-the-day", "scope": "user"}, "Say whom it is for."),
            (
                {"starts": "2026-11-24T10:00", "eta": "2026-11-24T12:00", "ends_itself": "yes"},
                "It must lie ahead",
            ),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, kit, form, words):
        """What was typed is still there, and nothing was added."""
        page = kit.client().post(ADD, {"key": "no-login", "description": "kept as typed", **form})
        assert page.status == 422
        assert words in page.text
        assert "aria-invalid" in page.text
        assert "kept as typed" in page.text
        assert events(kit) == []

    def test_a_second_one_is_refused_with_the_reason(self, kit, start):
        """One for each type, scope and owner."""
        start("no-login", scope=Scope.SYSTEM_WIDE)
        page = kit.client().post(ADD, {"key": "no-login", "scope": "system-wide"})
        assert page.status == 409
        assert "is open already" in page.text

    def test_a_message_can_be_for_one_person(self, kit):
        """Named by user id."""
        kit.client().post(
            ADD, {"key": "message-of-the-day", "scope": "user", "owner": " KAAN ", "message": "Hello"}
        )
        (added,) = events(kit)
        assert (added.scope, added.owner) == (Scope.USER, "KAAN")

    def test_a_viewer_may_not(self, kit):
        """Neither see the dialog nor send it."""
        client = kit.client("viewer")
        assert client.get(ADD).status == 403
        assert client.post(ADD, {"key": "no-login"}).status == 403


class TestEdit:
    def fields(self, client, number):
        text = client.get(f"{LIST}/{number}/edit").text
        return {"seen": re.search(r'name="seen" value="(\w+)"', text)[1]}, text

    def test_what_is_not_touched_stays_to_the_second(self, kit, start):
        """Fields show minutes only."""
        eta = kit.clock.now + HOUR + timedelta(seconds=40)
        number = start("no-login", eta=eta, message="one")
        client = kit.client()
        sent, text = self.fields(client, number)
        assert 'value="2026-11-24T14:00"' in text
        assert re.search(r'id="event-starts"[^>]* disabled', text)
        page = client.post(f"{LIST}/{number}/edit", {**sent, "eta": "2026-11-24T14:00", "message": "two"})
        assert "The event was changed." in page.text
        changed = event(kit, number)
        assert (changed.eta, changed.message) == (eta, "two")
        assert selected(page.text) == number

    def test_what_somebody_else_changed_is_shown_instead(self, kit, start):
        """Nothing is overwritten unseen."""
        number = start("no-login", message="one")
        first, second = kit.client(), kit.client()
        sent, _ = self.fields(first, number)
        second.post(f"{LIST}/{number}/edit", {**sent, "message": "two"})
        page = first.post(f"{LIST}/{number}/edit", {**sent, "message": "three"})
        assert page.status == 409
        assert "Somebody else changed it in the meantime." in page.text
        assert 'value="two"' in page.text

    def test_what_is_wrong_is_said(self, kit, start):
        """As when it is added."""
        number = start("no-login", starts=kit.clock.now + HOUR)
        client = kit.client()
        sent, _ = self.fields(client, number)
        form = {**sent, "starts": "2026-11-24T14:00", "eta": "2026-11-24T13:30"}
        page = client.post(f"{LIST}/{number}/edit", form)
        assert page.status == 422
        assert "It must be later than the start." in page.text

    def test_one_that_has_ended_cannot_be(self, kit, start):
        """The dialog does not open; one that is not there is not found."""
        number = start("no-login")
        client = kit.client()
        sent, _ = self.fields(client, number)
        with kit.serving("status_tab") as host:
            end_event(number, work=host.work, clock=host.clock)
        assert "data-modal" not in client.get(f"{LIST}/{number}/edit").text
        assert client.post(f"{LIST}/{number}/edit", {**sent, "message": "x"}).status == 409
        assert client.get(f"{LIST}/999/edit").status == 404
        assert client.get(f"{LIST}/{2**63}/edit").status == 404


class TestEnd:
    def test_the_dialog_tells_the_effect_and_names_both_ways(self, kit, start):
        """Only then it is ended."""
        number = start("no-login", message="Upgrade")
        client = kit.client()
        page = client.get(f"{LIST}/{number}/end").text
        for words in ("End No Login?", "Upgrade", "Everybody can sign in again.", "Keep it", "End event"):
            assert words in page
        assert event(kit, number).ended is None
        page = client.post(f"{LIST}/{number}/end")
        assert "The event was ended." in page.text
        assert event(kit, number).ended == kit.clock.now

    def test_a_scheduled_one_is_called_off(self, kit, start):
        """Nothing changes for anybody."""
        number = start("no-login", starts=kit.clock.now + HOUR)
        page = kit.client().get(f"{LIST}/{number}/end").text
        assert "Call off No Login?" in page
        assert "It has not started" in page

    def test_an_emergency_must_be_confirmed(self, kit, start):
        """Without the tick nothing happens."""
        number = start("freetext-rebuild")
        client = kit.client()
        assert "This is an emergency" in client.get(f"{LIST}/{number}/end").text
        page = client.post(f"{LIST}/{number}/end")
        assert page.status == 409
        assert "confirm that it is one" in page.text
        assert event(kit, number).ended is None
        client.post(f"{LIST}/{number}/end", {"emergency": "yes"})
        assert event(kit, number).ended

    def test_what_must_not_be_ended_says_why(self, kit, start):
        """In the list, in the dialog, and when it is tried all the same."""
        number = start("udef-rebuild")
        client = kit.client()
        assert "fields would be left half published" in client.get(PAGE).text
        assert re.search(r'aria-disabled="true"', client.get(f"{LIST}/{number}/end").text)
        page = client.post(f"{LIST}/{number}/end", {"emergency": "yes"})
        assert page.status == 409
        assert event(kit, number).ended is None

    def test_who_started_a_job_may_end_it(self, kit, start):
        """Though they may manage nothing else; others are told who may."""
        own = start("import-companies", activated_by="VIEW_EN")
        other = start("import-projects", activated_by="KAAN")
        client = kit.client("viewer")
        page = client.post(f"{LIST}/{other}/end")
        assert page.status == 403
        assert "KAAN and administrators may end it." in page.text
        client.post(f"{LIST}/{own}/end")
        assert (bool(event(kit, own).ended), bool(event(kit, other).ended)) == (True, False)
