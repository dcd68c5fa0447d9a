"""What becomes of a file that is not accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from unit.superoffice_tab.building import NOW, Installation

from superoffice_tab.domain.verdicts import VerdictError


def verdict(installation: Installation, content: bytes | dict[str, Any], **options: Any) -> VerdictError:
    """What loading *content* ends with; not one row may change."""
    before, audits = installation.everything(), len(installation.work.audits)
    with pytest.raises(VerdictError) as caught:
        installation.load(content, **options)
    assert installation.everything() == before
    assert len(installation.work.audits) == audits
    return caught.value


def code(installation: Installation, content: bytes | dict[str, Any], **options: Any) -> str:
    return verdict(installation, content, **options).verdict.value


def seconds(**ago: int) -> int:
    return int((NOW - timedelta(**ago)).timestamp())
