"""What pages hand to the services, and how they tell of a no."""

from __future__ import annotations

from host.api import TabhostError, current_host
from superoffice_tab.circumstances import Circumstances, circumstances, trusted
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.services.refusals import RefusedError

__all__ = ["Circumstances", "circumstances", "in_words", "trusted"]


def in_words(error: TabhostError) -> str:
    """What a person is told: a verdict or a refusal in their language, anything else as it was raised."""
    if isinstance(error, RefusedError):
        return error.told(current_host.translate)
    if not isinstance(error, VerdictError):
        return str(error)
    said = current_host.translate(error.text)
    return f"{said} ({error.detail}.)" if error.detail else said
