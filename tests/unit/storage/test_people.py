"""Accounts, sessions and links in the database: what is locked, in what order, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from host.storage.models import LoginLinkRow, SessionRow
from host.storage.people import (
    add_account,
    add_link,
    add_session,
    drop_expired,
    end_session,
    take_link,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def number(database) -> int:
    """An account."""
    with database.writing() as session:
        return add_account(
            session,
            user_id="KAAN",
            full_name="Karin",
            password_hash=None,
            roles=(),
            language=None,
            timezone=None,
            now=NOW,
        )


def sign_in(session, number: int, token: str, ends: datetime) -> None:
    known = {"public_id": token, "address": "", "agent": "", "proved": "password", "proved_at": NOW}
    add_session(session, token_hash=token, number=number, csrf_token="x", now=NOW, ends=ends, **known)


def left(database) -> list[str]:
    with database.reading() as session:
        return sorted(
            [
                *session.scalars(sa.select(SessionRow.token_hash)),
                *session.scalars(sa.select(LoginLinkRow.token_hash)),
            ]
        )


class TestWhatIsOver:
    @pytest.fixture(autouse=True)
    def rows(self, database, number):
        """Two of each: one that is over by now, one that is not."""
        with database.writing() as session:
            sign_in(session, number, "session over", NOW)
            sign_in(session, number, "session", NOW + HOUR)
            add_link(session, token_hash="link over", number=number, ends=NOW)
            add_link(session, token_hash="link", number=number, ends=NOW + HOUR)

    def test_it_is_forgotten_and_nothing_else(self, database):
        """Sessions and links."""
        with database.writing() as session:
            drop_expired(session, NOW)
        assert left(database) == ["link", "session"]

    @ON_POSTGRESQL
    def test_nobody_waits_for_somebody_who_is_at_it(self, database):
        """It is left for the next time."""
        with database.writing() as busy:
            end_session(busy, "session over")
            assert take_link(busy, "link over", NOW - HOUR)
            with database.writing() as session:
                session.execute(sa.text("set local lock_timeout = '1s'"))
                drop_expired(session, NOW)
        assert left(database) == ["link", "session"]


class TestLinks:
    def test_one_is_taken_once_and_in_time(self, database, number):
        """By the account that it was made for."""
        with database.writing() as session:
            add_link(session, token_hash="link", number=number, ends=NOW + HOUR)
            assert take_link(session, "link", NOW + HOUR) is None
            assert take_link(session, "other", NOW) is None
            assert take_link(session, "link", NOW) == number
            assert take_link(session, "link", NOW) is None
