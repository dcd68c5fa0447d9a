"""Stores that stand ready: whatever prepares one is done once in a session, and copied from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import URL, make_url

from builders.postgres import Cluster
from host.api import Storage
from host.engine.discovery import PRODUCT, Found
from host.services.house import prepare_host
from host.storage.database import Database
from host.storage.migrate import upgrade

Prepare = Callable[[str], None]
"""Makes of the empty store at an address what is wanted, and leaves nothing open."""

_FILES: dict[str, bytes] = {}
_MODELS: set[tuple[Path, str]] = set()


def furnish(url: str, kind: str, prepare: Prepare) -> None:
    """Make of the empty store at *url* what *prepare* makes of one; what holds anything stays as it is.

    Args:
        url: SQLAlchemy's address, of SQLite or of a database of a `Cluster`.
        kind: What the outcome is called; stores of one kind are alike.
        prepare: Does it.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        _furnish_file(Path(address.database or ""), kind, prepare)
    else:
        _furnish_database(address, kind, prepare)


def furnish_for(url: str, found: Iterable[Found]) -> None:
    """Give the empty store at *url* the tables of the host and of the built-in plugins in *found*."""
    builtin = {each.id: each for each in found if each.builtin and each.distribution == PRODUCT}
    furnish(url, "_".join(["tables", *sorted(builtin)]), lambda at: _migrate(at, builtin))


def _migrate(url: str, builtin: dict[str, Found]) -> None:
    database = Database(url)
    prepare_host(database)
    for name in sorted(builtin):
        storage: Storage = builtin[name].load().host_storage()  # type: ignore[attr-defined] # as the hooks say
        upgrade(database, name, Path(storage.migrations), storage.metadata)
    database.close()


def _furnish_file(path: Path, kind: str, prepare: Prepare) -> None:
    if path.exists():
        return
    if kind not in _FILES:
        with TemporaryDirectory() as folder:
            model = Path(folder) / "model.db"
            prepare(f"sqlite:///{model}")
            assert [each.name for each in model.parent.iterdir()] == [model.name], "something is open"
            _FILES[kind] = model.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_FILES[kind])


def _furnish_database(address: URL, kind: str, prepare: Prepare) -> None:
    cluster, name = Cluster(Path(str(address.query["host"]))), str(address.database)
    if not cluster.is_empty(name):
        return
    model = f"model_{kind}"
    if (cluster.folder, kind) not in _MODELS:
        cluster.make(model)
        prepare(cluster.url(model))
        _MODELS.add((cluster.folder, kind))
    cluster.drop(name)
    cluster.make(name, like=model)
