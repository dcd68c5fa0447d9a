"""Checking the chain of the audit log: what was edited, taken away, put in, reordered or cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from .audit import NOWHERE, Head, linked

BEGUN, CONTINUED, ACCEPTED = "audit.begun", "audit.continued", "audit.accepted"
"""The log became a chain; it went on over a head that was not signed here; somebody said why that was so."""
OWN = frozenset({BEGUN, CONTINUED, ACCEPTED})
MOST_FINDINGS = 100
"""More are counted, and not told one by one."""


class Wrong(StrEnum):
    """What is wrong with an entry, or with the head."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    CUT_OFF = "cut-off"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong.

    Args:
        number: The entry that it was found at.
        wrong: What it is.
        text: A sentence that says so.
    """

    number: int
    wrong: Wrong
    text: str


@dataclass(slots=True, kw_only=True)
class Checked:
    """What a check found.

    Args:
        entries: How many entries there are.
        last: Number of the last.
        hash: Its hash, as it is stored.
        findings: What is wrong, at most `MOST_FINDINGS`.
        count: How much is wrong in all.
    """

    entries: int = 0
    last: int = 0
    hash: str = NOWHERE
    findings: list[Finding] = field(default_factory=list)
    count: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.count

    def find(self, number: int, wrong: Wrong, text: str) -> None:
        """Note that something is wrong."""
        self.count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(number=number, wrong=wrong, text=text))


@dataclass(slots=True, kw_only=True)
class _Unsigned:
    """Where the log went on over a head of somebody else's, and what was said of it since."""

    at: dict[int, str] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)

    def note(self, number: int, action: str, subject: str, *, chained: bool) -> None:
        """Take note of one of the log's own entries; it can only begin where nothing was chained before."""
        if action == CONTINUED or (action == BEGUN and chained):
            self.at[number] = subject
        elif action == ACCEPTED:
            self.accepted.add(subject)


def check_rows(
    rows: Iterable[tuple[Any, ...]],
    moment_of: Callable[[str], str],
    *,
    remembered: Head | None = None,
    part: bool = False,
) -> Checked:
    """Go through the log once.

    Args:
        rows: As `host.storage.audit_rows.raw_rows` yields them, in the order of their numbers.
        moment_of: Makes of a stored moment the one that was hashed.
        remembered: A head that was signed earlier: the log must have been there.
        part: Whether it may begin anywhere: an export of some days.
    """
    found, unsigned = Checked(), _Unsigned()
    anchor = remembered.number if remembered else 0
    last, last_hash, first = 0, NOWHERE, True
    broken = chained = False  # whether the entry before is wrong in itself; whether any knows its origin
    for row in rows:
        number, previous, plugin, action, subject = row[0], row[1], row[4], row[5], row[6]
        origin, hash_, whole = row[10], row[11], _fits(row, moment_of)
        found.entries += 1
        if first and part:
            last, last_hash = number - 1, previous
        if not whole:
            _not_whole(found, number, hash_)
        elif previous != last_hash and not (broken and number == last + 1):
            _not_joined(found, number, last)
        if whole and plugin == "host" and action in OWN:
            unsigned.note(number, action, subject, chained=chained)
        if number == anchor and remembered is not None and hash_ != remembered.hash and whole:
            _not_the_one(found, number)
        chained = chained or origin is not None
        last, last_hash, first, broken = number, hash_, False, not whole
    found.last, found.hash = last, last_hash
    for number, of in unsigned.at.items():
        if str(number) not in unsigned.accepted:
            _gone_on(found, number, of)
    return found


def _fits(row: tuple[Any, ...], moment_of: Callable[[str], str]) -> bool:
    """Whether a row has the hash of what it says."""
    number, previous, at, *said, hash_ = row
    try:
        text = linked(number, previous, moment_of(at), *said)
        return bool(sha256(text.encode("ascii")).hexdigest() == hash_)
    except (TypeError, ValueError):  # a column is empty, or no text at all
        return False


def _not_whole(found: Checked, number: int, hash_: str | None) -> None:
    if hash_ is None:
        found.find(number, Wrong.ADDED, f"Entry {number} was put in past the host: it has no hash.")
    else:
        found.find(
            number, Wrong.CHANGED, f"Entry {number} is not what was written: it does not fit its hash."
        )


def _not_joined(found: Checked, number: int, last: int) -> None:
    if number == last + 1:
        what = (
            f"entry {last} was changed together with its hash" if last else "it is not the first of the chain"
        )
        found.find(max(last, 1), Wrong.CHANGED, f"Entry {number} does not follow the one before it: {what}.")
    else:
        gone = f"Entry {last + 1} is" if number == last + 2 else f"Entries {last + 1} to {number - 1} are"
        found.find(last + 1, Wrong.MISSING, f"{gone} missing before entry {number}.")


def _not_the_one(found: Checked, number: int) -> None:
    found.find(
        number,
        Wrong.CHANGED,
        f"Entry {number} is not the one that was signed when it was written: the chain was made anew.",
    )


def _gone_on(found: Checked, number: int, of: str) -> None:
    found.find(
        number,
        Wrong.UNSIGNED,
        f"At entry {number} the log went on after entry {of}, which was not the end that this installation "
        "had signed. If you changed its secret or put a backup back then, say so: "
        f"tabhost audit accept {number}. Else somebody has changed the log.",
    )


def check_head(
    found: Checked, head: Head | None, *, signed: Callable[[Head], bool], remembered: Head | None = None
) -> None:
    """Compare where the log ends with where it was signed to end.

    Args:
        found: What `check_rows` found; what is wrong is added.
        head: What is signed; None where it is gone.
        signed: Whether the signature of a head is good.
        remembered: A head that was signed earlier.
    """
    if head is None:
        found.find(found.last, Wrong.UNSIGNED, "The signed head of the log is gone.")
        return
    new = not head.signature and not head.signed_at and remembered is None
    if not new and not signed(head):
        found.find(
            head.number,
            Wrong.UNSIGNED,
            f"The head at entry {head.number} was not signed by this installation.",
        )
    if head.number > found.last:
        _cut_off(found, found.last + 1, head.number)
    elif head.number < found.last:
        found.find(
            head.number + 1,
            Wrong.ADDED,
            f"{_entries(head.number + 1, found.last)} stand behind the signed end of the log.",
        )
    elif head.hash != found.hash:
        found.find(
            head.number,
            Wrong.CHANGED,
            f"The log ends with entry {head.number}, but not with the one that was signed.",
        )
    if remembered is not None and remembered.number > max(head.number, found.last):
        _cut_off(found, found.last + 1, remembered.number)


def _cut_off(found: Checked, first: int, last: int) -> None:
    verb = "is" if first == last else "are"
    found.find(first, Wrong.CUT_OFF, f"{_entries(first, last)} {verb} missing at the end of the log.")


def _entries(first: int, last: int) -> str:
    return f"Entry {first}" if first == last else f"Entries {first} to {last}"
