"""Tariff files: what is included in the subscription, and what a package costs.

A file is JSON. Each service has either tiers or a base with something for every user::

    {
      "valid_from": "2027-01-01",
      "currency": "EUR",
      "services": {
        "storage": {"base": "50 GB", "per_user": "1 GB", "package": "50 GB", "price": "32.40"},
        "mailings": {
          "tiers": [
            {"from": 1, "to": 50, "included": 15000},
            {"from": 51, "to": 100, "included": 30000},
            {"from": 101, "included": 60000}
          ],
          "package": 50000,
          "price": "32.40"
        },
        "customer-center-logins": …, "chat-sessions": …, "form-submissions": …
      }
    }

All five services have to be there, so that one invoice has one currency; services that plugins declare
may be. Tiers begin at 1 user, leave no gap and do not overlap; the last has no ``to``. Amounts of storage are
texts with a unit (MB, GB or TB: 1 GB = 10⁹ bytes, formats.md 6), all others whole numbers; prices are decimal
texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from host.api import InputError
from status_tab.domain.metered import METERED_SERVICES, MeteredService
from status_tab.domain.tariff import ServiceTariff, Tariff, Tier

from .json_lines import line_of, loads
from .parts import Whole, first_fault

LARGEST_AMOUNT = 10**15
"""A petabyte, or as many of anything else: more than anybody includes, and far below 2^63."""
MOST_USERS = 10**6
UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
_VALUE = re.compile(r"^(services\.[^.]+)\.(?:key|value)")
"""The step that marshmallow puts between the name in a dictionary and what it says."""
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?) ?(MB|GB|TB)")


class Amount(fields.Field[int]):
    """How much of a service: a whole number, or a size such as ``50 GB``, loaded as bytes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        amount: int | None = None
        if isinstance(value, int) and not isinstance(value, bool):
            amount = value
        elif isinstance(value, str) and (size := _SIZE.fullmatch(value)):
            amount = int(Decimal(size[1]) * UNITS[size[2]])
        if amount is None:
            raise ValidationError("must be a whole number, or for storage a text such as 50 GB")
        if not 0 <= amount <= LARGEST_AMOUNT:
            raise ValidationError("must be between 0 and a million billion (for storage 1,000 TB)")
        return amount


def _users(**more: Any) -> Whole:
    return Whole(
        validate=validate.Range(1, MOST_USERS),
        error_messages={"invalid": "must be a whole number of users"},
        **more,
    )


class _Strict(Schema):
    error_messages = {"type": "must be a JSON object", "unknown": "is not part of a tariff file"}  # noqa: RUF012 - so declared by marshmallow

    class Meta:
        unknown = RAISE


class TierSchema(_Strict):
    """A tier."""

    first = _users(required=True, data_key="from")
    last = _users(load_default=None, data_key="to")
    included = Amount(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Tier:
        """The tier."""
        return Tier(**data)


class ServiceTariffSchema(_Strict):
    """What a tariff says of one service."""

    tiers = fields.List(fields.Nested(TierSchema), validate=validate.Length(1, 100))
    base = Amount()
    per_user = Amount()
    package = Amount(
        required=True, validate=validate.Range(min=1, error="must be more than 0: it is divided by")
    )
    price = fields.String(
        required=True,
        validate=validate.Regexp(r"\d{1,12}(\.\d{1,6})?\Z", error="must be a decimal text such as 32.40"),
    )

    @validates_schema(skip_on_field_errors=True)
    def either(self, data: dict[str, Any], **_: Any) -> None:
        """Tiers, or a base and something for every user."""
        if ("tiers" in data) == ("base" in data or "per_user" in data):
            raise ValidationError("must have either tiers, or base and per_user")
        if "tiers" not in data and not ("base" in data and "per_user" in data):
            raise ValidationError("must have both base and per_user (0 for nothing)")

    @validates_schema(skip_on_field_errors=True)
    def whole(self, data: dict[str, Any], **_: Any) -> None:
        """Every number of users has one tier."""
        check_tiers(data.get("tiers", ()))


class TariffSchema(_Strict):
    """A tariff file."""

    valid_from = fields.Date(
        required=True, format="iso", error_messages={"invalid": "must be a date such as 2027-01-01"}
    )
    currency = fields.String(
        required=True,
        validate=validate.Regexp(r"[A-Z]{3}\Z", error="must be an ISO 4217 code such as EUR"),
    )
    services = fields.Dict(keys=fields.String(), values=fields.Nested(ServiceTariffSchema), required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Tariff:
        """The tariff."""
        services = {}
        for name, said in data["services"].items():
            tiers, price = tuple(said.pop("tiers", ())), Decimal(said.pop("price"))
            services[name.lower()] = ServiceTariff(service=name.lower(), tiers=tiers, price=price, **said)
        return Tariff(valid_from=data["valid_from"], currency=data["currency"], services=services)


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Refuse tiers that overlap or leave a gap, at the one that is wrong.

    Raises:
        ValidationError: They do.
    """
    expected, before = 1, "it is the first"
    for index, tier in enumerate(tiers):

        def refuse(problem: str, place: int = index, field: str = "from") -> None:
            raise ValidationError({"tiers": {place: {field: [problem]}}})

        if tier.first < expected:
            refuse(f"{tier.first} overlaps: {before}; expected {expected}")
        if tier.first > expected:
            refuse(f"{tier.first} leaves a gap: {before}; expected {expected}")
        if tier.last is None and index + 1 < len(tiers):
            refuse('only the last tier may be without "to"', field="to")
        if tier.last is not None and index + 1 == len(tiers):
            refuse("the last tier must be without it: it is for any number more", field="to")
        if tier.last is not None and tier.last < tier.first:
            refuse(f"{tier.last} is less than from", field="to")
        expected, before = (tier.last or MOST_USERS) + 1, f"the tier before ends at {tier.last}"


def read_tariff(text: str, *, source: str, services: Iterable[MeteredService] = METERED_SERVICES) -> Tariff:
    """The tariff that the *text* of a file holds.

    Args:
        text: The file.
        source: Its name, for the message.
        services: The metered services.

    Raises:
        InputError: It is not what it should be; names the line and what was expected.
    """
    content = loads(text, source=source, expected="an object with valid_from, currency and services")
    try:
        tariff: Tariff = TariffSchema().load(content)
        _check_services(content["services"], tuple(services))
    except ValidationError as error:
        path, problem = first_fault(error.normalized_messages())  # type: ignore[no-untyped-call]
        path = _VALUE.sub(r"\1", path)
        place = f"line {line_of(text, path)}" + (f", {path}" if path else "")
        raise InputError(problem, source=source, place=place) from None
    return tariff


@lru_cache(maxsize=64)
def kept_tariff(content: str) -> Tariff:
    """The tariff of a file that was accepted when it was loaded."""
    tariff: Tariff = TariffSchema().load(json.loads(content))
    return tariff


def _check_services(said: dict[str, Any], services: Sequence[MeteredService]) -> None:
    known, five = {each.id: each for each in services}, [each.id for each in METERED_SERVICES]
    names = {name.lower() for name in said}
    for name, content in said.items():
        if name.lower() not in known:
            raise ValidationError({"services": {name: [f"no such service; expected {', '.join(known)}"]}})
        _check_units(name, content, sizes=known[name.lower()].bytes)
    if missing := [id_ for id_ in five if id_ not in names]:
        raise ValidationError({"services": [f"{', '.join(missing)} must be there too"]})
    if len(names) < len(said):
        raise ValidationError({"services": ["names a service twice"]})


def _check_units(name: str, content: dict[str, Any], *, sizes: bool) -> None:
    """Storage is told in sizes, all else in plain numbers: 50 bytes instead of 50 GB would cost dearly."""
    expected = "must be a size with its unit, such as 50 GB" if sizes else "must be a whole number"
    for field in ("base", "per_user", "package"):
        if field in content and isinstance(content[field], str) is not sizes:
            raise ValidationError({"services": {name: {field: [expected]}}})
    for index, tier in enumerate(content.get("tiers", ())):
        if isinstance(tier["included"], str) is not sizes:
            raise ValidationError({"services": {name: {"tiers": {index: {"included": [expected]}}}}})
