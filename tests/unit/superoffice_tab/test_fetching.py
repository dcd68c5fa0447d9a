"""Asking a licence server, and everything it may answer."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from builders.licence_server import LicenceServer, licence_server
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from host.api import without_sign_in
from host.domain.outbound import Allowed
from host.services.outbound import Outbound
from superoffice_tab.services import fetching
from superoffice_tab.services.fetching import FetchError, address

DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[LicenceServer]:
    """A licence server with one file."""
    with licence_server() as found:
        found.files["/SUPEROFFICE/1.lic"] = b"the file"
        yield found


def fetch(url: str, **more: object):
    """Ask whoever is named, as if the operator had allowed it."""
    try:
        hosts = frozenset({(httpx.URL(url).raw_host.decode().lower(), None)})
    except (httpx.InvalidURL, UnicodeError):
        hosts = frozenset()
    return fetching.fetch(url, http=Outbound(Allowed(hosts)).client, **more)


def asked(server: LicenceServer, path: str = "/SUPEROFFICE/1.lic", **more: object):
    return fetch(server.address + path, **more)


def refused(server: LicenceServer, path: str = "/SUPEROFFICE/1.lic", **more: object) -> str:
    with pytest.raises(FetchError) as caught:
        asked(server, path, **more)
    return str(caught.value)


def _greet(server: socket.socket) -> None:
    """Answer as a mail server does, whoever is asked for it."""
    with suppress(OSError):
        taken, _ = server.accept()
        with taken:
            taken.recv(1024)
            taken.sendall(b"220 mail.example ESMTP\r\n")


def _own_certificate(path: Path) -> Path:
    """Write a certificate that nobody but itself vouches for, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + DAY)
    certificate = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    kept = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate + key.private_bytes(*kept))
    return path


class TestAGoodServer:
    def test_it_answers_with_the_file_and_its_tag(self, server):
        server.headers["ETag"] = '"a"'
        found = asked(server)
        assert (found.content, found.etag, found.missing) == (b"the file", '"a"', False)

    def test_what_is_known_is_not_sent_again(self, server):
        server.headers["ETag"] = '"a"'
        found = asked(server, etag='"a"')
        assert (found.content, found.etag, found.missing) == (None, '"a"', False)

    def test_none_is_no_failure(self, server):
        assert asked(server, "/OTHER/1.lic").missing

    def test_it_may_not_even_send_on_to_itself(self, server):
        """What an operator allowed is one address, and the page says which one it is now."""
        server.status, server.elsewhere = 302, f"{server.address}/SUPEROFFICE/2.lic"
        assert f"sends elsewhere: to {server.address}/SUPEROFFICE/2.lic. It was not" in refused(server)
        assert [path for path, _ in server.asked] == ["/SUPEROFFICE/1.lic"]

    @pytest.mark.parametrize("tag", ['"bl\xe5"', '"\t"', f'"{"x" * 300}"'])
    def test_a_tag_that_cannot_be_kept_and_sent_again_is_none(self, server, tag):
        server.headers["ETag"] = tag
        found = asked(server)
        assert (found.content, found.etag) == (b"the file", "")

    def test_the_address_follows_the_format(self):
        assert address("https://x.example/lic/", "ACME", "12") == "https://x.example/lic/ACME/12.lic"


class TestABadServer:
    def test_one_that_drips_is_left_in_time(self, server):
        """The deadline is for the whole answer, not for each byte of it."""
        server.drips = True
        assert "did not answer within 1 seconds" in refused(server, seconds=1)
        assert server.left.wait(30)

    def test_one_that_leads_elsewhere_is_not_followed(self, server):
        server.status = 302
        assert "sends elsewhere: to http://elsewhere.invalid. It was not followed" in refused(server)

    @pytest.mark.parametrize(
        ("location", "said"),
        [
            ("https://127.0.0.1/x", "elsewhere: to https://127.0.0.1."),
            ("//me:secret@127.0.0.1:1/x", "elsewhere: to http://127.0.0.1:1."),
            ("http://xn--80ak6aa92e.com/", "elsewhere: to http://xn--80ak6aa92e.com."),
            (f"http://{'good.' * 300}evil.example/", "d.good.good.good.evil.example."),
            ("file:///etc/passwd", "to “file:///etc/passwd”, which is no web address"),
            ("javascript:alert(1)", "to “javascript:alert(1)”, which is no web address"),
            ("http://me:secret@x:y/", "to “http://x:y/”, which is no web address"),
        ],
    )
    def test_where_it_leads_is_said_in_full(self, server, location, said):
        """Scheme, host and port, for any of them may be what is wrong; no password, and no novel."""
        server.status, server.elsewhere = 302, location
        found = refused(server)
        assert said in found
        assert "secret" not in found
        assert len(found) < 300
        assert f"at {server.address.removeprefix('http://')} " in found

    def test_a_web_page_is_no_licence(self, server):
        server.headers["Content-Type"] = "text/html; charset=utf-8"
        assert "web page" in refused(server)

    def test_an_error_is_named(self, server):
        server.status = 503
        assert "error 503" in refused(server)

    def test_too_much_is_not_read(self, server):
        server.files["/SUPEROFFICE/1.lic"] = b"x" * 70_000
        assert "larger than any licence" in refused(server, largest=65_000)

    def test_what_comes_packed_is_not_unpacked(self, server):
        """A few bytes could become gigabytes: nobody asked for them packed."""
        packed = gzip.compress(bytes(1_000_000))
        server.files["/SUPEROFFICE/1.lic"] = packed
        server.headers["Content-Encoding"] = "gzip"
        assert asked(server, largest=65_000).content == packed

    def test_an_answer_that_breaks_off_is_no_licence(self, server):
        """The server was reached: whoever reads that it was not looks in the wrong place."""
        server.missing = 3
        assert "broke off before its end" in refused(server)

    def test_what_is_no_web_server_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            threading.Thread(target=lambda: _greet(other), daemon=True).start()
            with pytest.raises(FetchError, match="is no web server"):
                fetch(f"http://127.0.0.1:{other.getsockname()[1]}/x.lic")

    def test_a_certificate_that_is_not_trusted_is_named(self, tmp_path: Path):
        """Whoever reads that the server cannot be reached looks in the wrong place."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_own_certificate(tmp_path / "own.pem"))
        listening = socket.create_server(("127.0.0.1", 0))
        with context.wrap_socket(listening, server_side=True) as other:
            threading.Thread(target=lambda: _greet(other), daemon=True).start()
            with pytest.raises(FetchError, match="not trusted here"):
                fetch(f"https://127.0.0.1:{other.getsockname()[1]}/x.lic")

    def test_a_very_long_name_is_cut_in_the_middle(self):
        """Its end says whose it is."""
        with pytest.raises(FetchError, match="cannot be reached") as caught:
            fetch(f"http://{'a' * 3000}.example/x.lic")
        assert len(str(caught.value)) < 200
        assert "a.example" in str(caught.value)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:1/x.lic", "http://nobody.invalid/x.lic"])
    def test_one_that_is_not_there_says_so(self, url):
        with pytest.raises(FetchError, match="cannot be reached"):
            fetch(url)

    @pytest.mark.parametrize("url", ["ftp://me:secret@x/y", "http://me:secret@", "http://me:secret@x:y/"])
    def test_no_password_is_said(self, url):
        with pytest.raises(FetchError, match="no address") as caught:
            fetch(url)
        assert "secret" not in str(caught.value)

    def test_no_password_is_logged(self, server, caplog):
        """The server gets it all the same; httpx logs whatever address it is given."""
        with caplog.at_level(logging.DEBUG):
            fetch(f"{server.address}/SUPEROFFICE/1.lic".replace("//", "//me:p%40ss@"))
        assert server.signed_in == [f"Basic {b64encode(b'me:p@ss').decode()}"]
        assert "/SUPEROFFICE/1.lic" in caplog.text
        assert "p%40ss" not in caplog.text
        assert server.signed_in[0] not in caplog.text

    def test_one_that_nobody_allowed_is_not_asked(self, server):
        """It has no TLS, and stands on this machine."""
        with pytest.raises(FetchError, match=r"may not be called from here.*TABHOST_OUTBOUND_ALLOW"):
            fetching.fetch(f"{server.address}/SUPEROFFICE/1.lic", http=Outbound(Allowed()).client)
        assert server.asked == []

    def test_who_has_no_password_sends_none(self, server):
        asked(server)
        assert server.signed_in == [""]

    def test_only_the_sign_in_is_left_out_of_an_address(self):
        assert without_sign_in("https://me:p@ss@x.example:81/a@b/?c=@") == "https://x.example:81/a@b/?c=@"

    @pytest.mark.parametrize(
        "url", ["ftp://x/y", "nonsense", "file:///etc/passwd", "http://", "http://xn--/"]
    )
    def test_what_is_no_address_is_refused(self, url):
        with pytest.raises(FetchError, match="no address"):
            fetch(url)


def test_a_loop_that_runs_where_it_is_asked_is_in_nobodys_way(server):
    """As where the host is served by something that has one."""

    async def ask():
        return asked(server)

    assert asyncio.run(ask()).content == b"the file"
