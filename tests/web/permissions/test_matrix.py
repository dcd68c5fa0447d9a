"""Every address × every role: opened exactly to those whom the table names (ASVS 8.2.1, 8.2.2, 8.3.1)."""

from __future__ import annotations

import pytest
from builders.furnished import furnish_for

from host.domain.people import command_line
from host.services import access_tokens, looking_after
from host.testing import installed, make_host

from .people import ANYONE, HOLDS, PLUGINS, SIGNED_IN, Visitor, add, populate, really_there, table


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """A host with every plugin of the product and the sample of a stranger's, all in this process."""
    folder = tmp_path_factory.mktemp("matrix") / "host"
    found = installed(*PLUGINS)
    furnish_for(f"sqlite:///{folder / 'tabhost.db'}", found)
    kit = make_host(folder, found)
    yield kit
    kit.close()


@pytest.fixture(scope="module")
def visitors(kit):
    """Somebody for each role."""
    return populate(kit)


@pytest.fixture(scope="module")
def bystander(kit):
    """The number of an account without any role, that all sorts of things may be done to."""
    return add(kit, "BYSTANDER")


WAYS_IN = frozenset({"/login", "/login/second", "/logout", "/proof", "/api/v1/me/proof"})
"""Where what these tests send is a wrong password, or the end: there the form is no closed door."""


FOR_TOKENS = {("GET", "/api/v1/me"), ("GET", "/api/v1/openapi.json")}
"""What a token opens of what is there for everybody with an account."""


def turned_away(answer) -> bool:
    """Whether somebody was told to sign in."""
    return answer.status_code == 401 or answer.headers.get("Location", "").startswith("/login")


def test_the_table_has_every_address_and_no_other(kit):
    """A new address has to be put in by whoever makes it; one that is gone has to be taken out."""
    listed = [(way.method, way.rule) for way in table()]
    assert len(listed) == len(set(listed)), "one stands in it twice"
    there = really_there(kit)
    assert sorted(there - set(listed)) == [], "these are in no table"
    assert sorted(set(listed) - there) == [], "these are not there any more"
    assert len(there) > 150


def test_the_table_names_permissions_that_there_are(kit):
    """A name that is misspelt would be nobody's, and its addresses would never be seen to open."""
    declared = set(command_line(kit.house.registry.permissions()).permissions)
    named = {each for way in table() for each in way.needs} - {ANYONE, SIGNED_IN}
    assert named <= declared
    assert declared == HOLDS["administrator"], "an administrator holds everything that is declared here"


@pytest.mark.parametrize("role", sorted(HOLDS))
def test_a_role_opens_what_the_table_says_and_nothing_else(visitors, bystander, role):
    """403 exactly where a permission is missing, and never an error of the host."""
    visitor, found = visitors[role], []
    for way in table():
        answer = visitor.open(way.method, way.path(bystander))
        may = way.needs[0] in (ANYONE, SIGNED_IN) or HOLDS[role] >= set(way.needs)
        if way.rule in WAYS_IN and answer.status_code < 500:
            continue
        if (answer.status_code == 403) == may or answer.status_code >= 500:
            found.append((way.method, way.rule, "open" if may else "closed", answer.status_code))
        if turned_away(answer):
            found.append((way.method, way.rule, "asked to sign in", answer.status_code))
    assert found == []


def test_nobody_opens_what_takes_an_account(kit, bystander):
    """A page leads to the form, the API says 401; with a token of no session, too."""
    found = []
    for way in table():
        answer = kit.app.test_client().open(way.path(bystander), method=way.method)
        expected = way.needs[0] != ANYONE
        refused = answer.status_code == 401 if way.is_api else turned_away(answer)
        if way.needs[0] == ANYONE and way.rule in WAYS_IN:
            refused = False
        if refused != expected or answer.status_code >= 500 or answer.status_code == 403:
            found.append((way.method, way.rule, answer.status_code))
    assert found == []


def test_somebody_who_was_disabled_opens_no_more_than_nobody(kit, bystander):
    """With the session from before, an administrator's: at once, everywhere."""
    number = add(kit, "GONE", "administrator")
    gone = Visitor(kit, "GONE", number)
    token = gone.session.csrf_token
    assert gone.open("GET", "/people").status_code == 200
    looking_after.disable(kit.house, number, command_line([]))
    found = []
    for way in table():
        if way.needs[0] == ANYONE:
            continue
        path, headers = way.path(bystander), {"X-CSRF-Token": token}
        answer = gone.flask.open(path, method=way.method, headers=headers)
        if not turned_away(answer):
            found.append((way.method, way.rule, answer.status_code))
    assert found == []


@pytest.mark.parametrize(
    "held", [{"host.people.view", "status.view", "status.manage"}, {"host.people.manage", "licence.manage"}]
)
def test_a_token_of_an_administrator_opens_what_it_is_for(kit, visitors, bystander, held):
    """Below the API alone, what its permissions open, and nothing that is about its owner's own account."""
    owner = visitors["administrator"].user_id
    actor = command_line(kit.house.registry.permissions())
    _, secret = access_tokens.add_token(kit.house, owner, name="x", permissions=held, actor=actor)
    headers, found = {"Authorization": f"Bearer {secret}"}, []
    for way in table():
        answer = kit.app.test_client().open(way.path(bystander), method=way.method, headers=headers)
        if not way.is_api:
            right = way.needs[0] == ANYONE or turned_away(answer)
        elif way.needs[0] == SIGNED_IN:
            right = (answer.status_code == 403) == ((way.method, way.rule) not in FOR_TOKENS)
        else:
            right = (answer.status_code == 403) == (not held >= set(way.needs))
        if not right or answer.status_code >= 500:
            found.append((way.method, way.rule, answer.status_code))
    assert found == []


def test_fragments_and_headers_alone_are_no_other_doors(visitors, bystander):
    """Whoever may not see a page gets neither its inside for htmx nor its HEAD."""
    visitor, found = visitors["no_role"], []
    for way in table():
        if way.method == "GET" and way.needs[0] not in (ANYONE, SIGNED_IN):
            path = way.path(bystander)
            for method, headers in (("GET", {"HX-Request": "true"}), ("HEAD", {})):
                status = visitor.flask.open(path, method=method, headers=headers).status_code
                if status != 403:
                    found.append((method, way.rule, status))
    assert found == []
