"""What third parties declared when they were last asked, and the number that tells when to read again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .base import insert_into
from .database import Database
from .models import DeclarationRow, GenerationRow

THE_ROW, PEOPLE = 1, 2
"""Two numbers: of what people and plugins decided, and of who is signed in as what."""
_MOVED = "tabhost_generation"
_GENERATIONS = select(GenerationRow.id, GenerationRow.number)
_GENERATIONS_IN_SQL = str(_GENERATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDeclaration:
    """What is known of a third-party plugin without running any of its code.

    Args:
        plugin: Plugin id.
        distribution: Package that ships it.
        version: Its version.
        stamp: Hash of what it was read from.
        document: Its declarations as JSON; None if it was rejected.
        reason: Why it was rejected; "" if it was admitted.
        adopted_at: When it was asked.
    """

    plugin: str
    distribution: str
    version: str
    stamp: str
    document: dict[str, Any] | None
    reason: str
    adopted_at: datetime


def stored_declarations(session: Session) -> dict[str, StoredDeclaration]:
    """Everything declared, by plugin id."""
    columns = [getattr(DeclarationRow, name) for name in StoredDeclaration.__dataclass_fields__]
    rows = session.execute(select(*columns)).mappings()
    return {row["plugin"]: StoredDeclaration(**row) for row in rows}


def store_declaration(session: Session, declaration: StoredDeclaration) -> None:
    """Keep *declaration* instead of what its plugin declared before."""
    next_generation(session)
    values = asdict(declaration)
    statement = insert_into(session, DeclarationRow).values(**values)
    session.execute(statement.on_conflict_do_update(index_elements=["plugin"], set_=values))


def change_tabs(session: Session, plugin: str, tabs: list[dict[str, Any]]) -> None:
    """Replace the tabs that *plugin* declared.

    Raises:
        LookupError: The plugin is not known, or was rejected.
    """
    next_generation(session)
    here = DeclarationRow.plugin == plugin
    document = session.scalar(select(DeclarationRow.document).where(here).with_for_update())
    if document is None:
        raise LookupError(f"nothing is declared by {plugin}")
    session.execute(update(DeclarationRow).where(here).values(document={**document, "tabs": tabs}))


def glanced_generations(database: Database) -> tuple[int, int]:
    """The numbers of what is decided and of people's sessions now, in one small query; 0 at first."""
    numbers = dict(database.glance(_GENERATIONS_IN_SQL))
    return numbers.get(THE_ROW, 0), numbers.get(PEOPLE, 0)


def generations(session: Session) -> tuple[int, int]:
    """The same within a session, as they were when it began."""
    numbers = {row.id: row.number for row in session.execute(_GENERATIONS)}
    return numbers.get(THE_ROW, 0), numbers.get(PEOPLE, 0)


def generation(session: Session) -> int:
    """The number that `next_generation` gave out last; 0 at first."""
    return generations(session)[0]


def next_generation(session: Session, row: int = THE_ROW) -> int:
    """Tell all workers, when the caller's transaction is committed, that what they keep is out of date.

    One statement adds one: two that come at once get two numbers, the second after the first has ended.
    So whoever changes rows that count calls this first, and whoever moves both numbers begins with that of
    decisions: two of them never wait for each other in a ring.

    Args:
        session: The transaction of the change.
        row: Which number: that of decisions, or `PEOPLE`.

    Raises:
        RuntimeError: This transaction has moved `PEOPLE` and now wants to move that of decisions.
    """
    if row < session.info.get(_MOVED, row):
        raise RuntimeError("the number of decisions is moved before that of people, not after it")
    session.info[_MOVED] = row
    statement = insert_into(session, GenerationRow).values(id=row, number=1)
    more = {"number": GenerationRow.number + 1}
    number: int = session.scalar(
        statement.on_conflict_do_update(index_elements=["id"], set_=more).returning(GenerationRow.number)
    )
    return number
