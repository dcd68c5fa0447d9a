"""The installation's secret, and the keys that are derived from it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.domain.errors import ConfigurationError
from host.services.keys import Keys, read_secret

SECRET = "a secret that nobody can guess, ever"
KEYS = Keys(SECRET)


class TestSealing:
    @given(st.text())
    def test_what_was_sealed_comes_back_and_cannot_be_read(self, text):
        """Whatever it is; sealed twice it looks different."""
        sealed = KEYS.seal(text)
        assert KEYS.unseal(sealed) == text
        assert len(text) < 5 or text not in sealed
        assert KEYS.seal(text) != sealed

    @pytest.mark.parametrize("change", [lambda s: s[:-4] + "AAA=", lambda s: "", lambda s: "x" + s])
    def test_what_was_changed_since_is_refused(self, change):
        """With a sentence that says what to do."""
        with pytest.raises(ConfigurationError, match="TABHOST_SECRET_KEY"):
            KEYS.unseal(change(KEYS.seal("milk")))

    def test_another_secret_opens_nothing(self):
        """A copied database alone is of no use."""
        with pytest.raises(ConfigurationError):
            Keys(SECRET[::-1]).unseal(KEYS.seal("milk"))


class TestDerived:
    def test_each_purpose_has_a_key_of_its_own_that_stays(self):
        """32 bytes; the same in every process that has the secret."""
        one, other = KEYS.derived("audit"), KEYS.derived("devices")
        assert len(one) == len(other) == 32
        assert one != other
        assert Keys(SECRET).derived("audit") == one


class TestReading:
    def test_without_one_it_is_made_once_for_its_owner_alone(self, tmp_path):
        """In the data folder, and kept."""
        first = read_secret("", "", tmp_path / "data")
        assert read_secret("", "", tmp_path / "data") == first
        assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
        assert [each.name for each in (tmp_path / "data").iterdir()] == ["secret.key"]

    def test_processes_that_start_at_once_agree(self, tmp_path):
        """Whoever makes the file first."""
        with ThreadPoolExecutor(16) as pool:
            found = set(pool.map(lambda _: read_secret("", "", tmp_path), range(64)))
        assert len(found) == 1

    def test_the_environment_and_a_file_of_it_count_before(self, tmp_path):
        """And nothing is made in the data folder."""
        (tmp_path / "mounted").write_text(f"{SECRET}\n")
        assert read_secret(SECRET, "", tmp_path / "data") == SECRET
        assert read_secret("", str(tmp_path / "mounted"), tmp_path / "data") == SECRET
        assert not (tmp_path / "data").exists()

    def test_what_cannot_be_used_is_named(self, tmp_path):
        """Too short, both at once, not there, no text."""
        (tmp_path / "bytes").write_bytes(b"\xff" * 40)
        for given_, file, words in (
            ("short", "", "at least 32"),
            (SECRET, str(tmp_path / "bytes"), "both set"),
            ("", str(tmp_path / "nowhere"), "cannot be read"),
            ("", str(tmp_path / "bytes"), "cannot be read"),
        ):
            with pytest.raises(ConfigurationError, match=words) as refused:
                read_secret(given_, file, tmp_path)
            assert SECRET not in str(refused.value)
