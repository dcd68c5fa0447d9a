"""The web workers, as the parent sees them."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable

from .children import Ended
from .posts import Post

logger = logging.getLogger(__name__)


class Crew:
    """A fixed number of web workers; who ends is replaced.

    Args:
        count: How many.
        run_worker: What the worker of a number does.
        fork: Starts a child of the parent.
    """

    def __init__(
        self, count: int, run_worker: Callable[[int], None], fork: Callable[[Callable[[], None]], int]
    ) -> None:
        self._posts = [Post() for _ in range(count)]
        self._run, self._fork = run_worker, fork

    @property
    def living(self) -> list[int]:
        """Who is there."""
        return [post.pid for post in self._posts if post.pid]

    def keep(self) -> None:
        """Fill the posts that are empty, except those where somebody fell a moment ago."""
        for number, post in enumerate(self._posts):
            if not post.pid and post.wait_until <= time.monotonic():
                self._fill(number, post)

    def times(self) -> list[float]:
        """When there will be something to do."""
        return [post.wait_until for post in self._posts if not post.pid]

    def note_end(self, ended: Ended, *, wanted: bool) -> None:
        """A child ended; if it was one of these, it fell, unless it was *wanted*."""
        for number, post in enumerate(self._posts):
            if post.pid != ended.pid:
                continue
            if wanted:
                post.leave()
            else:
                post.fall()
                logger.warning("web worker %s %s and is started again", number, ended.how)

    def dismiss(self) -> None:
        """Tell them all to end."""
        for pid in self.living:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def described(self) -> dict[str, dict[str, float]]:
        """What others may know of them, by number."""
        return {str(number): post.described() for number, post in enumerate(self._posts)}

    def _fill(self, number: int, post: Post) -> None:
        try:
            post.take(self._fork(lambda: self._run(number)))
        except OSError as error:
            post.take(0)
            post.fall()
            logger.warning("web worker %s cannot be started: %s", number, error)
