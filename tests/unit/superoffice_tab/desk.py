"""Who activates licences: an installation, and what an administrator does with sets that wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from unit.superoffice_tab.building import MODULES, Installation, claims

from host.api import Actor
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.keys import Roots
from superoffice_tab.services import activating, pending, planning, putting_back, reading, receiving
from superoffice_tab.storage.changing import HolderChange, PendingSet, PlannedChange

KAAN = Actor(user_id="KAAN")


def modules_with(*changed: dict[str, Any], without: tuple[str, ...] = ()) -> tuple[dict[str, Any], ...]:
    """The usual licences, but for those that are *changed*, added, or left out."""
    names = {*without, *(each["ModuleName"] for each in changed)}
    return (*(each for each in MODULES if each["ModuleName"] not in names), *changed)


@dataclass
class Desk(Installation):
    """An installation, and the administrator KAAN."""

    trusted: Roots | None = None

    @property
    def roots(self) -> Roots:
        """The pinned root keys."""
        return self.trusted or self.issuer.roots

    def receive(
        self, content: bytes | dict[str, Any], *, automatic: bool = False, source: str = "next.lic"
    ) -> receiving.Received:
        """Take a file in, or claims that the issuer signs first, and keep what it did."""
        if isinstance(content, dict):
            content = self.issuer.file(content)
        done = receiving.receive(
            content,
            source=source,
            roots=self.roots,
            timezone=self.timezone,
            automatic=automatic,
            work=self.work,
            actor=KAAN,
            clock=self.clock,
        )
        self.session.commit()
        return done

    def next_set(
        self, *changed: dict[str, Any], seq: int = 2, without: tuple[str, ...] = (), **more: Any
    ) -> bytes:
        """Have a set wait in which some licences are changed, added, or left out; the file."""
        content = self.issuer.file(claims(seq, modules=modules_with(*changed, without=without), **more))
        self.receive(content)
        return content

    @property
    def view(self) -> pending.PendingView:
        """What waits."""
        found = self.waiting()
        assert found is not None
        return found

    def waiting(self, owner: str = "SUPEROFFICE") -> pending.PendingView | None:
        """What waits for an owner, or nothing."""
        return pending.pending(
            owner, session=self.session, roots=self.roots, timezone=self.timezone, clock=self.clock
        )

    def plan(self, code: str, user_id: str, to: str | None = None) -> None:
        """Plan for one holder, and keep it."""
        try:
            planning.plan("SUPEROFFICE", code, user_id, to, work=self.work, actor=KAAN, clock=self.clock)
        finally:
            self.session.commit()

    def activate(self, seq: int = 2, *, serial: str = "", company: str = "") -> activating.Activation:
        """Press Activate, and keep what it did, or nothing."""
        try:
            done = activating.activate(
                "superoffice",
                seq=seq,
                confirmed=Confirmation(serial=serial, company=company),
                roots=self.roots,
                timezone=self.timezone,
                work=self.work,
                actor=KAAN,
                clock=self.clock,
            )
        except Exception:
            self.session.rollback()
            raise
        self.session.commit()
        return done

    def preview(self) -> putting_back.PutBackView | None:
        """What putting back would do."""
        return putting_back.preview(
            "superoffice", session=self.session, roots=self.roots, timezone=self.timezone, clock=self.clock
        )

    def put_back(self, seq: int = 2) -> putting_back.PutBack:
        """Put the previous set back, and keep what it did, or nothing."""
        try:
            done = putting_back.put_back(
                "superoffice",
                seq=seq,
                roots=self.roots,
                timezone=self.timezone,
                work=self.work,
                actor=KAAN,
                clock=self.clock,
            )
        except Exception:
            self.session.rollback()
            raise
        self.session.commit()
        return done

    def held(self) -> dict[str, dict[str, int]]:
        """Who holds what: user id → code name → how many."""
        return {
            row["user_id"]: {name.removeprefix("superoffice."): n for name, n in row["licences"].items()}
            for row in reading.associates(self.session)
            if row["licences"]
        }

    def in_use(self) -> dict[str, tuple[int | None, int | None]]:
        """In use and total of every licence, by code name."""
        owner = reading.known_owner("SUPEROFFICE", self.session)
        found = reading.licences(owner, self.session, hidden=True)
        return {each.code: (each.in_use, each.total) for each in found}

    def left_over(self) -> tuple[int, int, int]:
        """How many sets wait, changes are planned, and holders an activation changed."""
        tables = (PendingSet, PlannedChange, HolderChange)
        first, second, third = (len(self.session.scalars(select(table.id)).all()) for table in tables)
        return first, second, third
