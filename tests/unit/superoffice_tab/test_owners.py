"""Whose licences there are: which tabs that makes, who announced them, and where more are bought."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError
from sqlalchemy import select
from unit.superoffice_tab.building import Installation, Issuer, claims, module
from unit.superoffice_tab.desk import Desk

from host.api import Plain
from superoffice_tab.api import ModuleOwner as Declared
from superoffice_tab.api import ModuleOwnerSchema
from superoffice_tab.domain.keys import Roots, public_key
from superoffice_tab.services import owners, pending
from superoffice_tab.storage.changing import ModuleOwner

ACME = Declared(
    name="ACME", title="Acme Inc.", licence_url="https://lic.acme.example", shop_url="https://acme.example"
)


def note(desk: Installation, *answers: tuple[str, list[Declared]]) -> bool:
    """Keep what plugins declare."""
    changed = owners.note_declared(answers, work=desk.work, clock=desk.clock)
    desk.session.commit()
    return changed


def rows(desk: Installation) -> list[tuple[str, str, str, str]]:
    """What is kept of each owner."""
    columns = (ModuleOwner.name, ModuleOwner.plugin, ModuleOwner.title, ModuleOwner.shop_url)
    return [tuple(row) for row in desk.session.execute(select(*columns).order_by(ModuleOwner.name))]


class TestTabs:
    def test_an_empty_database_has_the_tab_of_superoffice(self, empty: Installation):
        (tab,) = owners.tabs(empty.session)
        assert (tab.id, tab.title, tab.order, tab.view, tab.manage) == (
            "superoffice",
            Plain("SUPEROFFICE"),
            20,
            "superoffice.view",
            "licence.manage",
        )

    def test_each_owner_has_one_superoffice_first_then_by_name(self, desk: Desk):
        """Whose set is in force, whose set waits, and whose can be had."""
        others = {name: Issuer(name) for name in ("ZEPHYR", "HUMBUG")}
        desk.trusted = Roots(
            public_key(each.root.as_dict(private=False)) for each in (desk.issuer, *others.values())
        )
        spin = (module("spin"),)
        desk.load(others["ZEPHYR"].file(claims(owner="ZEPHYR", modules=spin)), roots=desk.roots)
        desk.receive(others["HUMBUG"].file(claims(owner="HUMBUG", modules=spin)))
        note(desk, ("acme", [ACME]))
        found = [(each.id, each.order) for each in owners.tabs(desk.session)]
        assert found == [("superoffice", 20), ("acme", 21), ("humbug", 22), ("zephyr", 23)]

    def test_a_set_that_is_discarded_takes_its_tab_along(self, desk: Desk):
        """A tab without anything to show, and that nobody sells, would be of no use."""
        humbug = Issuer("HUMBUG")
        desk.trusted = humbug.roots
        desk.receive(humbug.file(claims(owner="HUMBUG", modules=(module("spin"),))))
        assert owners.owner_names(desk.session) == ["SUPEROFFICE", "HUMBUG"]
        pending.discard("humbug", work=desk.work)
        assert owners.owner_names(desk.session) == ["SUPEROFFICE"]


class TestDeclaring:
    def test_what_is_new_makes_a_tab_and_is_audited(self, desk: Desk):
        assert note(desk, ("acme", [ACME]))
        assert rows(desk) == [("ACME", "acme", "Acme Inc.", "https://acme.example")]
        assert [each[:2] for each in desk.work.audits if each[0] == "owner.declared"] == [
            ("owner.declared", "ACME")
        ]

    def test_no_password_in_an_address_is_audited_or_shown(self, desk: Desk):
        """The licence server is still asked with it."""
        servers = {
            "licence_url": "https://me:secret@lic.example/a",
            "shop_url": "https://me:secret@shop.example",
        }
        note(desk, ("acme", [Declared(name="ACME", title="Acme Inc.", **servers)]))
        (told,) = (each for each in desk.work.audits if each[0] == "owner.declared")
        assert "https://lic.example/a" in str(told)
        assert "secret" not in str(told)
        assert owners.shop_url("ACME", desk.session, {}) == "https://shop.example"
        assert desk.session.scalars(select(ModuleOwner.licence_url)).one() == servers["licence_url"]

    def test_the_same_again_changes_nothing(self, desk: Desk):
        note(desk, ("acme", [ACME]))
        before, told = desk.everything(), len(desk.work.audits)
        assert not note(desk, ("acme", [ACME]))
        assert (desk.everything(), len(desk.work.audits)) == (before, told)

    def test_who_declared_an_owner_may_say_something_else_of_it(self, desk: Desk):
        note(desk, ("acme", [ACME]))
        assert not note(desk, ("acme", [Declared(name="ACME", title="Acme")]))
        assert rows(desk) == [("ACME", "acme", "Acme", "")]

    def test_nobody_takes_an_owner_away_from_another(self, desk: Desk):
        """Nor SUPEROFFICE: where its licences are bought is not for an add-on to say."""
        note(desk, ("acme", [ACME]))
        taken = Declared(name="ACME", title="Mine", shop_url="https://evil.example")
        assert not note(desk, ("evil", [taken, Declared(name="SUPEROFFICE", title="Mine")]))
        assert rows(desk) == [("ACME", "acme", "Acme Inc.", "https://acme.example")]

    def test_of_two_that_come_at_once_the_first_has_it(self, desk: Desk):
        note(desk, ("acme", [ACME]), ("evil", [Declared(name="ACME", title="Mine")]))
        assert rows(desk) == [("ACME", "acme", "Acme Inc.", "https://acme.example")]

    def test_what_is_no_longer_declared_stays(self, desk: Desk):
        note(desk, ("acme", [ACME]))
        assert not note(desk)
        assert owners.owner_names(desk.session) == ["SUPEROFFICE", "ACME"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "acme"),
            ("name", "A-B"),
            ("name", ""),
            ("name", "SUPEROFFICE"),
            ("title", ""),
            ("shop_url", "javascript:alert(1)"),
            ("licence_url", "file:///etc/passwd"),
        ],
    )
    def test_what_makes_no_sense_is_refused_when_the_plugin_loads(self, field: str, value: str):
        said = {"name": "ACME", "title": "Acme Inc.", field: value}
        with pytest.raises(ValidationError):
            ModuleOwnerSchema().load(said)


class TestShops:
    def test_that_of_superoffice_is_a_setting_and_others_say_their_own(self, desk: Desk):
        note(desk, ("acme", [ACME]))
        settings = {"shop_url": "https://shop.example"}
        assert owners.shop_url("SUPEROFFICE", desk.session, settings) == "https://shop.example"
        assert owners.shop_url("SUPEROFFICE", desk.session, {"shop_url": None}) == ""
        assert owners.shop_url("ACME", desk.session, settings) == "https://acme.example"
        assert owners.shop_url("HUMBUG", desk.session, settings) == ""
