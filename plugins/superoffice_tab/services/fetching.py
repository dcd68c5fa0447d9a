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

from host.api import N_, Text, without_sign_in
from superoffice_tab.domain.addresses import shortened
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
    shown = without_sign_in(url)
    host = shortened(shown)
    try:
        said = httpx.URL(url)
        host = _host(said) or host
        # Its own header: httpx logs addresses as they are.
        sign_in = httpx.BasicAuth(said.username, said.password) if said.userinfo else None
        asking = httpx.AsyncClient(
            auth=sign_in,
            timeout=seconds,
            trust_env=False,
            event_hooks={"response": [_stay]},  # comes before httpx judges where it leads to
        )
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
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise FetchError(N_("“%(url)s” is no address of a licence server.", url=shortened(shown))) from error
    except httpx.RemoteProtocolError as error:
        raise FetchError(
            N_("What answers at %(host)s is no web server. Check the address and its port.", host=host)
        ) from error
    except httpx.HTTPError as error:
        raise FetchError(_out_of_reach(error, host)) from error


def _out_of_reach(error: httpx.HTTPError, host: str) -> Text:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):  # which httpx says in words alone
        return N_(
            "The licence server at %(host)s has a certificate that is not trusted here. Nothing was asked. "
            "Its owner can renew it; that of a company's own has to be trusted by this machine first.",
            host=host,
        )
    return N_("The licence server at %(host)s cannot be reached. Try again later.", host=host)


async def _ask(client: httpx.AsyncClient, asked: httpx.URL, headers: dict[str, str], largest: int) -> Fetched:
    url = asked
    for _ in range(MOST_HOPS + 1):
        async with client.stream("GET", url, headers=headers) as answer:
            if not answer.has_redirect_location:
                return await _read(answer, largest)
            url = url.join(answer.headers["Location"])
    raise FetchError(N_("The licence server at %(host)s sends round in circles.", host=_host(asked)))


async def _stay(answer: httpx.Response) -> None:
    """Let an answer lead to the same server only.

    Raises:
        FetchError: It leads to another one, or to none.
    """
    if not answer.has_redirect_location:
        return
    url, location = answer.request.url, answer.headers["Location"]
    try:
        there = _origin(url.join(location))
    except (httpx.InvalidURL, UnicodeError):
        there = ""
    if not there:
        other = shortened(ascii(without_sign_in(location))[1:-1])
        raise FetchError(
            N_(
                "The licence server at %(host)s sends to “%(other)s”, which is no web address. "
                "It was not followed.",
                host=_host(url),
                other=other,
            )
        )
    if there != _origin(url):
        raise FetchError(
            N_(
                "The licence server at %(host)s sends elsewhere: to %(other)s. It was not followed. "
                "If it has moved there, that has to be set as its address.",
                host=_host(url),
                other=shortened(there),
            )
        )


async def _read(answer: httpx.Response, largest: int) -> Fetched:
    host = _host(answer.request.url)
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
    return Fetched(content=await _content(answer, largest, host), etag=etag)


async def _content(answer: httpx.Response, largest: int, host: str) -> bytes:
    content = bytearray()
    try:
        async for part in answer.aiter_raw(65_536):
            content += part
            if len(content) > largest:
                raise FetchError(
                    N_("What the licence server at %(host)s sends is larger than any licence.", host=host)
                )
    except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
        raise FetchError(
            N_(
                "The answer of the licence server at %(host)s broke off before its end. Try again later.",
                host=host,
            )
        ) from error
    return bytes(content)


def _tag(answer: httpx.Response) -> str:
    """Its ETag, where it can be kept and sent again as it came."""
    tag: str = answer.headers.get("ETag", "")
    return tag if tag.isascii() and tag.isprintable() and len(tag) <= _LONGEST_TAG else ""


def _origin(url: httpx.URL) -> str:
    """Scheme, host and port; "" where it is no address of a web server."""
    # As it is asked for: a name in letters of another alphabet can look like any other.
    return f"{url.scheme}://{url.netloc.decode()}" if url.scheme in ("http", "https") and url.host else ""


def _host(url: httpx.URL) -> str:
    return shortened(url.netloc.decode())
