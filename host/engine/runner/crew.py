"""The children that are there for as long as the host serves: web workers, and the process of jobs."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping

from .children import Ended
from .posts import Post

JOBS = "jobs"
logger = logging.getLogger(__name__)


class Crew:
    """A fixed number of children; who ends is replaced.

    Args:
        works: What each does, by its name: a web worker's number, or `JOBS`.
        fork: Starts a child of the parent.
    """

    def __init__(
        self, works: Mapping[str, Callable[[], None]], fork: Callable[[Callable[[], None]], int]
    ) -> None:
        self._posts = {name: Post() for name in works}
        self._works, self._fork = works, fork

    @property
    def living(self) -> list[int]:
        """Who is there."""
        return [post.pid for post in self._posts.values() if post.pid]

    def keep(self) -> None:
        """Fill the posts that are empty, except those where somebody fell a moment ago."""
        for name, post in self._posts.items():
            if not post.pid and post.wait_until <= time.monotonic():
                self._fill(name, post)

    def times(self) -> list[float]:
        """When there will be something to do."""
        return [post.wait_until for post in self._posts.values() if not post.pid]

    def note_end(self, ended: Ended, *, wanted: bool) -> None:
        """A child ended; if it was one of these, it fell, unless it was *wanted*."""
        for name, post in self._posts.items():
            if post.pid != ended.pid:
                continue
            if wanted:
                post.leave()
            else:
                post.fall()
                logger.warning("%s %s and is started again", _called(name), ended.how)

    def dismiss(self) -> None:
        """Tell them all to end."""
        for pid in self.living:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def described(self) -> dict[str, dict[str, float]]:
        """What others may know of them, by name."""
        return {name: post.described() for name, post in self._posts.items()}

    def _fill(self, name: str, post: Post) -> None:
        try:
            post.take(self._fork(self._works[name]))
        except OSError as error:
            post.take(0)
            post.fall()
            logger.warning("%s cannot be started: %s", _called(name), error)


def _called(name: str) -> str:
    return "the process of jobs" if name == JOBS else f"web worker {name}"
