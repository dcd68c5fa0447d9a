"""A no of the services, told part by part in ``errors`` for whoever is a program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from flask_smorest import abort

from host.api import TabhostError
from superoffice_tab.domain.counting import Deficit
from superoffice_tab.domain.licences import full_name
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.domain.wording import english
from superoffice_tab.services.planning import PlanRefusedError
from superoffice_tab.services.refusals import (
    CompanyNotConfirmedError,
    PlanOutdatedError,
    TooManyHoldersError,
)


@contextmanager
def refusals_told(owner: str) -> Iterator[None]:
    """Answer what a service refuses: 422 with the verdict code, 409 with who or what stands in the way.

    Args:
        owner: Owner name, in any case, of the licences that are concerned.
    """
    try:
        yield
    except VerdictError as error:
        refuse(422, error, verdict=error.verdict.value, detail=error.detail)
    except TooManyHoldersError as error:
        refuse(409, error, deficits=[_deficit(each, owner) for each in error.deficits])
    except PlanOutdatedError as error:
        refuse(409, error, refused=[{"user_id": who, "reason": english(why)} for who, why in error.refused])
    except PlanRefusedError as error:
        refuse(409, error, refused=[{"user_id": error.user_id, "reason": english(error.text)}])
    except CompanyNotConfirmedError as error:
        refuse(409, error, confirm_company=error.new)


def refuse(status: int, error: TabhostError, **errors: Any) -> NoReturn:
    """Answer with the sentence of *error*, and *errors* beside it."""
    abort(status, message=str(error), errors=errors)
    raise AssertionError("abort() returned")


def _deficit(each: Deficit, owner: str) -> dict[str, Any]:
    return {
        "name": full_name(owner, each.name),
        "code": each.name,
        "title": each.description or each.name,
        "in_use": each.in_use,
        "new_total": each.new_total,
        "to_remove": each.to_remove,
        "cause": each.cause.value,
    }
