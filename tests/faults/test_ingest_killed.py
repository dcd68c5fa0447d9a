"""Web workers that are killed while they take usage in: what was acknowledged is kept, and counts once."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders.furnished import furnish_for
from builders.served import Server, served
from sqlalchemy import func, select
from unit.status_tab.metering import event

from host.storage.database import Database
from host.testing.kit import installed
from status_tab.storage.metering import UsageMonthRow
from status_tab.storage.tables import UsageDayRow, UsageEventRow, UsageKeyRow

USAGE = "/api/v1/status_tab/usage"
KILLS, BATCH, WORKERS = 10, 300, 4
"""With several workers nobody waits for the next one to start."""
TAKEN = {"accepted", "duplicate"}


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A served host on an empty database."""
    site = tmp_path / "site"
    site.mkdir()
    furnish_for(database_url, installed("status_tab", "superoffice_tab"))
    with served(tmp_path / "data", site, workers=WORKERS, TABHOST_DATABASE_URL=database_url) as server:
        yield server


@dataclass
class Sender:
    """A program that sends batches and remembers what it was told.

    Args:
        server: Where it sends them.
        sent: All batches so far.
        acknowledged: Ids of the events that were accepted.
    """

    server: Server
    sent: list[list[dict[str, Any]]] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    _connection: http.client.HTTPConnection | None = None

    def new_batch(self) -> list[dict[str, Any]]:
        """Events that nobody has sent yet."""
        now, first = datetime.now(UTC), len(self.sent) * BATCH
        self.sent.append([event(str(first + each), value=1 + each % 3, time=now) for each in range(BATCH)])
        return self.sent[-1]

    def send(self, batch: list[dict[str, Any]], *, kill_after: float | None = None) -> list[dict[str, Any]]:
        """Send a batch, and kill the worker that serves it in the middle; the answers, none where it died.

        Which worker that is stands since the batch before: looking for it takes longer than a batch does.
        """
        visitor = self.server.visitor
        connection = self._connection or http.client.HTTPConnection(visitor.address, timeout=60)
        self._connection = connection
        headers = {
            "Cookie": visitor.cookie,
            "X-CSRF-Token": visitor.token,
            "Content-Type": "application/json",
        }
        worker = None if kill_after is None else self._worker(connection)
        body = json.dumps(batch)
        try:
            connection.request("POST", USAGE, body, headers)
            if worker is not None and kill_after is not None:
                time.sleep(kill_after)
                os.kill(worker, signal.SIGKILL)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return []
        assert answer.status == 200, text
        items: list[dict[str, Any]] = json.loads(text)["items"]
        self.acknowledged |= {each["id"] for each in items if each["outcome"] == "accepted"}
        return items

    def hang_up(self) -> None:
        """The next batch gets a connection of its own."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _worker(self, connection: http.client.HTTPConnection) -> int:
        """The process at the other end of *connection*."""
        own, there = (
            f"{each[1]:04X}" for each in (connection.sock.getsockname(), connection.sock.getpeername())
        )
        lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
        (inode,) = (
            each[9] for each in lines if each[1].endswith(f":{there}") and each[2].endswith(f":{own}")
        )
        for pid in self.server.processes():
            with suppress(OSError):
                for each in Path(f"/proc/{pid}/fd").iterdir():
                    if str(each.readlink()) == f"socket:[{inode}]":
                        return pid
        raise AssertionError("nobody holds the other end")


def kept(database_url: str) -> dict[str, int]:
    """What the store holds: keys, raw events, what days and months say they are, and what they come to."""
    asked = {
        "keys": func.count(UsageKeyRow.number),
        "raw": func.count(UsageEventRow.key),
        "raw sum": func.sum(UsageEventRow.value),
        "days": func.sum(UsageDayRow.events),
        "days sum": func.sum(UsageDayRow.total),
        "months": func.sum(UsageMonthRow.events),
        "months sum": func.sum(UsageMonthRow.total),
    }
    database = Database(database_url)
    with database.reading() as session:
        found = {name: int(session.scalar(select(each)) or 0) for name, each in asked.items()}
    database.close()
    return found


def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(server: Server, database_url: str):
    """Ten workers die by SIGKILL in the middle of a batch; then everything is sent again."""
    sender, dice = Sender(server), random.Random(5)
    cut_off = 0
    for _ in range(KILLS):
        began = time.perf_counter()
        assert {each["outcome"] for each in sender.send(sender.new_batch())} == {"accepted"}
        took = time.perf_counter() - began
        cut_off += not sender.send(sender.new_batch(), kill_after=took * dice.random())
        sender.hang_up()
    assert cut_off, "no worker died before its answer"

    acknowledged = set(sender.acknowledged)
    for batch in sender.sent:
        again = sender.send(batch)
        assert {each["outcome"] for each in again} <= TAKEN
        assert {each["id"] for each in again if each["outcome"] == "accepted"}.isdisjoint(acknowledged)
    everything = [each for batch in sender.sent for each in batch]
    number, total = len(everything), sum(each["data"]["value"] for each in everything)
    assert kept(database_url) == {
        **dict.fromkeys(("keys", "raw", "days", "months"), number),
        **dict.fromkeys(("raw sum", "days sum", "months sum"), total),
    }
    sender.hang_up()
