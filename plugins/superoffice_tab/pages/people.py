"""Who holds what, outside any activation: the list of associates, giving licences and taking them back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import redirect, request
from marshmallow import Schema, fields, validate
from webargs.flaskparser import use_args
from werkzeug.wrappers import Response

from host.api import NotFoundError, current_host, requires
from superoffice_tab.circumstances import circumstances
from superoffice_tab.domain.licences import full_name, owner_of
from superoffice_tab.domain.permissions import MANAGE, VIEW
from superoffice_tab.services import assigning, people_list
from superoffice_tab.services.assigning import Outcome
from superoffice_tab.services.choosing import Choosable, brought, choices, choose
from superoffice_tab.services.owner_page import owner_page
from superoffice_tab.services.owners import shop_url
from superoffice_tab.services.people_list import PeoplePage, PersonRow
from superoffice_tab.services.reading import OwnerView
from superoffice_tab.services.refusals import UnknownPeopleError

from .blueprint import pages
from .people_view import (
    AT_ONCE,
    LIMIT,
    Look,
    Results,
    gone,
    look_of,
    no_licence,
    people_links,
    results,
    too_many,
)

NUL = "\x00"
"""Which no database looks for."""


def _name(**options: Any) -> fields.String:
    return fields.String(validate=validate.ContainsNoneOf(NUL), **options)


def _names(**options: Any) -> fields.List[str]:
    return fields.List(_name(), load_default=list, **options)


class ManySchema(Schema):
    """What is done with one licence of many people; both buttons send all of it.

    ``instead``: whether it takes the place of another plan, where it is given.
    """

    licence = _name(required=True)
    user_id = _names()
    instead = fields.Boolean(load_default=False)


class OneSchema(Schema):
    """All licences of an owner that one person should have: one plan at most, and any of the others.

    ``had`` is what the form showed: only what differs from it is changed.
    """

    plan = _name(load_default="")
    licence = _names()
    had = _names()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The person beside the list.

    Args:
        held: How many of each licence of the owner they have, by code name.
        brings: What comes with each plan, by its code name.
    """

    person: PersonRow
    held: dict[str, int]
    brings: dict[str, list[str]]


@pages.get("/<tab>/people/")
@requires(VIEW)
def show_people(tab: str) -> str:
    """The list. The address says who is listed, in which order, and who is opened beside it."""
    return _page(tab, look_of(request.args))


@pages.post("/<tab>/people/assign")
@requires(MANAGE)
@use_args(ManySchema(), location="form")
def assign_licence(chosen: dict[str, Any], tab: str) -> str | tuple[str, int]:
    """Give one licence to the chosen people; each has an outcome of their own."""

    def give(owner: OwnerView, code: str, people: list[str]) -> list[Outcome]:
        return assigning.assign(owner.name, code, people, instead_of_plan=chosen["instead"], **_those())

    return _changed(tab, chosen, give)


@pages.post("/<tab>/people/release")
@requires(MANAGE)
@use_args(ManySchema(), location="form")
def release_licence(chosen: dict[str, Any], tab: str) -> str | tuple[str, int]:
    """Take one licence back from the chosen people; each has an outcome of their own."""

    def take(owner: OwnerView, code: str, people: list[str]) -> list[Outcome]:
        return assigning.release(owner.name, code, people, **_those())

    return _changed(tab, chosen, take)


@pages.post("/<tab>/people/<path:user_id>/licences")
@requires(MANAGE)
@use_args(OneSchema(), location="form")
def change_one(chosen: dict[str, Any], tab: str, user_id: str) -> str | tuple[str, int]:
    """Make the licences of one person those that were ticked, as far as that can be done."""
    if NUL in user_id:
        raise NotFoundError("Nobody is called so.")
    owner, wanted = _known(tab), {*chosen["licence"], chosen["plan"]} - {""}
    try:
        done = choose(owner, user_id, wanted, seen=chosen["had"], **_those())
    except UnknownPeopleError as error:
        return _page(tab, look_of(request.args), gone(error.user_ids)), 404
    titles = {full_name(owner.name, each.code): each.title for each in choices(owner, current_host.session)}
    return _page(tab, look_of(request.args), results(done, user_id, titles))


@pages.get("/<tab>/people/assign")
@pages.get("/<tab>/people/release")
@pages.get("/<tab>/people/<path:user_id>/licences")
@requires(VIEW)
def back_to_people(tab: str, user_id: str = "") -> Response:
    """The list, for whoever comes back to the address that a form was sent to."""
    look = look_of(request.args)
    return redirect(current_host.url(tab, "people/", **look.query(person=user_id or look.person)), 303)


def _changed(
    tab: str, chosen: dict[str, Any], do: Callable[[OwnerView, str, list[str]], list[Outcome]]
) -> str | tuple[str, int]:
    """The list after *do*, or as it was: where it could not begin, nothing was done, and all stay ticked."""
    owner, code, people = _known(tab), chosen["licence"], chosen["user_id"]
    try:
        if len(people) > AT_ONCE:
            stopped, status = too_many(len(people)), 422
        else:
            done = do(owner, code, people) if people else []
            return _page(tab, look_of(request.args), results(done, _title(owner, code)), code)
    except UnknownPeopleError as error:
        stopped, status = gone(error.user_ids), 404
    except NotFoundError:
        stopped, status = no_licence(code), 404
    stopped = replace(stopped, users=frozenset(people))
    return _page(tab, look_of(request.args), stopped, code, instead=chosen["instead"]), status


def _those() -> assigning.Collaborators:
    given = circumstances()
    return {"work": given["work"], "clock": given["clock"], "timezone": given["timezone"]}


def _known(tab: str) -> OwnerView:
    """The owner whose tab it is, with a set in force."""
    found = owner_page(tab, current_host.session).owner
    if found is None:
        raise NotFoundError(f"No licence of {owner_of(tab)} is in force yet. Load one first.")
    return found


def _title(owner: OwnerView, code: str) -> str:
    known = choices(owner, current_host.session)
    return next((each.title for each in known if each.code == code.lower()), code)


def _listed(owner: OwnerView, look: Look) -> PeoplePage:
    return people_list.people(
        current_host.session,
        owner=owner.name,
        code=look.code or None,
        search=look.search,
        sort=look.sort,
        backwards=look.backwards,
        retired=look.retired,
        limit=LIMIT,
        offset=look.offset,
    )


def _opened(owner: OwnerView, look: Look) -> Opened | None:
    """The person whom *look* opens; None where it opens nobody who is here."""
    if not look.person:
        return None
    try:
        person = people_list.person(look.person, current_host.session, owner=owner.name)
    except NotFoundError:
        return None
    return Opened(
        person=person,
        held={each.code: each.weight for each in person.licences},
        brings={
            plan: [each.title for each in named]
            for plan, named in brought(owner, current_host.session).items()
        },
    )


def _page(tab: str, look: Look, done: Results | None = None, code: str = "", *, instead: bool = False) -> str:
    """What *look* shows, under what became of a change of the licence *code*."""
    owner, may_manage = _known(tab), current_host.can(MANAGE)
    page = _listed(owner, look)
    known: list[Choosable] = choices(owner, current_host.session)
    here = {row.user_id for row in page.rows}
    ticked = here if look.all else here & done.users if done else frozenset()
    return current_host.render(
        "people/page.html",
        tab=tab,
        title=owner.description,
        look=look,
        links=people_links(look, tab, page.total),
        page=page,
        licences=known,
        opened=_opened(owner, look),
        may_manage=may_manage,
        ticked=ticked,
        instead=instead,
        chosen=code or look.code,
        done=done,
        shop=shop_url(owner.name, current_host.session, current_host.settings) if may_manage else "",
    )
