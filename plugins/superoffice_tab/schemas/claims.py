"""The claims of a licence file: SuperOffice's names in, ours out (formats.md 1, domain.md 4.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from host.api import N_
from superoffice_tab.domain import strict_json
from superoffice_tab.domain.licences import (
    Claims,
    LicenceSet,
    LicenceType,
    ModuleLicence,
    OwnerDates,
    UserType,
)
from superoffice_tab.domain.verdicts import Verdict, VerdictError

from .fields import Flag, Midnight, TextField, WholeNumber, first_error

_OWNER = validate.Regexp(r"\A[A-Za-z0-9]{1,40}\Z", error="Must be 1 to 40 letters A–Z and digits.")
_MODULE = validate.Regexp(
    r"\A[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\Z", error="Must be letters A–Z, digits and hyphens."
)
_SERIAL = validate.Regexp(r"\A[0-9]{1,20}\Z", error="Must be digits.")
_LAST_SECOND = 253_402_300_799  # 9999-12-31, the last one that datetime knows


REMEMBERED = 4
"""So many payloads are not read anew: a page about a set that waits asks for its claims again and again."""


class _Value(Schema):
    value: ClassVar[type]

    class Meta:
        unknown = RAISE

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Build the value."""
        return self.value(**data)


class ModuleLicenceSchema(_Value):
    """``ModuleLicense``; its Signature is left out."""

    value = ModuleLicence
    owner = TextField(40, "OwnerName", required=True, validate=[_OWNER])
    name = TextField(239, "ModuleName", required=True, validate=[_MODULE])
    description = TextField(254, "ModuleDescription")
    tooltip = TextField(254, "ModuleTooltip")
    version = TextField(254, "ModuleVersion")
    type = fields.Enum(LicenceType, by_value=True, required=True, data_key="LicenseType")
    unrestricted = Flag("Unrestricted")
    allowed_user_type = fields.Enum(
        UserType, by_value=True, load_default=UserType.UNKNOWN, data_key="AllowedUserType"
    )
    quantity = WholeNumber("NumberOfLicenses", required=True)
    extra_flags = WholeNumber("ExtraFlags")
    extra_info = TextField(3999, "ExtraInfo")
    sort_order = WholeNumber("SortOrder", least=-(2**31))
    hidden = Flag("IsHidden")
    prerequisite = TextField(239, "PrerequisiteModuleName")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ModuleLicence:
        """Build the value; names compare case-insensitively and may carry their owner."""
        owner = data["owner"].upper()
        for key in ("name", "prerequisite"):
            data[key] = data[key].lower().removeprefix(f"{owner.lower()}.")
        return ModuleLicence(**{**data, "owner": owner})


class LicenceSetSchema(_Value):
    """``LicenseInfo``; its PublicKey and Signature are left out."""

    value = LicenceSet
    company = TextField(254, "CompanyName", required=True, validate=[validate.Length(min=1)])
    serial = TextField(20, "SerialNr", required=True, validate=[_SERIAL])
    owner = TextField(40, "OwnerName", required=True, validate=[_OWNER])
    description = TextField(254, "OwnerDescription")
    next_check = Midnight("NextCheckDate")
    maintenance = Midnight("MaintenanceDate")
    warning = Midnight("AdminWarningDate")
    expiry = Midnight("ExpiryDate")
    grace = Midnight("GraceDate")
    extra_flags = WholeNumber("ExtraFlags")
    extra_info = TextField(254, "ExtraInfo")
    licence_url = TextField(254, "LicenseUrl")
    licence_version = TextField(254, "LicenseVersion")
    deployment_type = WholeNumber("DeploymentType", default=None)
    product_type = TextField(254, "ProductType")
    product_description = TextField(254, "ProductDescription")
    licences = fields.List(fields.Nested(ModuleLicenceSchema), required=True, data_key="ModuleLicenses")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> LicenceSet:
        """Build the value, with the dates together."""
        names = [licence.name for licence in data["licences"]]
        twice = (
            next((name for name in names if names.count(name) > 1), None)
            if len(set(names)) < len(names)
            else None
        )
        if twice:
            raise ValidationError({"ModuleLicenses": [f"Names {twice} twice."]})
        dates = {key: data.pop(key) for key in ("next_check", "maintenance", "warning", "expiry", "grace")}
        data["licences"] = tuple(data["licences"])
        return LicenceSet(**{**data, "owner": data["owner"].upper(), "dates": OwnerDates(**dates)})


class ClaimsSchema(_Value):
    """The payload of a licence file."""

    value = Claims
    issuer = TextField(40, "iss", required=True, validate=[_OWNER])
    audience = TextField(20, "aud", required=True, validate=[_SERIAL])
    issued_at = WholeNumber("iat", required=True, largest=_LAST_SECOND)
    not_before = WholeNumber("nbf", required=True, largest=_LAST_SECOND)
    seq = WholeNumber("seq", required=True, largest=2**63 - 1)
    licence = fields.Nested(LicenceSetSchema, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Claims:
        """Build the value; seconds become times."""
        times = {key: datetime.fromtimestamp(data[key], UTC) for key in ("issued_at", "not_before")}
        return Claims(**{**data, **times, "issuer": data["issuer"].upper()})


@lru_cache(REMEMBERED)
def parse(payload: bytes) -> Claims:
    """Read the claims of a payload whose signature was verified; of the same bytes always the same value.

    Raises:
        VerdictError: fields: it is not what formats.md 1 says; the detail names the place.
    """
    try:
        content = strict_json.read(payload.decode("utf-8"))
    except ValueError as error:
        raise VerdictError(Verdict.FIELDS, N_("the claims are not JSON")) from error
    return parse_object(content)


def parse_object(content: Any) -> Claims:
    """Read claims that are JSON already; see `parse`.

    Raises:
        VerdictError: fields.
    """
    try:
        claims: Claims = ClaimsSchema().load(content)
    except ValidationError as error:
        place, text = first_error(error.messages)
        raise VerdictError(Verdict.FIELDS, f"{place}: {text.rstrip('.')}" if place else text) from error
    return claims
