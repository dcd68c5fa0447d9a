"""What asking a licence server brought (domain.md 1.4), and when it is asked again."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(days=1)


class LicenseStatus(StrEnum):
    """``LicenseStatus`` of SuperOffice, by name."""

    OK = "Ok"
    NEW_LICENCE = "NewLicenseAvailable"
    NEW_COMPANY = "NewCompanyNameAvailable"
    NEW_SERIAL = "NewSerialAvailable"
    MESSAGE = "UseCustomMessage"
    MESSAGE_AND_URL = "UseCustomMessageAndUrl"
    ACTIVATED = "NewLicenseActivated"
    PROBLEM = "ProblemWithLicense"
    UNKNOWN = "UnknownError"


def next_try(now: datetime, failures: int) -> datetime:
    """When to ask again after *failures* in a row: in five minutes, then in twice as long, up to a day."""
    pause: timedelta = FIRST_PAUSE * 2 ** min(max(failures, 1) - 1, 20)
    return now + min(pause, LONGEST_PAUSE)
