"""The same licences as Flask-Admin lists them: a ``ModelView`` as its documentation shows one."""

from __future__ import annotations

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import func, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    column_property,
    mapped_column,
    scoped_session,
    sessionmaker,
)

from bench.peers.sessions import command_line, person, serve

PREFIX = "superoffice_tab_"


class Base(DeclarativeBase):
    """Base of the two tables."""


class Assignment(Base):
    """An associate holds a licence."""

    __tablename__ = PREFIX + "assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    licence_id: Mapped[int]
    weight: Mapped[int]


class Licence(Base):
    """One licence, with how much of it is in use."""

    __tablename__ = PREFIX + "licence"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    quantity: Mapped[int]
    unrestricted: Mapped[bool]
    in_use: Mapped[int] = column_property(
        select(func.coalesce(func.sum(Assignment.weight), 0))
        .where(Assignment.licence_id == id)  # noqa: A003 # the column above
        .correlate_except(Assignment)
        .scalar_subquery()
    )


engine, port = command_line()
app = Flask(__name__)
app.secret_key = "of no use outside this benchmark"
sessions = scoped_session(sessionmaker(engine))
app.teardown_request(lambda _: sessions.remove())
app.before_request(lambda: person(engine) and None)


class Licences(ModelView):
    """The list: the columns that Tabhost shows too."""

    page_size = 50
    column_list = ("description", "in_use", "quantity", "unrestricted")
    column_default_sort = "description"


admin = Admin(app, name="Licences")
admin.add_view(Licences(Licence, sessions, endpoint="licences", url="/licences"))

if __name__ == "__main__":
    serve(app, port)
