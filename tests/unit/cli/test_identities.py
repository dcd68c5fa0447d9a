"""``tabhost user identity``: who is who at the company's identity provider."""

from __future__ import annotations

import json

import pytest

ISSUER = "https://login.example.com"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def kaan(tabhost):
    """An account that links sign in, and how to ask about it."""
    assert tabhost("user", "add", "KAAN", "--link").status == 0

    def identity(*arguments):
        return tabhost("user", "identity", "KAAN", *arguments)

    return identity


def test_it_is_linked_shown_and_taken_away(kaan):
    """In words and as JSON."""
    assert kaan("--json").out.strip() == "[]"
    assert kaan("--issuer", ISSUER, "--subject", "s-1").status == 0
    assert json.loads(kaan("--json").out) == [{"issuer": ISSUER, "subject": "s-1"}]
    assert "s-1" in kaan().out
    assert kaan("--issuer", ISSUER, "--subject", "s-2").is_one_line("has one of that provider")
    assert kaan("--remove").status == 0
    assert kaan("--remove").is_one_line("linked with no identity")


def test_one_identity_is_one_account(kaan, tabhost):
    """Whoever has it would be two people."""
    kaan("--issuer", ISSUER, "--subject", "s-1")
    tabhost("user", "add", "OLBE", "--link")
    again = tabhost("user", "identity", "OLBE", "--issuer", ISSUER, "--subject", "s-1")
    assert again.is_one_line("another account's")


def test_an_account_with_a_password_waits_for_nobody(kaan, tabhost, monkeypatch):
    """It is used by somebody already."""
    monkeypatch.setenv("TABHOST_OIDC_ISSUER", ISSUER)
    monkeypatch.setenv("TABHOST_OIDC_CLIENT_ID", "tabhost")
    assert kaan("--expected").status == 0
    assert "(not come yet)" in kaan().out
    tabhost("user", "add", "OLBE", "--password-stdin", typed=f"{PASSWORD}\n")
    assert tabhost("user", "identity", "OLBE", "--expected").is_one_line("has a password")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--subject", "s"], "TABHOST_OIDC_ISSUER"),
        (["--expected"], "TABHOST_OIDC_ISSUER"),
        (["--issuer", ISSUER, "--subject", ""], "1 to 255"),
        (["--issuer", "not a url", "--subject", "s"], "no address of a provider"),
        (["--issuer", "javascript:alert(1)", "--subject", "s"], "no address of a provider"),
        (["--issuer", ISSUER, "--subject", "x" * 256], "1 to 255"),
        (["--issuer", ISSUER, "--subject", "s", "--remove"], "Only one of"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(kaan, arguments, word):
    """Nothing is changed."""
    assert kaan(*arguments).is_one_line(word)
    assert kaan("--json").out.strip() == "[]"


def test_it_is_refused_for_an_account_that_is_not_there(tabhost):
    """In one line."""
    assert tabhost("user", "identity", "NOBODY").is_one_line("NOBODY")
