"""The metered services and how each is counted (domain.md 1.8, formats.md 3 and 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from host.api import N_, Plain, Text

if TYPE_CHECKING:
    from .tariff import ServiceTariff

LARGEST = 2**63 - 1
"""The largest value and the largest sum of a month that is kept: both databases hold 64-bit integers."""

BYTES_PER_GB = 10**9


class Kind(StrEnum):
    """How the values of a service add up."""

    COUNTER = "counter"
    """Each event says how many more; a day is the sum of its events."""
    GAUGE = "gauge"
    """Each event says how much there is now; a day is its last value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that usage events count, named by ``data.service``.

    Args:
        id: Name in events, lower case; compared without regard to case.
        kind: How its values add up.
        plugin: Id of the plugin that declares it; "" for those of the five.
        changed: The kind that the plugin declares it as by now, if it was counted as another one until then:
            sums and readings do not mix, so nothing more is taken in; None for no other.
    """

    id: str
    kind: Kind
    plugin: str = ""
    changed: Kind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredService:
    """One of the services that the subscription meters; its use is the sum of its measures.

    Args:
        id: Name of the service.
        title: What stands beside its figure.
        measures: What is counted for it.
        bytes: Whether the figure is a number of bytes, shown in GB (1 GB = 10⁹ bytes).
        unit: What a plugin says is counted; None where it says nothing, and for the five.
        plugin: Id of the plugin that declares it; "" for the five.
        vendor: Whose invoice it is on; None for SuperOffice's.
        tariff: What the plugin says is included; None for nothing. The operator's own tariff goes before it.
        currency: Currency of that.
        gone: Whether the plugin is off or gone, or declares it no longer: what was used stays, and nothing
            more is counted.
        dropped: Whether that is so though the plugin is on.
    """

    id: str
    title: Text | Plain
    measures: tuple[Measure, ...]
    bytes: bool = False
    unit: Text | Plain | None = None
    plugin: str = ""
    vendor: Text | Plain | None = None
    tariff: ServiceTariff | None = None
    currency: str = ""
    gone: bool = False
    dropped: bool = False

    @property
    def changed(self) -> Kind | None:
        """The kind that its plugin declares by now, if it was counted as another one; None for no other."""
        return next((each.changed for each in self.measures if each.changed), None)


def _counted(name: str, title: Text) -> MeteredService:
    return MeteredService(id=name, title=title, measures=(Measure(id=name, kind=Kind.COUNTER),))


METERED_SERVICES: tuple[MeteredService, ...] = (
    MeteredService(
        id="storage",
        title=N_("Storage space used"),
        measures=(
            Measure(id="storage.database", kind=Kind.GAUGE),
            Measure(id="storage.documents", kind=Kind.GAUGE),
        ),
        bytes=True,
    ),
    _counted("mailings", N_("Emails sent via Mailings")),
    _counted("customer-center-logins", N_("Customer center logins")),
    _counted("chat-sessions", N_("Chat sessions started")),
    _counted("form-submissions", N_("Form submissions")),
)
"""The five services, in the order in which they are shown (domain.md 1.8)."""


def measures_of(services: Iterable[MeteredService]) -> dict[str, Measure]:
    """What is counted for *services*, by its id."""
    return {measure.id: measure for service in services for measure in service.measures}


MEASURES: dict[str, Measure] = measures_of(METERED_SERVICES)
"""What is counted for the five services, by its id."""
