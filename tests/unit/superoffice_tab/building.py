"""What these tests are made of: an issuer that shares no code with the product, and an installation."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter
from sqlalchemy.orm import Session

from host.api import Actor
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.keys import Roots, public_key
from superoffice_tab.services import importing, loading
from superoffice_tab.storage.models import metadata

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SERIAL = "1801001239"
COLUMNS = "user_id,full_name,type,group,role,last_login,retired,open_requests,licences"


class _Registry(JWSRegistry):
    max_header_length = 100_000
    max_payload_length = 10_000_000


class Issuer:
    """Root and owner keys, and files signed with them by joserfc alone."""

    def __init__(self, owner: str = "SUPEROFFICE") -> None:
        self.owner = owner
        self.root, self.key = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")

    @property
    def roots(self) -> Roots:
        """The roots of an installation that trusts this issuer."""
        return Roots([public_key(self.root.as_dict(private=False))])

    def statement(self, *, key: OKPKey | None = None, root: OKPKey | None = None, **changes: Any) -> str:
        """The root's statement about the owner's key."""
        root = root or self.root
        header = {"alg": "Ed25519", "kid": root.thumbprint(), "typ": "tabhost-owner-key+json"}
        claims: dict[str, Any] = {
            "owner": self.owner,
            "jwk": (key or self.key).as_dict(private=False),
            "nbf": int((NOW - timedelta(days=1)).timestamp()),
            "exp": int((NOW + timedelta(days=365)).timestamp()),
        }
        header |= changes.pop("header", {})
        return jws.serialize_compact(header, json.dumps(claims | changes), root, registry=_registry(header))

    def file(
        self,
        claims: dict[str, Any],
        *,
        header: dict[str, Any] | None = None,
        indent: Any = None,
        payload: bytes = b"",
    ) -> bytes:
        """A licence file over *claims*."""
        head = {
            "alg": "Ed25519",
            "typ": "tabhost-licence+json",
            "kid": self.key.thumbprint(),
            "owner_key": self.statement(),
        } | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        signed = jws.serialize_json(
            {"protected": head}, payload or json.dumps(claims), self.key, registry=_registry(head)
        )
        return json.dumps(signed, indent=indent).encode()


def _registry(header: dict[str, Any]) -> JWSRegistry:
    extra = {name: HeaderParameter(name, lambda _: None) for name in header}
    return _Registry(extra, algorithms=["Ed25519", "HS256", "none"])


def module(name: str, quantity: int = 1, kind: str = "UserLicense", **more: Any) -> dict[str, Any]:
    """One licence as it stands in a file."""
    fields = {"OwnerName": "SUPEROFFICE", "ModuleName": name, "ModuleDescription": name.title()}
    return fields | {"LicenseType": kind, "NumberOfLicenses": quantity} | more


def plan(name: str, quantity: int, brings: str = "user", **more: Any) -> dict[str, Any]:
    """A user plan as it stands in a file."""
    return module(name, quantity, ExtraFlags=1, ExtraInfo=f"set={brings}", **more)


MODULES = (
    plan("ten-sales", 3, "user,web"),
    plan("ten-service", 2, "user,ej-client"),
    module("visible-for", 1, Unrestricted=True),
    module("spin", 5),
    module("windows", 5),
    module("travel", 5, PrerequisiteModuleName="windows"),
    module("user", 5, IsHidden=True),
    module("web", 3, IsHidden=True),
    module("ej-client", 2, IsHidden=True),
    module("aiplatform", 1, "SiteLicense"),
    module("server", 1, "SiteLicense", IsHidden=True),
    module("satellite", 4, "SatelliteLicense"),
)


def claims(
    seq: int = 1, *, modules: Any = MODULES, owner: str = "SUPEROFFICE", serial: str = SERIAL, **more: Any
) -> dict[str, Any]:
    """Claims of a good set; *more* are fields of ``licence``."""
    at = int((NOW - timedelta(hours=1)).timestamp())
    licence = {
        "CompanyName": "Example Trading AS",
        "SerialNr": serial,
        "OwnerName": owner,
        "OwnerDescription": "SuperOffice AS",
        "ProductDescription": "SuperOffice Online",
        "AdminWarningDate": "2027-06-02T00:00:00",
        "MaintenanceDate": "2027-06-02T00:00:00",
        "ExpiryDate": "2027-06-30T00:00:00",
        "GraceDate": "2027-07-12T00:00:00",
        "ModuleLicenses": [{**each, "OwnerName": owner} for each in modules],
    } | more
    return copy.deepcopy({"iss": owner, "aud": serial, "iat": at, "nbf": at, "seq": seq, "licence": licence})


@dataclass
class FakeWork:
    """A unit of work that remembers what was audited."""

    session: Session
    audits: list[tuple[str, str, Any, Any]] = field(default_factory=list)

    def audit(self, action: str, subject: str, before: Any = None, after: Any = None) -> None:
        """Remember it; it must be JSON."""
        json.dumps([before, after])
        self.audits.append((action, subject, before, after))


@dataclass
class Installation:
    """An installation in memory: what commands do to it, without the host."""

    work: FakeWork
    issuer: Issuer
    folder: Path
    now: datetime = NOW
    timezone: str = "Europe/Oslo"

    @property
    def session(self) -> Session:
        """Its store."""
        return self.work.session

    def clock(self) -> datetime:
        """The time that stands still."""
        return self.now

    def load(
        self,
        content: bytes | dict[str, Any],
        *,
        roots: Roots | None = None,
        serial: str = "",
        company: str = "",
    ) -> loading.Activation:
        """Load a file, or claims that the issuer signs first, and keep what it did."""
        if isinstance(content, dict):
            content = self.issuer.file(content)
        done = loading.load_licence(
            content,
            source="set.lic",
            roots=self.issuer.roots if roots is None else roots,
            confirmed=Confirmation(serial=serial, company=company),
            timezone=self.timezone,
            work=self.work,
            actor=Actor(user_id="cli"),
            clock=self.clock,
        )
        self.session.commit()
        return done

    def people(self, *rows: str, prune: bool = False, columns: str = COLUMNS) -> importing.Import:
        """Import associates from rows of CSV, and keep what it did."""
        path = self.folder / "associates.csv"
        path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
        return self.people_file(path, prune=prune)

    def people_file(self, path: Path, *, prune: bool = False) -> importing.Import:
        """Import associates from a file, and keep what it did."""
        done = importing.import_associates(
            path, prune=prune, work=self.work, clock=self.clock, timezone=self.timezone
        )
        self.session.commit()
        return done

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, to see that nothing changed."""
        self.session.rollback()
        return {
            table.name: [
                tuple(row) for row in self.session.execute(table.select().order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }


def person(
    user_id: str, licences: str = "", *, retired: str = "no", open_requests: int = 0, kind: str = "employee"
) -> str:
    """One row of associates."""
    known = f"{user_id},Full {user_id},{kind},Sales,User,2026-11-20T08:30:00Z"
    return f"{known},{retired},{open_requests},{licences}"
