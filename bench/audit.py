"""``python -m bench.audit``: what an audited change costs, and a check of 100,000 entries, on both databases.

A change is one update, with and without an entry. Figures are printed beside what they should be; none is
asserted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import sqlalchemy as sa

from bench.clusters import cluster, make_database, programs
from host.app import open_log
from host.domain.audit import AuditEntry
from host.services.audit import Log, verify
from host.settings import read_settings
from host.storage.records import add_audit

ENTRIES, CHANGES, ROUNDS = 100_000, 300, 5
PIECE = 5_000
CHANGE = sa.text("update host_generation set number = number + 1 where id = 1")


def main() -> None:
    """Measure and print."""
    print(f"{'':<12}{'change':>12}{'with entry':>12}{f'check {ENTRIES:,}':>16}   (should be: below 1 s)")
    with ExitStack() as stack:
        for name, log in _logs(stack):
            print(f"{name:<12}{_measured(log)}")


def _measured(log: Log) -> str:
    bare, audited = [], []
    for _ in range(ROUNDS):
        bare.append(_each(lambda: _change(log, audited=False)))
        audited.append(_each(lambda: _change(log, audited=True)))
    _fill(log)
    checks = [_timed(lambda: verify(log)) for _ in range(ROUNDS)]
    report = verify(log)
    if not report.whole or report.entries < ENTRIES:
        raise SystemExit(f"the log is not what was written: {report}")
    return f"{median(bare) * 1000:>9.2f} ms{median(audited) * 1000:>9.2f} ms{median(checks):>14.2f} s"


def _logs(stack: ExitStack) -> Iterator[tuple[str, Log]]:
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="tabhost-audit-")))
    yield "SQLite", _open(stack, {"TABHOST_DATA": str(folder / "sqlite")})
    if programs() is not None:
        url = make_database(stack.enter_context(cluster()), "audit")
        yield "PostgreSQL", _open(stack, {"TABHOST_DATA": str(folder / "pg"), "TABHOST_DATABASE_URL": url})


def _open(stack: ExitStack, environment: dict[str, str]) -> Log:
    log = open_log(read_settings(environment))
    stack.callback(log.database.close)
    return log


def _entry(number: int) -> AuditEntry:
    before, after = {"holder": None, "licence": "user_plan", "number": number}, {"holder": "KAAN"}
    subject = f"SUPEROFFICE {number}"
    return AuditEntry(
        datetime.now(UTC), "KAAN", "superoffice_tab", "licence.assigned", subject, before, after
    )


def _change(log: Log, *, audited: bool) -> None:
    with log.database.writing() as session:
        session.execute(CHANGE)
        if audited:
            add_audit(session, _entry(0))


def _fill(log: Log) -> None:
    for start in range(0, ENTRIES, PIECE):
        with log.database.writing() as session:
            for number in range(start, start + PIECE):
                add_audit(session, _entry(number))


def _each(work: Callable[[], object]) -> float:
    return _timed(lambda: [work() for _ in range(CHANGES)]) / CHANGES


def _timed(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


if __name__ == "__main__":
    main()
