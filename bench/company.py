"""The company that the licence list shows: made with Tabhost's own commands, read by everybody."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

LICENCES = 50
PEOPLE = 200
HELD_BY_EACH = 5
OWNER = "SUPEROFFICE"
SERIAL = "1801001239"
PERSON = "BENCH"
COMMAND = str(Path(sys.executable).with_name("tabhost"))

NAMES = [f"Sales and service {number:02}" for number in range(1, LICENCES + 1)]
"""Display names; a page shows the rows if it shows all of these."""


def environment(**variables: str) -> dict[str, str]:
    """This process's variables without any for Tabhost but *variables*."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TABHOST_")}
    return inherited | variables


def tabhost(data: Path, *words: str, **variables: str) -> str:
    """Run one of Tabhost's commands on *data* and return what it printed.

    Args:
        data: Where the data stand.
        words: The command.
        variables: More of its environment.

    Raises:
        RuntimeError: It failed; says what it said.
    """
    done = subprocess.run(
        [COMMAND, *words],
        env=environment(TABHOST_DATA=str(data), **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"tabhost {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def found(data: Path) -> None:
    """Make the company in the empty folder *data*, with an account that may see it."""
    data.mkdir(parents=True)
    claims, licence, people = (data / name for name in ("claims.json", "set.lic", "associates.csv"))
    claims.write_text(json.dumps(_claims()), encoding="utf-8")
    _write_people(people)
    root, owner = data / "root", data / "owner"
    tabhost(data, "licence", "keygen", str(root))
    tabhost(data, "licence", "keygen", str(owner))
    keys = ["--root-key", f"{root}.private.jwk", "--owner-key", f"{owner}.private.jwk"]
    tabhost(data, "licence", "sign", str(claims), str(licence), *keys)
    tabhost(data, "plugins", "set", "superoffice_tab", "root_keys", f"{root}.public.jwk")
    tabhost(data, "superoffice", "load-licence", str(licence))
    tabhost(data, "superoffice", "import-associates", str(people))
    tabhost(data, "user", "add", PERSON, "--name", "Bente Berg", "--role", "administrator", "--link")


def _claims() -> dict[str, Any]:
    now = datetime.now(UTC)
    expiry = (now + timedelta(days=200)).date().isoformat()
    issued = int((now - timedelta(hours=1)).timestamp())
    return {
        "iss": OWNER,
        "aud": SERIAL,
        "iat": issued,
        "nbf": issued,
        "seq": 1,
        "licence": {
            "CompanyName": "Example Trading AS",
            "SerialNr": SERIAL,
            "OwnerName": OWNER,
            "OwnerDescription": "SuperOffice AS",
            "ProductDescription": "SuperOffice Online",
            "MaintenanceDate": f"{expiry}T00:00:00",
            "ExpiryDate": f"{expiry}T00:00:00",
            "ModuleLicenses": [_licence(number, name) for number, name in enumerate(NAMES)],
        },
    }


def _licence(number: int, name: str) -> dict[str, Any]:
    return {
        "OwnerName": OWNER,
        "ModuleName": f"module-{number:02}",
        "ModuleDescription": name,
        "ModuleTooltip": f"What {name} is for",
        "LicenseType": "UserLicense",
        "NumberOfLicenses": 40 + number,
        "SortOrder": number,
        "Unrestricted": number % 10 == 9,
    }


def _write_people(target: Path) -> None:
    login = datetime.now(UTC).isoformat(timespec="seconds")
    columns = ["user_id", "full_name", "type", "group", "role"]
    columns += ["last_login", "retired", "open_requests", "licences"]
    with target.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(columns)
        for number in range(PEOPLE):
            held = {(number + step * 11) % LICENCES for step in range(HELD_BY_EACH)}
            licences = ";".join(f"{OWNER.lower()}.module-{each:02}" for each in sorted(held))
            known = [f"P{number:03}", f"Person {number:03}", "employee", "Sales", "User level 1"]
            rows.writerow([*known, login, "no", 0, licences])
