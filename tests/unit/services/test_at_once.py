"""Two people who do the same thing at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from builders.plugins import vendor

from host.api import ConflictError
from host.domain.people import command_line
from host.services.people import add_account
from host.services.plugins import off, switch_plugin

CLERKS = 8


def at_once(work: Callable[[], None]) -> list[Exception | None]:
    """What eight threads met that did *work* together."""
    start = Barrier(CLERKS)

    def run(_: int) -> Exception | None:
        start.wait()
        try:
            work()
        except Exception as error:
            return error
        return None

    with ThreadPoolExecutor(CLERKS) as pool:
        return list(pool.map(run, range(CLERKS)))


def test_one_account_comes_of_it_and_the_others_are_told(host_on):
    """Exactly one is added; everybody else reads that it is there already."""
    kit = host_on()

    def add() -> None:
        add_account(kit.house, user_id="KAAN", full_name="", password=None, roles=(), actor=command_line([]))

    met = at_once(add)
    assert met.count(None) == 1
    assert all(isinstance(each, ConflictError) for each in met if each is not None)
    assert [each.action for each in kit.audit()] == ["account.added"]


@pytest.mark.parametrize("on", [True, False])
def test_a_switch_pressed_by_several_is_just_pressed(host_on, on):
    """Nobody gets an error, and each press is in the log."""
    kit = host_on(vendor("acme"))
    assert at_once(lambda: switch_plugin(kit.house, "acme", on=on, actor=command_line([]))) == [None] * CLERKS
    assert ("acme" in off(kit.house)) is not on
    assert len(kit.audit()) == CLERKS
