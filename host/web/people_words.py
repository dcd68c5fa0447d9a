"""What the pages about people and roles have in common: how a person, a role and a question are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from flask import g, redirect
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import ConflictError, InputError, NotAllowedError, TabhostError
from host.api.values import N_, Text
from host.domain.roles import Origin
from host.services import roles as role_service
from host.services.signing_in import show_once
from host.storage.granting import Listed

from .shell import role_name, say
from .visitor import household, signed_in

STATUS = {
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ConflictError: HTTPStatus.CONFLICT,
    NotAllowedError: HTTPStatus.FORBIDDEN,
}
ORIGINS: dict[Origin, Text] = {
    Origin.HOST: N_("comes with the host"),
    Origin.PLUGIN: N_("comes with a plugin"),
    Origin.OWN: N_("made here"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody as they are shown.

    Args:
        person: What is known of them.
        roles: Their roles in words.
        portrait: Address of their picture, or None.
    """

    person: Listed
    roles: list[str]
    portrait: str | None

    @property
    def address(self) -> str:
        """Where their page stands."""
        return f"/people/{self.person.account.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Something to tick: its value, its words, more words, and whether it is ticked."""

    value: str
    label: str
    more: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked before something is done that takes away.

    Args:
        title: The question.
        effects: What happens, one sentence each.
        action: Where yes is sent to.
        back: The page behind.
        keep: What no is called.
        go: What yes is called.
        fields: Hidden fields that go along, by name.
    """

    title: str
    effects: list[str]
    action: str
    back: str
    keep: str
    go: str
    fields: dict[str, str]


def row_of(person: Listed) -> PersonRow:
    """*person* as they are shown."""
    account = person.account
    return PersonRow(
        person=person,
        roles=[say(role_name(each)) for each in account.roles],
        portrait=f"/portraits/{account.user_id}" if account.has_portrait else None,
    )


def role_boxes(ticked: Iterable[str]) -> list[Box]:
    """All roles to tick; one that somebody has and nothing brings any more stands at the end."""
    chosen = set(ticked)
    there = role_service.list_roles(household().house)
    boxes = [
        Box(
            value=each.name,
            label=say(each.title),
            more=f"{say(ORIGINS[each.origin])}, {_counted(len(each.permissions))}",
            checked=each.name in chosen,
        )
        for each in there
    ]
    gone = sorted(chosen - {each.name for each in there})
    nothing = say(N_("nothing brings this role any more"))
    return boxes + [Box(value=each, label=each, more=nothing, checked=True) for each in gone]


def _counted(number: int) -> str:
    return say(Text(id="%(n)s permission", plural="%(n)s permissions", n=number, args={"n": number}))


def told(error: TabhostError) -> tuple[str, int]:
    """The sentence of an error for a page, and its status; what has no kind is raised again."""
    for kind, status in STATUS.items():
        if isinstance(error, kind):
            return error.in_words(say), int(status)
    raise error


def done(sentence: Text, where: str) -> AnyResponse:
    """Go to *where*, and say once there what was done."""
    person = signed_in()
    if person:
        show_once(household().house, g.session_token, (*person.toasts, say(sentence)))
    return redirect(where, HTTPStatus.SEE_OTHER)
