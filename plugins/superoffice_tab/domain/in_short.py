"""What a set changes that changes nothing for people, in one sentence."""

from __future__ import annotations

from host.api import N_, Text

from .licences import LicenceSet


def nothing_for_people(old: LicenceSet | None, new: LicenceSet) -> Text:
    """What is not as it was, where no licence changes (domain.md 1.4).

    Args:
        old: The set in force; None where there is none.
        new: The set that waits, which changes no licence.
    """
    if old is None:
        return N_("This set has no licences.")
    match (old.serial != new.serial, old.company != new.company):
        case (True, True):
            return N_("No licence changes. The serial number and the company name do.")
        case (True, False):
            return N_("No licence changes. The serial number does.")
        case (False, True):
            return N_("No licence changes. The company name does.")
        case _:
            return N_("No licence changes. Only dates or descriptions do.")
