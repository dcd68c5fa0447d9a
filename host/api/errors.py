"""What a plugin may raise, and what the host answers.

TabhostError             500, the card with an error id; exit status 1
├── InputError           422, the message beside what was sent; exit status 2
├── NotFoundError        404, the card "not here"; exit status 2
├── ConflictError        409, the message; exit status 2
├── NotAllowedError      403, the card "who can"; exit status 2
├── CallRefusedError     from `current_host.http`; catch it
└── LargeAnswerError     from `current_host.http`; catch it
"""

from __future__ import annotations

from collections.abc import Callable

from .texts import english
from .values import Text


class TabhostError(Exception):
    """The root of what the host understands. The text is shown to the person, so it must say what to do.

    As a string it is English, for programs, commands and logs.

    Args:
        said: The sentence. A `Text` is told in the reader's language on a page; a string everywhere as it is.
    """

    def __init__(self, said: str | Text = "") -> None:
        self.said = said
        super().__init__(english(said) if isinstance(said, Text) else said)

    def in_words(self, say: Callable[[Text], str]) -> str:
        """The whole of it, for a page.

        Args:
            say: Puts a text into the reader's language, such as ``current_host.translate``.

        Returns:
            The sentence.

        .. versionadded:: 0.1
        """
        return say(self.said) if isinstance(self.said, Text) else str(self)


class InputError(TabhostError):
    """What came in is not what it should be. Nothing was changed.

    Args:
        problem: What is wrong and what was expected, in one sentence; a `Text` as in any `TabhostError`.
        source: The file or form it came from; "" if that is clear anyway.
        place: Where in it, such as ``line 7, column licences``; "" for the whole.
    """

    def __init__(self, problem: str | Text, *, source: str = "", place: str = "") -> None:
        self.problem = english(problem) if isinstance(problem, Text) else problem
        self.source, self.place = source, place
        super().__init__(": ".join(part for part in (source, place, self.problem) if part))
        self.said = problem

    def in_words(self, say: Callable[[Text], str]) -> str:
        """The whole of it, for a page: where, and then what is wrong.

        Args:
            say: Puts a text into the reader's language.

        Returns:
            The sentence.

        .. versionadded:: 0.1
        """
        if not isinstance(self.said, Text):
            return str(self)
        return ": ".join(part for part in (self.source, self.place, say(self.said)) if part)


class NotFoundError(TabhostError):
    """There is no such thing."""


class ConflictError(TabhostError):
    """It cannot be done in the state things are in now. Nothing was changed."""


class NotAllowedError(TabhostError):
    """The actor lacks a permission."""


class CallRefusedError(TabhostError):
    """The operator does not let this host call that address. Nothing was asked of it.

    Raised by clients of `current_host.http`. It is an ``httpx.TransportError`` as well.

    .. versionadded:: 0.1
    """


class LargeAnswerError(TabhostError):
    """More came than is taken. Raised by clients of `current_host.http`; an ``httpx.TransportError`` as well.

    .. versionadded:: 0.1
    """
