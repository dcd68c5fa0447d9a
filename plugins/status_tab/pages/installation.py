"""What this installation is: the dialog to edit it, and the page that explains the limits of the plans."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from host.api import N_, current_host, requires
from status_tab.domain.installation import LEVELS, LIMITS, PLANS, RESTRICTIONS, Installation
from status_tab.schemas.installation_form import InstallationForm, rows_of
from status_tab.services.installation import change_installation, describe, read_installation

from .blueprint import pages
from .form_parser import FormError, read_form
from .notices import look_of
from .restrictions import NAMES
from .status import status_page

CHANGED = N_("Somebody else changed it in the meantime. The fields show what it says now.")
LEVEL_WORDS = {"central": N_("Central database"), "satellite": N_("Satellite database")}


@pages.get("/status/installation")
@requires("status.manage")
def show_installation() -> str:
    """The dialog *Edit installation*."""
    return _dialog(_values(read_installation(current_host.session)))


@pages.post("/status/installation")
@requires("status.manage")
def save_installation() -> str | Response | tuple[str, int]:
    """Keep what was filled in; or show what is wrong beside the fields."""
    there = read_installation(current_host.session)
    if request.form.get("seen") != _print(there):
        return _dialog(_values(there), problem=current_host.translate(CHANGED)), 409
    try:
        installation = read_form(InstallationForm())
    except FormError as error:
        return _dialog(_sent(), error.errors), 422
    if change_installation(installation, work=current_host.work, clock=current_host.clock):
        current_host.toast(N_("The installation was changed."))
    return redirect(current_host.url("status"), 303)


@pages.get("/status/limits/")
@requires("status.view")
def show_limits() -> str:
    """The plans and what each limits (domain.md 1.7)."""
    return current_host.render(
        "status/limits.html",
        plans=PLANS,
        limits=[(NAMES[name], LIMITS[name]) for name in RESTRICTIONS],
        installation=read_installation(current_host.session),
        more=current_host.settings["limits_url"] or "",
    )


def _dialog(values: Mapping[str, Any], errors: Mapping[str, str] | None = None, problem: str = "") -> str:
    dialog = current_host.render(
        "status/edit_installation.html",
        values=values,
        errors=errors or {},
        problem=problem,
        seen=_print(read_installation(current_host.session)),
        levels=[(each, LEVEL_WORDS[each]) for each in LEVELS],
        plans=PLANS,
        limits=[(name, NAMES[name]) for name in RESTRICTIONS],
    )
    return status_page(look_of(request.args)) + dialog


def _values(installation: Installation | None) -> dict[str, Any]:
    """What the fields hold, as text."""
    if installation is None:
        return {"level": "central", "satellites": [("", "")]}
    found: dict[str, Any] = {
        "type": installation.type,
        "name": installation.name,
        "level": installation.level,
        "plan": installation.plan,
        "satellites": [(each.name, ";".join(each.licences)) for each in installation.satellites] + [("", "")],
    }
    for each in installation.restrictions:
        found[f"{each.name}_in_use"], found[f"{each.name}_maximum"] = str(each.in_use), str(each.maximum)
    return found


def _sent() -> dict[str, Any]:
    """What was sent, so that nothing has to be filled in twice."""
    rows = [(each["satellite"], each["licences"]) for each in rows_of(request.form)]
    return {**request.form, "satellites": [*rows, ("", "")]}


def _print(installation: Installation | None) -> str:
    """Tells whether somebody else changed it while the dialog was open."""
    known = None if installation is None else describe(installation)
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]
