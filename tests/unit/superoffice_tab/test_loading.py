"""Loading a licence file: it is in force afterwards, or nothing changed."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from unit.superoffice_tab.building import (
    MODULES,
    NOW,
    SERIAL,
    Installation,
    Issuer,
    claims,
    module,
    person,
    plan,
)

from host.api import ConflictError
from status_tab.api import FactSchema
from superoffice_tab.domain.licences import LicenceType
from superoffice_tab.services import reading
from superoffice_tab.services.loading import CompanyNotConfirmedError, TooManyHoldersError
from superoffice_tab.services.summary import facts, licence_summary
from superoffice_tab.storage.models import Licence, StoredSet


def without(name: str, *more: object) -> tuple[object, ...]:
    return (*(each for each in MODULES if each["ModuleName"] != name), *more)


class TestTheFirstSet:
    def test_it_is_in_force_with_everything_it_says(self, empty: Installation):
        done = empty.load(claims())
        owner = reading.owner("superoffice", empty.session)
        assert owner is not None
        assert (done.owner, done.seq, done.licences, len(done.changed)) == ("SUPEROFFICE", 1, 12, 12)
        assert (owner.name, owner.description, owner.company) == (
            "SUPEROFFICE",
            "SuperOffice AS",
            "Example Trading AS",
        )
        assert (owner.serial, owner.product, owner.seq) == (SERIAL, "SuperOffice Online", 1)
        assert (owner.warning, owner.expiry, owner.grace) == (
            date(2027, 6, 2),
            date(2027, 6, 30),
            date(2027, 7, 12),
        )
        assert (owner.activated_at, owner.activated_by) == (NOW, "cli")

    def test_the_file_is_kept_as_it_came(self, empty: Installation):
        content = empty.issuer.file(claims(), indent="\t")
        empty.load(content)
        assert empty.session.scalars(select(StoredSet.content)).all() == [content]

    def test_it_is_audited(self, installation: Installation):
        ((action, subject, before, after),) = installation.work.audits
        assert (action, subject, before) == ("licence.activated", "SUPEROFFICE", None)
        assert (after["seq"], after["serial"], after["totals"]["ten-sales"]) == (1, SERIAL, 3)

    def test_names_compare_in_any_case_and_may_carry_their_owner(self, empty: Installation):
        modules = (
            module("SuperOffice.Spin", 2),
            module("CURVE", 1, PrerequisiteModuleName="SUPEROFFICE.spin"),
        )
        empty.load(claims(modules=modules))
        assert empty.session.execute(select(Licence.name, Licence.prerequisite)).all() == [
            ("spin", ""),
            ("curve", "spin"),
        ]


class TestANewerSet:
    def test_it_takes_the_place_of_the_one_before_which_is_kept(self, installation: Installation):
        installation.load(claims(5, ExpiryDate="2028-06-30T00:00:00", GraceDate=None))
        rows = installation.session.execute(
            select(StoredSet.seq, StoredSet.in_force).order_by(StoredSet.seq)
        ).all()
        assert rows == [(1, False), (5, True)]
        owner = reading.owner("SUPEROFFICE", installation.session)
        assert owner is not None
        assert (owner.expiry, owner.grace) == (date(2028, 6, 30), None)

    def test_only_what_changed_is_called_changed(self, installation: Installation):
        done = installation.load(claims(2, modules=without("spin", module("spin", 9), module("curve", 1))))
        assert done.changed == {"spin": (5, 9), "curve": (None, 1)}
        _, _, before, after = installation.work.audits[-1]
        assert (before["totals"], after["totals"]) == ({"spin": 5, "curve": None}, {"spin": 9, "curve": 1})

    def test_holders_keep_their_licences(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.ten-sales;superoffice.spin*2"))
        installation.load(claims(2, modules=without("spin", module("spin", 9, ModuleDescription="Renamed"))))
        (holder,) = reading.associates(installation.session)
        assert holder["licences"] == {"superoffice.ten-sales": 1, "superoffice.spin": 2}

    def test_what_plans_bring_is_read_anew(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.ten-sales"))
        installation.load(claims(2, modules=without("ten-sales", plan("ten-sales", 3, "user"))))
        assert in_use(installation)["superoffice.web"] == 0
        assert in_use(installation)["superoffice.user"] == 1

    def test_an_unheld_licence_disappears(self, installation: Installation):
        installation.load(claims(2, modules=without("spin")))
        assert "superoffice.spin" not in in_use(installation)


class TestTooFew:
    def test_a_smaller_set_waits_until_it_is_large_enough(self, installation: Installation):
        """Refused with the numbers, and not one row changes; at exactly the total it goes in."""
        installation.people(*(person(name, "superoffice.ten-sales") for name in ("KAAN", "MOBE", "SIRA")))
        before = installation.everything()
        with pytest.raises(TooManyHoldersError) as caught:
            installation.load(claims(2, modules=without("ten-sales", plan("ten-sales", 1))))
        (deficit,) = caught.value.deficits
        assert (deficit.in_use, deficit.new_total, deficit.to_remove) == (3, 1, 2)
        assert isinstance(caught.value, ConflictError)
        assert "Ten-Sales (ten-sales): 3 in use, new total 1, 2 to remove" in str(caught.value)
        assert installation.everything() == before
        installation.people(person("KAAN", "superoffice.ten-sales"), prune=True)
        installation.load(claims(2, modules=without("ten-sales", plan("ten-sales", 1))))

    def test_retired_people_are_in_nobodys_way(self, installation: Installation):
        installation.people(
            person("KAAN", "superoffice.spin", retired="yes"), person("MOBE", "superoffice.spin")
        )
        installation.load(claims(2, modules=without("spin", module("spin", 1))))

    def test_a_weight_counts_in_full(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.spin*4"))
        with pytest.raises(TooManyHoldersError, match="4 in use, new total 3, 1 to remove"):
            installation.load(claims(2, modules=without("spin", module("spin", 3))))

    def test_a_licence_that_disappears_needs_all_its_holders_gone(self, installation: Installation):
        installation.people(
            person("KAAN", "superoffice.spin"), person("MOBE", "superoffice.spin", retired="yes")
        )
        with pytest.raises(TooManyHoldersError, match=r"Spin \(spin\) disappears: 2 in use, all 2 to remove"):
            installation.load(claims(2, modules=without("spin")))

    def test_every_deficit_is_named(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.ten-sales;superoffice.spin"))
        modules = without("spin", module("web", 0, IsHidden=True))
        modules = tuple(each for each in modules if each != module("web", 3, IsHidden=True))
        with pytest.raises(TooManyHoldersError) as caught:
            installation.load(claims(2, modules=modules))
        assert [each.name for each in caught.value.deficits] == ["spin", "web"]


class TestIdentity:
    def test_a_new_serial_number_is_accepted_when_it_was_typed(self, installation: Installation):
        installation.load(claims(1, serial="1600007775"), serial="1600007775")
        owner = reading.owner("SUPEROFFICE", installation.session)
        assert owner is not None
        assert owner.serial == "1600007775"

    def test_a_new_company_name_is_accepted_when_it_was_typed(self, installation: Installation):
        renamed = claims(2, CompanyName="Other Trading AS")
        before = installation.everything()
        for typed in ("", "other trading as", SERIAL):
            with pytest.raises(
                CompanyNotConfirmedError, match="“Other Trading AS”; here it is “Example Trading AS”"
            ):
                installation.load(renamed, company=typed)
        assert installation.everything() == before
        installation.load(renamed, company="Other Trading AS")

    def test_a_bad_file_is_refused_before_a_name_is_asked_for(self, installation: Installation):
        from superoffice_tab.domain.verdicts import VerdictError

        with pytest.raises(VerdictError):
            installation.load(claims(1, CompanyName="Other Trading AS"))


class TestOtherOwners:
    def test_a_vendors_set_stands_beside_the_first(self, installation: Installation):
        vendor = Issuer("ACME")
        content = vendor.file(
            claims(owner="ACME", modules=(module("spin", 7),), CompanyName="As Acme writes it")
        )
        installation.load(content, roots=vendor.roots)
        assert [each.name for each in reading.owners(installation.session)] == ["SUPEROFFICE", "ACME"]
        installation.people(person("KAAN", "superoffice.spin;acme.spin*3"))
        acme = reading.known_owner("acme", installation.session)
        (row,) = reading.licences(acme, installation.session)
        assert (row.name, row.type, row.in_use, row.total, row.free) == (
            "acme.spin",
            LicenceType.USER,
            3,
            7,
            4,
        )
        assert in_use(installation)["superoffice.spin"] == 1

    def test_the_next_expiry_is_the_nearest_over_all_owners(self, installation: Installation):
        vendor = Issuer("ACME")
        dates = {"ExpiryDate": "2027-01-31T00:00:00", "GraceDate": "2027-02-12T00:00:00"}
        installation.load(
            vendor.file(claims(owner="ACME", modules=(module("spin"),), **dates)), roots=vendor.roots
        )
        summary = licence_summary(installation.session)
        assert summary is not None
        assert (summary.company, summary.serial, summary.subscription) == (
            "Example Trading AS",
            SERIAL,
            "SuperOffice Online",
        )
        assert (summary.next_expiry, summary.next_expiry_owner) == (date(2027, 1, 31), "ACME")


def test_whose_other_licences_are_here_is_a_fact_for_the_status_tab(installation: Installation):
    """Nothing where there are none, and no more than the box can hold."""
    assert facts(installation.session) == []
    for name in ("ACME", *(f"VENDOR{number:034}" for number in range(7))):
        vendor = Issuer(name)
        installation.load(vendor.file(claims(owner=name, modules=(module("spin"),))), roots=vendor.roots)
    (fact,) = facts(installation.session)
    assert (fact.key, fact.value.text[:6], fact.value.text[-1]) == ("other-owners", "ACME, ", "…")
    FactSchema().load(FactSchema().dump(fact))


def test_without_a_licence_there_is_nothing_to_tell(empty: Installation):
    assert licence_summary(empty.session) is None
    assert reading.owner("SUPEROFFICE", empty.session) is None
    assert reading.owners(empty.session) == []


def test_a_licence_that_never_expires_has_no_next_expiry(empty: Installation):
    empty.load(claims(ExpiryDate=None, GraceDate=None))
    summary = licence_summary(empty.session)
    assert summary is not None
    assert (summary.next_expiry, summary.next_expiry_owner) == (None, "")


def test_only_one_set_of_an_owner_can_be_in_force(installation: Installation):
    """The database itself sees to it."""
    from sqlalchemy.exc import IntegrityError

    dataclasses.replace(installation, now=NOW + timedelta(days=1)).load(claims(2))
    with pytest.raises(IntegrityError):
        installation.session.execute(StoredSet.__table__.update().values(in_force=True))


def in_use(installation: Installation) -> dict[str, int | None]:
    owner = reading.known_owner("SUPEROFFICE", installation.session)
    return {each.name: each.in_use for each in reading.licences(owner, installation.session, hidden=True)}
