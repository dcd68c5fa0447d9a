"""The table. Its name starts with the plugin's id; the host keeps it in a store that is ours alone."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, MetaData, String, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of this plugin. The naming convention lets migrations name what they change."""

requests = Table(
    "acme_requests_request",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String(40), nullable=False),
    Column("licence", String(254), nullable=False),
    Column("needed_by", Date, nullable=False),
    Column("reason", String(1000), nullable=False),
    Column("asked_by", String(40), nullable=False),
    Column("done_by", String(40), index=True),
)
"""Licences that somebody needs; each is open until somebody is named who dealt with it."""
