"""Why something cannot be done as things are. Nothing was changed then."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from host.api import N_, ConflictError, NotFoundError, Text
from superoffice_tab.domain.counting import Cause, Deficit
from superoffice_tab.domain.wording import english, ngettext

_SHOWN = 10
Say = Callable[[Text], str]
"""Puts a text into the language of whoever reads it."""


class RefusedError(ConflictError):
    """It cannot be done as things are. Nothing was changed. As a string it is English, for programs.

    Args:
        text: Why, and what to do.
        hint: What only the command line has to be told besides, in English.
    """

    def __init__(self, text: Text, *, hint: str = "") -> None:
        self.text = text
        super().__init__(self.told(english) + hint)

    def told(self, say: Say) -> str:
        """The whole of it, for pages in the language of their reader."""
        return say(self.text)

    def in_words(self, say: Say) -> str:
        """The same, for whoever does not know what kind of error it is."""
        return self.told(say)


class UnknownPeopleError(NotFoundError):
    """Some of the people who were named are not here, or not any more. Nothing was changed.

    Args:
        user_ids: They, as they were named.
    """

    def __init__(self, user_ids: Sequence[str]) -> None:
        self.user_ids = tuple(user_ids)
        named = ", ".join(f"“{each}”" for each in self.user_ids[:_SHOWN])
        more = len(self.user_ids) - _SHOWN
        super().__init__(
            f"There is no associate {named}{f' and {more} more' if more > 0 else ''}. Nothing was changed."
        )


class CompanyNotConfirmedError(RefusedError):
    """The set renames the company and nobody confirmed it. Nothing was changed."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new
        super().__init__(
            N_(
                "This file names the company “%(new)s”; here it is “%(old)s”. Nothing was changed. If the "
                "name really changes, confirm it by typing the new name.",
                new=new,
                old=old,
            ),
            hint=" (On the command line: --confirm-company.)",
        )


class TooManyHoldersError(RefusedError):
    """Licences have more holders than the new set allows. Nothing was changed.

    Args:
        deficits: Each of them, with how many have to go.
    """

    def __init__(self, deficits: Sequence[Deficit]) -> None:
        self.deficits = tuple(deficits)
        super().__init__(
            N_(
                "This set cannot be activated yet: more people hold licences than it allows. Nothing was "
                "changed. Take licences back first:"
            )
        )

    def told(self, say: Say) -> str:
        """With the first few of the licences."""
        shown = [say(_deficit(each)) for each in self.deficits[:_SHOWN]]
        more = len(self.deficits) - _SHOWN
        if more > 0:
            shown.append(say(ngettext("and %(n)s more licence", "and %(n)s more licences", more)))
        return f"{say(self.text)} {'; '.join(shown)}."


class PlanOutdatedError(RefusedError):
    """Things have changed since the plan was made, and it can no longer be done. Nothing was changed.

    Args:
        refused: User id and reason of everybody it cannot be done with.
    """

    def __init__(self, refused: Sequence[tuple[str, Text]]) -> None:
        self.refused = tuple(refused)
        super().__init__(
            N_("What was planned can no longer be done with everybody. Nothing was changed. Plan anew for")
        )

    def told(self, say: Say) -> str:
        """With the first few of the people, and why."""
        shown = [f"{user_id}: {say(reason)}" for user_id, reason in self.refused[:_SHOWN]]
        more = len(self.refused) - _SHOWN
        if more > 0:
            shown.append(say(ngettext("and %(n)s more person.", "and %(n)s more people.", more)))
        return f"{say(self.text)} {' '.join(shown)}"


def _deficit(deficit: Deficit) -> Text:
    values: dict[str, str | int] = {
        "licence": f"{deficit.description or deficit.name} ({deficit.name})",
        "in_use": deficit.in_use,
        "number": deficit.to_remove,
    }
    match deficit.cause:
        case Cause.SMALLER:
            values["total"] = deficit.new_total
            return N_("%(licence)s: %(in_use)s in use, new total %(total)s, %(number)s to remove", **values)
        case Cause.GONE:
            return N_("%(licence)s disappears: %(in_use)s in use, all %(number)s to remove", **values)
        case Cause.NOT_ASSIGNABLE:
            return N_(
                "%(licence)s can no longer be assigned: %(in_use)s in use, all %(number)s to remove", **values
            )
