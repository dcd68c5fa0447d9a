"""Every answer that says no to somebody is noted, wherever it was said."""

from __future__ import annotations

from flask import Response, g, request

from host.services.refusals import note_refused

from .visitor import actor, household


def wanted(permission: str | None) -> None:
    """Say which permission this request takes, should it be refused."""
    g.wanted = permission


def note_refusal(response: Response) -> None:
    """Note that somebody was refused what they asked for, if they were."""
    if response.status_code != 403:
        return
    # The rule of the address, never the address: there may be a token in it.
    rule = request.url_rule.rule if request.url_rule else ""
    said = {"method": request.method, "permission": g.get("wanted")}
    said |= {name: value for name, value in (request.view_args or {}).items() if name in ("plugin", "tab")}
    note_refused(household().house, actor().user_id, rule, said)
