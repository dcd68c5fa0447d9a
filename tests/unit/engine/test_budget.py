"""How much a plugin may have the host write in a minute."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from builders.twofold import on_one_side, soon

from host.domain.people import command_line
from host.engine.budget import BYTES, MINUTE, ROWS, Budget, OverspentError
from host.services.plugins import switch_plugin


class Watch:
    """Seconds that stand until they are moved."""

    now = 1000.0

    def __call__(self) -> float:
        """Seconds since whenever."""
        return self.now


@pytest.fixture
def watch() -> Watch:
    """Stands still."""
    return Watch()


@pytest.fixture
def budget(watch) -> Budget:
    """Nothing of it is spent."""
    return Budget(watch)


class TestAShare:
    @pytest.mark.parametrize(("rows", "size"), [(ROWS, 0), (0, BYTES), (ROWS, BYTES)])
    def test_it_can_be_spent_to_the_last_row_and_byte(self, budget, rows, size):
        """And then nothing more of either."""
        budget.spend("acme", rows, size)
        with pytest.raises(OverspentError, match=f"acme has had {rows} audit entries"):
            budget.spend("acme", 1, 1)

    @pytest.mark.parametrize(("rows", "size"), [(ROWS + 1, 0), (0, BYTES + 1)])
    def test_what_is_refused_costs_nothing(self, budget, rows, size):
        """So a piece that is too large does not shut out the small ones after it."""
        with pytest.raises(OverspentError):
            budget.spend("acme", rows, size)
        budget.spend("acme", ROWS, BYTES)

    def test_each_plugin_has_its_own(self, budget):
        """A neighbour that floods takes nothing away."""
        budget.spend("flood", ROWS, BYTES)
        budget.spend("acme", ROWS, BYTES)

    def test_there_is_a_new_one_after_a_minute(self, budget, watch):
        """Not before."""
        budget.spend("acme", ROWS, 0)
        watch.now += MINUTE
        with pytest.raises(OverspentError):
            budget.spend("acme", 1, 0)
        watch.now += 0.01
        budget.spend("acme", ROWS, 0)

    def test_threads_together_get_no_more_of_it(self, budget):
        """Each row is counted once."""

        def spend(_: int) -> int:
            try:
                budget.spend("acme", 7, 0)
            except OverspentError:
                return 0
            return 7

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(spend, range(600))) == ROWS // 7 * 7


def test_a_runner_that_floods_the_log_gets_no_more_than_its_share(tmp_path, monkeypatch):
    """Its own work is kept and its pages are served; the rest waits in its outbox, and others write on."""
    monkeypatch.setattr("host.engine.budget.MINUTE", 3600.0)  # a busy machine may need more than one
    with on_one_side(tmp_path, remote=True) as twofold:
        for _ in range(10):  # each well within its deadline, on a busy machine too
            page = twofold.post(
                "note('kept')\nfor n in range(340): current_host.audit('thing.done', 'flood')"
            )
            assert page.status == 200
        assert twofold.notes() == ["kept"] * 10
        assert soon(lambda: int(twofold.waiting()) <= 10 * 341 - 2900)
        assert twofold.entries("flood") + twofold.entries("kept") <= ROWS
        assert twofold.entries("flood") >= ROWS - 100
        switch_plugin(twofold.kit.house, "status_tab", on=False, actor=command_line([]))
        assert twofold.audited("status_tab")
