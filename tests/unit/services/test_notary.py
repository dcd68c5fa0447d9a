"""Who signs the log, and what is remembered beside the database."""

from __future__ import annotations

import json
import logging

import pytest
from builders.notaries import NOON, SECRET

from host.api.errors import InputError
from host.domain.audit import Head
from host.services.keys import Keys
from host.services.notary import (
    FILE,
    LENGTH,
    HeadNotary,
    is_signed_by,
    read_public,
    revealed_origin,
    sealed_origin,
)


@pytest.fixture
def notary(tmp_path) -> HeadNotary:
    return HeadNotary(Keys(SECRET), tmp_path, lambda: NOON)


HASH = "ab" * 32


class TestSigning:
    def test_the_key_is_always_the_same_and_another_secrets_is_another(self, notary, tmp_path):
        """So that an export can be checked years later."""
        again = HeadNotary(Keys(SECRET), tmp_path, lambda: NOON)
        other = HeadNotary(Keys("x" * 40), tmp_path, lambda: NOON)
        head = notary.signed(7, HASH)
        assert again.is_signed(head)
        assert not other.is_signed(head)
        assert is_signed_by(read_public(notary.pem), head)
        assert notary.jwk["crv"] == "Ed25519"

    @pytest.mark.parametrize(
        "change",
        [{"number": 8}, {"hash": "cd" * 32}, {"signed_at": ""}, {"signature": ""}, {"signature": "zz"}],
    )
    def test_whatever_is_changed_is_not_signed(self, notary, tmp_path, change):
        """By whomever it is asked: the one that signed it, too."""
        head = Head(**{**notary.signed(7, HASH).document(), **change})
        assert not notary.is_signed(head)
        assert not HeadNotary(Keys(SECRET), tmp_path, lambda: NOON).is_signed(head)

    @pytest.mark.parametrize(
        "pem", ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "\0"]
    )
    def test_what_is_no_key_is_refused(self, pem):
        """In a sentence."""
        with pytest.raises(InputError, match="Ed25519"):
            read_public(pem)


class TestRemembering:
    def test_the_last_one_is_remembered_by_every_process(self, notary, tmp_path):
        """A shorter one leaves nothing of a longer one behind; only its owner can read it."""
        assert notary.remembered() is None
        for number in (123_456, 7):
            notary.remember(notary.signed(number, HASH))
        assert HeadNotary(Keys(SECRET), tmp_path, lambda: NOON).remembered() == notary.signed(7, HASH)
        assert (tmp_path / FILE).stat().st_size == LENGTH
        assert (tmp_path / FILE).stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize("content", ["", "no json", "[]", "{}", json.dumps({"number": "7"}), "\xff"])
    def test_a_file_that_says_nothing_is_none_and_said_to_be(self, notary, tmp_path, caplog, content):
        """The log goes on; whoever damaged the file leaves a line on standard error."""
        (tmp_path / FILE).write_bytes(content.encode("latin-1"))
        with caplog.at_level(logging.WARNING):
            assert notary.remembered() is None
        assert "cannot be read" in caplog.text

    def test_a_folder_that_cannot_be_written_stops_nothing(self, notary, tmp_path, caplog):
        """It is said."""
        (tmp_path / FILE).mkdir()
        notary.remember(notary.signed(7, HASH))
        assert "cannot be written" in caplog.text


class TestAnOriginOnItsWay:
    def test_it_cannot_be_read_and_comes_back(self):
        """A plugin learns nobody's address."""
        keys = Keys(SECRET)
        sealed = sealed_origin(keys, "192.0.2.7")
        assert "192.0.2.7" not in sealed
        assert len(sealed_origin(keys, "x" * 200)) <= 200
        assert revealed_origin(keys, sealed) == "192.0.2.7"

    @pytest.mark.parametrize(("said", "is_"), [("", ""), ("job", "job"), ("sealed:", ""), ("sealed:æ", "")])
    def test_what_was_not_sealed_here_is_as_it_is_or_unknown(self, said, is_):
        """A plugin can say what it likes, but not make it look sealed."""
        assert revealed_origin(Keys(SECRET), said) == is_
