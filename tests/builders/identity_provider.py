"""A real OpenID provider, npm's ``oidc-provider``, and a person with a browser without a screen."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from builders.missing import not_here

HERE = Path(__file__).parent / "openid"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tabhost-tests"
CLIENT, SECRET = "tabhost", "a secret: of a test + more"
PEOPLE: dict[str, dict[str, Any]] = {
    "s-1001": {"name": "Karen Andersen", "preferred_username": "KAAN", "groups": ["staff", "it"]},
    "s-1002": {"name": "Ole Berg", "preferred_username": "OLBE", "groups": ["staff"]},
    "s-1003": {"name": "Nobody", "preferred_username": " \u0007", "groups": []},
}
"""Those whom the provider knows, by what it calls them for ever."""
_FORM = re.compile(r'<form[^>]* action="([^"]+)"')
_HIDDEN = re.compile(r'name="prompt" value="([^"]+)"')


@dataclass(frozen=True)
class RealProvider:
    """A running provider.

    Args:
        issuer: Its address.
        process: What runs it.
    """

    issuer: str
    process: subprocess.Popen[str]

    def settings(self, **more: str) -> dict[str, str]:
        """The variables of a host that trusts it."""
        return {
            "TABHOST_OIDC_ISSUER": self.issuer,
            "TABHOST_OIDC_CLIENT_ID": CLIENT,
            "TABHOST_OIDC_CLIENT_SECRET": SECRET,
            "TABHOST_OIDC_ROLES": "staff=viewer, it=administrator",
            "TABHOST_OIDC_CREATE": "yes",
            "TABHOST_OUTBOUND_ALLOW": urlsplit(self.issuer).netloc,
            **{f"TABHOST_OIDC_{name}": text for name, text in more.items()},
        }


@contextmanager
def real_provider(*hosts: str) -> Iterator[RealProvider]:
    """Install it where it is not yet, and run it.

    Args:
        hosts: Addresses of the hosts that people are sent back to.
    """
    folder = _installed()
    setup = {
        "client": {
            "id": CLIENT,
            "secret": SECRET,
            "back": [f"{each}/login/openid/callback" for each in hosts],
            "out": [f"{each}/login" for each in hosts],
        },
        "people": PEOPLE,
    }
    process = subprocess.Popen(
        ["node", "provider.mjs"],
        cwd=folder,
        env={**os.environ, "PROVIDER": json.dumps(setup)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        said = process.stdout.readline().split()
        assert said[:1] == ["ready"], "the provider did not start"
        yield RealProvider(said[1], process)
    finally:
        process.kill()
        process.communicate()


def _installed() -> Path:
    """The folder with the pinned packages in it, installed once on this machine."""
    if not (shutil.which("npm") and shutil.which("node")):
        not_here("npm")
    pinned = [(HERE / name).read_bytes() for name in ("package.json", "package-lock.json", "provider.mjs")]
    folder = CACHE / f"openid-{sha256(b''.join(pinned)).hexdigest()[:16]}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=CACHE))
    for each in HERE.iterdir():
        shutil.copy(each, fresh)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=fresh, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    try:
        fresh.rename(folder)
    except OSError:  # another worker was quicker
        shutil.rmtree(fresh)
    return folder


class Person:
    """Somebody at the provider's pages."""

    def __init__(self) -> None:
        self.browser = httpx.Client(trust_env=False, timeout=20)

    def sign_in(self, address: str, subject: str) -> str:
        """Go to *address*, sign in as *subject*, agree; the address that the provider sends back to."""
        answer = self._follow(self.browser.get(address), address)
        while isinstance(answer, httpx.Response):
            action, prompt = _FORM.search(answer.text), _HIDDEN.search(answer.text)
            assert action, answer.text
            assert prompt, answer.text
            form = {"prompt": prompt[1], "login": subject, "password": "any"}
            answer = self._follow(self.browser.post(unescape(action[1]), data=form), address)
        return answer

    def break_off(self, address: str) -> str:
        """Go to *address* and give up there; the address that the provider sends back to."""
        answer = self._follow(self.browser.get(address), address)
        assert isinstance(answer, httpx.Response)
        link = re.search(r'href="([^"]+/abort)"', answer.text)
        assert link, answer.text
        back = self._follow(self.browser.get(urljoin(str(answer.url), unescape(link[1]))), address)
        assert isinstance(back, str)
        return back

    def sign_out(self, address: str) -> str:
        """Go to *address*, agree to sign out; the address that the provider leads to."""
        page = self._follow(self.browser.get(address), address)
        assert isinstance(page, httpx.Response)
        action, secret = _FORM.search(page.text), re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert action, page.text
        assert secret, page.text
        form = {"xsrf": secret[1], "logout": "yes"}
        led = self._follow(self.browser.post(unescape(action[1]), data=form), address)
        assert isinstance(led, str)
        return led

    def asks_who(self, address: str) -> bool:
        """Whether the provider asks for a name before it leads anywhere."""
        page = self._follow(self.browser.get(address), address)
        return isinstance(page, httpx.Response) and 'name="login"' in page.text

    def close(self) -> None:
        """Close the browser."""
        self.browser.close()

    def _follow(self, answer: httpx.Response, address: str) -> httpx.Response | str:
        """The page that comes at last, or the address outside the provider that it leads to."""
        while answer.has_redirect_location:
            target = urljoin(str(answer.url), answer.headers["Location"])
            if urlsplit(target).netloc != urlsplit(address).netloc:
                return target
            answer = self.browser.get(target)
        return answer
