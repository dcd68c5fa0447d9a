"""The house around a page, drawn once for each form of it: from visit to visit only the page is new."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from markupsafe import Markup

MOST = 500
_PLACE = secrets.token_hex(16)
"""Stands for the page while the house is drawn around it; nobody can guess it and put it into a text."""


class Frames:
    """What comes before and after a page. A form is all that the shell is made of, the person included."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[Hashable, tuple[str, str]] = OrderedDict()
        self._lock = threading.Lock()

    def around(self, form: Hashable, draw: Callable[[Markup], str]) -> tuple[str, str]:
        """What comes before and after a page in *form*.

        Args:
            form: Everything that the drawing depends on.
            draw: Draws it around the body that it is given.
        """
        with self._lock:
            found = self._drawn.get(form)
            if found is not None:
                self._drawn.move_to_end(form)
                return found
        before, _, after = draw(Markup(_PLACE)).partition(_PLACE)  # noqa: S704 - hexadecimal digits, made above
        with self._lock:
            self._drawn[form] = before, after
            if len(self._drawn) > MOST:
                self._drawn.popitem(last=False)
        return before, after
