"""Calling a plugin so that whatever it does costs one answer, and the culprit is named."""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from collections.abc import Callable
from typing import TypeVar

from host.api.errors import TabhostError
from host.domain.errors import PluginFault

from .ledger import Ledger, bounded
from .runner.wire import BusyError

Result = TypeVar("Result")
logger = logging.getLogger(__name__)

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""Letters and figures that nobody mixes up when reading an error id over the telephone."""


def new_error_id() -> str:
    """A short id that a person can read out, such as ``E-7Q4M-2K9D``."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return f"E-{''.join(letters[:4])}-{''.join(letters[4:])}"


def guarded(ledger: Ledger, plugin: str, call: Callable[[], Result]) -> Result:
    """Call into *plugin*, note it in the *ledger*, and give back what comes.

    `BaseException` is caught on purpose: a plugin that raises `SystemExit` must not end a worker.

    Raises:
        PluginFault: The plugin raised; carries an error id.
        TabhostError: The plugin said no in the words of the contract. That is no fault.
        BusyError: It was not called: too many calls of it are under way.
    """
    start = time.perf_counter()
    try:
        result = call()
    except (TabhostError, BusyError):  # nobody's fault, or not that of this call
        ledger.record(plugin, time.perf_counter() - start)
        raise
    except BaseException as error:
        # A runner's own traceback says more than that of the wire.
        trace = bounded(getattr(error, "trace", "") or "".join(traceback.format_exception(error)))
        error_id = new_error_id()
        # The cleaned text: what the plugin raised may hold half characters that no log can take.
        logger.error("%s: the plugin %s failed\n%s", error_id, plugin, trace)  # noqa: TRY400 - see above
        ledger.record(plugin, time.perf_counter() - start, error_id=error_id, trace=trace)
        raise PluginFault(plugin, error_id, trace) from error
    ledger.record(plugin, time.perf_counter() - start)
    return result
