"""A hostile administrator edits the database: what was signed holds, and what was edited is named."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import create_engine, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from unit.superoffice_tab.building import NOW, Issuer, claims, person
from unit.superoffice_tab.desk import Desk
from unit.superoffice_tab.seats import assign, reason, release, results
from unit.superoffice_tab.test_storage import FOLDER, filled

from host.api import InputError
from host.storage.database import Database
from host.storage.migrate import downgrade, upgrade
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.status import LicenseStatus
from superoffice_tab.services import checking, reading, verifying
from superoffice_tab.services.details import details
from superoffice_tab.services.fetching import Fetched
from superoffice_tab.services.owner_page import owner_page
from superoffice_tab.services.refusals import RefusedError
from superoffice_tab.services.summary import licence_summary
from superoffice_tab.services.verifying import Finding
from superoffice_tab.storage.changing import Activation, Alteration
from superoffice_tab.storage.counts import recount
from superoffice_tab.storage.models import Assignment, Associate, Licence, Owner, StoredSet, metadata

EVIL = {"expiry": date(2099, 1, 1), "grace": date(2099, 2, 1), "serial": "666", "company": "Evil AS"}
OWNER_ROW = Finding("SUPEROFFICE", "", "changed")


def verify(desk: Desk, roots: Roots | None = None) -> list[Finding]:
    """Verify, and keep what was found."""
    trusted = desk.roots if roots is None else roots
    found = verifying.verify_all(roots=trusted, work=desk.work, clock=desk.clock)
    desk.session.commit()
    return found


def restore(desk: Desk, owner: str = "superoffice") -> None:
    """Restore, and keep it."""
    verifying.restore(owner, roots=desk.roots, work=desk.work, clock=desk.clock)
    desk.session.commit()


def on_sqlite(desk: Desk) -> bool:
    """Whether the database keeps any value in any column."""
    return desk.session.get_bind().dialect.name == "sqlite"


def past_the_check(session: Session, weight: object, code: str = "spin") -> None:
    """Write a number that the store forbids."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA ignore_check_constraints = ON"))
    else:
        name = "ck_superoffice_tab_assignment_weight"
        session.execute(text(f"ALTER TABLE superoffice_tab_assignment DROP CONSTRAINT {name}"))
    licence = select(Licence.id).where(Licence.name == code).scalar_subquery()
    session.execute(update(Assignment).where(Assignment.licence_id == licence).values(weight=weight))


def owner_gone(desk: Desk, store: Database) -> None:
    """Delete the owner's row past foreign keys."""
    desk.session.commit()
    engine = create_engine(store.engine.url)  # SQLite minds foreign keys only where it is told to
    with engine.begin() as connection:
        if engine.dialect.name != "sqlite":
            key = "ALTER TABLE superoffice_tab_owner DROP CONSTRAINT pk_superoffice_tab_owner CASCADE"
            connection.execute(text(key))
        connection.execute(text("DELETE FROM superoffice_tab_owner"))
    engine.dispose()


class TestTheOwnersRow:
    def test_what_was_signed_holds_and_what_differs_is_named(self, desk: Desk):
        right = reading.known_owner("SUPEROFFICE", desk.session)
        desk.session.execute(update(Owner).values(**EVIL))
        found = verify(desk)
        assert found == [OWNER_ROW]
        assert found[0].what == ("company", "expiry", "grace", "serial")
        assert reading.known_owner("SUPEROFFICE", desk.session) == right
        summary = licence_summary(desk.session)
        assert summary is not None
        assert (summary.company, summary.serial) == ("Example Trading AS", "1801001239")

    def test_the_licence_server_is_asked_for_the_signed_number(self, desk: Desk):
        desk.session.execute(update(Owner).values(**EVIL, licence_url="https://evil.example"))
        verify(desk)
        asked = []

        def get(url: str, etag: str = "") -> Fetched:
            asked.append(url)
            return Fetched(missing=True)

        done = checking.check(
            "SUPEROFFICE",
            settings={"licence_url": "https://licences.example", "automatic_updates": False},
            roots=desk.roots,
            timezone=desk.timezone,
            work=desk.work,
            actor=None,
            clock=desk.clock,
            get=get,
        )
        assert (asked, done.status) == (
            ["https://licences.example/SUPEROFFICE/1801001239.lic"], LicenseStatus.PROBLEM,
        )  # fmt: skip

    def test_it_is_told_until_somebody_restores(self, desk: Desk):
        """The row says what was signed again; that it did not is not forgotten overnight."""
        desk.session.execute(update(Owner).values(serial="666"))
        verify(desk)
        desk.session.execute(update(Owner).values(company="Evil AS"))
        verify(desk)
        (again,) = verify(desk)
        assert (again, again.what) == (OWNER_ROW, ("company", "serial"))
        told = [after["what"] for action, _, _, after in desk.work.audits if action == "licence.altered"]
        assert told == [["serial"]]
        restore(desk)
        assert verify(desk) == []

    def test_the_page_names_the_rows(self, desk: Desk):
        desk.session.execute(update(Owner).values(**EVIL))
        desk.session.execute(update(Licence).where(Licence.name == "spin").values(quantity=500, hidden=True))
        verify(desk)
        news = owner_page("SUPEROFFICE", desk.session).news
        assert news.altered == 2
        assert [tuple(row) for row in news.rows] == [
            ("", "changed", ["company", "expiry", "grace", "serial"]),
            ("spin", "changed", ["hidden", "quantity"]),
        ]

    def test_where_no_set_is_in_force_the_page_still_says_so(self, desk: Desk):
        desk.session.execute(update(StoredSet).values(in_force=False))
        verify(desk)
        page = owner_page("SUPEROFFICE", desk.session)
        assert (page.owner, page.news.altered, page.news.rows[0].kind) == (None, 1, "file")

    def test_a_row_that_is_gone_is_told_and_comes_back(self, desk: Desk, store: Database):
        desk.people(person("KAAN", "superoffice.spin*2"))
        right = reading.known_owner("SUPEROFFICE", desk.session)
        owner_gone(desk, store)
        assert verify(desk) == [Finding("SUPEROFFICE", "", "missing")]
        assert reading.known_owner("SUPEROFFICE", desk.session) == right
        assert verify(desk) == [Finding("SUPEROFFICE", "", "missing")]
        restore(desk)
        assert (verify(desk), desk.held()) == ([], {"KAAN": {"spin": 2}})

    def test_restoring_brings_it_back_too(self, desk: Desk, store: Database):
        owner_gone(desk, store)
        restore(desk)
        assert verify(desk) == []

    def test_a_row_that_nothing_signed_speaks_of_is_told_by_its_number(self, desk: Desk, store: Database):
        number = desk.session.scalar(select(Owner.id))
        desk.session.execute(update(StoredSet).values(content=b"{}"))
        owner_gone(desk, store)
        assert verify(desk) == [Finding(f"#{number}", "", "missing")]
        with pytest.raises(InputError, match="root_keys"):
            verify(desk, Roots())


class TestAnOwnerThatWasRenamed:
    """Everything goes by the name: it is written again at once, and told until somebody restores."""

    @pytest.mark.parametrize("name", ["EVIL", "superoffice", "#1"])
    def test_has_the_signed_name_again_and_it_is_told(self, desk: Desk, name: str):
        desk.people(person("KAAN", "superoffice.spin*2"))
        right = reading.known_owner("SUPEROFFICE", desk.session)
        desk.session.execute(update(Owner).values(name=name))
        for _ in range(2):
            (found,) = verify(desk)
            assert (found, found.what) == (OWNER_ROW, ("name",))
        assert reading.known_owner("SUPEROFFICE", desk.session) == right
        restore(desk)
        assert (verify(desk), desk.held()) == ([], {"KAAN": {"spin": 2}})

    @pytest.mark.parametrize("asked", ["superoffice", "evil"])
    def test_restoring_needs_no_verifying_before_and_knows_both_names(self, desk: Desk, asked: str):
        desk.session.execute(update(Owner).values(name="EVIL"))
        restored = verifying.restore(asked, roots=desk.roots, work=desk.work, clock=desk.clock)
        assert (restored, verify(desk)) == ("SUPEROFFICE", [])
        assert ("licence.altered", "SUPEROFFICE") in [(action, who) for action, who, *_ in desk.work.audits]

    def test_two_that_changed_names_have_their_own_again(self, desk: Desk):
        acme = Issuer("ACME")
        acme.root = desk.issuer.root
        desk.load(acme.file(claims(owner="ACME")))
        ids = dict(desk.session.execute(select(Owner.name, Owner.id)).all())
        for name, then in (("ACME", "X"), ("SUPEROFFICE", "ACME"), ("X", "SUPEROFFICE")):
            desk.session.execute(update(Owner).where(Owner.name == name).values(name=then))
        assert [(each.owner, each.what) for each in verify(desk)] == [
            ("ACME", ("name",)), ("SUPEROFFICE", ("name",)),
        ]  # fmt: skip
        assert dict(desk.session.execute(select(Owner.name, Owner.id)).all()) == ids

    def test_where_another_one_has_the_name_by_right_it_stays(self, desk: Desk):
        """A file was copied into a row of its own: that row is nobody's, and the right one is untouched."""
        desk.session.execute(insert(Owner), filled(Owner, {"id": 77, "name": "EVIL"}))
        columns = [column for column in StoredSet.__table__.c if column.name not in ("id", "owner_id")]
        copied = insert(StoredSet).from_select(
            ["owner_id", *(column.name for column in columns)], select(literal(77), *columns)
        )
        number = desk.session.execute(copied.returning(StoredSet.id)).scalar_one()
        put_in_force = {"owner_id": 77, "set_id": number, "at": NOW, "by": "EVE", "changes": {}}
        desk.session.execute(insert(Activation).values(put_in_force))
        assert verify(desk) == [Finding("EVIL", "", "file")]
        assert reading.known_owner("SUPEROFFICE", desk.session).id != 77

    def test_a_name_that_nothing_signed_speaks_for_is_told(self, desk: Desk):
        desk.session.execute(update(Owner).values(name="EVIL"))
        desk.session.execute(update(StoredSet).values(content=b"{}"))
        assert verify(desk) == [Finding("EVIL", "", "file")]
        with pytest.raises(RefusedError, match="Load the licence file again"):
            restore(desk, "evil")


class TestValuesThatCannotBeRead:
    @pytest.fixture(autouse=True)
    def lax(self, desk: Desk) -> None:
        """PostgreSQL keeps no such values."""
        if not on_sqlite(desk):
            pytest.skip("only SQLite keeps them")

    @pytest.mark.parametrize("value", ["never", 5, b"\x00"], ids=repr)
    def test_a_date_was_long_ago_and_then_what_was_signed(self, desk: Desk, value: object):
        right = reading.known_owner("SUPEROFFICE", desk.session)
        desk.session.execute(text("UPDATE superoffice_tab_owner SET expiry = :v, grace = :v"), {"v": value})
        owner = reading.known_owner("SUPEROFFICE", desk.session)
        assert owner.expiry == owner.grace == date(1970, 1, 1)
        (found,) = verify(desk)
        assert (found, found.what) == (OWNER_ROW, ("expiry", "grace"))
        assert reading.known_owner("SUPEROFFICE", desk.session) == right

    @pytest.mark.parametrize("column", ["quantity", "extra_flags", "sort_order", "unrestricted", "hidden"])
    def test_a_licence_counts_for_nothing_and_is_shown(self, desk: Desk, column: str):
        edited = f"UPDATE superoffice_tab_licence SET {column} = 'many' WHERE name = 'ten-sales'"
        desk.session.execute(text(edited))
        for _ in range(2):
            owner = reading.known_owner("SUPEROFFICE", desk.session)
            listed = reading.licences(owner, desk.session, hidden=True)
            assert details(owner, "ten-sales", desk.session)
            (found,) = verify(desk)
            assert (found.name, found.kind, found.what) == ("ten-sales", "changed", (column,))
        (row,) = [each for each in listed if each.code == "ten-sales"]
        assert (row.altered, row.total, row.free) == (True, 0, 0)

    def test_a_mark_that_is_neither_yes_nor_no_hides_nothing(self, desk: Desk):
        edited = "UPDATE superoffice_tab_licence SET quantity = 500, altered = 'x' WHERE name = 'spin'"
        desk.session.execute(text(edited))
        verify(desk)
        assert desk.in_use()["spin"] == (0, 0)

    @pytest.mark.parametrize(
        "edited", ["content = 'x'", "activated_at = 'x'", "seq = 'x'"], ids=lambda each: each.split()[0]
    )
    def test_a_file_is_none(self, desk: Desk, edited: str):
        desk.session.execute(text(f"UPDATE superoffice_tab_licence_set SET {edited}"))
        assert verify(desk) == [Finding("SUPEROFFICE", "", "file")]
        assert owner_page("SUPEROFFICE", desk.session).news.altered == 1

    @pytest.mark.parametrize("value", ["x", "5", "[5]"])
    def test_what_was_found_is_found_anew(self, desk: Desk, value: str):
        desk.session.execute(update(Owner).values(serial="666"))
        verify(desk)
        desk.session.execute(text("UPDATE superoffice_tab_alteration SET what = :v"), {"v": value})
        assert verify(desk) == [OWNER_ROW]
        assert owner_page("SUPEROFFICE", desk.session).news.altered == 1


@pytest.mark.parametrize("column", ["type", "allowed_user_type"])
def test_an_unknown_word_is_named_and_the_licence_is_shown(desk: Desk, column: str):
    desk.session.execute(
        text(f"UPDATE superoffice_tab_licence SET {column} = 'Bogus' WHERE name = 'ten-sales'")
    )
    for _ in range(2):
        owner = reading.known_owner("SUPEROFFICE", desk.session)
        assert [each.type.word for each in reading.licences(owner, desk.session)]
        opened = details(owner, "ten-sales", desk.session)
        assert opened is not None
        assert "Unknown" in (opened.licence.kind, opened.allowed)
        (found,) = verify(desk)
        assert (found.name, found.what) == ("ten-sales", (column,))
    restore(desk)
    assert verify(desk) == []


class TestHolders:
    @pytest.fixture
    def people(self, desk: Desk) -> Desk:
        """All three of `ten-sales` and four of `spin` are held."""
        desk.people(
            person("ANNA", "superoffice.ten-sales*3"), person("BO", "superoffice.spin*4"), person("CHLO")
        )
        return desk

    def test_what_is_kept_of_them_is_not_trusted(self, people: Desk):
        for held in (0, -500):
            people.session.execute(update(Licence).values(held=held))
            assert reason(assign(people, "ten-sales", "CHLO")) == "No Ten-Sales is free."
            assert results(assign(people, "spin", "CHLO", weight=2)) == {"CHLO": "refused"}
        assert results(assign(people, "spin", "CHLO")) == {"CHLO": "assigned"}
        assert verify(people) == []
        assert people.in_use()["ten-sales"] == (3, 3)

    def test_what_a_plan_brings_is_counted_too(self, people: Desk):
        """`web` comes with `ten-sales`: three of it are held, whatever the rows say."""
        people.load(claims(2))
        people.session.execute(update(Licence).values(held=0))
        quantity = update(Licence).where(Licence.name == "ten-sales").values(quantity=50)
        people.session.execute(quantity)
        assert reason(assign(people, "ten-sales", "CHLO")) == "No Web is free."
        people.session.rollback()
        recount(people.session)
        people.session.commit()

    @pytest.mark.parametrize("weight", [0, -50, 10**9])
    def test_the_store_takes_no_number_that_nobody_can_hold(self, people: Desk, weight: int):
        with pytest.raises(IntegrityError):
            people.session.execute(update(Assignment).values(weight=weight))
        people.session.rollback()

    def test_nor_any_word(self, people: Desk):
        if on_sqlite(people):
            with pytest.raises(IntegrityError):
                people.session.execute(text("UPDATE superoffice_tab_assignment SET weight = 'many'"))
            people.session.rollback()

    def test_less_than_one_is_named_and_counts_as_not_there(self, people: Desk):
        past_the_check(people.session, -50)
        (found,) = verify(people)
        assert (found.name, found.kind, found.what) == ("spin", "holders", ("BO",))
        assert people.in_use()["spin"] == (0, 5)
        assert results(assign(people, "spin", "CHLO", weight=5)) == {"CHLO": "assigned"}
        assert results(assign(people, "spin", "BO")) == {"BO": "refused"}
        restore(people)
        assert (verify(people), people.held()["CHLO"]) == ([], {"spin": 5})
        assert "BO" not in people.held()
        lost = {"licence": "superoffice.spin", "weight": -50}
        assert ("licence.released", "BO", lost, None) in people.work.audits

    def test_whoever_holds_less_than_one_may_get_one(self, people: Desk):
        past_the_check(people.session, 0)
        recount(people.session)
        assert results(assign(people, "spin", "BO")) == {"BO": "assigned"}
        assert (people.held()["BO"], people.in_use()["spin"]) == ({"spin": 1}, (1, 5))
        assert verify(people) == []
        release(people, "spin", "BO")

    def test_assigning_what_somebody_holds_already_leaves_the_number(self, people: Desk):
        before = len(people.work.audits)
        assert results(assign(people, "spin", "BO")) == {"BO": "unchanged"}
        assert people.held()["BO"] == {"spin": 4}
        assert len(people.work.audits) == before
        assert results(assign(people, "spin", "BO", weight=1)) == {"BO": "assigned"}
        assert people.held()["BO"] == {"spin": 1}


def test_what_was_found_is_kept_with_its_columns(desk: Desk):
    desk.session.execute(update(Licence).where(Licence.name == "spin").values(quantity=6))
    verify(desk)
    kept = desk.session.execute(
        select(Alteration.name, Alteration.kind, Alteration.what, Alteration.found_at)
    )
    assert [tuple(row) for row in kept] == [("spin", "changed", ["quantity"], NOW)]


def test_what_the_store_forbids_is_not_there_once_it_does(database_url: str):
    """An installation in which somebody wrote such numbers gets the check, and counts without them."""
    database = Database(database_url)
    try:
        upgrade(database, "superoffice_tab", FOLDER, metadata)
        downgrade(database, "superoffice_tab", FOLDER, metadata, to="0004")
        with database.writing() as session:
            session.execute(insert(Owner), filled(Owner, {"id": 1}))
            session.execute(insert(Licence), filled(Licence, {"id": 1, "owner_id": 1, "held": -43}))
            people = ({"id": number, "retired": False} for number in (1, 2))
            session.execute(insert(Associate), filled(Associate, *people))
            rows = ((1, -50), (2, 7))
            wrong = [{"licence_id": 1, "associate_id": who, "weight": weight} for who, weight in rows]
            session.execute(insert(Assignment), wrong)
        upgrade(database, "superoffice_tab", FOLDER, metadata)
        with database.reading() as session:
            assert session.execute(select(Assignment.associate_id, Assignment.weight)).all() == [(2, 7)]
            assert session.scalar(select(Licence.held)) == 7
    finally:
        database.close()
