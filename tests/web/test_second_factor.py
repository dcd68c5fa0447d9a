"""The second factor: set up, asked for after the first, each code once, and taken away again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from builders.accounts import PASSWORD, USER, add_person, is_signed_in, sign_in
from builders.factors import RECOVERY, SECOND, SECRET, SETUP, STEP, App, set_up, sign_in_with
from builders.plugins import neighbour

from host.domain.people import command_line
from host.domain.sessions import MOST_TRIES, PENDING_LIFE
from host.services import factor_setup, people, signing_in
from host.storage.factor_rows import RecoveryCodeRow, SecondFactorRow

MINUTE = timedelta(minutes=1)
NOBODY = command_line([])


@pytest.fixture
def kit(host_with):
    """A host with one tab and one account."""
    kit = host_with(neighbour())
    add_person(kit)
    return kit


@pytest.fixture
def client(kit):
    """That account, signed in with its password."""
    client = kit.anonymous()
    sign_in(client)
    return client


@pytest.fixture
def app(kit, client):
    """Its app."""
    return set_up(kit, client)


class TestSettingUp:
    def test_the_picture_and_the_text_hold_one_secret_that_nobody_keeps(self, kit, client):
        """Both are never stored by a browser, and the picture is fetched from this host (no `data:`)."""
        page = client.post(SETUP)
        secret = SECRET.search(page.text)[1].replace(" ", "")
        assert len(secret) == 32  # 160 bits
        assert f'src="{SETUP}/qr.svg"' in page.text
        assert page.response.headers["Cache-Control"] == "no-store"
        picture = client.get(f"{SETUP}/qr.svg")
        assert picture.response.mimetype == "image/svg+xml"
        assert picture.response.headers["Cache-Control"] == "no-store"
        assert SECRET.search(client.get(SETUP).text)[1].replace(" ", "") == secret
        again = client.post(SETUP).text
        assert SECRET.search(again)[1].replace(" ", "") != secret
        assert client.get(f"{SETUP}/qr.svg").text != picture.text

    def test_it_lies_sealed_and_the_recovery_codes_hashed(self, kit, client, app):
        """Whoever reads the database can make no code."""
        with kit.house.stores.host.reading() as session:
            rows = [
                *session.execute(sa.select(SecondFactorRow.__table__)),
                *session.execute(sa.select(RecoveryCodeRow.__table__)),
            ]
            stored = " ".join(map(str, rows))
        assert app.secret not in stored
        assert not [code for code in app.recovery if code in stored or code.replace("-", "") in stored]
        assert len(set(app.recovery)) == 10
        for entry in kit.audit():
            assert app.secret not in str(entry)

    def test_it_does_not_count_before_its_first_code(self, kit, client):
        """Who stops half way can still sign in."""
        client.post(SETUP)
        wrong = client.post(f"{SETUP}/confirm", {"code": "12 34 5"})
        assert wrong.status == 422
        assert "not the code" in wrong.text
        assert SECRET.search(wrong.text)
        assert sign_in(kit.anonymous()).headers["Location"] == "/"

    def test_it_has_to_be_confirmed_within_a_quarter_of_an_hour(self, kit, client):
        """A secret that stayed on a screen is worth nothing later; signing in is a fresh proof."""
        app = App(kit, SECRET.search(client.post(SETUP).text)[1].replace(" ", ""), [])
        kit.clock.advance(factor_setup.SETTING_UP)
        sign_in(client)
        late = client.post(f"{SETUP}/confirm", {"code": app.code()})
        assert late.status == 422
        assert "took too long" in late.text

    def test_there_is_one_at_a_time(self, client, app):
        """409, and the one there is stays."""
        again = client.post(SETUP)
        assert again.status == 409
        assert "already" in again.text

    def test_the_session_has_a_new_id_and_the_others_end(self, kit, client):
        """ASVS 7.2.4, 7.4.3."""
        other = kit.anonymous()
        sign_in(other)
        before = client.flask.get_cookie("tabhost_session").value
        set_up(kit, client)
        assert client.flask.get_cookie("tabhost_session").value != before
        assert signing_in.who(kit.house, before) is None
        assert is_signed_in(client)
        assert not is_signed_in(other)

    def test_it_is_written_down_without_any_code(self, kit, client, app):
        """By whom, and that is all."""
        newest = kit.audit()[0]
        assert (newest.action, newest.actor, newest.before, newest.after) == (
            "second_factor.set_up", USER, None, None,
        )  # fmt: skip


class TestSigningIn:
    @pytest.fixture
    def kit(self, host_on):
        """The same, on both databases: what is used up there must be so on each."""
        kit = host_on(neighbour())
        add_person(kit)
        return kit

    def test_the_password_alone_opens_nothing(self, kit, app):
        """It leads to the second page, with a cookie that is no session."""
        client = kit.anonymous()
        first = sign_in(client)
        assert (first.status_code, first.headers["Location"]) == (303, SECOND)
        assert client.flask.get_cookie("tabhost_session") is None
        assert not is_signed_in(client)
        assert client.flask.get("/api/v1/me").status_code == 401
        assert "Second factor" in client.get(SECOND).text

    @pytest.mark.parametrize(
        ("base", "name", "secure"),
        [
            ("http://localhost", "tabhost_pending", False),
            ("https://localhost", "__Host-tabhost_pending", True),
        ],
    )
    def test_the_cookie_between_the_two_is_guarded_like_a_sessions(self, kit, app, base, name, secure):
        """ASVS 3.3: scripts and other sites cannot use it, nor other hosts set it."""
        data = {"user_id": USER, "password": PASSWORD}
        sent = kit.anonymous().flask.post("/login", data=data, base_url=base)
        cookie = next(each for each in sent.headers.getlist("Set-Cookie") if each.startswith(f"{name}="))
        parts = {each.strip() for each in cookie.split(";")}
        assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=300"} <= parts
        assert ("Secure" in parts) == secure
        assert not [each for each in parts if each.startswith("Domain")]

    def test_a_code_signs_in_and_leads_on(self, kit, app):
        """To the page that was asked for, and what was proved stands in the session."""
        client = kit.anonymous()
        done = sign_in_with(client, app.next_code(), next="/profile")
        assert (done.status_code, done.headers["Location"]) == (303, "/profile")
        assert client.call("GET", "/api/v1/me").response.json["proved"] == ["password", "code"]
        assert client.flask.get_cookie("tabhost_pending") is None

    def test_a_clock_may_be_off_by_one_step_and_by_no_more(self, kit, app):
        """RFC 6238 5.2; else 401, with the form again."""
        for steps in (-3, -2, -1, 0, 1, 2, 3):
            kit.clock.advance(5 * STEP)
            answer = sign_in_with(kit.anonymous(), app.code(steps))
            assert answer.status_code == (303 if abs(steps) <= 1 else 401), steps
        assert "code is wrong" in answer.get_data(as_text=True)

    def test_each_code_counts_once_and_none_older_than_it(self, kit, app):
        """ASVS 6.5.1: whoever looked over a shoulder is late."""
        kit.clock.advance(3 * STEP)
        newest, older = app.code(1), app.code(0)
        assert sign_in_with(kit.anonymous(), newest).status_code == 303
        assert sign_in_with(kit.anonymous(), newest).status_code == 401
        assert sign_in_with(kit.anonymous(), older).status_code == 401

    def test_a_recovery_code_counts_once_however_it_is_typed(self, kit, app):
        """Small letters and blanks are no other code."""
        typed = app.recovery[3].lower().replace("-", " ")
        client = kit.anonymous()
        assert sign_in_with(client, typed).status_code == 303
        assert client.call("GET", "/api/v1/me").response.json["proved"] == ["password", "recovery"]
        assert sign_in_with(kit.anonymous(), app.recovery[3]).status_code == 401
        assert sign_in_with(kit.anonymous(), app.recovery[4]).status_code == 303

    def test_anything_else_is_just_wrong(self, kit, app):
        """Never a fault of the host."""
        for code in ("", " ", "000000", "٠١٢٣٤٥", "é" * 6, "A" * 24, "x" * 100, "\x00" * 6, "-" * 6, "😀"):
            kit.clock.advance(60 * MINUTE)  # else it would have to wait for a while
            assert sign_in_with(kit.anonymous(), code).status_code == 401, code

    def test_too_long_a_code_is_refused(self, kit, app):
        """4xx, not 500."""
        assert sign_in_with(kit.anonymous(), "1" * 10_000).status_code in {400, 422}

    def test_after_a_few_wrong_ones_the_password_has_to_come_again(self, kit, app):
        """Then the right code is worth nothing either, in that browser."""
        client = kit.anonymous()
        sign_in(client)
        for _ in range(MOST_TRIES):
            answer = client.flask.post(SECOND, data={"code": "000000"})
            assert answer.status_code == 401
        assert "too many codes" in answer.get_data(as_text=True)
        assert client.flask.post(SECOND, data={"code": app.next_code()}).status_code == 401
        assert not is_signed_in(client)

    def test_after_five_minutes_too(self, kit, app):
        """The right code comes too late."""
        client = kit.anonymous()
        sign_in(client)
        kit.clock.advance(PENDING_LIFE)
        assert client.flask.post(SECOND, data={"code": app.code()}).status_code == 401
        assert client.flask.get(SECOND).headers["Location"] == "/login"

    def test_the_second_page_belongs_to_one_browser(self, kit, app):
        """Another one is led to the first."""
        sign_in(kit.anonymous())
        other = kit.anonymous()
        assert other.flask.get(SECOND).headers["Location"] == "/login"
        assert other.flask.post(SECOND, data={"code": app.next_code()}).status_code == 401

    @pytest.mark.parametrize(
        "closing",
        [
            lambda kit: people.disable_account(kit.house, USER, NOBODY),
            lambda kit: people.reset_password(kit.house, USER, "another long password", NOBODY),
        ],
        ids=["disabled", "new password"],
    )
    def test_what_was_begun_ends_with_the_account_and_the_password(self, kit, app, closing):
        """A code that comes afterwards signs nobody in."""
        client = kit.anonymous()
        sign_in(client)
        closing(kit)
        assert client.flask.post(SECOND, data={"code": app.next_code()}).status_code == 401
        assert not is_signed_in(client)

    def test_a_link_is_one_factor(self, kit, app):
        """The second is still asked for."""
        client = kit.anonymous()
        link = signing_in.make_link(kit.house, USER)
        assert client.flask.get(f"/login/once/{link}").headers["Location"] == SECOND
        assert not is_signed_in(client)
        assert client.flask.post(SECOND, data={"code": app.next_code()}).status_code == 303
        assert is_signed_in(client)

    def test_a_refused_code_is_written_down(self, kit, app):
        """Somebody knows the password, and has not the phone."""
        sign_in_with(kit.anonymous(), "000000")
        assert (kit.audit()[0].action, kit.audit()[0].subject) == ("signin.failed", USER)
        assert kit.audit()[0].after["tried"] == "code"
        assert "000000" not in str(kit.audit()[0])

    def test_with_another_secret_of_the_installation_recovery_codes_still_work(self, host_with, tmp_path):
        """Codes of the app cannot be checked then: refused, not a fault."""
        keys = [{"TABHOST_SECRET_KEY": each * 40} for each in "ab"]
        url = f"sqlite:///{tmp_path / 'one.db'}"
        first = host_with(neighbour(), environment=keys[0], database_url=url)
        add_person(first)
        client = first.anonymous()
        sign_in(client)
        app = set_up(first, client)
        second = host_with(neighbour(), environment=keys[1], database_url=url)
        app.kit = second
        assert sign_in_with(second.anonymous(), app.next_code()).status_code == 401
        assert sign_in_with(second.anonymous(), app.recovery[0]).status_code == 303


class TestTakingItAway:
    def test_the_holder_is_asked_first_and_then_signs_in_without(self, kit, client, app):
        """The session has a new id, and the others end."""
        assert "Remove the second factor?" in client.get(f"{SETUP}/remove").text
        other = kit.anonymous()
        sign_in_with(other, app.next_code())
        page = client.post(f"{SETUP}/remove")
        assert "is removed" in page.text
        assert not is_signed_in(other)
        assert sign_in(kit.anonymous()).headers["Location"] == "/"
        assert client.post(f"{SETUP}/remove").status == 409

    def test_it_asks_for_a_fresh_proof(self, kit, client, app):
        """Ten minutes after signing in nothing of it opens."""
        kit.clock.advance(10 * MINUTE)
        for path in ("", "/remove", "/codes", "/confirm"):
            answer = client.flask.post(f"{SETUP}{path}", data={"csrf_token": client.token()})
            assert answer.headers["Location"].startswith("/proof?next="), path
        assert client.flask.get(f"{SETUP}/remove").headers["Location"].startswith("/proof?next=")
        assert sign_in(kit.anonymous()).headers["Location"] == SECOND

    def test_new_recovery_codes_void_the_old(self, kit, client, app):
        """Shown once, in the place of all before."""
        fresh = RECOVERY.findall(client.post(f"{SETUP}/codes").text)
        assert len(set(fresh)) == 10
        assert not set(fresh) & set(app.recovery)
        assert not RECOVERY.findall(client.get(SETUP).text)
        assert sign_in_with(kit.anonymous(), app.recovery[0]).status_code == 401
        assert sign_in_with(kit.anonymous(), fresh[0]).status_code == 303

    def test_the_command_line_helps_who_has_lost_it(self, kit, client, app):
        """And ends the sessions; it is written down by whom."""
        factor_setup.remove_for(kit.house, USER.lower(), NOBODY)
        assert not is_signed_in(client)
        assert sign_in(kit.anonymous()).headers["Location"] == "/"
        removed = next(each for each in kit.audit() if each.action == "second_factor.removed")
        assert (removed.actor, removed.subject) == ("cli", USER)


class TestWhoMustHaveOne:
    def host(self, host_with, required: str):
        kit = host_with(neighbour(), environment={"TABHOST_SECOND_FACTOR": required})
        add_person(kit, "BOSS", "administrator")
        add_person(kit)
        return kit

    @pytest.mark.parametrize(
        ("required", "concerned"),
        [("optional", []), ("administrators", ["BOSS"]), ("everybody", ["BOSS", USER])],
    )
    def test_whom_it_concerns_is_led_to_set_it_up_and_can_do_nothing_else(
        self, host_with, required, concerned
    ):
        """Pages, fragments and the API; signing out is always open."""
        kit = self.host(host_with, required)
        for user_id in ("BOSS", USER):
            client = kit.anonymous()
            sign_in(client, user_id)
            page = client.flask.get("/tabs/neighbour/main/")
            fragment = client.flask.get("/tabs/neighbour/main/", headers={"HX-Request": "true"})
            api = client.call("GET", "/api/v1/me")
            if user_id not in concerned:
                assert (page.status_code, fragment.status_code, api.status) == (200, 200, 200)
                continue
            assert (page.status_code, page.headers["Location"]) == (303, SETUP)
            assert fragment.headers["HX-Redirect"] == SETUP
            assert api.status == 403
            assert "second factor" in api.response.json["message"]
            assert client.flask.get("/profile").headers["Location"] == SETUP
            assert "must have a second factor" in client.get(SETUP).text
            assert client.post("/logout").status == 200
            assert not is_signed_in(client)

    def test_once_it_is_set_up_everything_opens(self, host_with):
        """At once, in the same session."""
        kit = self.host(host_with, "everybody")
        client = kit.anonymous()
        sign_in(client)
        set_up(kit, client)
        assert client.get("/tabs/neighbour/main/").status == 200
        assert client.call("GET", "/api/v1/me").status == 200

    def test_it_can_be_set_up_by_json_too(self, host_with):
        """The same verbs; the session goes on with another id and token."""
        kit = self.host(host_with, "everybody")
        client = kit.anonymous()
        sign_in(client)
        begun = client.call("POST", "/api/v1/me/second-factor")
        assert begun.status == 200
        app = App(kit, begun.response.json["secret"], [])
        wrong = client.call("POST", "/api/v1/me/second-factor/confirm", {"code": "12345"})
        assert wrong.status == 422
        done = client.call("POST", "/api/v1/me/second-factor/confirm", {"code": app.code()})
        assert len(done.response.json["codes"]) == 10
        assert done.response.json["csrf_token"] == client.token()
        stands = client.call("GET", "/api/v1/me/second-factor").response.json
        assert (stands["codes_left"], stands["since"] is None) == (10, False)
        assert client.call("POST", "/api/v1/me/second-factor").status == 409
        assert (
            len(client.call("POST", "/api/v1/me/second-factor/recovery-codes").response.json["codes"]) == 10
        )
        assert client.call("DELETE", "/api/v1/me/second-factor").status == 200
        assert client.call("DELETE", "/api/v1/me/second-factor").status == 409
