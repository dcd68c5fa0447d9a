"""Give licences to people and take them back, outside any activation (domain.md 1.11, 3.3, 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypedDict

from host.api import N_, InputError, Work
from superoffice_tab.domain.people import HEAVIEST

from .desk import Outcome, desk

__all__ = ["Collaborators", "Outcome", "assign", "release"]


class Collaborators(TypedDict):
    """With whom these functions work: the transaction, the time, and the zone that days are counted in."""

    work: Work
    clock: Callable[[], datetime]
    timezone: str


MOST = 10_000
"""How many people may be named at once."""


def assign(
    owner: str,
    code: str,
    user_ids: Sequence[str],
    *,
    weight: int | None = None,
    instead_of_plan: bool = False,
    work: Work,
    clock: Callable[[], datetime],
    timezone: str,
) -> list[Outcome]:
    """Give the licence *code* of *owner* to people in turn: the last free one goes to the first of them.

    Whoever gets none because none is free is counted as denied for want of a licence, in this transaction:
    let it be kept whatever the outcomes are.

    Args:
        user_ids: Of associates, in any case.
        weight: How many of it each of them occupies; whoever holds it already holds so many from then on.
            None leaves those who hold it as they are, and gives one to each of the others.
        instead_of_plan: Take back the plan of this owner that somebody has, where *code* is another plan.

    Returns:
        An outcome for each person, in order; whoever is named twice has one.

    Raises:
        InputError: *weight* is no such number, or too many people are named at once.
        UnknownPeopleError: There is no such person; nobody got any.
        NotFoundError: No such licence is in force.
    """
    if weight is not None and not 1 <= weight <= HEAVIEST:
        raise InputError(N_("expected a number from 1 to %(most)s", most=HEAVIEST), place="weight")
    _check_number(user_ids)
    here = desk(owner, code, user_ids, work)
    outcomes = [here.give(person, weight, instead_of_plan=instead_of_plan) for person in here.people]
    here.close(clock(), timezone)
    return outcomes


def release(
    owner: str,
    code: str,
    user_ids: Sequence[str],
    *,
    work: Work,
    clock: Callable[[], datetime],
    timezone: str,
) -> list[Outcome]:
    """Take the licence *code* of *owner* back from people.

    Returns:
        An outcome for each person, in order; whoever is named twice has one.

    Raises:
        InputError: Too many people are named at once.
        UnknownPeopleError: There is no such person; nobody lost any.
        NotFoundError: No such licence is in force.
    """
    _check_number(user_ids)
    here = desk(owner, code, user_ids, work)
    outcomes = [here.take(person) for person in here.people]
    here.close(clock(), timezone)
    return outcomes


def _check_number(user_ids: Sequence[str]) -> None:
    if len(user_ids) > MOST:
        raise InputError(
            N_("expected at most %(most)s people at a time, got %(number)s", most=MOST, number=len(user_ids)),
            place="user_ids",
        )
