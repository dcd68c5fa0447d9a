"""What the month would cost with another number of users (domain.md 1.8: the threshold grows with them)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from host.api import N_, Text
from status_tab.domain.billing import ServiceMonth, reckon

MOST_USERS = 999_999
WRONG = N_("Give a whole number of users, from 1 to %(most)s.")


class WhatIfSchema(Schema):
    """How many users are tried."""

    users = fields.Integer(required=True, validate=validate.Range(1, MOST_USERS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What another number of users would mean.

    Args:
        users: That number.
        line: The service with them, and with the use that the month is heading for.
        now: The same with the users that there are.
        more: How many more users that is, fewer where negative; None where nobody knows how many there are.
    """

    users: int
    line: ServiceMonth
    now: ServiceMonth
    more: int | None

    @property
    def saved(self) -> Decimal:
        """What is saved on this service; negative where it costs more."""
        return self.now.price - self.line.price


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The form as it was sent.

    Args:
        typed: What stands in the field.
        wrong: What is wrong with it; None if nothing.
        answer: What it would mean; None while nothing was asked.
    """

    typed: str
    wrong: Text | None = None
    answer: Answer | None = None


def what_if(arguments: MultiDict[str, str], expected: ServiceMonth, most: str) -> WhatIf:
    """Work out what *arguments* ask for.

    Args:
        arguments: The address.
        expected: The service with the use that the month is heading for.
        most: The largest number that can be tried, as the reader writes it.
    """
    if "users" not in arguments:
        return WhatIf(typed="" if expected.users is None else str(expected.users))
    typed = arguments["users"]
    try:
        users = WhatIfSchema().load({"users": typed})["users"]
    except ValidationError:
        return WhatIf(typed=typed, wrong=replace(WRONG, args={"most": most}))
    line = reckon(expected, tariff=expected.tariff, currency=expected.currency, users=users)
    more = None if expected.users is None else users - expected.users
    return WhatIf(typed=typed, answer=Answer(users=users, line=line, now=expected, more=more))
