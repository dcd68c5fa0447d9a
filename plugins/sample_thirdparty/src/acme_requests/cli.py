"""``tabhost acme-requests``: the same services, on the command line."""

from __future__ import annotations

import click
from marshmallow import ValidationError

from host.api import InputError, current_host

from .badge import show_open
from .on_status import count_request
from .review import review
from .schemas import RequestForm
from .services import add_request, open_requests


@click.group("acme-requests")
def acme_requests() -> None:
    """Requests for licences."""


@acme_requests.command("add")
@click.option("--person", required=True, help="User id of who needs it.")
@click.option("--licence", required=True, help="Which licence is needed.")
@click.option("--needed-by", required=True, metavar="YYYY-MM-DD", help="From when on.")
@click.option("--reason", required=True, help="What for.")
def add(**options: str) -> None:
    """Add a request."""
    try:
        new = RequestForm(today=current_host.clock().date()).load(options)
    except ValidationError as error:
        field, messages = next(iter(error.messages_dict.items()))
        raise InputError(
            messages[0], source="acme-requests add", place=f"--{field.replace('_', '-')}"
        ) from None
    most = current_host.settings["most_open"]
    number = add_request(new, most_open=most, work=current_host.work, actor=current_host.actor)
    count_request(number)
    show_open()
    click.echo(f"Request {number} was added.")


@acme_requests.command("list")
def list_open() -> None:
    """List the open requests."""
    for request in open_requests(current_host.session):
        click.echo(
            f"{request.id:>4}  {request.needed_by}  {request.person:<8}  {request.licence}: {request.reason}"
        )


@acme_requests.command("review")
def review_open() -> None:
    """Mark the requests as done whose people hold by now what they asked for."""
    click.echo(f"{review()} requests were marked as done.")
