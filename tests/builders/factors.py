"""Second factors for tests: the app that makes the codes, and an account that has one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from pyotp import TOTP

from builders.accounts import USER, sign_in
from host.testing import HostKit
from host.testing.kit import Client

SECRET = re.compile(r'id="secret">([A-Z2-7 ]+)<')
RECOVERY = re.compile(r"<code>((?:[A-Z2-7]{4}-){5}[A-Z2-7]{4})</code>")
SETUP = "/profile/second-factor"
SECOND = "/login/second"
STEP = timedelta(seconds=30)


@dataclass
class App:
    """An app that makes codes, with the clock of a host.

    Args:
        kit: The host.
        secret: As the page showed it.
        recovery: The codes that it showed afterwards.
    """

    kit: HostKit
    secret: str
    recovery: list[str]

    def code(self, steps: int = 0) -> str:
        """What it shows now, or *steps* half minutes from now."""
        return TOTP(self.secret).at(int((self.kit.clock.now + steps * STEP).timestamp()))

    def next_code(self) -> str:
        """What it shows a half minute later; the clock moves on."""
        self.kit.clock.advance(STEP)
        return self.code()


def set_up(kit: HostKit, client: Client) -> App:
    """Set a second factor up through the page."""
    page = client.post(SETUP)
    found = SECRET.search(page.text)
    assert found, page.text
    app = App(kit, found[1].replace(" ", ""), [])
    done = client.post(f"{SETUP}/confirm", {"code": app.code()})
    app.recovery = RECOVERY.findall(done.text)
    assert len(app.recovery) == 10, done.text
    return app


def sign_in_with(client: Client, code: str, user_id: str = USER, **more: str):
    """Send the sign-in form, and the code on the second page."""
    first = sign_in(client, user_id, **more)
    assert first.headers["Location"] == SECOND
    return client.flask.post(SECOND, data={"code": code})
