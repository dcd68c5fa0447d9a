"""What people and plugins decided, as one picture of the database: read again only when it has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from host.api.schemas import BadgeSchema
from host.api.values import Badge
from host.domain.access_tokens import Bearer
from host.domain.people import SignedIn, folded
from host.domain.roles import OwnRole
from host.storage import access_tokens, people
from host.storage.badges import badges
from host.storage.database import Database
from host.storage.declared import generations, glanced_generations, stored_declarations
from host.storage.granting import own_roles
from host.storage.records import all_settings, switched_off

MOST_SESSIONS = 2_000
_BADGE = BadgeSchema()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One picture.

    Args:
        generation: Grows with every change of what stands here, in whatever process it was made.
        off: Ids of the plugins that are switched off.
        badges: What needs attention, by plugin and tab.
        settings: Stored texts of settings, by plugin and setting.
        tabs: Tabs of remote plugins, as JSON, as they said last.
        roles: Roles that people made, by name.
    """

    generation: int
    off: frozenset[str]
    badges: Mapping[tuple[str, str], Badge]
    settings: Mapping[str, Mapping[str, str]]
    tabs: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, OwnRole] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Held:
    decided: Decided
    people: int


class Decisions:
    """Reads the picture, and keeps it for as long as its generation holds: one small query a request.

    Args:
        database: The host's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: Decided | None = None
        self._lock = threading.Lock()
        self._sessions: dict[str, tuple[int, SignedIn]] = {}
        self._bearers: dict[str, tuple[int, Bearer]] = {}
        self._pictured: tuple[int, frozenset[str]] = (-1, frozenset())
        self._held: ContextVar[_Held | None] = ContextVar("tabhost_decided", default=None)

    def now(self) -> Decided:
        """The picture as it is now, the same for all workers; one and the same during a request."""
        return self._look().decided

    def hold(self) -> Token[_Held | None]:
        """Look once, and keep to that until `release`."""
        return self._held.set(self._look())

    def release(self, token: Token[_Held | None]) -> None:
        """Look again from now on."""
        self._held.reset(token)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Look once for a whole block."""
        token = self.hold()
        try:
            yield
        finally:
            self.release(token)

    def signed_in(self, digest: str) -> SignedIn | None:
        """Who holds the session with that digest: read once for as long as nobody's session changes."""
        generation = self._look().people
        known = self._sessions.get(digest)
        if known is not None and known[0] == generation:
            return known[1]
        with self._database.reading() as session:
            found = people.signed_in(session, digest)
        if found is not None:
            if len(self._sessions) >= MOST_SESSIONS:
                self._sessions.clear()
            self._sessions[digest] = generation, found
        return found

    def bearer(self, id_: str, digest: str) -> Bearer | None:
        """Who shows the token with that id and digest: read once for as long as nobody's session changes."""
        generation = self._look().people
        known = self._bearers.get(digest)
        if known is not None and known[0] == generation:
            return known[1]
        with self._database.reading() as session:
            found = access_tokens.bearer(session, id_, digest)
        if found is not None:
            if len(self._bearers) >= MOST_SESSIONS:
                self._bearers.clear()
            self._bearers[digest] = generation, found
        return found

    def has_portrait(self, user_id: str) -> bool:
        """Whether the account of that name has a picture: read once for as long as no account changes."""
        generation = self._look().people
        known, pictured = self._pictured
        if known != generation:
            with self._database.reading() as session:
                pictured = people.with_portrait(session)
            self._pictured = generation, pictured
        return folded(user_id) in pictured

    def forget(self, digest: str) -> None:
        """Read that session again: that it was used moves no number, so that no other process hears of it."""
        self._sessions.pop(digest, None)

    def _look(self) -> _Held:
        held = self._held.get()
        if held is not None:
            return held
        number, people_number = glanced_generations(self._database)
        last = self._last
        if last is None or number > last.generation:
            with self._database.reading() as session:
                number, people_number = generations(session)
                last = self._newest(_read(session, number))
        return _Held(last, people_number)

    def _newest(self, read: Decided) -> Decided:
        """The newer of what was *read* and what is kept: somebody quicker may have read after us."""
        with self._lock:
            if self._last is None or read.generation > self._last.generation:
                self._last = read
            return self._last


def _read(session: Session, number: int) -> Decided:
    declared = stored_declarations(session).values()
    return Decided(
        generation=number,
        off=switched_off(session),
        badges={key: _BADGE.load(each) for key, each in badges(session).items()},
        settings=all_settings(session),
        tabs={each.plugin: each.document["tabs"] for each in declared if each.document is not None},
        roles=own_roles(session),
    )
