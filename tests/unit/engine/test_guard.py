"""A guarded call costs one answer and names the culprit."""

from __future__ import annotations

import re

import pytest
from builders.plugins import raising

from host.api import InputError, NotFoundError, TabhostError
from host.domain.errors import PluginFault
from host.engine.guard import guarded, new_error_id
from host.engine.ledger import LONGEST_TRACE, Ledger

ERROR_ID = re.compile(r"E-[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4}")


class TestErrorIds:
    def test_an_error_id_can_be_read_out_over_the_telephone(self):
        """Two groups of four, without 0 and O, 1 and I, and U."""
        assert all(ERROR_ID.fullmatch(new_error_id()) for _ in range(500))

    def test_error_ids_do_not_repeat(self):
        """Two faults are never taken for one."""
        assert len({new_error_id() for _ in range(1000)}) == 1000


class TestGuardedCalls:
    def test_the_answer_comes_back_and_the_call_is_noted(self):
        """One call, no fault."""
        ledger = Ledger()
        assert guarded(ledger, "acme", lambda: 7) == 7
        behaviour = ledger.behaviour("acme")
        assert (behaviour.calls, behaviour.faults, behaviour.last_error_id) == (1, 0, "")

    @pytest.mark.parametrize(
        "error",
        [ValueError("kaput"), SystemExit("kaput"), KeyboardInterrupt("kaput"), MemoryError("kaput")],
        ids=lambda error: type(error).__name__,
    )
    def test_whatever_is_raised_becomes_a_fault_of_that_plugin(self, error):
        """The fault carries the plugin, an error id and the traceback; the ledger has the same."""
        ledger = Ledger()
        with pytest.raises(PluginFault) as caught:
            guarded(ledger, "acme", raising(error))
        fault, behaviour = caught.value, ledger.behaviour("acme")
        assert fault.plugin == "acme"
        assert ERROR_ID.fullmatch(fault.error_id)
        assert f"{type(error).__name__}: kaput" in fault.trace
        assert (behaviour.calls, behaviour.faults) == (1, 1)
        assert (behaviour.last_error_id, behaviour.last_trace) == (fault.error_id, fault.trace)

    def test_half_a_character_in_what_is_raised_reaches_no_page(self):
        """No answer could carry it: the card that tells of the fault would be a fault itself."""
        ledger = Ledger()
        with pytest.raises(PluginFault) as caught:
            guarded(ledger, "acme", raising(ValueError("\ud800 kaput" + "x" * LONGEST_TRACE)))
        assert len(caught.value.trace.encode()) == LONGEST_TRACE
        with pytest.raises(PluginFault) as caught:
            guarded(ledger, "acme", raising(ValueError("\ud800 kaput")))
        assert "ValueError: ? kaput" in caught.value.trace
        assert ledger.behaviour("acme").last_trace == caught.value.trace

    def test_an_error_that_cannot_say_what_it_is_is_a_fault_like_any_other(self):
        """The text of an exception is the plugin's code as well."""

        class Mute(Exception):  # noqa: N818 - named for what it does
            def __str__(self) -> str:
                raise ZeroDivisionError

        with pytest.raises(PluginFault):
            guarded(Ledger(), "acme", raising(Mute()))

    @pytest.mark.parametrize("error", [InputError("no"), NotFoundError("no")], ids=["input", "not found"])
    def test_saying_no_in_the_words_of_the_contract_is_no_fault(self, error):
        """It goes on to whoever answers the person, and is counted as a call."""
        ledger = Ledger()
        with pytest.raises(TabhostError) as caught:
            guarded(ledger, "acme", raising(error))
        assert caught.value is error
        assert (ledger.behaviour("acme").calls, ledger.behaviour("acme").faults) == (1, 0)
