"""The runner's side of the way back: `current_host` reaches the host over a private socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from host.api.published import Published
from host.engine.discovery import Found
from host.engine.loading import load, publishers
from host.engine.runner.seal import Context, Key
from host.engine.runner.wire import PASS_HEADER, SEAL_HEADER, Call, WireError, exchange

from .envelope import KINDS
from .plugin_host import BUILTINS_ASK
from .way_back import PLUGIN_HEADER
from .ways import refuse_writing

PUSHING = 0.25
"""Seconds that a request waits for its audit entries to arrive; later they go by themselves."""
ASKING_AT_LAST = 0.05
LARGEST = 10_000_000

# Bound now: the plugin, which is imported later, may put something else in their place.
_dumps, _loads, _now = json.dumps, json.loads, monotonic


@dataclass(slots=True, kw_only=True)
class Home:
    """How a runner reaches the host.

    Args:
        plugin: Whose runner this is.
        socket: Where the host listens.
        key: What signs questions.
        builtins: Built-in plugins; loaded when a hook that they publish is first asked.
        late: Set while audit entries wait in the outbox.
    """

    plugin: str
    socket: Path
    key: Key
    builtins: list[Found] = field(default_factory=list)
    _schemas: dict[str, Any] | None = None
    late: Event = field(default_factory=Event)
    _settings: tuple[int, Mapping[str, Any]] | None = None

    def ask(self, path: str, sent: Any, pass_: str = "", *, seconds: float) -> Any:
        """Put one question, which is answered within some *seconds* or not at all.

        Raises:
            TabhostError: The host said no, in the words of the contract.
            RuntimeError: The question was wrong; says how.
            WireError: There was no answer.
        """
        body = _dumps(sent).encode()
        headers = {
            PLUGIN_HEADER: self.plugin,
            PASS_HEADER: pass_,
            SEAL_HEADER: self.key.sign(pass_, "POST", path, body),
            "Content-Type": "application/json",
        }
        call = Call(method="POST", target=path, headers=headers, body=body)
        answer = exchange(self.socket, call, deadline=seconds, most=LARGEST)
        if answer.status != 200:
            raise WireError(
                f"the host answered {answer.status}: {answer.body[:200].decode('utf-8', 'replace')}"
            )
        said = _loads(answer.body)
        if "error" in said:
            raise KINDS.get(said["error"], RuntimeError)(said["text"])
        return said["value"]

    def push(self, rows: list[dict[str, Any]]) -> None:
        """Carry audit entries into the host's log; should that not go at once, `late` tells."""
        try:
            self.ask("/outbox", {"rows": rows}, seconds=PUSHING)
        except BaseException:
            self.late.set()
            raise

    def settings(self, generation: int, seconds: float) -> Mapping[str, Any]:
        """Values of the plugin's settings; asked again when the host's generation has grown."""
        if self._settings is None or self._settings[0] != generation:
            values = {
                key: _unpacked(value) for key, value in self.ask("/settings", {}, seconds=seconds).items()
            }
            self._settings = (generation, values)
        return self._settings[1]

    def schema(self, hook: str) -> Any:
        """The schema of a published hook; None if nobody publishes it."""
        if self._schemas is None:
            published = publishers([load(each) for each in self.builtins])
            self._schemas = {name: schema for each in published for name, schema in each.schemas.items()}
        return self._schemas.get(hook)

    def way(self, context: Context, pass_: str, seconds: float) -> WayHome:
        """The way for one call of the host, which has some *seconds* in all."""
        return WayHome(self, context, pass_, seconds)


class WayHome:
    """Implements `web.plugin_host.Way` over the wire.

    Args:
        home: How the host is reached.
        context: For whom the request is served.
        pass_: The host's own proof of that.
        seconds: How long the call may take; no question outlasts it.
    """

    def __init__(self, home: Home, context: Context, pass_: str, seconds: float) -> None:
        self._home, self._context, self._pass = home, context, pass_
        self._end = _now() + seconds

    @property
    def _left(self) -> float:
        return max(ASKING_AT_LAST, self._end - _now())

    def settings(self) -> Mapping[str, Any]:
        """Values of the plugin's settings."""
        return self._home.settings(self._context.generation, self._left)

    def ask(self, hook: str, arguments: dict[str, Any]) -> list[tuple[str, Any]]:
        """Ask a published hook."""
        schema = self._home.schema(hook)
        if schema is None:
            raise AttributeError(f"No built-in plugin publishes the hook {hook!r}.")
        answers = self._home.ask(
            "/ask", {"hook": hook, "arguments": arguments}, self._pass, seconds=self._left
        )
        return [(name, schema.load(value)) for name, value in answers]

    def call(self, record: Published, arguments: dict[str, Any]) -> Any:
        """Call a published function."""
        refuse_writing(record, writes=self._context.writes)
        sent = {"owner": record.owner, "name": record.name, "arguments": record.pack(arguments)}
        return record.unpack(self._home.ask("/call", sent, self._pass, seconds=self._left))

    def serves(self, plugin: str) -> bool:
        """Refused."""
        raise RuntimeError(BUILTINS_ASK)

    def has_portrait(self, user_id: str) -> bool:
        """Refused."""
        raise RuntimeError(BUILTINS_ASK)


def _unpacked(value: Any) -> Any:
    return Path(value["path"]) if isinstance(value, dict) else value
