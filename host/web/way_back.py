"""The host's side of the way back: what a runner may ask, each time signed as its plugin."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields
from werkzeug.wrappers import Request, Response

from host.api.errors import NotFoundError, TabhostError
from host.api.values import Actor
from host.domain.audit import come_from
from host.engine.budget import Budget
from host.engine.declaring import Opening
from host.engine.plugin import Plugin
from host.engine.runner.seal import Context, Seal
from host.engine.runner.wire import PASS_HEADER, SEAL_HEADER, WireError
from host.services.house import House, settings_of
from host.services.notary import revealed_origin
from host.services.scope import Scope
from host.storage.outbox import take_in

from .envelope import kind_of
from .plugin_host import Renderers
from .ways import Apart

PLUGIN_HEADER = "X-Tabhost-Plugin"
ASKED_WRONGLY = (ValidationError, AttributeError, RuntimeError, TypeError, ValueError, RecursionError)
logger = logging.getLogger(__name__)


Verb = Callable[[Plugin, str, Any], Any]
"""What is done for a plugin, with the pass that it shows and what it sent."""


class _Ask(Schema):
    class Meta:
        unknown = RAISE

    hook = fields.String(required=True)
    arguments = fields.Dict(keys=fields.String(), required=True)


class _Call(Schema):
    class Meta:
        unknown = RAISE

    owner = fields.String(required=True)
    name = fields.String(required=True)
    arguments = fields.Dict(keys=fields.String(), required=True)


class _Outbox(Schema):
    class Meta:
        unknown = RAISE

    rows = fields.List(fields.Dict(), required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """A small WSGI application on a socket of its own, beside the web pages.

    Args:
        house: The house.
        renderers: Whose templates can be drawn.
        seal: What signs and opens contexts.
        opening: How to give a plugin `current_host`, for reading.
        life: Seconds for which a runner may act for the person whose request it serves.
        budget: How much each plugin may write into the audit log.
    """

    house: House
    renderers: Renderers
    seal: Seal
    opening: Opening
    life: float = 60.0
    budget: Budget = field(default_factory=Budget)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one question."""
        with self.house.decisions.holding():
            answer = self._answer(Request(environ))
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response:
        body = request.get_data()
        try:
            plugin, pass_ = self._who(request, body)
            come_from(f"runner of {plugin.id}")
            verb = self._verb(request.path)
            if verb is None:
                return Response("there is no such verb", 404)
            return _json({"value": verb(plugin, pass_, json.loads(body or b"{}"))})
        except WireError as error:
            return Response(str(error), 403)
        except TabhostError as error:
            return _json({"error": kind_of(error), "text": str(error)})
        except ASKED_WRONGLY as error:
            return _json({"error": "", "text": f"{type(error).__name__}: {error}"[:2000]})
        except Exception:
            logger.exception("a question of a runner failed")
            return Response("an error of the host", 500)

    def _verb(self, path: str) -> Verb | None:
        return {
            "/settings": self._settings,
            "/ask": self._ask,
            "/call": self._call,
            "/outbox": self._outbox,
        }.get(path)

    def _who(self, request: Request, body: bytes) -> tuple[Plugin, str]:
        name = request.headers.get(PLUGIN_HEADER, "")
        plugin = self.house.registry.get(name)
        if plugin is None or not plugin.remote or name in self.house.decisions.now().off:
            raise WireError("no such plugin has a runner here")
        pass_ = request.headers.get(PASS_HEADER, "")
        signature = request.headers.get(SEAL_HEADER, "")
        self.seal.key(name).verify(signature, pass_, request.method, request.path, body)
        return plugin, pass_

    def _settings(self, plugin: Plugin, pass_: str, _: Any) -> dict[str, Any]:
        return {key: _plain(value) for key, value in settings_of(self.house, plugin).items()}

    def _outbox(self, plugin: Plugin, pass_: str, sent: Any) -> None:
        rows = _Outbox().load(sent)["rows"]
        self.budget.spend(plugin.id, len(rows), len(json.dumps(rows)))
        with self.house.stores.host.writing() as session:
            refused = take_in(session, plugin.id, rows)
        for reason in refused:
            logger.error("an audit entry of %s cannot be kept: %s", plugin.id, reason)

    def _ask(self, plugin: Plugin, pass_: str, sent: Any) -> list[Any]:
        asked = _Ask().load(sent)
        scope, schema = self._scope(plugin, pass_), self.house.registry.schema(asked["hook"])
        answers = self._apart(plugin, scope).ask(asked["hook"], asked["arguments"])
        return [[name, schema.dump(value)] for name, value in answers]

    def _call(self, plugin: Plugin, pass_: str, sent: Any) -> Any:
        called = _Call().load(sent)
        record = self.house.registry.published(called["owner"], called["name"])
        if record is None:
            owner, name = called["owner"], called["name"]
            raise NotFoundError(f"{owner}.api.{name}() is not there: {owner} does not serve.")
        scope = self._scope(plugin, pass_)
        return self._apart(plugin, scope).run(record, called["arguments"])

    def _apart(self, plugin: Plugin, scope: Scope) -> Apart:
        return Apart(self.house, scope, plugin, self.renderers)

    def _scope(self, plugin: Plugin, pass_: str) -> Scope:
        """Who acts, as the host itself wrote it into the pass: a runner cannot make itself another."""
        context = self.seal.read(pass_, plugin.id, oldest=self.life)
        come_from(revealed_origin(self.house.keys, context.origin))
        return Scope(
            place=self.house,
            actor=actor_in(context),
            locale=context.locale,
            timezone=context.timezone,
            writes=context.writes,
        )


def actor_in(context: Context) -> Actor:
    """Who acts in *context*."""
    return Actor(
        user_id=context.user_id,
        full_name=context.full_name,
        permissions=frozenset(context.permissions),
        roles=context.roles,
    )


def _plain(value: Any) -> Any:
    """A setting as JSON; a path is the only kind that has no form of its own there."""
    return value if value is None or isinstance(value, str | int | bool) else {"path": str(value)}


def _json(value: Any) -> Response:
    return Response(json.dumps(value), mimetype="application/json")
