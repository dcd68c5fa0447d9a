"""What a plugin may raise, and what the host answers.

TabhostError             500, the card with an error id; exit status 1
├── InputError           422, the message beside what was sent; exit status 2
├── NotFoundError        404, the card "not here"; exit status 2
├── ConflictError        409, the message; exit status 2
└── NotAllowedError      403, the card "who can"; exit status 2
"""

from __future__ import annotations


class TabhostError(Exception):
    """The root of what the host understands. The text is shown to the person, so it must say what to do."""


class InputError(TabhostError):
    """What came in is not what it should be. Nothing was changed.

    Args:
        problem: What is wrong and what was expected, in one sentence.
        source: The file or form it came from; "" if that is clear anyway.
        place: Where in it, such as ``line 7, column licences``; "" for the whole.
    """

    def __init__(self, problem: str, *, source: str = "", place: str = "") -> None:
        self.problem, self.source, self.place = problem, source, place
        super().__init__(": ".join(part for part in (source, place, problem) if part))


class NotFoundError(TabhostError):
    """There is no such thing."""


class ConflictError(TabhostError):
    """It cannot be done in the state things are in now. Nothing was changed."""


class NotAllowedError(TabhostError):
    """The actor lacks a permission."""
