"""The host's own calls to others: to whom the operator lets it, in time, and for no more than is expected."""

from __future__ import annotations

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import ip_address

import httpx

from host.api.errors import CallRefusedError, LargeAnswerError
from host.domain.outbound import VARIABLE, Address, Allowed

SECONDS = 10.0
"""In all, from the look-up of the name to the last byte."""
LARGEST = 1_000_000
"""Bytes of an answer."""
_TRIES = 4


class RefusedError(httpx.TransportError, CallRefusedError):
    """The host may not be called; the text says why."""


class TooLargeError(httpx.TransportError, LargeAnswerError):
    """More came than is taken."""


class Outbound:
    """Makes clients for calls that the host makes by itself.

    Args:
        allowed: Whom it may call.
    """

    def __init__(self, allowed: Allowed) -> None:
        self.allowed = allowed

    def client(self, *, seconds: float = SECONDS, largest: int = LARGEST) -> httpx.Client:
        """A client that follows no redirects and goes by no variable of a proxy.

        Args:
            seconds: For everything of one call together, however slowly it drips.
            largest: Bytes of an answer that are read at most.

        Its calls raise what httpx raises, and `RefusedError` and `TooLargeError` beside it.
        """
        transport = GuardedTransport(self.allowed, seconds, largest)
        return httpx.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=seconds)


class GuardedTransport(httpx.BaseTransport):
    """Carries one call at a time, checked and bounded: the whole answer is there when it comes back.

    Args:
        allowed: Whom it may call.
        seconds: For everything together.
        largest: Bytes of an answer.
    """

    def __init__(self, allowed: Allowed, seconds: float = SECONDS, largest: int = LARGEST) -> None:
        self._allowed, self._seconds, self._largest = allowed, seconds, largest

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Implements `httpx.BaseTransport`.

        Raises:
            RefusedError: Its host may not be called.
            TooLargeError: More came than is taken.
            httpx.TransportError: The host cannot be reached, or did not answer in time.
        """
        request.read()
        # In a thread of its own: in that of whoever asks, another loop may be running.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._run, request).result()

    def _run(self, request: httpx.Request) -> httpx.Response:
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._in_time(request))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()  # does not wait for a name that is still being looked up

    async def _in_time(self, request: httpx.Request) -> httpx.Response:
        # Timeouts of a library are for each read: only the loop's own also ends an answer that drips.
        try:
            async with asyncio.timeout(self._seconds):
                return await self._carry(request)
        except TimeoutError:
            seconds = round(self._seconds, 1)
            raise httpx.ReadTimeout(f"no whole answer within {seconds} seconds", request=request) from None

    async def _carry(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        host = url.raw_host.decode("ascii")
        why_not = self._allowed.why_not(url.scheme, host, port)
        if why_not:
            raise RefusedError(why_not, request=request)
        # What is packed could be a thousand times as large as what is counted.
        request.headers["Accept-Encoding"] = "identity"
        inner = httpx.AsyncHTTPTransport(
            verify=_trusted(), trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        async with inner:
            return await self._first(inner, request, host, await self._addresses(request, host, port))

    async def _addresses(self, request: httpx.Request, host: str, port: int) -> list[Address]:
        """Where *host* may be reached: what is looked up once is what is connected to."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = [ip_address(str(each[4][0])) for each in found]
        except (OSError, UnicodeError, ValueError) as error:
            raise httpx.ConnectError(f"the name {host} cannot be looked up", request=request) from error
        reachable = [each for each in addresses if self._allowed.may_reach(host, port, each)]
        if not reachable:
            raise RefusedError(
                f"{host}:{port} stands for an address that is not public, which is only allowed for hosts "
                f"in {VARIABLE}",
                request=request,
            )
        return reachable[:_TRIES]

    async def _first(
        self, inner: httpx.AsyncHTTPTransport, request: httpx.Request, host: str, addresses: list[Address]
    ) -> httpx.Response:
        for address in addresses:
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,  # with the name as Host
                content=request.content,
                extensions={**request.extensions, "sni_hostname": host},  # whose certificate it must have
            )
            try:
                answer = await inner.handle_async_request(pinned)
            except httpx.ConnectError as error:
                if address == addresses[-1]:
                    error.request = request
                    raise
                continue
            return await self._read(answer, request)
        raise AssertionError("there is a last address")

    async def _read(self, answer: httpx.Response, request: httpx.Request) -> httpx.Response:
        content = bytearray()
        try:
            async for part in answer.aiter_raw():
                content += part
                if len(content) > self._largest:
                    raise TooLargeError(f"more than {self._largest} bytes", request=request)
        except httpx.RemoteProtocolError as error:
            raise httpx.ReadError("the answer broke off before its end", request=request) from error
        finally:
            await answer.aclose()
        headers = answer.headers.copy()
        headers.pop("Content-Encoding", None)  # as it came: httpx would unpack it without a bound
        return httpx.Response(answer.status_code, headers=headers, content=bytes(content), request=request)


@cache
def _trusted() -> ssl.SSLContext:
    """What this machine trusts, and what browsers do: a company's own authority is known to the machine."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
