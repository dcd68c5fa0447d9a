"""The profile page and its JSON: portrait, choices, password, sessions; for oneself and nobody else."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from builders.accounts import PASSWORD, USER, add_person, is_signed_in, sign_in
from builders.plugins import neighbour
from PIL import Image

from host.domain.people import SESSION_IDLE, command_line
from host.services import people, signing_in
from host.services.portraits import portrait_of

ME = "/api/v1/me"
NEW = "a quite different sentence"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
)
MINUTE = timedelta(minutes=1)


def picture(form: str = "PNG", size: tuple[int, int] = (9, 6)) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, "teal").save(drawn, form)
    return drawn.getvalue()


@pytest.fixture
def kit(host_with):
    """A host with one tab and one account."""
    kit = host_with(neighbour())
    add_person(kit)
    return kit


@pytest.fixture
def client(kit):
    """That account."""
    client = kit.anonymous()
    sign_in(client)
    return client


class TestThePage:
    def test_it_stands_in_the_menu_and_shows_who_one_is(self, client):
        """For whoever is signed in."""
        assert 'href="/profile"' in client.get("/").text
        text = client.get("/profile").text
        for part in (USER, "Karin Andersen", "Portrait", "Time zone", "15 characters or more", "Sessions"):
            assert part in text

    def test_every_form_of_it_works_without_a_script(self, client):
        """Each is sent by the browser itself, with the token."""
        text = client.get("/profile").text
        assert text.count("<form") == text.count('name="csrf_token"')
        assert "<script" not in text.partition('<main class="th-sheet"')[2].partition("</main>")[0]


class TestPortrait:
    def test_a_picture_is_kept_and_can_be_taken_away(self, kit, client):
        """Drawn anew; then the initials stand there again."""
        done = client.post("/profile/portrait", {"portrait": (io.BytesIO(picture()), "me.png")})
        assert "Your portrait is kept." in done.text
        assert f'src="/portraits/{USER}"' in done.text
        assert client.flask.get(f"/portraits/{USER}").mimetype == "image/png"
        assert "is removed" in client.post("/profile/portrait/remove").text
        assert portrait_of(kit.house, USER) is None
        assert [each.action for each in kit.audit()[:2]] == [
            "account.portrait_removed",
            "account.portrait_set",
        ]

    def test_by_json_too(self, kit, client):
        """The picture is the body."""
        assert client.call("PUT", f"{ME}/portrait", data=picture("JPEG")).status == 204
        assert portrait_of(kit.house, USER)[1] == "image/jpeg"
        assert client.call("PUT", f"{ME}/portrait", data=b"GIF89a").status == 422
        assert client.call("DELETE", f"{ME}/portrait").status == 204
        assert portrait_of(kit.house, USER) is None

    @pytest.mark.parametrize("content", [b"", b"<svg/>", picture()[:40], b"\xff\xd8\xff" + b"x" * 300_000])
    def test_what_is_none_is_refused_beside_the_field(self, kit, client, content):
        """422, and nothing is kept."""
        page = client.post("/profile/portrait", {"portrait": (io.BytesIO(content), "me.png")})
        assert page.status == 422
        assert 'id="portrait-error"' in page.text
        assert client.post("/profile/portrait").status == 422
        assert portrait_of(kit.house, USER) is None


class TestChoices:
    def test_language_and_zone_are_kept_and_seen_at_once(self, client):
        """And can be given back to the browser and the installation."""
        page = client.post("/profile/choices", {"language": "da", "timezone": "Europe/Oslo"})
        assert 'lang="da"' in page.text
        assert "Europe/Oslo" in page.text.partition("th-foot__end")[2]
        client.post("/profile/choices", {"language": "", "timezone": ""})
        me = client.call("GET", ME).response.json
        assert (me["language"], me["timezone"]) == (None, None)

    def test_by_json_too_and_what_is_not_sent_stays(self, client):
        """PATCH."""
        assert client.call("PATCH", ME, {"timezone": "Asia/Tokyo"}).status == 204
        assert client.call("PATCH", ME, {"language": "da"}).status == 204
        me = client.call("GET", ME).response.json
        assert (me["language"], me["timezone"]) == ("da", "Asia/Tokyo")
        assert client.call("PATCH", ME, {"timezone": "Asia/Nowhere"}).status == 422
        assert client.call("PATCH", ME, {"roles": ["administrator"]}).status == 422

    @pytest.mark.parametrize("form", [{"language": "xx"}, {"timezone": "../etc"}, {"timezone": "x\0y"}])
    def test_what_is_not_on_the_list_is_refused(self, kit, client, form):
        """Beside the form, and nothing is written."""
        before = kit.audit()
        page = client.post("/profile/choices", form)
        assert (page.status, 'id="choices-error"' in page.text) == (422, True)
        assert kit.audit() == before


class TestPassword:
    def form(self, present: str = PASSWORD, new: str = NEW, again: str | None = None):
        return {"present": present, "new": new, "again": new if again is None else again}

    def test_it_is_changed_and_everything_else_ends(self, kit, client):
        """Other sessions and links; this session has a new id (ASVS 6.2.2, 6.2.3, 7.4.3)."""
        other, link = kit.anonymous(), signing_in.make_link(kit.house, USER)
        sign_in(other)
        old = client.flask.get_cookie("tabhost_session").value
        assert "password is changed" in client.post("/profile/password", self.form()).text
        assert client.flask.get_cookie("tabhost_session").value != old
        assert signing_in.who(kit.house, old) is None
        assert not is_signed_in(other)
        assert kit.anonymous().flask.get(f"/login/once/{link}").status_code == 410
        assert sign_in(kit.anonymous()).status_code == 401
        assert sign_in(kit.anonymous(), password=NEW).status_code == 303
        entry = next(each for each in kit.audit() if each.action == "account.password_changed")
        assert (entry.actor, entry.before, entry.after) == (USER, None, None)

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"present": "wrong horse battery"}, "not your present password"),
            ({"present": ""}, "not your present password"),
            ({"new": "short"}, "5 characters"),
            ({"new": "x" * 129}, "129 characters"),
            ({"new": "password1"}, "tried first"),
            ({"new": "karin-andersen"}, "little more than your name"),
            ({"again": "something else"}, "not the same"),
        ],
    )
    def test_each_refusal_has_its_sentence_and_changes_nothing(self, client, change, sentence):
        """Beside the form; passwords are never shown again."""
        page = client.post("/profile/password", self.form(**change))
        assert page.status == 422
        assert sentence in page.text.partition('id="password-error"')[2]
        assert not [
            each for each in self.form(**change).values() if len(each) > 8 and f'"{each}"' in page.text
        ]
        assert is_signed_in(client)

    def test_the_fields_hide_it_and_password_managers_can_fill_them(self, client):
        """ASVS 6.2.6, 6.2.7: and what is pasted is not cut off silently."""
        text = client.get("/profile").text
        for name, kind in (
            ("present", "current-password"),
            ("new", "new-password"),
            ("again", "new-password"),
        ):
            field = re.search(rf'<input [^>]*name="{name}"[^>]*>', text)[0]
            assert f'type="password" autocomplete="{kind}"' in field
            assert re.findall(r'maxlength="(\d+)"', field) in ([], ["1024"])
            assert "onpaste" not in field

    def test_it_never_runs_out(self, kit):
        """ASVS 6.2.10."""
        kit.clock.advance(timedelta(days=3_650))
        client = kit.anonymous()
        assert sign_in(client).headers["Location"] == "/"
        assert client.get("/").status == 200

    def test_who_came_by_a_link_sets_the_first_one_without_a_present_one(self, kit):
        """As long as the link was followed a moment ago."""
        client = kit.client("viewer")
        assert "Present password" not in client.get("/profile").text
        assert client.post("/profile/password", self.form(present="")).status == 200
        assert sign_in(kit.anonymous(), "VIEW_EN", NEW).status_code == 303
        late = kit.client("administrator")
        kit.clock.advance(10 * MINUTE)
        assert late.post("/profile/password", self.form(present="")).status == 409

    def test_by_json_too(self, client):
        """With the session's new CSRF token in the answer."""
        wrong = client.call("POST", f"{ME}/password", {"present": "x", "new": NEW})
        assert wrong.status == 422
        done = client.call("POST", f"{ME}/password", {"present": PASSWORD, "new": NEW})
        assert done.response.json == {"csrf_token": client.token()}
        assert client.call("POST", f"{ME}/password", {"present": NEW, "new": "\ud800" * 9}).status == 422


class TestSessions:
    def test_each_says_where_it_is_and_what_it_was_proved_by(self, kit, client):
        """In words; nobody can sign in with what it is called."""
        other = kit.anonymous()
        data = {"user_id": USER, "password": PASSWORD}
        where = {"REMOTE_ADDR": "192.0.2.7"}
        other.flask.post("/login", data=data, headers={"User-Agent": CHROME}, environ_base=where)
        text = client.get("/profile").text
        for part in ("Chrome on Linux", "192.0.2.7", "This one", "password"):
            assert part in text.partition('id="sessions"')[2]
        listed = client.call("GET", f"{ME}/sessions").response.json
        assert [each["current"] for each in listed].count(True) == 1
        found = next(each for each in listed if not each["current"])
        assert (found["address"], found["agent"], found["proved"]) == ("192.0.2.7", CHROME, ["password"])
        assert signing_in.who(kit.house, found["id"]) is None

    def test_what_a_browser_calls_itself_is_shortened_and_escaped(self, kit, client):
        """It is a stranger's text."""
        other = kit.anonymous()
        data = {"user_id": USER, "password": PASSWORD}
        other.flask.post("/login", data=data, headers={"User-Agent": "<script>" + "x" * 5_000})
        listed = client.call("GET", f"{ME}/sessions").response.json
        assert max(len(each["agent"]) for each in listed) == 200
        assert "<script>x" not in client.get("/profile").text

    def test_one_is_ended_and_then_all_others(self, kit, client):
        """At once; the session that asks goes on."""
        first, second, third = (kit.anonymous() for _ in range(3))
        for each in (first, second, third):
            sign_in(each)
            ids = {
                row["id"] for row in client.call("GET", f"{ME}/sessions").response.json if not row["current"]
            }
        theirs = first.call("GET", ME).response.json["session"]
        assert theirs in ids
        assert "has ended" in client.post(f"/profile/sessions/{theirs}/end").text
        assert [is_signed_in(each) for each in (first, second, third)] == [False, True, True]
        assert client.post(f"/profile/sessions/{theirs}/end").status == 404
        assert "other sessions have ended" in client.post("/profile/sessions/end-others").text
        assert [is_signed_in(each) for each in (client, second, third)] == [True, False, False]

    def test_by_json_too(self, kit, client):
        """DELETE; unknown ones are 404."""
        other, third = kit.anonymous(), kit.anonymous()
        sign_in(other)
        sign_in(third)
        theirs = other.call("GET", ME).response.json["session"]
        assert client.call("DELETE", f"{ME}/sessions/{theirs}").status == 204
        assert client.call("DELETE", f"{ME}/sessions/{theirs}").status == 404
        assert not is_signed_in(other)
        assert client.call("DELETE", f"{ME}/sessions").status == 204
        assert not is_signed_in(third)

    @pytest.mark.parametrize("way", ["password", "link"])
    def test_signing_in_once_more_in_one_browser_ends_the_session_before(self, kit, client, way):
        """ASVS 7.2.4: there is no session left that nobody has a cookie of."""
        before = client.flask.get_cookie("tabhost_session").value
        if way == "password":
            sign_in(client)
        else:
            client.flask.get(f"/login/once/{signing_in.make_link(kit.house, USER)}")
        assert client.flask.get_cookie("tabhost_session").value != before
        assert signing_in.who(kit.house, before) is None
        assert len(client.call("GET", f"{ME}/sessions").response.json) == 1

    def test_nobody_ends_anothers(self, kit, client):
        """404, as if it did not exist."""
        add_person(kit, "OTHE")
        other = kit.anonymous()
        sign_in(other, "OTHE")
        theirs = other.call("GET", ME).response.json["session"]
        assert client.call("DELETE", f"{ME}/sessions/{theirs}").status == 404
        assert client.post(f"/profile/sessions/{theirs}/end").status == 404
        assert is_signed_in(other)

    def test_those_that_are_over_are_not_listed(self, kit, client):
        """Idle for too long, or ended by somebody else."""
        sign_in(kit.anonymous())
        kit.clock.advance(SESSION_IDLE - MINUTE)
        client.get("/profile")
        kit.clock.advance(2 * MINUTE)
        assert len(client.call("GET", f"{ME}/sessions").response.json) == 1

    def test_a_session_that_ends_while_a_password_is_changed_changes_nothing(self, kit, client, monkeypatch):
        """The new id cannot be given to a session that is no more."""
        from host.services import proof

        right = proof._right

        def ending(house, number, password):
            people.disable_account(house, USER, command_line([]))
            return right(house, number, password)

        monkeypatch.setattr(proof, "_right", ending)
        answer = client.flask.post(
            "/profile/password", data={"csrf_token": client.token(), **TestPassword().form()}
        )
        assert answer.headers["Location"] == "/login"
        assert not [each for each in kit.audit() if each.action == "account.password_changed"]


class TestEverywhere:
    def test_disabling_ends_sessions_on_another_machine_at_once(self, host_on, database_url):
        """Two applications on one database: the second hears of it with its next request (ASVS 7.4.2)."""
        first, second = host_on(neighbour()), host_on(neighbour())
        add_person(first)
        here, there = first.anonymous(), second.anonymous()
        sign_in(here)
        there.flask.set_cookie("tabhost_session", here.flask.get_cookie("tabhost_session").value)
        assert is_signed_in(there)  # now it is kept in the memory of both
        assert is_signed_in(here)
        people.disable_account(first.house, USER, command_line([]))
        assert not is_signed_in(there)
        assert not is_signed_in(here)

    def test_a_renewed_session_is_known_there_and_its_old_id_is_not(self, host_on):
        """As after a fresh proof."""
        first, second = host_on(neighbour()), host_on(neighbour())
        add_person(first)
        here, there = first.anonymous(), second.anonymous()
        sign_in(here)
        there.flask.set_cookie("tabhost_session", here.flask.get_cookie("tabhost_session").value)
        assert is_signed_in(there)
        here.post("/proof", {"password": PASSWORD})
        assert not is_signed_in(there)
        there.flask.set_cookie("tabhost_session", here.flask.get_cookie("tabhost_session").value)
        assert is_signed_in(there)
