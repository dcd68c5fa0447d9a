"""What the history says of a set that comes after somebody altered rows or files."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update
from unit.superoffice_tab.building import claims, module
from unit.superoffice_tab.desk import Desk, modules_with
from unit.superoffice_tab.test_tampering import verify

from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.services import history
from superoffice_tab.storage.models import Licence, Owner, StoredSet


class TestTheHistoryTellsOfNoChangeThatWasNone:
    """What was altered counts for nothing, and what comes after it is compared with what was signed."""

    def totals(self, desk: Desk, code: str) -> list[tuple[int | None, int | None]]:
        rows = history.of_licence("SUPEROFFICE", code, desk.session)
        return [(each.total_before, each.total_after) for each in rows]

    @pytest.fixture(params=["the file", "a row", "the file and a row", "the owner"])
    def altered(self, desk: Desk, request: pytest.FixtureRequest) -> Desk:
        if "file" in request.param:
            desk.session.execute(update(StoredSet).values(content=b"{}"))
        if "row" in request.param:
            desk.session.execute(update(Licence).where(Licence.name == "spin").values(quantity=500))
        if "owner" in request.param:
            desk.session.execute(update(Owner).values(expiry=date(2099, 1, 1)))
        else:
            verify(desk)
        return desk

    def test_a_newer_set(self, altered: Desk):
        done = altered.load(claims(2, modules=modules_with(module("spin", 9))))
        assert done.changed == {"spin": (5, 9)}
        assert self.totals(altered, "spin") == [(5, 9), (None, 5)]
        assert self.totals(altered, "windows") == [(None, 5)]
        assert altered.in_use()["windows"] == (0, 5)

    def test_the_same_set_again(self, altered: Desk, request: pytest.FixtureRequest):
        if "file" not in request.node.callspec.params["altered"]:
            with pytest.raises(VerdictError, match="not newer than the one in force"):
                altered.load(claims(1))
            return
        done = altered.load(claims(1))
        assert (done.changed, self.totals(altered, "spin")) == ({}, [(None, 5)])
        assert altered.work.audits[-1][2]["totals"] == altered.work.audits[-1][3]["totals"] == {}
        assert (verify(altered), altered.in_use()["spin"]) == ([], (0, 5))

    def test_putting_back(self, desk: Desk):
        desk.load(claims(2, modules=modules_with(module("spin", 9))))
        desk.session.execute(update(Licence).where(Licence.name == "spin").values(quantity=500))
        desk.session.execute(update(Licence).where(Licence.name == "windows").values(quantity=500))
        verify(desk)
        assert desk.put_back().changed == {"spin": (9, 5)}
        assert self.totals(desk, "windows") == [(None, 5)]
