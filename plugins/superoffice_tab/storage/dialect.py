"""What the two databases say differently."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from .models import Base


def insert_into(table: type[Base], session: Session) -> Any:
    """An ``INSERT`` that knows ``ON CONFLICT``; each database has it in a module of its own."""
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert(table)
