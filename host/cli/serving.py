"""The processes of ``tabhost serve``: one that prepares, web workers, jobs and runners, all of one parent."""

from __future__ import annotations

import gc
import json
import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

from host.api.schemas import JobSchema
from host.app import build_house, charge_of, create_app, limits_of
from host.engine.discovery import Found
from host.engine.ledger import Ledger
from host.engine.runner.children import ending_orphans
from host.engine.runner.client import Runners
from host.engine.runner.limits import Limits, die_with_parent
from host.engine.runner.parent import Parent
from host.engine.runner.places import listen, way_back_socket
from host.engine.runner.seal import Seal
from host.engine.shared_ledger import SharedLedger
from host.runner import Charge, run_runner, utc_now
from host.services.house import House
from host.services.jobs import planned
from host.services.leases import Lease, Planned
from host.services.parents import Start
from host.settings import Settings
from host.web.visitor import Household
from host.web.way_back import WayBack
from host.web.ways import opening_in

from .clerk import Clerk
from .errands import run_in_time
from .logs import log_to_stderr
from .web_server import believing, make_server, make_visitors_server, serve_until_stopped

THREADS, WAY_BACK_THREADS = 16, 4
MOST_VISITORS, MOST_QUESTIONS = 2_000, 4_000
"""Open connections of a worker: browsers keep theirs; a runner can have as many as it has descriptors."""
QUESTION_SECONDS = 10
LARGEST_QUESTION = 10_000_000
logger = logging.getLogger(__name__)
_JOB = JobSchema()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the child that prepares has found out.

    Args:
        charges: What each runner is to be handed, by plugin id.
        jobs: What is to be done by the clock.
    """

    charges: Mapping[str, Charge]
    jobs: list[Planned]


@dataclass(kw_only=True)
class Installation:
    """One start of ``tabhost serve``, as its parent holds it, which opens no database and loads no plugin.

    Args:
        settings: The host's settings.
        found: Installed plugins, read from metadata.
        folder: Private folder of this start, for sockets.
        web: The listening socket of the pages.
        started: When it began.
        secret: Signs what goes over the border, for as long as this start lasts.
    """

    settings: Settings
    found: list[Found]
    folder: Path
    web: socket
    started: datetime = field(default_factory=utc_now)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def prepare(self, step: Callable[[], House]) -> Prepared | int:
        """Have the database migrated and plugins asked, in a child that ends with all that plugins started.

        Args:
            step: Opens the house, and does what is done once before anybody is served.

        Returns:
            What it found out, or the exit status of a child that failed.
        """
        with ending_orphans():
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                _in_child(lambda: self._report(step(), reading, writing))
            os.close(writing)
            with os.fdopen(reading, "rb") as pipe:
                said = pipe.read()
            _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return code or _unpacked(said)

    def _report(self, house: House, reading: int, writing: int) -> None:
        os.close(reading)
        seal = Seal(self.secret)
        remote = [each.id for each in house.registry.admitted() if each.remote]
        charges = {name: asdict(charge_of(self.settings, house, name, seal)) for name in remote}
        jobs = [[each.plugin, _JOB.dump(each.job)] for each in planned(house)]
        house.stores.close()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps([charges, jobs]).encode())

    def serve(self, prepared: Prepared, workers: int) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        charges = prepared.charges
        by_id = {each.id: each for each in self.found}
        builtins = [each for each in self.found if each.builtin]
        way_back = listen(way_back_socket(self.folder))
        seats = {name: each.limits for name, each in charges.items()}

        def run(plugin: str, listener: socket, status: int, leash: int) -> None:
            run_runner(by_id[plugin], builtins, charges[plugin], self.folder, (listener, status, leash))

        gc.collect()
        gc.freeze()  # what stands now stands for good, and stays shared with every child
        Parent(
            workers=workers,
            run_worker=lambda number: self._work(number, way_back),
            seats=seats,
            run_runner=run,
            folder=self.folder,
            run_jobs=partial(self._keep_jobs, prepared.jobs, way_back, workers) if prepared.jobs else None,
        ).run()

    def _keep_jobs(self, jobs: list[Planned], way_back: socket, workers: int) -> None:
        """The process of jobs."""
        log_to_stderr()
        for theirs in (self.web, way_back):
            theirs.close()
        Clerk(
            self.settings.database_url,
            jobs,
            start=Start(pid=os.getppid(), at=self.started),
            work=self._do_job,
            folder=self.folder,
            first=workers,
        ).run()

    def _do_job(self, lease: Lease, ledger: Ledger) -> None:
        """The process of one run."""
        house = build_house(self.settings, found=self.found, ledger=ledger)
        run_in_time(house, lease)
        house.stores.close()

    def _work(self, number: int, way_back: socket) -> None:
        """One web worker: pages on one socket, the way back on another."""
        log_to_stderr()
        settings, seal = self.settings, Seal(self.secret)
        houses: list[House] = []
        runners = Runners(self.folder, seal, lambda plugin: limits_of(settings, houses[0], plugin))
        ledger = SharedLedger(self.folder, number)
        ledger.start()
        house = build_house(settings, found=self.found, ledger=ledger, runners=runners)
        houses.append(house)
        app = create_app(settings, house, runners)
        household: Household = app.extensions["tabhost"]
        back = WayBack(house=house, renderers=household.renderers, seal=seal, opening=opening_in(house))
        channels: dict[int, Any] = {}
        server = make_visitors_server(
            app,
            self.web,
            THREADS,
            largest=settings.max_upload,
            map=channels,
            connection_limit=MOST_VISITORS,
            **believing(settings.trusted_proxy),
        )
        asked = make_server(
            back,
            way_back,
            WAY_BACK_THREADS,
            max_request_body_size=LARGEST_QUESTION,
            connection_limit=MOST_QUESTIONS,
            channel_timeout=QUESTION_SECONDS,
        )
        threading.Thread(target=asked.run, daemon=True, name="way back").start()
        serve_until_stopped(server, channels)
        ledger.stop()
        house.stores.close()


def _unpacked(said: bytes) -> Prepared:
    charges, jobs = json.loads(said)
    return Prepared(
        charges={name: _charge(each) for name, each in charges.items()},
        jobs=[Planned(plugin=plugin, job=_JOB.load(job)) for plugin, job in jobs],
    )


def _charge(document: dict[str, Any]) -> Charge:
    return Charge(**{**document, "limits": Limits(**document["limits"])})


def _in_child(work: Callable[[], None]) -> None:
    """Do *work* and end this process, whatever happens."""
    code = 1
    try:
        die_with_parent()
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        logger.exception("preparing failed")
    finally:
        logging.shutdown()
        os._exit(code)
