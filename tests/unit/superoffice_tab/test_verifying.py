"""Somebody edits the database: the row is named, counts for nothing, and comes back from the signed file."""

from __future__ import annotations

import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import delete, insert, select, text, update
from unit.superoffice_tab.building import Issuer, claims, module, person
from unit.superoffice_tab.desk import Desk, modules_with

from host.api import ConflictError, InputError, NotFoundError
from superoffice_tab.domain.keys import Roots, public_key
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.services import reading, verifying
from superoffice_tab.services.verifying import Finding
from superoffice_tab.storage.changing import Alteration
from superoffice_tab.storage.models import Licence, Owner, PlanLicence, StoredSet


def verify(desk: Desk, roots: Roots | None = None) -> list[Finding]:
    """Verify, and keep what was found."""
    found = verifying.verify_all(
        roots=desk.roots if roots is None else roots, work=desk.work, clock=desk.clock
    )
    desk.session.commit()
    return found


def restore(desk: Desk, roots: Roots | None = None) -> None:
    """Restore, and keep it."""
    trusted = desk.roots if roots is None else roots
    verifying.restore("superoffice", roots=trusted, work=desk.work, clock=desk.clock)
    desk.session.commit()


def keys(issuer: Issuer) -> list[OKPKey]:
    """The root keys of an installation that trusts *issuer*."""
    return [public_key(issuer.root.as_dict(private=False))]


def put_in_force(desk: Desk, seq: int) -> None:
    """Have another stored set in force, past everything."""
    desk.session.execute(update(StoredSet).values(in_force=False))
    desk.session.execute(update(StoredSet).where(StoredSet.seq == seq).values(in_force=True))


def altered(desk: Desk) -> set[str]:
    """Code names that count for nothing."""
    return set(desk.session.scalars(select(Licence.name).where(Licence.altered)))


def edit(desk: Desk, code: str, **values: object) -> None:
    """Change a row past everything."""
    desk.session.execute(update(Licence).where(Licence.name == code).values(**values))


class TestWhatIsFound:
    def test_nothing_where_nothing_was_touched(self, desk: Desk):
        before = desk.everything()
        assert verify(desk) == []
        assert desk.everything() == before

    @pytest.mark.parametrize(
        "values",
        [{"quantity": 500}, {"unrestricted": True}, {"description": "Gold"}, {"extra_info": ""}],
        ids=lambda each: next(iter(each)),
    )
    def test_an_edited_licence_is_named(self, desk: Desk, values):
        edit(desk, "ten-sales", **values)
        assert verify(desk) == [Finding("SUPEROFFICE", "ten-sales", "changed")]
        assert altered(desk) == {"ten-sales"}

    def test_a_licence_that_was_put_in_or_taken_out_is_named(self, desk: Desk):
        desk.session.execute(text("UPDATE superoffice_tab_licence SET name = 'spam' WHERE name = 'spin'"))
        assert verify(desk) == [
            Finding("SUPEROFFICE", "spam", "added"),
            Finding("SUPEROFFICE", "spin", "missing"),
        ]

    def test_what_comes_with_a_plan_is_looked_at(self, desk: Desk):
        desk.session.execute(delete(PlanLicence))
        names = {each.name for each in verify(desk)}
        assert names == {"ten-sales", "ten-service"}

    def test_an_edited_owner_is_named(self, desk: Desk):
        desk.session.execute(update(Owner).values(expiry=None))
        assert verify(desk) == [Finding("SUPEROFFICE", "", "changed")]
        assert altered(desk) == set()

    @pytest.mark.parametrize(
        "values",
        [{"content": b"{}"}, {"seq": 0}, {"serial": "1600007775"}, {"in_force": False}],
        ids=lambda each: next(iter(each)),
    )
    def test_an_edited_file_leaves_nothing_that_counts(self, desk: Desk, values):
        desk.session.execute(update(StoredSet).values(**values))
        assert verify(desk) == [Finding("SUPEROFFICE", "", "file")]
        assert len(altered(desk)) == 12

    def test_a_file_of_another_root_does_not_count(self, desk: Desk):
        assert verify(desk, Issuer().roots) == [Finding("SUPEROFFICE", "", "file")]

    def test_without_any_root_key_nothing_is_called_altered(self, desk: Desk):
        """It is a mistake in the settings, and said to be one."""
        before = desk.everything()
        for act in (verify, restore):
            with pytest.raises(InputError, match="root_keys"):
                act(desk, Roots())
            assert desk.everything() == before

    def test_a_set_that_another_owner_signed_does_not_count(self, desk: Desk):
        other = Issuer("ACME")
        desk.session.execute(update(StoredSet).values(content=other.file(claims())))
        assert verify(desk, Roots([*keys(desk.issuer), *keys(other)])) == [Finding("SUPEROFFICE", "", "file")]

    def test_an_older_set_that_was_put_in_force_past_everything_does_not_count(self, desk: Desk):
        """Though all rows say what it says; restoring brings the right one back."""
        older = desk.everything()["superoffice_tab_licence"]
        desk.load(claims(2, modules=modules_with(module("spin", 1))))
        right = desk.everything()
        put_in_force(desk, 1)
        edit(desk, "spin", quantity=5)
        desk.session.commit()
        assert desk.everything()["superoffice_tab_licence"] == older
        assert verify(desk) == [Finding("SUPEROFFICE", "", "file")]
        restore(desk)
        assert (verify(desk), desk.everything()) == ([], right)

    def test_a_set_of_an_add_on_for_another_installation_does_not_count(self, desk: Desk):
        other = Issuer("ACME")
        both = Roots([*keys(desk.issuer), *keys(other)])
        desk.load(other.file(claims(owner="ACME")), roots=both)
        assert verify(desk, both) == []
        foreign = other.file(claims(owner="ACME", serial="1600007775"))
        values = {"content": foreign, "serial": "1600007775"}
        acme = select(Owner.id).where(Owner.name == "ACME").scalar_subquery()
        desk.session.execute(update(StoredSet).where(StoredSet.owner_id == acme).values(values))
        desk.session.execute(update(Owner).where(Owner.name == "ACME").values(serial="1600007775"))
        assert verify(desk, both) == [Finding("ACME", "", "file")]

    def test_a_set_of_an_add_on_still_counts_after_the_installation_got_a_new_serial_number(self, desk: Desk):
        other = Issuer("ACME")
        both = Roots([*keys(desk.issuer), *keys(other)])
        desk.load(other.file(claims(owner="ACME")), roots=both)
        desk.load(claims(2, serial="1600007775"), serial="1600007775")
        assert verify(desk, both) == []


class TestWhatFollows:
    def test_it_counts_for_nothing(self, desk: Desk):
        edit(desk, "spin", quantity=500)
        verify(desk)
        owner = reading.known_owner("SUPEROFFICE", desk.session)
        row = next(each for each in reading.licences(owner, desk.session) if each.code == "spin")
        assert (row.total, row.free) == (0, 0)

    def test_the_audit_log_says_so_once(self, desk: Desk):
        edit(desk, "spin", quantity=500)
        verify(desk)
        verify(desk)
        told = [each for each in desk.work.audits if each[0] == "licence.altered"]
        after = {"licence": "spin", "kind": "changed", "what": ["quantity"]}
        assert told == [("licence.altered", "SUPEROFFICE", None, after)]

    def test_what_is_right_again_counts_again(self, desk: Desk):
        edit(desk, "spin", quantity=500)
        verify(desk)
        edit(desk, "spin", quantity=5)
        assert verify(desk) == []
        assert altered(desk) == set()

    def test_what_was_found_cannot_be_unmarked(self, desk: Desk):
        edit(desk, "spin", quantity=500)
        verify(desk)
        edit(desk, "spin", altered=False)
        edit(desk, "windows", altered=True)
        assert verify(desk) == [Finding("SUPEROFFICE", "spin", "changed")]
        assert altered(desk) == {"spin"}

    def test_an_activation_puts_everything_right(self, desk: Desk):
        edit(desk, "spin", quantity=500)
        verify(desk)
        desk.load(claims(2))
        assert altered(desk) == set()
        assert verify(desk) == []


class TestRestoring:
    def test_the_rows_say_again_what_was_signed(self, desk: Desk):
        right = desk.everything()["superoffice_tab_licence"]
        edit(desk, "spin", quantity=500, hidden=True)
        desk.session.execute(delete(PlanLicence))
        verify(desk)
        restore(desk)
        assert desk.everything()["superoffice_tab_licence"] == right
        assert verify(desk) == []
        assert desk.session.scalars(select(Alteration)).all() == []

    def test_a_licence_that_was_put_in_goes_with_its_holders(self, desk: Desk):
        values = {
            column.name: value
            for column, value in zip(
                Licence.__table__.columns,
                desk.session.execute(select(Licence.__table__).where(Licence.name == "spin")).one(),
                strict=True,
            )
            if column.name != "id"
        }
        desk.session.execute(insert(Licence).values({**values, "name": "free-for-all"}))
        verify(desk)
        restore(desk)
        assert verify(desk) == []

    def test_a_licence_that_was_only_renamed_keeps_its_holders(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.spin*2"))
        edit(desk, "spin", name="spam")
        verify(desk)
        restore(desk)
        assert desk.held() == {"KAAN": {"spin": 2}}
        assert verify(desk) == []

    def test_whoever_loses_what_was_never_signed_is_in_the_audit_log(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.spin*2"), person("MOBE", "superoffice.spin"))
        edit(desk, "spin", name="spam", quantity=500)
        verify(desk)
        restore(desk)
        assert desk.held() == {}
        assert [each for each in desk.work.audits if each[0] == "licence.released"] == [
            ("licence.released", "KAAN", {"licence": "superoffice.spam", "weight": 2}, None),
            ("licence.released", "MOBE", {"licence": "superoffice.spam", "weight": 1}, None),
        ]

    @pytest.mark.parametrize(
        "values",
        [{"seq": 999}, {"serial": "1600007775"}, {"company": "Other AS"}, {"in_force": False}],
        ids=lambda each: next(iter(each)),
    )
    def test_what_was_noted_of_the_file_is_read_from_it_again(self, desk: Desk, values):
        """And a set that somebody took out of force comes back."""
        right = desk.everything()["superoffice_tab_licence_set"]
        desk.session.execute(update(StoredSet).values(**values))
        verify(desk)
        restore(desk)
        assert desk.everything()["superoffice_tab_licence_set"] == right
        assert (verify(desk), altered(desk)) == ([], set())

    def test_the_same_file_may_come_again_in_the_place_of_a_broken_one(self, desk: Desk):
        """Else it would be refused as known already; any other time it still is."""
        content = desk.issuer.file(claims(2))
        desk.load(content)
        with pytest.raises(VerdictError, match="replayed"):
            desk.load(content)
        edited = update(StoredSet).where(StoredSet.in_force).values(content=b"{}")
        desk.session.execute(edited)
        verify(desk)
        with pytest.raises(VerdictError, match="replayed"):
            desk.load(claims(1))
        desk.session.rollback()
        desk.load(content)
        assert (verify(desk), altered(desk)) == ([], set())

    def test_a_broken_file_cannot_restore_anything(self, desk: Desk):
        desk.session.execute(update(StoredSet).values(content=b"{}"))
        with pytest.raises(ConflictError, match="Load the licence file again"):
            restore(desk)

    def test_an_unknown_owner_is_said(self, desk: Desk):
        with pytest.raises(NotFoundError):
            verifying.restore("NOBODY", roots=desk.roots, work=desk.work, clock=desk.clock)
