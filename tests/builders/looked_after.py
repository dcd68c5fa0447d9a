"""People that tests look after: accounts, what the log says of them, and their browsers."""

from __future__ import annotations

from builders.accounts import is_signed_in
from builders.plugins import neighbour
from host.domain.people import command_line
from host.services import looking_after, people, signing_in
from host.testing import HostKit
from host.testing.kit import Client

CLI = command_line([])


def add(kit: HostKit, user_id: str, *having: str, full_name: str = "") -> int:
    """An account with these roles; its number."""
    return people.add_account(
        kit.house, user_id=user_id, full_name=full_name, password=None, roles=having, actor=CLI
    )


def newest(kit: HostKit) -> tuple[object, ...]:
    """What the log says last."""
    entry = kit.audit()[0]
    return entry.action, entry.actor, entry.subject, entry.before, entry.after


def browser(kit: HostKit, user_id: str) -> Client:
    """Somebody signed in."""
    client = kit.anonymous()
    client.flask.get(f"/login/once/{signing_in.make_link(kit.house, user_id)}")
    assert is_signed_in(client)
    return client


def with_anna_and_bent(host_with) -> HostKit:
    """A host with one tab, ANNA who sees it, and BENT who may do nothing and is disabled."""
    kit: HostKit = host_with(neighbour())
    add(kit, "ANNA", "viewer", full_name="Anna <b>Andersen</b>")
    looking_after.disable(kit.house, add(kit, "BENT"), CLI)
    return kit
