"""The audit log as files: lines of JSON that end with a signed head, and tables for a spreadsheet."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from host.api.errors import InputError
from host.api.spreadsheets import csv_file
from host.api.values import Actor
from host.domain.audit import EXPORT, NOWHERE, AuditEntry, Head, Link, canonical, linked, moment
from host.domain.chain import Checked, check_head, check_rows
from host.domain.errors import ConfigurationError
from host.storage.audit_head import head_of
from host.storage.audit_rows import Wanted, find_links, numbers_between
from host.storage.records import add_audit

from .audit import Log, verify
from .notary import head_from, is_signed_by, read_public

PIECE = 2_000
LONGEST_LINE = 1_000_000
HEADS = (
    "number", "at", "actor", "plugin", "action", "subject", "origin", "before", "after", "outbox_id", "hash",
)  # fmt: skip
NAME = re.compile(r"audit-\d{4}-\d\d-\d\d-(\d{10})\.ndjson")
"""Files of the daily export: the day, and the number of the last entry."""


def line_of(each: Link) -> str:
    """An entry as a line: what was hashed, and the hash at its end."""
    entry = each.entry
    said = linked(
        each.number, each.previous or "", moment(entry.at), entry.actor, entry.plugin, entry.action,
        entry.subject, canonical(entry.before), canonical(entry.after), entry.outbox_id, entry.origin,
    )  # fmt: skip
    return f"{said[:-1]},{json.dumps('hash')}:{json.dumps(each.hash)}}}\n"


def end_of(head: Head) -> str:
    """The last line of an export: it says where the lines before it end, with the signature."""
    return json.dumps({"head": head.document()}) + "\n"


def table_of(links: Iterable[Link]) -> bytes:
    """Entries as a CSV file for a spreadsheet; states are JSON in a cell."""
    return csv_file(HEADS, (_cells(each) for each in links))


def _cells(each: Link) -> list[object]:
    entry = each.entry
    return [
        each.number, moment(entry.at), entry.actor, entry.plugin, entry.action, entry.subject, entry.origin,
        canonical(entry.before), canonical(entry.after), entry.outbox_id, each.hash,
    ]  # fmt: skip


def all_links(log: Log, wanted: Wanted) -> Iterator[Link]:
    """Every entry that is *wanted*, the oldest first, some thousands at a time."""
    above = wanted.above
    while True:
        with log.database.reading() as session:
            found = find_links(session, replace(wanted, above=above), limit=PIECE, oldest_first=True)
        yield from found
        if len(found) < PIECE:
            return
        above = found[-1].number


def lines_of_time(log: Log, since: datetime | None, until: datetime | None) -> Iterator[str]:
    """The part of the chain that holds every entry from *since* to *until*, without a gap, and a signed end.

    Entries come from several machines and out of outboxes: between two of one day may stand one of another,
    which comes along, since the chain would be broken without it.
    """
    with log.database.reading() as session:
        between = numbers_between(session, Wanted(since=since, until=until))
    last = Head(number=0, hash=NOWHERE)
    if between is not None:
        for each in all_links(log, Wanted(above=between[0] - 1, below=between[1] + 1)):
            last = Head(number=each.number, hash=each.hash or "")
            yield line_of(each)
    # What is signed has been checked: an export of a log that was tampered with ends without a signature.
    whole = verify(log).whole
    yield end_of(log.notary.signed(last.number, last.hash, EXPORT) if whole else replace(last, kind=EXPORT))


def note_export(log: Log, actor: Actor, what: dict[str, Any]) -> None:
    """Write into the log that somebody took some of it away, and which part."""
    with log.database.writing() as session:
        add_audit(session, AuditEntry(log.clock(), actor.user_id, "host", "audit.exported", "", None, what))


def export_day(log: Log, folder: Path) -> Path | None:
    """Write what was added since the last export into a file of its own; the whole log is checked first.

    Returns:
        The file; None where nothing was added.

    Raises:
        ConfigurationError: The log is not whole, or the folder cannot be written in: nothing is exported.
    """
    report = verify(log)
    if not report.whole:
        raise ConfigurationError(
            f"The audit log is not whole, and was not exported: {report.findings[0].text} "
            "See `tabhost audit verify`."
        )
    try:
        done = _last_exported(folder)
        with log.database.reading() as session:
            last = head_of(session).number
        if last <= done:
            return None
        path = folder / f"audit-{log.clock():%Y-%m-%d}-{last:010d}.ndjson"
        _write(path, _part(log, done, last))
    except OSError as error:
        raise ConfigurationError(
            f"The audit log cannot be exported to {folder}: {error.strerror}. "
            "Set TABHOST_AUDIT_EXPORT to a folder that the host may write in."
        ) from None
    return path


def _part(log: Log, above: int, last: int) -> Iterator[str]:
    end = Head(number=above, hash="")
    for each in all_links(log, Wanted(above=above, below=last + 1)):
        end = Head(number=each.number, hash=each.hash or "")
        yield line_of(each)
    yield end_of(log.notary.signed(end.number, end.hash, EXPORT))


def _last_exported(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    return max(
        (int(found[1]) for each in folder.iterdir() if (found := NAME.fullmatch(each.name))), default=0
    )


def _write(path: Path, lines: Iterable[str]) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("x", encoding="ascii") as file:
            fresh.chmod(0o600)
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def verify_lines(lines: Iterable[bytes], public_key: str) -> Checked:
    """Check an export: it may begin anywhere, and must end with a signed head.

    Args:
        lines: Of the file.
        public_key: In PEM, as `tabhost audit key` prints it.

    Raises:
        InputError: It is no export, or the key is none.
    """
    public = read_public(public_key)
    heads: list[Head] = []
    found = check_rows(_rows(lines, heads), str, part=True)
    if not heads:
        check_head(found, None, signed=lambda _: False)
    elif found.entries or heads[0].number:
        check_head(found, heads[0], signed=lambda head: is_signed_by(public, head))
    return found


def _rows(lines: Iterable[bytes], heads: list[Head]) -> Iterator[tuple[Any, ...]]:
    for place, line in enumerate(lines, 1):
        if heads:
            raise InputError("nothing may stand behind the signed head", place=f"line {place}")
        try:
            row = json.loads(line[:LONGEST_LINE])
            if "head" in row:
                heads.append(replace(head_from(row["head"]), kind=EXPORT))
                continue
            yield (
                row["number"], row["previous"], row["at"], row["actor"], row["plugin"], row["action"],
                row["subject"], canonical(row["before"]), canonical(row["after"]), row["outbox_id"],
                row["origin"], row["hash"],
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, RecursionError):
            raise InputError("this is no line of an audit export", place=f"line {place}") from None
