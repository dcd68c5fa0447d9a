"""A set that waits beside the one in force: what a plan for holders is made in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.orm import Session

from host.api import NotFoundError
from superoffice_tab.domain.comparing import Change, compare, title
from superoffice_tab.domain.counting import usage
from superoffice_tab.domain.licences import LicenceSet, ModuleLicence
from superoffice_tab.domain.moves import Move, applied, carriers
from superoffice_tab.domain.people import Catalogue

from . import plan_rows
from .in_force import SetInForce, held, in_force
from .waiting import Waiting, known_waiting


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The set of an owner that waits, the one in force, and how many hold what.

    Args:
        held: Sum of weights over holders who are not retired, by code name.
        assigned: Sum of weights over everybody, by code name, of licences that the new set takes away.
        moves: What is planned, summed up.
    """

    waiting: Waiting
    new: LicenceSet
    current: SetInForce
    held: dict[str, int]
    assigned: dict[str, int]
    moves: list[Move]

    @cached_property
    def before(self) -> Catalogue:
        """The licences in force."""
        return Catalogue(self.current.set.licences)

    @cached_property
    def after(self) -> Catalogue:
        """The licences that will be."""
        return Catalogue(self.new.licences)

    @cached_property
    def coming(self) -> dict[str, ModuleLicence]:
        """The licences that will be, by code name."""
        return {licence.name: licence for licence in self.new.licences}

    @cached_property
    def present(self) -> dict[str, ModuleLicence]:
        """The licences in force, by code name."""
        return {licence.name: licence for licence in self.current.set.licences}

    @property
    def owner(self) -> str:
        """Owner name."""
        return self.waiting.owner

    def known(self, code: str) -> ModuleLicence:
        """The licence in force with this code name, in any case.

        Raises:
            NotFoundError: There is none.
        """
        found = self.present.get(code.lower())
        if found is None:
            raise NotFoundError(f"{self.owner} has no licence “{code}” in force.")
        return found

    def called(self, code: str) -> str:
        """Display name of a licence of either set."""
        licence = self.coming.get(code) or self.present.get(code)
        return title(licence) if licence else code

    def given_for(self, code: str) -> frozenset[str]:
        """Code names of what a holder of *code* was given: itself, or the plan it comes with."""
        return carriers(code, self.new.licences)

    def change(self, code: str, *, planned: bool) -> Change | None:
        """What becomes of *code*, with or without what is planned; None where nothing does."""
        moves = self.moves if planned else ()
        found = compare(self.current.set, self.new, self.held, self.assigned, moves)
        return next((each for each in found if each.name == code), None)

    def usage_then(self, more: Iterable[Move] = ()) -> dict[str, int]:
        """In use of the licences that will be, after what is planned, and *more*."""
        held, _ = applied(self.held, self.assigned, [*self.moves, *more])
        return usage(held, self.new.licences)


def scene(owner: str, session: Session) -> Scene:
    """What a plan for holders of *owner*, in any case, is made in.

    Raises:
        NotFoundError: No set waits, or none is in force, and so there are no holders.
        VerdictError: The file that waits was altered and can no longer be read.
    """
    found = known_waiting(owner, session)
    current = in_force(found.owner, session)
    if current is None:
        raise NotFoundError(f"No licence of {found.owner} is in force yet, so nobody holds one.")
    new = found.claims().licence
    counts = held(current, new, session)
    return Scene(
        waiting=found,
        new=new,
        current=current,
        held=counts.direct,
        assigned=counts.assigned,
        moves=plan_rows.moves(found.id, session),
    )
