"""What plugins add to the Status tab, as they say it: metered services, event types."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import fields, post_dump, post_load, validate

from host.api import Plain, Text, ValueSchema
from host.api.schemas import TextField
from status_tab.domain import events, metered
from status_tab.domain.events import LONGEST_MESSAGE, Cancelling, Scope
from status_tab.domain.metered import Kind
from status_tab.domain.tariff import ServiceTariff, Tier

from .tariff import ServiceTariffSchema

LONGEST_TITLE, LONGEST_UNIT = 60, 30
MOST_DECLARED = 50
"""Services, and event types, of one plugin."""
_ID = re.compile(r"\A[a-z][a-z0-9_]{1,39}\.[a-z][a-z0-9-]{0,39}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a metered service includes a month, and what more costs: as in a tariff file (domain.md 1.8).

    Args:
        tiers: What is included by number of users, from 1 on without a gap; the last has no end. Or else:
        base: What everybody has included a month, and
        per_user: what each user adds to it.
        package: How much one extra package holds.
        price: What one costs a month, a decimal text such as ``9.90``.
        currency: Of that price, an ISO 4217 code.

    .. versionadded:: 0.1
    """

    tiers: tuple[Tier, ...] = ()
    base: int | None = None
    per_user: int | None = None
    package: int
    price: str
    currency: str = "EUR"


class AllowanceSchema(ServiceTariffSchema):
    """Wire form of `Allowance`: checked by the rules of a tariff file."""

    currency = fields.String(
        validate=validate.Regexp(r"[A-Z]{3}\Z", error="must be an ISO 4217 code such as EUR")
    )

    @post_dump
    def leave_out(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """What is not said is left out, as in a file."""
        said = {key: value for key, value in data.items() if value not in (None, [])}
        if "tiers" in said:
            said["tiers"] = [{key: n for key, n in tier.items() if n is not None} for tier in said["tiers"]]
        return said

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Allowance:
        """Build the value."""
        return Allowance(**{**data, "tiers": tuple(data.get("tiers", ()))})


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredService:
    """A service that a plugin meters beside the five of the subscription.

    Args:
        id: Id of the plugin, a dot, and a name: ``acme_requests.syncs``. Usage events name it so.
        title: What stands beside its figure, up to 60 characters.
        unit: What is counted, above a column of figures, such as *Syncs*, up to 30 characters; None for
            *Used*.
        kind: Whether each usage event says how many more (counter) or how much there is now (gauge). Let a
            service of another kind have another id: what was counted stays as it was counted, and as another
            kind nothing is taken in.
        allowance: What is included and what more costs, unless the operator's own tariff says something else;
            None where nothing is billed.
        vendor: Whose invoice it is on, above its lines; None for the plugin's id.

    .. versionadded:: 0.1
    """

    id: str
    title: Text | Plain
    unit: Text | Plain | None = None
    kind: Kind = Kind.COUNTER
    allowance: Allowance | None = None
    vendor: Text | Plain | None = None


def _namespaced(**options: Any) -> fields.String:
    expected = "must be the plugin's id, a dot, and a name of small letters, digits and hyphens"
    return fields.String(required=True, validate=validate.Regexp(_ID, error=expected), **options)


class _Choice(fields.Enum[Any]):
    """A value of an enumeration; text in its place is judged too, so that the reason tells what there is."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return super()._serialize(value, attr, obj, **kwargs) if isinstance(value, self.enum) else value


class MeteredServiceSchema(ValueSchema):
    """Wire form of `MeteredService`."""

    value = MeteredService
    id = _namespaced()
    title = TextField(required=True, longest=LONGEST_TITLE)
    unit = TextField(allow_none=True, longest=LONGEST_UNIT)
    kind = _Choice(Kind, by_value=True)
    allowance = fields.Nested(AllowanceSchema, allow_none=True)
    vendor = TextField(allow_none=True, longest=LONGEST_TITLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """A kind of system event that a plugin starts. It has no effect but that people see it.

    Args:
        key: Id of the plugin, a dot, and a name: ``acme_requests.sync``.
        title: What stands in the column *Event*, up to 60 characters.
        message: What stands in the list where the one who starts it says nothing; None for nothing.
        scope: Whom it concerns unless something else is said.
        cancelling: Whether a person may end it while it runs; the plugin itself always may.
        by_hand: Whether administrators can start it too.
        progress: Whether it shows how far it is.

    .. versionadded:: 0.1
    """

    key: str
    title: Text | Plain
    message: Text | Plain | None = None
    scope: Scope = Scope.DATABASE
    cancelling: Cancelling = Cancelling.ALLOWED
    by_hand: bool = False
    progress: bool = True


class EventTypeSchema(ValueSchema):
    """Wire form of `EventType`."""

    value = EventType
    key = _namespaced()
    title = TextField(required=True, longest=LONGEST_TITLE)
    message = TextField(allow_none=True, longest=LONGEST_MESSAGE)
    scope = _Choice(Scope, by_value=True)
    cancelling = _Choice(Cancelling, by_value=True)
    by_hand = fields.Boolean(truthy={True}, falsy={False})
    progress = fields.Boolean(truthy={True}, falsy={False})


def right_services(plugin: str, services: list[MeteredService]) -> str:
    """What is wrong with the *services* that *plugin* declares; "" for nothing."""
    taken = next((each.id for each in services if each.id in metered.MEASURES), "")
    if taken:  # a plugin may be called storage
        return f"{taken!r} belongs to what every installation meters."
    return _wrong_ids(plugin, [each.id for each in services])


def right_types(plugin: str, types: list[EventType]) -> str:
    """What is wrong with the *types* of events that *plugin* declares; "" for nothing."""
    owned = next((each.key for each in types if each.scope.owned), "")
    if owned:
        return f"{owned!r} must have the scope system-wide or database; another is said when it is started."
    return _wrong_ids(plugin, [each.key for each in types])


def _wrong_ids(plugin: str, ids: list[str]) -> str:
    """What is wrong with the *ids* that *plugin* declares services or event types by; "" for nothing."""
    for id_ in ids:
        if not id_.startswith(f"{plugin}."):
            return f"{id_!r} must start with {plugin!r} and a dot."
        if ids.count(id_) > 1:
            return f"It names {id_!r} twice."
    if len(ids) > MOST_DECLARED:
        return f"It declares {len(ids)}; expected no more than {MOST_DECLARED}."
    return ""


Say = Callable[[Text | Plain], str]
"""Says a text of one plugin to whoever reads."""


def service_of(said: MeteredService, plugin: str, say: Say, *, gone: bool = False) -> metered.MeteredService:
    """The metered service that *plugin* declares.

    Args:
        said: As it declares it.
        plugin: Its id.
        say: Says its texts.
        gone: Whether it is off or gone, or declares it no longer.
    """
    return metered.MeteredService(
        id=said.id,
        title=Plain(say(said.title)),
        measures=(metered.Measure(id=said.id, kind=said.kind, plugin=plugin),),
        unit=Plain(say(said.unit)) if said.unit else None,
        plugin=plugin,
        vendor=Plain(say(said.vendor) if said.vendor else plugin),
        tariff=_tariff(said.id, said.allowance) if said.allowance else None,
        currency=said.allowance.currency if said.allowance else "",
        gone=gone,
    )


def _tariff(service: str, said: Allowance) -> ServiceTariff:
    return ServiceTariff(
        service=service,
        tiers=said.tiers,
        base=said.base,
        per_user=said.per_user,
        package=said.package,
        price=Decimal(said.price),
    )


def type_of(said: EventType, plugin: str, say: Say, *, gone: bool = False) -> events.EventType:
    """The type of events that *plugin* declares; arguments as for `service_of`."""
    return events.EventType(
        key=said.key,
        title=Plain(say(said.title)),
        by_hand=said.by_hand,
        scope=said.scope,
        cancelling=said.cancelling,
        plugin=plugin,
        message=say(said.message)[:LONGEST_MESSAGE] if said.message else "",
        progress=said.progress,
        gone=gone,
    )
