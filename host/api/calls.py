"""What a plugin may ask of others than the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import httpx


class Calls(Protocol):
    """Calls to others, by way of the host."""

    def http(self, *, seconds: float = 10.0, largest: int = 1_000_000) -> httpx.Client:
        """A client for calls to others, as far as the operator allows them (``TABHOST_OUTBOUND_ALLOW``).

        It follows no redirects, goes by no variable of a proxy, and connects to the address that was checked.
        An answer is whole when it comes; nothing of it is unpacked. Use it as a context manager.

        Args:
            seconds: For everything of one call together, however slowly it drips.
            largest: Bytes of an answer that are read at most.

        Its calls raise `CallRefusedError` and `LargeAnswerError`, and otherwise what httpx raises.

        .. versionadded:: 0.1
        """
