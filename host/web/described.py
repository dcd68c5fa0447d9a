"""What the OpenAPI description says of who may call what: how one signs in, and each route's permission."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask

from host.api.runtime import PERMISSION_MARK
from host.engine.description import METHODS
from host.engine.plugin import Plugin

from .bearer import FOR_TOKENS
from .cookies import cookie_name
from .fresh_proof import FRESH_MARK

TOKEN, SESSION, CSRF = "apiToken", "session", "csrfToken"
SAFE = frozenset({"get", "head", "options"})
Asked = Mapping[tuple[str, str], tuple[str | None, bool, bool]]
"""By path and method: permission, whether a fresh proof is asked for, whether an API token opens it."""
_PLACE = re.compile(r"<(?:[^<>]*:)?([^:<>]+)>")


def secured(document: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """*document* with what each operation takes; it is changed."""
    document.setdefault("components", {})["securitySchemes"] = {
        TOKEN: {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token, made on the page API tokens; never together with a cookie.",
        },
        SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(),
            "description": "The session of a browser that is signed in.",
        },
        CSRF: {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "The token of that session, for whatever changes something.",
        },
    }
    document["paths"] = {
        path: {
            method: _said(operation, method, *asked.get((path, method), (None, False, True)))
            if method in METHODS
            else operation
            for method, operation in item.items()
        }
        for path, item in document["paths"].items()
    }
    return document


def asked_by_host(app: Flask) -> Asked:
    """What the host's own routes ask for."""
    found: dict[tuple[str, str], tuple[str | None, bool, bool]] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in _methods(rule.methods):
            handler = getattr(getattr(view, "view_class", None), method, view)
            permission = getattr(handler, PERMISSION_MARK, None)
            fresh = bool(getattr(handler, FRESH_MARK, False))
            opens = not fresh and (permission is not None or rule.endpoint in FOR_TOKENS)
            found[_path(rule.rule), method] = permission, fresh, opens
    return found


def asked_by_plugin(plugin: Plugin) -> Asked:
    """What a plugin's routes ask for: a permission, and nothing else."""
    return {
        (_path(each.rule), method): (each.permission, False, True)
        for each in plugin.routes
        for method in _methods(each.methods)
    }


def _said(
    operation: Mapping[str, Any], method: str, permission: str | None, fresh: bool, opens: bool
) -> dict[str, Any]:
    sentences = [
        f"Needs the permission `{permission}`." if permission else "For whoever is signed in.",
        "Asks for a fresh proof of who one is." if fresh else "",
        "" if opens else "Not for API tokens.",
    ]
    needs = " ".join(each for each in sentences if each)
    described = f"{operation['description']}\n\n{needs}" if operation.get("description") else needs
    session: dict[str, list[str]] = {SESSION: []} if method in SAFE else {SESSION: [], CSRF: []}
    return {
        **operation,
        "description": described,
        "security": [*([{TOKEN: []}] if opens else []), session],
    }


def _methods(methods: Any) -> Iterator[str]:
    return (each.lower() for each in methods or () if each.lower() in METHODS)


def _path(rule: str) -> str:
    """An address of Flask as OpenAPI writes it."""
    return _PLACE.sub(r"{\1}", rule)
