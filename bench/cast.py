"""Who is compared: Tabhost and its peers on one database, and the sample's page with and without a runner."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import company
from bench.servers import Server, free_port

TABHOST, BY_HAND = "Tabhost", "hand-written page"
DATASETTE, FLASK_ADMIN = "Datasette", "Flask-Admin"
RUNNER, IN_PROCESS = "sample in a runner", "sample in process"
SAMPLE = "acme_requests"
ADMINISTRATOR = "KAAN"
TABLE = "superoffice_tab_licence"
REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What all servers are made from.

    Args:
        folder: Where everything is kept; empty at first.
        peers: The Python that the peers are installed for.
        core: The core that servers share; None for all.
    """

    folder: Path
    peers: Path
    core: int | None


def licence_lists(stage: Stage) -> list[Server]:
    """The servers of the 50 licences, all on one SQLite file, all signed in with one session."""
    data = stage.folder / "company"
    company.found(data)
    database = str(data / "tabhost.db")
    tabhost = _tabhost(stage, TABHOST, data, company.NAMES, path="/tabs/superoffice_tab/superoffice/")
    _sign_in(tabhost, data, company.PERSON)
    python, script = str(stage.peers), str(stage.peers.with_name("datasette"))
    by_hand, datasette, flask_admin = free_port(), free_port(), free_port()
    modules = {"handwritten": by_hand, "flask_admin_list": flask_admin}
    commands = {
        name: [python, "-m", f"bench.peers.{name}", database, str(port)] for name, port in modules.items()
    }
    serve = [script, "serve", database, "--host", "127.0.0.1", "--port", str(datasette)]
    return [
        _peer(stage, BY_HAND, commands["handwritten"], by_hand, "/", tabhost.cookie),
        tabhost,
        _peer(stage, DATASETTE, serve, datasette, f"/tabhost/{TABLE}?_size=50"),
        _peer(stage, FLASK_ADMIN, commands["flask_admin_list"], flask_admin, "/licences/", tabhost.cookie),
    ]


def samples(stage: Stage) -> list[Server]:
    """The demo twice: third parties in the host's process, and in runners as is usual."""
    made = []
    for name, isolation in ((IN_PROCESS, {"TABHOST_ISOLATION": "none"}), (RUNNER, {})):
        folder = stage.folder / name.replace(" ", "-")
        folder.mkdir()
        server = _tabhost(
            stage, name, folder, ["<table"], path=f"/tabs/{SAMPLE}/requests/", demo=True, **isolation
        )
        _sign_in(server, folder / ".demo", ADMINISTRATOR)
        made.append(server)
    return made


def _tabhost(
    stage: Stage,
    name: str,
    folder: Path,
    shows: list[str],
    *,
    path: str,
    demo: bool = False,
    **variables: str,
) -> Server:
    port = free_port()
    return Server(
        name=name,
        command=[company.COMMAND, "serve", *(["--demo"] if demo else []), *_one_worker()],
        port=port,
        variables=company.environment(TABHOST_DATA=str(folder), TABHOST_PORT=str(port), **variables),
        folder=folder,
        path=path,
        shows=shows,
        log=_log(stage, name),
        core=stage.core,
    )


def _one_worker() -> list[str]:
    """Peers have one process that serves, and so has Tabhost."""
    told = subprocess.run([company.COMMAND, "serve", "--help"], capture_output=True, text=True, check=True)
    return ["--workers", "1"] if "--workers" in told.stdout else []


def _peer(stage: Stage, name: str, command: list[str], port: int, path: str, cookie: str = "") -> Server:
    return Server(
        name=name,
        command=command,
        port=port,
        variables=company.environment(),
        folder=REPOSITORY,
        path=path,
        shows=company.NAMES,
        log=_log(stage, name),
        core=stage.core,
        cookie=cookie,
    )


def _sign_in(server: Server, data: Path, user_id: str) -> None:
    """Start *server* a first time: its data and its bytecode are made, and somebody is signed in."""
    server.start("/login")
    try:
        server.sign_in(company.tabhost(data, "user", "link", user_id))
    finally:
        server.stop()


def _log(stage: Stage, name: str) -> Path:
    return stage.folder / f"{name.replace(' ', '-')}.log"
