"""Ask a licence server for a file: in time, nowhere but there, and for no more than a licence file.

A licence server is anything that answers ``GET <LicenseUrl>/<OwnerName>/<SerialNr>.lic`` (formats.md 1).
Plain http and addresses inside the network are as good as any: the file itself is signed, and there are
licence servers that only the company's own network reaches.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from host.api import N_, Text
from superoffice_tab.domain.addresses import without_sign_in
from superoffice_tab.domain.envelope import LARGEST_FILE

SECONDS = 5.0
"""In all, however slowly the answer drips in."""
MOST_HOPS = 3
_LONGEST_TAG = 254  # characters of its column


class FetchError(Exception):
    """No licence file came of it. Nothing was changed.

    Args:
        text: What happened, and what to do.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.id % text.args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a licence server answered.

    Args:
        content: The file; None where it is the one that is known, or there is none.
        etag: What to ask with the next time; "" for nothing, and where it cannot be sent.
        missing: Whether the server has no licence for this installation.
    """

    content: bytes | None = None
    etag: str = ""
    missing: bool = False


def address(base: str, owner: str, serial: str) -> str:
    """Where the file of *owner* for the installation *serial* stands."""
    return f"{base.rstrip('/')}/{quote(owner, safe='')}/{quote(serial, safe='')}.lic"


def fetch(url: str, *, etag: str = "", seconds: float = SECONDS, largest: int = LARGEST_FILE) -> Fetched:
    """Get a licence file.

    Args:
        etag: Of the file that is known; "" for none.
        seconds: For everything together.
        largest: Bytes that are read at most.

    Raises:
        FetchError: It cannot be had; says why.
    """
    # Taken as it is sent: what is packed could be a thousand times as large as what is counted.
    headers = {"Accept-Encoding": "identity"} | ({"If-None-Match": etag} if etag else {})
    # In a thread of its own: in that of whoever asks, another loop may be running.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_fetch, url, headers, seconds, largest).result()


def _fetch(url: str, headers: dict[str, str], seconds: float, largest: int) -> Fetched:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_in_time(url, headers, seconds, largest))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()  # does not wait for a name that is still being looked up


async def _in_time(url: str, headers: dict[str, str], seconds: float, largest: int) -> Fetched:
    # Timeouts of a library are for each read: only the loop's own also ends an answer that drips.
    host = shown = without_sign_in(url)
    try:
        said = httpx.URL(url)
        host = said.host or shown
        # Its own header: httpx logs addresses as they are.
        sign_in = httpx.BasicAuth(said.username, said.password) if said.userinfo else None
        asking = httpx.AsyncClient(auth=sign_in, timeout=seconds, trust_env=False)
        async with asyncio.timeout(seconds), asking as client:
            return await _ask(client, httpx.URL(shown), headers, largest)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise FetchError(
            N_(
                "The licence server at %(host)s did not answer within %(seconds)s seconds. Try again later.",
                host=host,
                seconds=round(seconds),
            )
        ) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise FetchError(N_("“%(url)s” is no address of a licence server.", url=shown)) from error
    except httpx.HTTPError as error:
        raise FetchError(
            N_("The licence server at %(host)s cannot be reached. Try again later.", host=host)
        ) from error


async def _ask(client: httpx.AsyncClient, asked: httpx.URL, headers: dict[str, str], largest: int) -> Fetched:
    here, url = _origin(asked), asked
    for _ in range(MOST_HOPS + 1):
        async with client.stream("GET", url, headers=headers) as answer:
            if not answer.has_redirect_location:
                return await _read(answer, largest)
            url = url.join(answer.headers["Location"])
        if _origin(url) != here:
            raise FetchError(
                N_(
                    "The licence server at %(host)s sends elsewhere: to %(other)s. It was not followed.",
                    host=asked.host,
                    other=url.host,
                )
            )
    raise FetchError(N_("The licence server at %(host)s sends round in circles.", host=asked.host))


async def _read(answer: httpx.Response, largest: int) -> Fetched:
    host = answer.request.url.host
    etag = _tag(answer)
    if answer.status_code == 304:
        return Fetched(etag=etag)
    if answer.status_code == 404:
        return Fetched(missing=True)
    if answer.status_code != 200:
        raise FetchError(
            N_(
                "The licence server at %(host)s answered with error %(status)s. Try again later.",
                host=host,
                status=answer.status_code,
            )
        )
    if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html":
        raise FetchError(
            N_("The licence server at %(host)s answered with a web page, not with a licence.", host=host)
        )
    content = bytearray()
    async for part in answer.aiter_raw(65_536):
        content += part
        if len(content) > largest:
            raise FetchError(
                N_("What the licence server at %(host)s sends is larger than any licence.", host=host)
            )
    return Fetched(content=bytes(content), etag=etag)


def _tag(answer: httpx.Response) -> str:
    """Its ETag, where it can be kept and sent again as it came."""
    tag: str = answer.headers.get("ETag", "")
    return tag if tag.isascii() and tag.isprintable() and len(tag) <= _LONGEST_TAG else ""


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
