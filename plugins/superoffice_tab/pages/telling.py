"""How pages tell of a no."""

from __future__ import annotations

from host.api import TabhostError, current_host
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.services.refusals import RefusedError


def in_words(error: TabhostError) -> str:
    """What a person is told: a verdict or a refusal in their language, anything else as it was raised.

    The detail of a verdict that only a technician reads is left out, for it is English.
    """
    if isinstance(error, RefusedError):
        return error.told(current_host.translate)
    if not isinstance(error, VerdictError):
        return str(error)
    said = current_host.translate(error.text)
    return f"{said} ({current_host.translate(error.told)}.)" if error.told else said
