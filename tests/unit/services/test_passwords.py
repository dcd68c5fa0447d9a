"""Which passwords are taken: length, the common ones, and what an account suggests; see `test_people`."""

from __future__ import annotations

import unicodedata

import pytest
from builders.accounts import PASSWORD, USER, add_person
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from host.api import InputError
from host.domain.people import command_line
from host.services import people
from host.services.common_passwords import _common, is_common, without
from host.services.passwords import ADVISED, LONGEST, SHORTEST, hashed, matches

NOBODY = command_line([])
SUGGESTING = ("KAAN", "Karin Andersen", "Licences of Acme")


class TestCommonOnes:
    def test_there_are_at_least_3000_that_fit_the_policy(self):
        """ASVS 6.2.4 counts only those that could be set at all."""
        assert sum(SHORTEST <= len(each) <= LONGEST for each in _common()) >= 3_000

    @pytest.mark.parametrize("password", ["12345678", "password1", "PassWord1", "qwertyuiop", "trustno1"])
    def test_they_are_refused_in_any_case(self, password):
        """With what to do, and without the password itself."""
        with pytest.raises(InputError, match=r"tried first.*few words") as caught:
            hashed(password)
        assert password not in str(caught.value)

    @settings(max_examples=25, deadline=None)
    @given(st.data())
    def test_none_of_them_is_taken_however_it_is_written(self, data):
        """Upper and lower case are the first thing that is tried."""
        word = data.draw(st.sampled_from(sorted(_common())))
        written = "".join(data.draw(st.sampled_from((each.lower(), each.upper()))) for each in word)
        assume(written.casefold() == word)
        with pytest.raises(InputError):
            hashed(written)


class TestWhatSuggestsItself:
    @pytest.mark.parametrize(
        "password",
        [
            "tabhost2026!",
            "SuperOffice1",
            "5up3r0ff1c3!!",
            "kaan-kaan-kaan",
            "Karin.Andersen",
            "karinandersen1",
            "Andersen 1987",
            "K44N4nder5en99",
            "licencesofacme",
            "tabhost password1",
            "Tabhost12345678",
        ],
    )
    def test_it_is_refused_with_a_sentence_of_its_own(self, password):
        """ASVS 6.2.11: the host's and the account's own words, with what is easily added."""
        with pytest.raises(InputError, match="little more than your name"):
            hashed(password, SUGGESTING)

    @pytest.mark.parametrize(
        "password",
        [
            PASSWORD,
            "a long enough password",
            "andersen walks the white dog",
            "Kaan!! zebra umbrella",
            "🦊" * 8,
        ],
    )
    def test_what_holds_enough_besides_is_taken(self, password):
        """No rules of composition (ASVS 6.2.5)."""
        assert matches(hashed(password, SUGGESTING), password)

    @settings(max_examples=40, deadline=None)
    @given(st.text(min_size=SHORTEST, max_size=40))
    def test_without_a_word_in_it_nothing_is_taken_away(self, password):
        """Only what stands in it can suggest it."""
        assert without(password, ("\ue000\ue001\ue002",)) == password

    def test_short_words_suggest_nothing(self):
        """Two letters stand in half of all passwords."""
        assert without("ab or not ab", ("ab", "")) == "ab or not ab"


class TestEveryWay:
    WAYS = (
        lambda kit, password: people.add_account(
            kit.house, user_id="NEWC", full_name="", password=password, roles=("viewer",), actor=NOBODY
        ),
        lambda kit, password: people.reset_password(kit.house, USER, password, NOBODY),
    )

    @pytest.mark.parametrize("way", WAYS, ids=["adding", "resetting"])
    @pytest.mark.parametrize("password", ["1234567", "x" * 129, "password1", "tabhost-1234", "Acme-Screen-1"])
    def test_what_is_refused_is_refused_everywhere(self, host_with, way, password):
        """And nothing is written. The profile is seen in `tests/web/test_profile.py`."""
        kit = host_with(environment={"TABHOST_TITLE": "Acme screen"})
        add_person(kit)
        before = kit.audit()
        with pytest.raises(InputError):
            way(kit, password)
        assert kit.audit() == before

    def test_it_is_taken_as_it_was_typed(self):
        """Neither trimmed nor cut, nor put into another form (ASVS 6.2.8)."""
        composed = "blåbærgrød på mandag"
        apart = unicodedata.normalize("NFD", composed)
        stored = hashed(composed)
        assert matches(stored, composed)
        assert not matches(stored, apart)
        assert not matches(stored, f" {composed}")
        assert not matches(hashed("x" * LONGEST), "x" * (LONGEST - 1))

    def test_what_is_no_character_is_refused_and_matches_nothing(self):
        """JSON can bring half a surrogate pair."""
        with pytest.raises(InputError, match="no character"):
            hashed("\ud800" + PASSWORD)
        assert not matches(hashed(PASSWORD), "\ud800")

    def test_fifteen_are_advised(self):
        """ASVS 6.2.1: at least 8, strongly recommended 15."""
        assert (SHORTEST, ADVISED, LONGEST) == (8, 15, 128)
        assert not is_common("correct horse battery")
