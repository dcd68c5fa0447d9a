"""Who may hold which licences (formats.md 2, domain.md 3.2, 3.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .licences import LicenceType, ModuleLicence, full_name

SERVICE_LICENCES = frozenset({"superoffice.ej-client"})
"""Licences that let the holder work in Service (domain.md 5.1): open requests hold on to them."""


ASSOCIATE_TYPES = ("employee", "resource", "external", "anonymous", "system")
"""Kinds of associates, as the file writes them (formats.md 2)."""

HEAVIEST = 999_999_999
"""How many of a licence one person may occupy, as in the file of associates (formats.md 2)."""


class AssignmentError(ValueError):
    """A person cannot hold these licences; the text says why and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row of ``associates.csv``.

    Args:
        licences: Full module name → how many the person occupies.
        line: Where in the file the row starts.
        portrait: Path beside the file; "" to have none, None where the file has no such column.
    """

    user_id: str
    full_name: str
    type: str
    group: str = ""
    role: str = ""
    last_login: datetime | None = None
    retired: bool = False
    open_requests: int = 0
    licences: Mapping[str, int] = field(default_factory=dict)
    portrait: str | None = None
    line: int = 0

    @property
    def key(self) -> str:
        """The user id as it is compared."""
        return self.user_id.casefold()


class Catalogue:
    """All licences of all owners, by full module name.

    Args:
        licences: The licences in force.
    """

    def __init__(self, licences: Iterable[ModuleLicence]) -> None:
        self._licences = {licence.full_name: licence for licence in licences}
        self._brings = {name: self._resolve(licence) for name, licence in self._licences.items()}

    def get(self, name: str) -> ModuleLicence | None:
        """The licence with this full name."""
        return self._licences.get(name)

    def assignable(self, name: str) -> ModuleLicence:
        """The licence with this full name, if it can be given to a person by hand.

        Raises:
            AssignmentError: There is none, it is hidden, or it is no user licence.
        """
        licence = self._licences.get(name)
        if licence is None:
            raise AssignmentError(
                f"no licence “{name}” is loaded; expected a full module name such as superoffice.ten-sales"
            )
        if licence.type is not LicenceType.USER:
            raise AssignmentError(
                f"“{name}” is a {licence.type.word} licence; only user licences are held by people"
            )
        if licence.hidden:
            raise AssignmentError(f"“{name}” is hidden and is not assigned by hand; {self._instead_of(name)}")
        return licence

    def brings(self, name: str) -> frozenset[str]:
        """Full names of the hidden user licences that come with a plan."""
        return self._brings.get(name, frozenset())

    def everything(self, names: Collection[str]) -> frozenset[str]:
        """What somebody who is given *names* holds, with what plans bring along."""
        return frozenset(names).union(*(self.brings(name) for name in names))

    def check(self, names: Collection[str]) -> None:
        """Check that one person may hold all of *names* together.

        Raises:
            AssignmentError: One cannot be assigned, there are two plans of one owner, or a
                prerequisite is missing.
        """
        plans: dict[str, str] = {}
        for name in names:
            licence = self.assignable(name)
            if licence.is_plan:
                other = plans.setdefault(licence.owner, name)
                if other != name:
                    raise AssignmentError(
                        f"“{other}” and “{name}” are both plans; a person holds at most one"
                    )
        held = self.everything(names)
        for name in names:
            self._check_prerequisite(name, held)

    def lets_work_in_service(self, names: Collection[str]) -> bool:
        """Whether *names*, with what plans bring along, let the holder work in Service."""
        return bool(self.everything(names) & SERVICE_LICENCES)

    def _check_prerequisite(self, name: str, held: Collection[str]) -> None:
        licence = self._licences[name]
        if not licence.prerequisite:
            return
        needed = full_name(licence.owner, licence.prerequisite)
        first = self._licences.get(needed)
        if first is None or (first.type is LicenceType.USER and needed not in held):
            raise AssignmentError(f"“{name}” needs “{needed}” first")

    def _instead_of(self, hidden: str) -> str:
        plans = sorted(plan for plan, brought in self._brings.items() if hidden in brought)
        if not plans:
            return "no plan brings it any more, so leave it out"
        more = f" or another of the {len(plans)} plans" if len(plans) > 1 else ""
        return f"it comes with “{plans[0]}”{more}: name that, or leave it out"

    def _resolve(self, plan: ModuleLicence) -> frozenset[str]:
        names = (full_name(plan.owner, name) for name in plan.brings)
        return frozenset(name for name in names if name != plan.full_name and self._comes_along(name))

    def _comes_along(self, name: str) -> bool:
        licence = self._licences.get(name)
        return licence is not None and licence.hidden and licence.type is LicenceType.USER


def keeps_service_licence(open_requests: int) -> bool:
    """Whether open Service requests forbid taking the Service licence away (domain.md 1.4)."""
    return open_requests > 0


class Seats:
    """Gives out places one after another and knows the first that is one too many.

    Args:
        catalogue: What was bought.
        taken: In use before, by full name of what is assigned (not of what comes with it).
    """

    def __init__(self, catalogue: Catalogue, taken: Mapping[str, int]) -> None:
        self._catalogue = catalogue
        self._in_use: dict[str, int] = {}
        for name, weight in taken.items():
            for each in {name, *catalogue.brings(name)}:
                self._in_use[each] = self._in_use.get(each, 0) + weight

    def take(self, name: str, weight: int) -> None:
        """Occupy *weight* places of *name* and of what comes with it.

        Raises:
            AssignmentError: No more were bought.
        """
        # What is given first: whoever reads of it can take that back, but not what comes along with it.
        for each in [name, *sorted(self._catalogue.brings(name) - {name})]:
            self._in_use[each] = self._in_use.get(each, 0) + weight
            licence = self._catalogue.get(each)
            if licence is not None and licence.is_restricted and self._in_use[each] > licence.quantity:
                raise AssignmentError(_none_left(name, licence))


def _none_left(name: str, licence: ModuleLicence) -> str:
    bought = f"all {licence.quantity} that were bought are taken"
    if licence.full_name == name:
        return f"“{name}”: {bought}; take one back or buy more"
    return (
        f"“{name}” cannot be given, because “{licence.full_name}” comes along with it: {bought}; "
        "take a plan back that it comes along with, or buy more"
    )
