"""What is brought to a plugin, and what every way of bringing it has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Response

from host.api.values import Tab
from host.engine.plugin import Plugin
from host.services.scope import Scope

Accept = Callable[[Response], Response]
"""Looks at an answer before what was written is kept, and gives back what may go on; may raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request to one plugin.

    Args:
        plugin: Who is asked.
        tab: The tab it concerns; None for the JSON API.
        scope: What belongs to the request.
        environ: The request as WSGI has it.
        body: Its body.
        csrf_token: What forms in the answer must bring.
        nonce: What scripts in the answer must bear.
    """

    plugin: Plugin
    tab: Tab | None
    scope: Scope
    environ: Mapping[str, Any]
    body: bytes
    csrf_token: str = ""
    nonce: str = ""


class Transport(Protocol):
    """Brings a visit to its plugin and the answer back."""

    def __call__(self, visit: Visit, accept: Accept) -> Response:
        """The answer, looked at by *accept*; what was written is kept by now.

        Raises:
            TabhostError: The plugin said no.
            Exception: It failed, or did not answer.
        """
