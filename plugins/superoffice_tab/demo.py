"""The demo company: its licence set and people, dated relative to today.

The files in ``demo_files/`` follow domain.md 5.1: 21 + 15 + 20 + 7 plans are the 63 of ``user``.
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from host.api import current_host

WARNING = timedelta(days=28)
GRACE = timedelta(days=12)

_SOURCE = "demo_files"


def write(folder: Path) -> list[list[str]]:
    """Write the demo's files into *folder*.

    Returns:
        The commands that make root and owner keys, sign the set, pin the root, and load both files.
    """
    now = current_host.clock()
    claims, licence, people = (folder / name for name in ("claims.json", "superoffice.lic", "associates.csv"))
    claims.write_text(json.dumps(_claims(now), ensure_ascii=False, indent=1), encoding="utf-8")
    _write_people(people, now)
    root, owner = folder / "root", folder / "owner"
    private = {
        name: str(key.with_name(f"{key.name}.private.jwk"))
        for name, key in (("root", root), ("owner", owner))
    }
    return [
        ["licence", "keygen", str(root)],
        ["licence", "keygen", str(owner)],
        [
            "licence", "sign", str(claims), str(licence),
            "--root-key", private["root"], "--owner-key", private["owner"],
        ],
        ["plugins", "set", "superoffice_tab", "root_keys", str(folder / "root.public.jwk")],
        ["superoffice", "load-licence", str(licence)],
        ["superoffice", "import-associates", str(people)],
    ]  # fmt: skip


def expiry_after(day: date) -> date:
    """The next 30 June whose reminders have not begun on *day*."""
    june = date(day.year, 6, 30)
    return june if june - WARNING > day else date(day.year + 1, 6, 30)


def _claims(now: datetime) -> dict[str, Any]:
    licence = json.loads(files(__package__).joinpath(_SOURCE, "superoffice.json").read_text(encoding="utf-8"))
    today = now.date()
    expiry = expiry_after(today)
    first_of_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    licence |= {
        "NextCheckDate": _midnight(first_of_month),
        "MaintenanceDate": _midnight(expiry - WARNING),
        "AdminWarningDate": _midnight(expiry - WARNING),
        "ExpiryDate": _midnight(expiry),
        "GraceDate": _midnight(expiry + GRACE),
    }
    return {"iss": licence["OwnerName"], "aud": licence["SerialNr"], "seq": 1, "licence": licence}


def _midnight(day: date) -> str:
    return datetime.combine(day, time.min).isoformat()


def _write_people(target: Path, now: datetime) -> None:
    source = files(__package__).joinpath(_SOURCE, "associates.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(source.splitlines()))
    columns = ["last_login" if name == "days_since_login" else name for name in rows[0]]
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for number, row in enumerate(rows):
            days = int(row.pop("days_since_login"))
            login = now.astimezone(UTC) - timedelta(days=days, minutes=3 + 7 * number % 200)
            writer.writerow({**row, "last_login": login.isoformat(timespec="seconds")})
