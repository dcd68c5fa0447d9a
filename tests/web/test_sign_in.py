"""Signing in and out: who may, for how long, and where one comes to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders.accounts import PASSWORD, USER, add_person, is_signed_in, sign_in
from builders.plugins import neighbour, the_neighbour_serves
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from host.domain.people import command_line
from host.services import people, signing_in
from host.storage.models import AccountRow
from host.testing import make_host

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kit(host_with):
    """A host with one tab and one account."""
    kit = host_with(neighbour())
    add_person(kit)
    return kit


def cookie(response) -> str:
    return response.headers.get("Set-Cookie", "")


class TestPassword:
    def test_the_right_one_signs_in(self, kit):
        """And leads to the first tab."""
        client = kit.anonymous()
        response = sign_in(client)
        assert (response.status_code, response.headers["Location"]) == (303, "/")
        assert is_signed_in(client)

    def test_user_ids_ignore_case_and_blanks_around_them(self, kit):
        """They are typed from memory."""
        assert sign_in(kit.anonymous(), f"  {USER.lower()} ").status_code == 303

    @pytest.mark.parametrize(
        "password", ["wrong horse battery", PASSWORD.upper(), PASSWORD + " ", "", "æøå😀", "x" * 1024]
    )
    def test_a_wrong_one_does_not(self, kit, password):
        """401, without a cookie, and with nothing of what was typed but the user id."""
        response = sign_in(kit.anonymous(), password=password)
        assert response.status_code == 401
        assert not cookie(response)
        assert f'value="{USER}"' in response.get_data(as_text=True)

    def test_nobody_learns_whether_an_account_exists(self, kit):
        """A wrong password, an unknown user id and a disabled account get the very same answer."""
        add_person(kit, "GONE")
        people.disable_account(kit.house, "GONE", command_line([]))
        answers = []
        for user_id, password in (
            (USER, "wrong"),
            ("NOBODY", "wrong"),
            ("NOBODY", PASSWORD),
            ("GONE", PASSWORD),
        ):
            response = sign_in(kit.anonymous(), user_id, password)
            text = response.get_data(as_text=True).replace(f'value="{user_id}"', 'value=""')
            answers.append((response.status_code, text))
        assert answers[0][0] == 401
        assert "do not match" in answers[0][1]
        assert answers == [answers[0]] * 4

    def test_an_account_without_a_password_is_not_open_to_an_empty_one(self, kit):
        """It is signed in by links only."""
        people.add_account(
            kit.house, user_id="LINK", full_name="", password=None, roles=("viewer",), actor=command_line([])
        )
        for password in ("", "nobody has this password"):
            assert sign_in(kit.anonymous(), "LINK", password).status_code == 401

    def test_what_was_typed_is_escaped(self, kit):
        """The user id is shown again."""
        text = sign_in(kit.anonymous(), '"><script>alert(1)</script>').get_data(as_text=True)
        assert "<script>alert" not in text

    @pytest.mark.parametrize(
        "form",
        [{}, {"user_id": USER}, {"user_id": "x" * 300, "password": "y"}, {"user_id": USER, "evil": "1"}],
        ids=["nothing", "half", "too long", "unknown field"],
    )
    def test_a_form_that_is_not_ours_is_refused_with_a_page(self, kit, form):
        """Never a fault of the host."""
        response = kit.anonymous().flask.post("/login", data=form)
        assert response.status_code in {400, 401, 422}
        assert "</html>" in response.get_data(as_text=True)

    def test_a_user_id_with_a_nul_in_it_is_just_wrong(self, host_on):
        """PostgreSQL cannot even compare it."""
        assert sign_in(host_on().anonymous(), "KA\0AN", "x").status_code in {401, 422}

    def test_signing_in_and_out_is_written_down(self, kit):
        """With the account as actor and subject; a failure with the name that was typed."""
        client = kit.anonymous()
        sign_in(client, password="wrong")
        sign_in(client)
        client.post("/logout")
        newest = [(each.action, each.actor, each.subject) for each in kit.audit()[:4]]
        assert newest[:2] == [("session.ended", USER, USER), ("session.started", USER, USER)]
        assert newest[2] == ("signin.failed", "anonymous", USER)
        assert newest[3][0] == "account.added"


class TestCookie:
    def test_scripts_and_other_sites_cannot_use_it(self, kit):
        """HttpOnly, SameSite, for the whole host and nobody else."""
        parts = {each.strip() for each in cookie(sign_in(kit.anonymous())).split(";")}
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert not [each for each in parts if each.startswith("Domain")]

    def test_over_tls_only_this_host_can_have_set_it(self, kit):
        """The name's prefix makes browsers check that."""
        client = kit.anonymous()
        data = {"user_id": USER, "password": PASSWORD}
        response = client.flask.post("/login", data=data, base_url="https://tabhost.example/")
        assert cookie(response).startswith("__Host-tabhost_session=")
        assert "Secure" in cookie(response)
        assert "Strict-Transport-Security" in response.headers

    def test_the_database_does_not_know_the_token(self, kit):
        """Who reads the database cannot sign in with it."""
        token = cookie(sign_in(kit.anonymous())).partition("=")[2].partition(";")[0]
        file = kit.settings.data / "tabhost.db"
        stored = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
        assert b"host_session" in stored
        assert token.encode() not in stored

    def test_each_sign_in_has_a_token_of_its_own(self, kit):
        """Signing in again does not keep an old one, which somebody may have planted."""
        client = kit.anonymous()
        client.flask.set_cookie("tabhost_session", "planted")
        first = cookie(sign_in(client))
        assert "planted" not in first
        assert first != cookie(sign_in(client))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """A host for tests that change nothing but who is signed in."""
    kit = make_host(tmp_path_factory.mktemp("lasting"), [neighbour()])
    add_person(kit)
    yield kit
    kit.close()


OUTSIDE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https://evil.example/",
    "https:evil.example",
    "HTTPS://evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/tabs\r\nSet-Cookie: a=b",
    "/\t/evil.example",
    " //evil.example",
    "tabs",
    "",
    "//[evil",
    "http://[evil",
    "https://[::1",
]


class TestWhereToGo:
    @pytest.mark.parametrize("target", OUTSIDE, ids=repr)
    def test_an_address_outside_leads_to_the_first_tab(self, lasting, target):
        """Whether it stands in the link to the form, or one is signed in already."""
        page = lasting.anonymous().flask.get("/login", query_string={"next": target})
        assert page.status_code == 200
        assert 'name="next" value="/"' in page.get_data(as_text=True)
        again = lasting.client().flask.get("/login", query_string={"next": target})
        assert (again.status_code, again.headers["Location"]) == (303, "/")

    @pytest.mark.parametrize(
        "target", ["//evil.example", "/\\evil.example", "https://evil.example", "//[evil"]
    )
    def test_nor_does_the_form_lead_there(self, lasting, target):
        """Somebody may have changed it."""
        response = sign_in(lasting.anonymous(), next=target)
        assert (response.status_code, response.headers["Location"]) == (303, "/")

    @pytest.mark.parametrize("target", ["/", "/tabs/neighbour/main/", "/tabs/neighbour/main/?a=1&b=%C3%B8"])
    def test_an_address_inside_is_kept(self, lasting, target):
        """With its query."""
        assert sign_in(lasting.anonymous(), next=target).headers["Location"] == target

    def test_a_pasted_address_is_reached_after_signing_in(self, lasting):
        """With its query, and through the form that the person is sent to."""
        client = lasting.anonymous()
        asked = client.flask.get("/tabs/neighbour/main/?a=1&b=%C3%B8")
        assert asked.status_code == 303
        assert asked.headers["Location"].startswith("/login?next=")
        form = client.flask.get(asked.headers["Location"]).get_data(as_text=True)
        assert 'name="next" value="/tabs/neighbour/main/?a=1&amp;b=%C3%B8"' in form

    @settings(max_examples=60, deadline=None)
    @example(target="///evil.example")
    @example(target="//[evil")
    @given(target=st.text(alphabet="/\\:.@?#[]%\t\n\r aehtpsvil", max_size=24))
    def test_no_address_whatever_leaves_the_host(self, lasting, target):
        """The form never carries anything but a path of this host, and never fails."""
        page = lasting.anonymous().flask.get("/login", query_string={"next": target})
        assert page.status_code == 200
        carried = page.get_data(as_text=True).partition('name="next" value="')[2].partition('"')[0]
        folded = carried.replace("\\", "/").strip()
        assert folded.startswith("/")
        assert not folded.startswith("//")


class TestLinks:
    def open(self, kit, token, client=None):
        return (client or kit.anonymous()).flask.get(f"/login/once/{token}")

    def test_looking_at_a_link_does_not_use_it_up(self, kit):
        """Mail scanners and previews ask with HEAD."""
        client, token = kit.anonymous(), signing_in.make_link(kit.house, USER)
        looked = client.flask.head(f"/login/once/{token}")
        assert looked.status_code == 200
        assert "Set-Cookie" not in looked.headers
        assert client.flask.get(f"/login/once/{token}").status_code == 303

    def test_a_link_signs_in_once(self, kit):
        """The second time it is used up; the card says what to do."""
        token = signing_in.make_link(kit.house, USER)
        client = kit.anonymous()
        assert self.open(kit, token, client).status_code == 303
        assert is_signed_in(client)
        other = kit.anonymous()
        again = self.open(kit, token, other)
        assert again.status_code == 410
        assert 'href="/login"' in again.get_data(as_text=True)
        assert not is_signed_in(other)

    @pytest.mark.parametrize(("after", "status"), [(HOUR - SECOND, 303), (HOUR, 410), (2 * HOUR, 410)])
    def test_a_link_works_for_one_hour(self, kit, after, status):
        """To the second."""
        token = signing_in.make_link(kit.house, USER)
        kit.clock.advance(after)
        assert self.open(kit, token).status_code == status

    def test_a_link_does_not_open_a_disabled_account(self, kit):
        """Neither one made before nor one made after."""
        before = signing_in.make_link(kit.house, USER)
        people.disable_account(kit.house, USER, command_line([]))
        after = signing_in.make_link(kit.house, USER)
        assert self.open(kit, before).status_code == 410
        assert self.open(kit, after).status_code == 410

    def test_a_new_password_voids_links(self, kit):
        """Whoever has an old one is out."""
        token = signing_in.make_link(kit.house, USER)
        people.reset_password(kit.house, USER, "another password", command_line([]))
        assert self.open(kit, token).status_code == 410

    @pytest.mark.parametrize("token", ["x", "%00", "..%2f", "ø"])
    def test_an_invented_link_opens_nothing(self, kit, token):
        """Whatever stands in it."""
        assert self.open(kit, token).status_code in {404, 410}

    def test_who_is_signed_in_and_clicks_an_old_link_just_goes_on(self, kit):
        """The newcomer who reloads the first page."""
        token = signing_in.make_link(kit.house, USER)
        client = kit.anonymous()
        self.open(kit, token, client)
        again = self.open(kit, token, client)
        assert (again.status_code, again.headers["Location"]) == (303, "/")


class TestHowLong:
    @pytest.fixture
    def client(self, kit):
        client = kit.anonymous()
        sign_in(client)
        return client

    def test_it_ends_after_three_idle_hours(self, kit, client):
        """Not a second earlier."""
        kit.clock.advance(3 * HOUR - SECOND)
        assert is_signed_in(client)
        kit.clock.advance(3 * HOUR)
        assert not is_signed_in(client)

    def test_it_ends_after_twelve_hours_however_busy_one_was(self, kit, client):
        """Used every two hours all day."""
        for _ in range(5):
            kit.clock.advance(2 * HOUR)
            assert is_signed_in(client)
        kit.clock.advance(2 * HOUR - SECOND)
        assert is_signed_in(client)
        kit.clock.advance(SECOND)
        assert not is_signed_in(client)

    def test_each_use_counts_from_a_minute_on(self, kit, client):
        """Within a minute nothing is written; a use after that is remembered."""
        kit.clock.advance(MINUTE)
        assert is_signed_in(client)
        kit.clock.advance(3 * HOUR - SECOND)
        assert is_signed_in(client)

    def test_disabling_an_account_ends_its_sessions_at_once(self, kit, client):
        """All of them, and nobody else's."""
        second, other = kit.anonymous(), kit.client("viewer")
        sign_in(second)
        people.disable_account(kit.house, USER, command_line([]))
        assert not is_signed_in(client)
        assert not is_signed_in(second)
        assert is_signed_in(other)

    def test_a_new_password_ends_the_sessions_too(self, kit, client):
        """And the new one signs in, even where the account was disabled."""
        people.disable_account(kit.house, USER, command_line([]))
        people.reset_password(kit.house, USER, "another password", command_line([]))
        assert not is_signed_in(client)
        assert sign_in(client, password=PASSWORD).status_code == 401
        assert sign_in(client, password="another password").status_code == 303

    def test_signing_out_ends_this_session_and_takes_the_cookie_away(self, kit, client):
        """A copy of the cookie is worth nothing afterwards; another browser stays signed in."""
        other = kit.anonymous()
        sign_in(other)
        token = client.flask.get_cookie("tabhost_session").value
        response = client.flask.post("/logout", data={"csrf_token": client.token()})
        assert (response.status_code, response.headers["Location"]) == (303, "/login")
        assert client.flask.get_cookie("tabhost_session") is None
        client.flask.set_cookie("tabhost_session", token)
        assert not is_signed_in(client)
        assert is_signed_in(other)


class TestTheFirstPage:
    def test_a_host_without_accounts_says_how_to_make_one(self, host_with):
        """Instead of a form that nobody can use."""
        text = host_with().anonymous().get("/login").text
        assert "tabhost user add" in text
        assert 'name="password"' not in text

    def test_somebody_without_any_tab_is_told_so(self, host_with):
        """Not an error, and not an endless redirect."""
        page = host_with().client("viewer").get("/")
        assert page.status == 200
        assert "no tab" in page.text

    def test_an_account_with_a_broken_time_zone_is_not_locked_out(self, host_with):
        """What somebody stored years ago must not take every page away."""
        kit = host_with(neighbour())
        client = kit.client()
        with kit.house.stores.host.writing() as session:
            session.execute(update(AccountRow).values(timezone="Nowhere/Land"))
        assert client.flask.get("/tabs/neighbour/main/").status_code == 200
        the_neighbour_serves(kit)
