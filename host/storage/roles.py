"""A third party's store on PostgreSQL: a schema that belongs to a role which may do nothing else.

This bounds mistakes, not malice: a session may lift its own timeouts, and every role may see the names of
everybody's tables. What it cannot do is read or change them, or hold a lock on them.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ProgrammingError

from host.domain.errors import ConfigurationError

from .database import Database
from .models import StoreRoleRow

CONNECTIONS = 20
OUR_PATIENCE_MS = 5_000
WITH_SET = " with inherit true, set true"
NOT_ALLOWED = "42501"
"""PostgreSQL's code for a right that is missing."""

PLAIN = {
    "rolcanlogin": (True, "login"),
    "rolsuper": (False, "nosuperuser"),
    "rolcreatedb": (False, "nocreatedb"),
    "rolcreaterole": (False, "nocreaterole"),
    "rolreplication": (False, "noreplication"),
    "rolbypassrls": (False, "nobypassrls"),
    "rolconnlimit": (CONNECTIONS, f"connection limit {CONNECTIONS}"),
}
"""What a role must be, and the word that makes it so. Some words are a superuser's even where they change
nothing, so only those are said that do."""

# A sequence or index of a table goes with its table, an array with its element, and what an extension made
# stays the extension's.
BELONGING = """
with mine as (select oid from pg_namespace where nspname = :schema),
     role as (select oid from pg_roles where rolname = :role)
select 'table ' || c.oid::regclass from pg_class c, mine, role
 where c.relnamespace = mine.oid and c.relowner <> role.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
   and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                   and (d.deptype = 'e' or c.relkind = 'S' and d.deptype in ('a', 'i')))
union all
select 'type ' || t.oid::regtype from pg_type t left join pg_class c on c.oid = t.typrelid, mine, role
 where t.typnamespace = mine.oid and t.typowner <> role.oid
   and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
   and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid
                   and d.deptype = 'e')
union all
select 'routine ' || p.oid::regprocedure from pg_proc p, mine, role
 where p.pronamespace = mine.oid and p.proowner <> role.oid
   and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid
                   and d.deptype in ('e', 'i'))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a third party may hold on to something in the database, in seconds.

    Args:
        statement: One statement.
        lock: Waiting for somebody else's lock.
        idle: Doing nothing within a transaction.
    """

    statement: float = 30.0
    lock: float = 5.0
    idle: float = 10.0

    def settings(self) -> dict[str, str]:
        """As PostgreSQL calls them."""
        return {
            "statement_timeout": f"{self.statement * 1000:.0f}",
            "lock_timeout": f"{self.lock * 1000:.0f}",
            "idle_in_transaction_session_timeout": f"{self.idle * 1000:.0f}",
        }


def schema_of(plugin: str) -> str:
    """The schema of a plugin's own store."""
    return f"tabhost_{plugin}"


def role_of(plugin: str, database: str) -> str:
    """The role of a plugin's own store: roles are the whole server's, so the database's name is in it."""
    return f"tabhost_{plugin}_{hashlib.sha256(database.encode()).hexdigest()[:8]}"


def prepare_role(host: Database, plugin: str, timeouts: Timeouts) -> str:
    """Make the schema and the role of a third party's store, or mend what is not as it should be.

    Safe as often as one likes, and when two processes do it at once. A schema that an earlier version made
    is handed over with everything in it.

    Args:
        host: The host's database, with its tables.
        plugin: Plugin id.
        timeouts: What the role may hold on to.

    Returns:
        The address of the store for SQLAlchemy, with the role's password.

    Raises:
        ConfigurationError: The host's database user may not do that; says what to grant.
    """
    with host.connecting() as connection:
        # A third party that holds one of its tables must not keep the host's own migrations waiting.
        connection.execute(text(f"set local lock_timeout = {OUR_PATIENCE_MS}"))
        user, database = connection.execute(text("select current_user, current_database()")).one()
        role = role_of(plugin, database)
        try:
            password = _password(connection, plugin, role)
            _make_role(connection, role, password)
            _bind(connection, role, database, {"search_path": schema_of(plugin), **timeouts.settings()})
            _hand_over(connection, schema_of(plugin), role)
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != NOT_ALLOWED:
                raise
            reason = str(error.orig).strip().partition("\n")[0]
            raise ConfigurationError(_advice(user, database, reason)) from None
        return _address(connection, host.url, role, password, database)


def _advice(user: str, database: str, reason: str) -> str:
    return (
        f"The database user {user} cannot keep third parties' stores apart: {reason}. On PostgreSQL such a "
        "store is a schema that belongs to a role of its own. Let the administrator of the database run: "
        f'ALTER ROLE "{user}" CREATEROLE; GRANT CREATE ON DATABASE "{database}" TO "{user}"; '
        "TABHOST_ISOLATION does not help with that."
    )


def _password(connection: Connection, plugin: str, role: str) -> str:
    """The password that is kept for the plugin's role; the first time a new one."""
    here = StoreRoleRow.plugin == plugin
    kept: str | None = connection.scalar(select(StoreRoleRow.password).where(here))
    if kept is None:
        kept = secrets.token_urlsafe(32)
        connection.execute(insert(StoreRoleRow).values(plugin=plugin, role=role, password=kept))
    connection.execute(update(StoreRoleRow).where(here, StoreRoleRow.role != role).values(role=role))
    return kept


def _make_role(connection: Connection, role: str, password: str) -> None:
    """Make the role, or make it what it must be; its password is the one that is kept."""
    query = text("select * from pg_roles where rolname = :role").bindparams(role=role)
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        _do(connection, f'create role "{role}"')
        found = connection.execute(query).mappings().one()
    words = [word for name, (value, word) in PLAIN.items() if found[name] != value]
    # Hashed here, so that the server's log of statements does not know it.
    server: Any = connection.connection.driver_connection
    hashed = server.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    _do(connection, f"alter role \"{role}\" {' '.join(words)} password '{hashed}'")
    if not connection.scalar(text("select rolsuper from pg_roles where rolname = current_user")):
        # Who is no superuser gives something away only to a role that it could be itself.
        version = connection.dialect.server_version_info or (0,)
        _do(connection, f'grant "{role}" to current_user' + (WITH_SET if version >= (16,) else ""))


def _bind(connection: Connection, role: str, database: str, settings: dict[str, str]) -> None:
    """Let the role into this database, with *settings* for each of its sessions here."""
    quoted = connection.dialect.identifier_preparer.quote_identifier(database)
    for name, value in settings.items():
        _do(connection, f"alter role \"{role}\" in database {quoted} set {name} = '{value}'")
    if not connection.scalar(
        text("select has_database_privilege(:role, :database, 'connect')").bindparams(
            role=role, database=database
        )
    ):
        _do(connection, f'grant connect on database {quoted} to "{role}"')


def _hand_over(connection: Connection, schema: str, role: str) -> None:
    """Make the schema, and give it and everything in it to the role."""
    query = text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = :schema")
    owner = connection.scalar(query.bindparams(schema=schema))
    if owner is None:
        _do(connection, f'create schema "{schema}"')
    if owner != role:
        _do(connection, f'grant usage, create on schema "{schema}" to "{role}"')
    for each in connection.scalars(text(BELONGING).bindparams(schema=schema, role=role)).all():
        _do(connection, f'alter {each} owner to "{role}"')
    if owner != role:  # the last step: until then the host's user must see what is in it
        _do(connection, f'alter schema "{schema}" owner to "{role}"')


def _do(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _address(connection: Connection, url: str, role: str, password: str, database: str) -> str:
    """The host's address, as *role*. A runner has no environment to find the server by."""
    parsed = make_url(url).set(username=role, password=password, database=database)
    server: Any = connection.connection.driver_connection
    if parsed.host is None and "host" not in parsed.query and server.info.host:
        parsed = parsed.update_query_dict({"host": server.info.host, "port": str(server.info.port)})
    parsed = parsed.difference_update_query(["user", "password", "passfile"])
    return parsed.render_as_string(hide_password=False)
