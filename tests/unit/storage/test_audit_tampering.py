"""Whatever is done to the log past the host is found, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from builders.logs import (
    chain_anew,
    entry,
    head_in,
    log_of,
    numbers,
    put_back,
    subjects,
    tamper,
    write,
    wrong,
)
from builders.notaries import notarised
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.api.values import Actor
from host.domain.chain import Wrong
from host.services.audit import accept, verify
from host.services.audit_export import lines_of_time
from host.services.notary import head_from
from host.storage.audit_rows import Wanted, find_links
from host.storage.database import Database
from host.storage.records import add_audit, add_audit_once, audit_log

CLI = Actor(user_id="cli")
ENTRIES = 6


@pytest.fixture
def filled(database):
    """A log of six entries."""
    write(database, *range(1, ENTRIES + 1))
    return database


FIELDS = {
    "at": "at = '2026-11-23 12:00:00+00'",
    "actor": "actor = 'VIWE'",
    "plugin": "plugin = 'other'",
    "action": "action = 'note.read'",
    "subject": "subject = 'milk'",
    "before": "before = '[]'",
    "after": "after = null",
    "outbox_id": "outbox_id = 'x'",
    "origin": "origin = '10.0.0.1'",
    "previous": f"previous = '{'1' * 64}'",
    "hash": f"hash = '{'1' * 64}'",
    "hash taken away": "hash = null",
}
SWAP = "update host_audit set id = case id when 3 then -4 when 4 then -3 end where id in (3, 4)"
INSERT = "insert into host_audit (id, at, actor, plugin, action, subject, origin, previous, hash) select "
COPY = (
    f"{INSERT} :id, at, 'VIWE', plugin, action, subject, origin, previous, hash from host_audit where id = 6"
)


class TestTampering:
    @pytest.mark.parametrize("change", FIELDS.values(), ids=FIELDS.keys())
    @pytest.mark.parametrize("number", [1, 3, ENTRIES])
    def test_an_edited_field_is_found(self, filled, change, number):
        """In the first entry, one in the middle and the last; its number is named."""
        if filled.is_sqlite:
            change = change.replace("+00", ".000000")
        tamper(filled, f"update host_audit set {change} where id = :id", id=number)
        found = verify(log_of(filled))
        assert found.findings[0].number == number
        assert str(number) in found.findings[0].text

    @pytest.mark.parametrize(
        ("gone", "expected"),
        [("1", (1, Wrong.MISSING)), ("3", (3, Wrong.MISSING)), ("2, 3, 4", (2, Wrong.MISSING)),
         ("6", (6, Wrong.CUT_OFF)), ("4, 5, 6", (4, Wrong.CUT_OFF)),
         ("1, 2, 3, 4, 5, 6", (1, Wrong.CUT_OFF))],
    )  # fmt: skip
    def test_a_removed_entry_is_found(self, filled, gone, expected):
        """At the beginning, in the middle, at the end, all of them."""
        tamper(filled, f"delete from host_audit where id in ({gone})")
        assert wrong(filled)[0] == expected

    def test_two_that_changed_places_are_found(self, filled):
        """Each is not what was written there."""
        tamper(filled, SWAP, "update host_audit set id = -id where id < 0")
        assert [number for number, _ in wrong(filled)] == [3, 4]

    @pytest.mark.parametrize("number", [0, 7])
    def test_an_entry_that_was_put_in_is_found(self, filled, number):
        """Before the first and behind the last; between two there is no room."""
        tamper(filled, COPY, id=number)
        assert wrong(filled)[0][0] in {number, number + 1}

    def test_a_row_without_a_hash_is_one_that_came_past_the_host(self, filled):
        """The database lets it in, and a check says so."""
        row = "(7, '2026-11-24 12:00:00', 'KAAN', 'acme', 'x', 'y')"
        with filled.writing() as session:
            session.execute(
                sa.text(f"insert into host_audit (id, at, actor, plugin, action, subject) values {row}")
            )
        assert wrong(filled) == [(7, Wrong.ADDED), (7, Wrong.ADDED)]

    def test_a_chain_made_anew_is_found(self, filled):
        """The hashes fit, but nobody could sign their end."""
        tamper(filled, "update host_audit set actor = 'VIWE' where id = 2")
        chain_anew(filled)
        assert (ENTRIES, Wrong.UNSIGNED) in wrong(filled)

    def test_a_chain_made_anew_under_the_old_head_is_found(self, filled):
        """With the head as it was signed."""
        head = head_in(filled)
        tamper(filled, "update host_audit set actor = 'VIWE' where id = 2")
        chain_anew(filled)
        put_back(filled, head)
        assert (ENTRIES, Wrong.CHANGED) in wrong(filled)

    def test_an_end_cut_off_with_the_old_head_put_back_is_found(self, filled):
        """The head of then has a good signature; beside the database stands what was signed last."""
        old = head_in(filled)
        write(filled, "7", "8")
        tamper(filled, "delete from host_audit where id > 6")
        put_back(filled, old)
        assert wrong(filled) == [(7, Wrong.CUT_OFF)]

    def test_the_end_of_an_export_is_no_head(self, filled):
        """Else one export would sign what somebody made of the log."""
        *_, end = lines_of_time(log_of(filled), None, None)
        assert json.loads(end)["head"]["signature"]
        put_back(filled, head_from(json.loads(end)["head"]))
        assert (ENTRIES, Wrong.UNSIGNED) in wrong(filled)

    def test_an_export_of_a_log_that_is_not_whole_ends_without_a_signature(self, filled):
        """It says what there is, and vouches for nothing."""
        made_anew(filled)
        *_, end = lines_of_time(log_of(filled), None, None)
        assert json.loads(end)["head"]["signature"] == ""

    def test_what_another_machine_went_on_with_is_found_by_the_first(self, filled, tmp_path):
        """It remembers what it signed, whoever has signed since."""
        first = filled.notary
        unsigned(filled)
        notarised(filled, tmp_path / "other")
        write(filled, "7")
        filled.notary = first
        write(filled, "8")
        assert Wrong.UNSIGNED in [what for _, what in wrong(filled)]


def cut_off(database: Database) -> None:
    old = head_in(database)
    write(database, "7", "8")
    tamper(database, "delete from host_audit where id > 6")
    put_back(database, old)


def made_anew(database: Database) -> None:
    tamper(database, "update host_audit set actor = 'VIWE' where id = 2")
    chain_anew(database)


def unsigned(database: Database) -> None:
    made_anew(database)
    tamper(database, "update host_audit_head set signature = '', signed_at = ''")


class TestGoingOn:
    """The host goes on writing after somebody changed the log: it must not sign what they made."""

    @pytest.mark.parametrize("change", [cut_off, made_anew, unsigned])
    def test_an_entry_says_that_it_went_on_over_a_head_of_somebody_elses(self, filled, change: Callable):
        """From then on every check finds that, however long the log grows."""
        change(filled)
        write(filled, "one more", "and another")
        assert wrong(filled) == [(7, Wrong.UNSIGNED)]
        with filled.reading() as session:
            said = find_links(session, Wanted(action="audit.continued"), limit=10)
        assert [(each.number, each.entry.subject) for each in said] == [(7, "6")]

    def test_what_has_arrived_before_does_not_make_it_forget(self, filled):
        """A row of an outbox that comes again adds nothing, and must not have the shorter log remembered."""
        with filled.writing() as session:
            add_audit_once(session, entry("carried", outbox_id="one"))
        old = head_in(filled)
        write(filled, "8")
        tamper(filled, "delete from host_audit where id > 7")
        put_back(filled, old)
        with filled.writing() as session:
            add_audit_once(session, entry("carried", outbox_id="one"))
        assert wrong(filled) == [(8, Wrong.CUT_OFF)]

    def test_whoever_changed_the_secret_says_so(self, filled, tmp_path):
        """With another secret the old signature is a stranger's; a reason in the log explains it."""
        notarised(filled, tmp_path, secret="another one, of 32 characters or more")
        assert wrong(filled) == [(ENTRIES, Wrong.UNSIGNED)]
        write(filled, "with the new one")
        assert wrong(filled) == [(7, Wrong.UNSIGNED)]
        accept(log_of(filled), 7, "a new secret", CLI)
        assert wrong(filled) == []
        assert subjects(filled)[6:] == ["6", "with the new one", "7"]

    def test_a_log_that_was_never_a_chain_begins_to_be_one(self, filled, tmp_path):
        """After the migration nothing is signed nor remembered: the first entry says that it begins."""
        tamper(
            filled,
            "update host_audit set origin = null",
            "update host_audit_head set signature = '', signed_at = ''",
        )
        chain_anew(filled)
        notarised(filled, tmp_path / "new")
        assert wrong(filled) == []
        write(filled, "more")
        assert wrong(filled) == []
        with filled.reading() as session:
            assert [each.action for each in audit_log(session)][:2] == ["note.written", "audit.begun"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


class TestAnyHistory:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        history=st.lists(
            st.lists(st.tuples(TEXTS, JSONS, JSONS), min_size=1, max_size=3), min_size=1, max_size=4
        ),
        data=st.data(),
    )
    def test_it_is_whole_until_one_row_is_touched(self, database, history, data):
        """Whatever was written, in whatever transactions; and put back as it was it is whole again."""
        for transaction in history:
            with database.writing() as session:
                for subject, before, after in transaction:
                    add_audit(session, entry(subject, before=before, after=after))
        assert wrong(database) == []
        number = data.draw(st.sampled_from(numbers(database)))
        tamper(database, "update host_audit set subject = subject || '.' where id = :id", id=number)
        assert (number, Wrong.CHANGED) in wrong(database)
        tamper(
            database,
            "update host_audit set subject = substr(subject, 1, length(subject) - 1) where id = :id",
            id=number,
        )
        assert wrong(database) == []
