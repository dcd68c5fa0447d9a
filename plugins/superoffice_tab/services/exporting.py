"""The licence list as CSV: every column, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import csv_file
from superoffice_tab.domain.licences import LicenceType
from superoffice_tab.storage.models import Licence

from .reading import LicenceView, OwnerView

COLUMNS = (
    "owner", "full_name", "name", "type", "in_use", "total", "free", "unrestricted", "hidden", "altered",
    "tooltip", "version", "prerequisite", "allowed_user_type", "quantity",
)  # fmt: skip
"""Keys of the columns, in their order."""


def licences_csv(
    owner: OwnerView,
    found: Iterable[LicenceView],
    *,
    session: Session,
    heads: Sequence[str],
    words: Mapping[bool, str],
    site_use: Mapping[str, int] | None = None,
) -> bytes:
    """Write *found*, licences of *owner*, for a spreadsheet.

    Args:
        heads: What stands above the columns, in the order of `COLUMNS`.
        words: How yes and no are said.
        site_use: How many satellites occupy each site licence, by full name; None where nobody knows.
    """
    columns = (Licence.name, Licence.version, Licence.prerequisite, Licence.allowed_user_type)
    query = select(*columns, Licence.quantity).where(Licence.owner_id == owner.id)
    more = {name: rest for name, *rest in session.execute(query)}
    rows = []
    for each in found:
        in_use, free = each.in_use, each.free
        if each.kind == LicenceType.SATELLITE and site_use is not None:
            in_use = site_use.get(each.name, 0)
            free = None if each.total is None else max(0, each.total - in_use)
        flags = (words[each.unrestricted], words[each.hidden], words[each.altered])
        known = (owner.name, each.name, each.description, each.type.word, in_use, each.total, free, *flags)
        rows.append((*known, each.tooltip, *more.get(each.code, ())))
    return csv_file(heads, rows)
