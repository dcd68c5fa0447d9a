"""Bringing a store to the newest version of its tables: Alembic, with a version table per owner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData

from .database import Database
from .revisions import is_newest

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

HOST_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database, owner: str, folder: Path, metadata: MetaData) -> None:
    """Run the migrations in *folder* that *database* does not have yet, all of them or none.

    Args:
        owner: Plugin id or ``host``; names the version table.

    Raises:
        Exception: Whatever a migration raises; the store is then as it was.
    """
    if not is_newest(database, owner, folder):
        _run(database, owner, folder, metadata, "head", up=True)


def downgrade(database: Database, owner: str, folder: Path, metadata: MetaData, to: str = "base") -> None:
    """Take the migrations in *folder* back to revision *to*."""
    _run(database, owner, folder, metadata, to, up=False)


def _run(database: Database, owner: str, folder: Path, metadata: MetaData, to: str, *, up: bool) -> None:
    # Alembic takes a tenth of a second to import: only when a store is opened, not for `--help`.
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(config)
    with (
        database.connecting() as connection,
        EnvironmentContext(config, script, fn=_steps(script, to, up=up)) as environment,
    ):
        environment.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=f"{owner}_alembic_version",
            render_as_batch=True,
            transactional_ddl=True,
        )
        environment.run_migrations()


def _steps(script: ScriptDirectory, to: str, *, up: bool) -> Callable[[Any, MigrationContext], Any]:
    def steps(current: Any, _: MigrationContext) -> Any:
        # What Alembic's own commands call; there is no public name for it.
        plan = script._upgrade_revs if up else script._downgrade_revs  # noqa: SLF001 - see above
        return plan(to, current)

    return steps
