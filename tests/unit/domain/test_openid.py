"""How an identity provider is set up, and what its claims mean here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.domain.errors import ConfigurationError
from host.domain.openid import LONGEST_USER_ID, claim, openid_from
from host.settings import read_settings

NEEDED = {"TABHOST_OIDC_ISSUER": "https://login.example.com", "TABHOST_OIDC_CLIENT_ID": "tabhost"}
SUPEROFFICE = "http://schemes.superoffice.net/identity/"


def made(**more):
    """Settings with more than what is needed."""
    return openid_from({**NEEDED, **{f"TABHOST_OIDC_{name}": text for name, text in more.items()}})


class TestSettings:
    def test_without_any_variable_there_is_no_provider(self):
        """Blank ones count as none."""
        assert openid_from({}) is None
        assert openid_from({"TABHOST_OIDC_ISSUER": " ", "OTHER": "x"}) is None

    def test_two_are_enough(self):
        """The rest has defaults that give nobody anything."""
        settings = made()
        assert (settings.scopes, settings.user_claim) == ("openid profile email", "preferred_username")
        assert (settings.create, settings.roles, settings.trusted) == (False, (), frozenset())

    @pytest.mark.parametrize(
        ("more", "named"),
        [
            ({"ISSUER": ""}, "ISSUER"),
            ({"CLIENT_ID": ""}, "CLIENT_ID"),
            ({"ISSUER": "login.example.com"}, "ISSUER"),
            ({"ISSUER": "https://"}, "ISSUER"),
            ({"ISSUER": "https://a.example/?x=1"}, "ISSUER"),
            ({"ISSUER": "https://user@a.example/"}, "ISSUER"),
            ({"ISSUER": "https://[::1"}, "ISSUER"),
            ({"ISSUER": "file:///etc/passwd"}, "ISSUER"),
            ({"SCOPES": "profile"}, "SCOPES"),
            ({"CREATE": "maybe"}, "CREATE"),
            ({"ROLES": "staff"}, "ROLES"),
            ({"ROLES": "=viewer"}, "ROLES"),
            ({"ROLES": f"staff={'x' * 41}"}, "ROLES"),
            ({"REQUIRE": "tenant"}, "REQUIRE"),
            ({"SECRET": "x"}, "SECRET"),
        ],
        ids=str,
    )
    def test_what_cannot_be_used_is_refused_by_name(self, more, named):
        """With what was expected."""
        with pytest.raises(ConfigurationError, match=rf"TABHOST_OIDC_{named}\b.*Expected"):
            made(**more)

    def test_groups_with_commas_in_them_are_kept_apart_by_semicolons(self):
        """As those of a directory are."""
        assert made(ROLES="a=viewer, b = auditor ,").roles == (("a", "viewer"), ("b", "auditor"))
        assert made(ROLES="CN=IT,OU=x=administrator; b=viewer").roles == (
            ("CN=IT,OU=x", "administrator"),
            ("b", "viewer"),
        )

    def test_the_secret_may_stand_in_a_file(self, tmp_path):
        """And is shown nowhere."""
        file = tmp_path / "secret"
        file.write_text("it is a secret\n")
        base = {**NEEDED, "TABHOST_DATA": str(tmp_path)}
        settings = read_settings({**base, "TABHOST_OIDC_CLIENT_SECRET_FILE": str(file)})
        assert settings.openid.client_secret == "it is a secret"
        assert "it is a secret" not in repr(settings)
        for wrong in (
            {"TABHOST_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "none")},
            {"TABHOST_OIDC_CLIENT_SECRET_FILE": str(file), "TABHOST_OIDC_CLIENT_SECRET": "x"},
        ):
            with pytest.raises(ConfigurationError, match="TABHOST_OIDC_CLIENT_SECRET"):
                read_settings({**base, **wrong})


class TestClaims:
    def test_they_are_found_by_name_and_by_path(self):
        """A name with dots in it comes first: some are addresses."""
        claims = {f"{SUPEROFFICE}upn": "kaan@acme.example", "realm_access": {"roles": ["it"]}}
        assert claim(claims, f"{SUPEROFFICE}upn") == "kaan@acme.example"
        assert claim(claims, "realm_access.roles") == ["it"]
        assert claim(claims, "realm_access.roles.x") is None

    def test_superoffices_own_provider_is_one_of_them(self):
        """As docs/openid.md sets it up."""
        settings = made(
            USER_CLAIM=f"{SUPEROFFICE}upn",
            GROUPS_CLAIM=f"{SUPEROFFICE}is_administrator",
            ROLES="true=administrator",
            REQUIRE=f"{SUPEROFFICE}ctx=Cust12345",
        )
        claims = {f"{SUPEROFFICE}upn": "kaan@acme.example", f"{SUPEROFFICE}ctx": "Cust12345"}
        assert settings.user_id(claims) == "kaan@acme.example"
        assert settings.missing(claims) == ""
        assert settings.missing({**claims, f"{SUPEROFFICE}ctx": "Cust99"}) == f"{SUPEROFFICE}ctx"
        for said in (True, "true"):
            assert settings.roles_of({f"{SUPEROFFICE}is_administrator": said}) == {"administrator"}
        assert settings.roles_of({f"{SUPEROFFICE}is_administrator": False}) == frozenset()

    @pytest.mark.parametrize(
        "said", [{"amr": ["pwd", "mfa"]}, {"amr": ["hwk"]}, {"acr": "phr"}, {}, {"amr": "pwd"}]
    )
    def test_a_second_factor_counts_only_if_it_is_trusted(self, said):
        """By default none is; words beside the usual ones can be named."""
        assert not made().second_factor(said)
        assert made(TRUST_SECOND_FACTOR="yes").second_factor(said) == bool(
            {"mfa", "hwk"} & {*said.get("amr", "")}
        )
        assert made(TRUST_SECOND_FACTOR="phr, phrh").second_factor(said) == (said.get("acr") == "phr")

    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("x" * 300),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "groups"]), inner),
        max_leaves=6,
    )

    @given(
        st.dictionaries(
            st.sampled_from(["preferred_username", "name", "given_name", "groups", "amr", "acr", "t"]),
            anything,
        )
    )
    def test_whatever_they_are_something_safe_comes_of_it(self, claims):
        """A user id that can be one or none, a name that can be stored, only roles that were named."""
        settings = made(ROLES="a=viewer, true=auditor", TRUST_SECOND_FACTOR="yes", REQUIRE="t=1")
        user_id, name = settings.user_id(claims), settings.full_name(claims)
        assert len(user_id) <= LONGEST_USER_ID
        assert user_id.isprintable()
        assert user_id == user_id.strip()
        assert len(name) <= 254
        assert name.isprintable()
        assert settings.roles_of(claims) <= {"viewer", "auditor"}
        assert isinstance(settings.second_factor(claims), bool)
        assert settings.missing(claims) in {"", "t"}
