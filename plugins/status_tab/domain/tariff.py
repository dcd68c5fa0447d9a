"""What is included in the subscription, and what is paid for more (domain.md 1.8, formats.md 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .metered import BYTES_PER_GB, MeteredService


@dataclass(frozen=True, slots=True)
class Tier:
    """What installations of a certain size have included.

    Args:
        first: The smallest number of users it is for.
        last: The largest number of users it is for; None for any number more.
        included: How much of the service a month.
    """

    first: int
    last: int | None
    included: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTariff:
    """What a tariff says of one service: either tiers, or a base and something for every user.

    Args:
        service: Id of the metered service.
        tiers: The tiers from small to large, without a gap; empty where there is a base.
        base: What everybody has included a month; None where there are tiers.
        per_user: What each user adds to the base; None where there are tiers.
        package: How much one extra package holds.
        price: What one extra package costs a month.
    """

    service: str
    tiers: tuple[Tier, ...] = ()
    base: int | None = None
    per_user: int | None = None
    package: int
    price: Decimal

    def tier(self, users: int) -> Tier | None:
        """The tier for *users* users; None where there is a base. Fewer than the smallest count as that."""
        for tier in self.tiers:
            if tier.last is None or users <= tier.last:
                return tier
        return None

    def included(self, users: int) -> int:
        """How much *users* users have included a month."""
        tier = self.tier(users)
        return tier.included if tier else (self.base or 0) + (self.per_user or 0) * users

    @property
    def least(self) -> int:
        """The smallest amount that it includes for any number of users."""
        return min((tier.included for tier in self.tiers), default=self.base or 0)


def said_of(service: MeteredService, tariff: Tariff) -> tuple[ServiceTariff | None, str]:
    """What holds for *service*, and in which currency: *tariff*, or else what its plugin declares."""
    said = tariff.services.get(service.id)
    return (service.tariff, service.currency) if said is None else (said, tariff.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What holds from a day on until the next tariff does.

    Args:
        valid_from: The first day on which it holds; what counts is the first day of a month.
        currency: ISO 4217 code of its prices.
        services: What it says, by id of the service.
        own: Whether it is the operator's own; if not, it is the published table of domain.md 1.8.
    """

    valid_from: date
    currency: str
    services: Mapping[str, ServiceTariff]
    own: bool = True


def packages(used: int, included: int, package: int) -> int:
    """Extra packages that *used* takes: ⌈(used − included) / package size⌉, never below 0 (formats.md 6)."""
    return max(0, -((included - used) // package))


def _published(service: str, amounts: tuple[int, int, int], package: int) -> ServiceTariff:
    small, middle, large = amounts
    return ServiceTariff(
        service=service,
        tiers=(Tier(1, 50, small), Tier(51, 100, middle), Tier(101, None, large)),
        package=package,
        price=Decimal("32.40"),
    )


_GB = BYTES_PER_GB

PUBLISHED = Tariff(
    valid_from=date(2020, 1, 1),
    currency="EUR",
    services={
        each.service: each
        for each in (
            _published("storage", (50 * _GB, 100 * _GB, 200 * _GB), 50 * _GB),
            _published("mailings", (15_000, 30_000, 60_000), 50_000),
            _published("customer-center-logins", (1_000, 2_000, 4_000), 1_000),
            _published("chat-sessions", (1_500, 2_000, 2_500), 1_000),
            _published("form-submissions", (1_000, 2_000, 3_000), 1_000),
        )
    },
    own=False,
)
"""The published table (domain.md 1.8). Exactly 100 users belong to 51–100 (formats.md 6)."""
