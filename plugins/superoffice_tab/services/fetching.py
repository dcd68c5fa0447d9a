"""Ask a licence server for a file: in time, nowhere but there, and for no more than a licence file.

A licence server is anything that answers ``GET <LicenseUrl>/<OwnerName>/<SerialNr>.lic`` (formats.md 1).
One without TLS, or inside the network, is as good as any, since the file itself is signed; the operator
allows it by name (``TABHOST_OUTBOUND_ALLOW``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import httpx

from host.api import N_, CallRefusedError, LargeAnswerError, Text, without_sign_in
from superoffice_tab.domain.addresses import shortened
from superoffice_tab.domain.envelope import LARGEST_FILE

SECONDS = 5.0
"""In all, however slowly the answer drips in."""
_LONGEST_TAG = 254  # characters of its column


class MakeClient(Protocol):
    """Makes clients that ask nobody but whom the operator allows: `current_host.http`."""

    def __call__(self, *, seconds: float, largest: int) -> httpx.Client:
        """One that waits, and reads, no more than that."""


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


def fetch(
    url: str, *, http: MakeClient, etag: str = "", seconds: float = SECONDS, largest: int = LARGEST_FILE
) -> Fetched:
    """Get a licence file.

    Args:
        http: Makes the client that asks.
        etag: Of the file that is known; "" for none.
        seconds: For everything together.
        largest: Bytes that are read at most.

    Raises:
        FetchError: It cannot be had; says why.
    """
    shown = without_sign_in(url)
    host = shortened(shown)
    try:
        said = httpx.URL(url)
        host = _host(said) or host
        # Its own header: httpx logs addresses as they are.
        sign_in = httpx.BasicAuth(said.username, said.password) if said.userinfo else None
        headers = {"If-None-Match": etag} if etag else {}
        if _origin(said):
            with http(seconds=seconds, largest=largest) as client:
                client.event_hooks["response"].append(_stay)  # comes before httpx judges where it leads to
                return _read(client.get(httpx.URL(shown), headers=headers, auth=sign_in))
    except CallRefusedError as error:
        raise FetchError(
            N_(
                "The licence server at %(host)s may not be called from here: it has no TLS, or stands inside "
                "the network. Nothing was asked. The operator can allow it by name, in "
                "TABHOST_OUTBOUND_ALLOW.",
                host=host,
            )
        ) from error
    except LargeAnswerError as error:
        raise FetchError(
            N_("What the licence server at %(host)s sends is larger than any licence.", host=host)
        ) from error
    except (httpx.InvalidURL, UnicodeError):
        pass  # said below
    except httpx.HTTPError as error:
        raise FetchError(_why(error, host, seconds)) from error
    raise FetchError(N_("“%(url)s” is no address of a licence server.", url=shortened(shown)))


def _why(error: httpx.HTTPError, host: str, seconds: float) -> Text:
    """What happened, and what to do."""
    if isinstance(error, httpx.TimeoutException):
        return N_(
            "The licence server at %(host)s did not answer within %(seconds)s seconds. Try again later.",
            host=host,
            seconds=round(seconds),
        )
    if isinstance(error, httpx.RemoteProtocolError):
        return N_("What answers at %(host)s is no web server. Check the address and its port.", host=host)
    if isinstance(error, httpx.ReadError):
        return N_(
            "The answer of the licence server at %(host)s broke off before its end. Try again later.",
            host=host,
        )
    if "CERTIFICATE_VERIFY_FAILED" in str(error):  # which httpx says in words alone
        return N_(
            "The licence server at %(host)s has a certificate that is not trusted here. Nothing was asked. "
            "Its owner can renew it; that of a company's own has to be trusted by this machine first.",
            host=host,
        )
    return N_("The licence server at %(host)s cannot be reached. Try again later.", host=host)


def _stay(answer: httpx.Response) -> None:
    """Refuse an answer that leads elsewhere.

    Raises:
        FetchError: It does.
    """
    if answer.has_redirect_location:
        raise FetchError(_elsewhere(answer.request.url, answer.headers["Location"]))


def _elsewhere(url: httpx.URL, location: str) -> Text:
    """That an answer leads elsewhere, and where to. It is not followed, not even on the same server."""
    try:
        there = url.join(location)
        origin = _origin(there)
    except (httpx.InvalidURL, UnicodeError):
        origin = ""
    if not origin:
        other = shortened(ascii(without_sign_in(location))[1:-1])
        return N_(
            "The licence server at %(host)s sends to “%(other)s”, which is no web address. "
            "It was not followed.",
            host=_host(url),
            other=other,
        )
    same = origin == _origin(url)
    return N_(
        "The licence server at %(host)s sends elsewhere: to %(other)s. It was not followed. "
        "If it has moved there, that has to be set as its address.",
        host=_host(url),
        other=shortened(without_sign_in(str(there)) if same else origin),
    )


def _read(answer: httpx.Response) -> Fetched:
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
    return Fetched(content=answer.content, etag=etag)


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
