"""The part of `current_host` by which a plugin calls others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.services.scope import Scope

if TYPE_CHECKING:
    import httpx


class Calls:
    """Implements `host.api.calls.Calls`, in the host's process and in a runner alike."""

    _scope: Scope

    def http(self, *, seconds: float = 10.0, largest: int = 1_000_000) -> httpx.Client:
        """A client for calls to others, as far as the operator allows them."""
        from host.services.outbound import Outbound  # noqa: PLC0415 - most requests call nobody

        return Outbound(self._scope.place.allowed).client(seconds=seconds, largest=largest)
