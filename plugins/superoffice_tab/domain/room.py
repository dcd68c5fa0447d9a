"""Whether there is room for one more, with all that comes along (formats.md 6, domain.md 3.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from .counting import usage
from .licences import LicenceType, ModuleLicence


class Room:
    """How many of an owner's licences are held, while one person after another gets some and loses some.

    Args:
        licences: All of the owner's that are in force.
        direct: Sum of weights over holders who are not retired, by code name.
    """

    def __init__(self, licences: Iterable[ModuleLicence], direct: Mapping[str, int]) -> None:
        self._licences = {licence.name: licence for licence in licences}
        self._used = Counter(usage(direct, self._licences.values()))

    def with_it(self, name: str) -> list[str]:
        """Code names of what whoever gets *name* occupies: the licence itself, and then what it brings."""
        brought = (each for each in self._licences[name].brings if each != name and self._comes_along(each))
        return [name, *brought]

    def move(self, weights: Mapping[str, int]) -> ModuleLicence | None:
        """Let somebody hold so many more of some licences, and so many fewer of others, if there is room.

        Args:
            weights: How many more, by code name; negative for fewer.

        Returns:
            None if there was; otherwise the licence there are too few of, and nothing was done.
        """
        more = Counter[str]()
        for name, weight in weights.items():
            for each in self.with_it(name):
                more[each] += weight
        for name, weight in more.items():
            licence = self._licences[name]
            if weight > 0 and licence.is_restricted and self._used[name] + weight > licence.quantity:
                return licence
        self._used.update(more)
        return None

    def _comes_along(self, name: str) -> bool:
        licence = self._licences.get(name)
        return licence is not None and licence.hidden and licence.type is LicenceType.USER
