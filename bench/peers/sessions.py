"""Who is signed in: the check that any admin page makes, against the same tables as Tabhost's."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from flask import Flask, abort, request
from sqlalchemy import Engine, create_engine, text
from waitress import serve as serve_wsgi

COOKIE = "tabhost_session"
THREADS = 16

SIGNED_IN = text("""
    SELECT account.user_id, account.full_name
    FROM host_session AS session
    JOIN host_account AS account ON account.id = session.account_id
    JOIN host_account_role AS role ON role.account_id = account.id AND role.role = 'administrator'
    WHERE session.token_hash = :token_hash AND session.expires_at > :now AND account.disabled_at IS NULL
""")


@dataclass(frozen=True)
class Person:
    """Who is signed in."""

    user_id: str
    full_name: str


def person(engine: Engine) -> Person:
    """Who holds the session of this request; 403 for anybody else."""
    token_hash = sha256(request.cookies.get(COOKIE, "").encode()).hexdigest()
    with engine.connect() as connection:
        row = connection.execute(
            SIGNED_IN,
            {"token_hash": token_hash, "now": datetime.now(UTC).replace(tzinfo=None).isoformat(" ")},
        ).one_or_none()
    if row is None:
        abort(403)
    return Person(row.user_id, row.full_name)


def command_line() -> tuple[Engine, int]:
    """The database and the port that this peer was started with."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("port", type=int)
    given = parser.parse_args()
    return create_engine(f"sqlite:///{given.database}", pool_size=THREADS), given.port


def serve(app: Flask, port: int) -> None:
    """Serve *app* as Tabhost is served: waitress, the same number of threads."""
    serve_wsgi(app, host="127.0.0.1", port=port, threads=THREADS, ident=None, asyncore_use_poll=True)
