"""The licence list as one would write it by hand for this one table: Flask, Jinja, SQLAlchemy Core."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from sqlalchemy import Boolean, Date, Integer, column, func, select, table

from bench.peers.sessions import command_line, person, serve

PREFIX = "superoffice_tab_"
TABS = [("Status", "/status"), ("SUPEROFFICE", "/")]
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

owner = table(
    PREFIX + "owner",
    column("id"), column("name"), column("description"), column("company"), column("serial"),
    column("expiry", Date), column("maintenance", Date),
)  # fmt: skip
licence = table(
    PREFIX + "licence",
    column("id"), column("owner_id"), column("name"), column("description"), column("type"),
    column("quantity", Integer), column("unrestricted", Boolean), column("hidden", Boolean),
)  # fmt: skip
assignment = table(PREFIX + "assignment", column("licence_id"), column("weight", Integer))

use = (
    select(assignment.c.licence_id, func.sum(assignment.c.weight).label("in_use"))
    .group_by(assignment.c.licence_id)
    .subquery()
)
LICENCES = (
    select(
        licence.c.description, licence.c.quantity, licence.c.unrestricted,
        func.coalesce(use.c.in_use, 0).label("in_use"),
    )
    .join(owner, owner.c.id == licence.c.owner_id)
    .outerjoin(use, use.c.licence_id == licence.c.id)
    .where(owner.c.name == "SUPEROFFICE", licence.c.type == "UserLicense", licence.c.hidden.is_(False))
    .order_by(licence.c.unrestricted, func.lower(licence.c.description))
)  # fmt: skip
OWNER = select(owner).where(owner.c.name == "SUPEROFFICE")

engine, port = command_line()
app = Flask(__name__)


@app.get("/")
def licences() -> Response:
    """The page."""
    who = person(engine)
    query, search = LICENCES, request.args.get("q", "").strip()
    if search:
        query = query.where(licence.c.description.icontains(search, autoescape=True))
    with engine.connect() as connection:
        page = render_template(
            "licences.html",
            title="Licences",
            tabs=TABS,
            person=who,
            owner=connection.execute(OWNER).one(),
            licences=connection.execute(query).all(),
            search=search,
        )
    return Response(page, headers=HEADERS)


if __name__ == "__main__":
    serve(app, port)
