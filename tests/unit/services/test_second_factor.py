"""The rules of codes: how long each is good for, how much chance is in them, and that none counts twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from builders.accounts import PASSWORD, USER, add_person
from hypothesis import given, settings
from hypothesis import strategies as st
from pyotp import TOTP

from host.domain.errors import SignInError
from host.services import factor_setup, people, proof, second_factor, signing_in
from host.storage import people as store
from host.testing import make_host

TOGETHER = 6
NOW = datetime(2026, 11, 24, 12, 0, 10, tzinfo=UTC)


def nobody_is_kept_out(actor) -> None:
    """Everybody may come in."""


def equip(kit) -> tuple[TOTP, list[str]]:
    """Give `USER` a second factor: the app, and the recovery codes."""
    add_person(kit)
    token = signing_in.sign_in(kit.house, USER, PASSWORD).token
    person = signing_in.who(kit.house, token)
    app = TOTP(factor_setup.begin_setup(kit.house, person.account).secret)
    _, codes = factor_setup.confirm(kit.house, person, token, app.at(kit.clock()))
    return app, codes


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """A host whose account has a second factor, its app and its codes, for tests that use none of them up."""
    kit = make_host(tmp_path_factory.mktemp("factor"), now=NOW)
    yield (kit, *equip(kit))
    kit.close()


def counts(kit, code: str) -> str | None:
    """What *code* counts as, without using it up."""
    with kit.house.stores.host.writing() as session:
        found = second_factor.check(kit.house, session, store.account(session, USER).number, code)
        session.rollback()
    return found


class TestCodesOfTheApp:
    @settings(max_examples=60, deadline=None)
    @given(st.integers(-150, 150), st.integers(0, 29))
    def test_each_is_good_for_its_half_minute_and_one_to_either_side(self, lasting, off, second):
        """RFC 6238 5.2; whatever the clock shows (ASVS 6.5.5)."""
        kit, app, _ = lasting
        kit.clock.now = NOW + timedelta(hours=1, seconds=second)
        now = int(kit.clock.now.timestamp())
        near = abs((now + off) // 30 - now // 30) <= 1
        assert counts(kit, app.at(now + off)) == ("code" if near else None)

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=40))
    def test_any_text_is_a_code_or_none(self, lasting, text):
        """Nothing that can be typed is a fault."""
        assert counts(lasting[0], text) in {None, "code"}

    def test_secrets_and_codes_have_enough_chance_in_them(self, lasting):
        """160 bits and 120 bits, in letters that cannot be mistaken (ASVS 6.5.2, 6.5.3, 6.5.4)."""
        kit, app, codes = lasting
        assert re.fullmatch(r"[A-Z2-7]{32}", app.secret)
        assert second_factor.DIGITS == 6
        assert all(re.fullmatch(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}", each) for each in codes)
        account = people.find(kit.house, USER)
        many = [code for _ in range(20) for code in factor_setup.new_codes(kit.house, account)]
        assert len(set(many)) == 200
        for place in (0, 5, 28):  # each place of a code has every letter, sooner or later
            assert len({each[place] for each in many}) > 20


class TestTwoAtOnce:
    @pytest.mark.parametrize("which", ["app", "recovery"])
    def test_a_code_lets_one_of_many_in(self, host_on, which):
        """Whoever comes with the same one at the same moment is too late (ASVS 6.5.1)."""
        kit = host_on(now=NOW)
        app, codes = equip(kit)
        kit.clock.advance(timedelta(seconds=30))
        code = app.at(kit.clock()) if which == "app" else codes[0]
        tokens = [signing_in.sign_in(kit.house, USER, PASSWORD).token for _ in range(TOGETHER)]
        start = Barrier(TOGETHER)

        def come(token: str) -> bool:
            start.wait()
            try:
                proof.finish(kit.house, token, code, nobody_is_kept_out)
            except SignInError:
                return False
            return True

        with ThreadPoolExecutor(TOGETHER) as pool:
            assert sorted(pool.map(come, tokens)) == [False] * (TOGETHER - 1) + [True]
