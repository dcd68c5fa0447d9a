"""What a plugin can reach while it serves a request or a command: `current_host`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from .calls import Calls
from .values import Actor, Badge, JsonValue, Plain, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from .published import Published

Function = TypeVar("Function", bound=Callable[..., Any])
PERMISSION_MARK = "__tabhost_permission__"


class Work(Protocol):
    """One unit of work: a transaction on the plugin's own store, and the audit rows that belong to it."""

    @property
    def session(self) -> Session:
        """The SQLAlchemy session; the host commits it when the request succeeds, else rolls it back."""

    def audit(self, action: str, subject: str, before: JsonValue = None, after: JsonValue = None) -> None:
        """Write down what is done, in the same transaction as the change itself.

        Args:
            action: What was done, as ``area.verb`` in the past tense (``licence.activated``).
            subject: To what, such as ``SUPEROFFICE`` or a user id.
            before: The state before, as JSON; None where there was none.
            after: The state after, as JSON; None where there is none.
        """


class Hooks(Protocol):
    """Hooks of built-in plugins, called one implementation at a time."""

    def __getattr__(self, name: str) -> Callable[..., list[tuple[str, Any]]]:
        """The hook *name*: called with keyword arguments, it returns (plugin id, value) pairs.

        A plugin that raises or answers what the hook's schema refuses is left out and blamed in
        the ledger; the others' answers come sorted by plugin id.
        """


class Host(Calls, Protocol):
    """The host as one plugin sees it during one request, job or command."""

    @property
    def plugin(self) -> str:
        """Id of the plugin that is being served."""

    @property
    def caller(self) -> str:
        """Id of the plugin that called the published function which is being served; "" in all else.

        .. versionadded:: 0.1
        """

    @property
    def actor(self) -> Actor:
        """Who acts."""

    @property
    def locale(self) -> str:
        """Language of the answer, such as ``da``."""

    @property
    def timezone(self) -> str:
        """IANA name of the time zone that times are shown in: the person's own, or the installation's."""

    @property
    def installation_timezone(self) -> str:
        """IANA name of the installation's time zone, in which days and months are counted (formats.md)."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time now, aware and in UTC. Use it instead of `datetime.now`, so that tests can stop it."""

    @property
    def version(self) -> str:
        """The host's version, such as ``0.1.0``."""

    @property
    def session(self) -> Session:
        """The plugin's own store: one transaction a request, opened at first use.

        Writing is possible in POST, PUT, PATCH and DELETE requests, in commands and in jobs; a GET reads.
        """

    @property
    def work(self) -> Work:
        """The unit of work over `session`, to hand to services."""

    def apart(self) -> AbstractContextManager[Work]:
        """A unit of work of its own, for one step of something long: kept when the block ends well.

        What was kept stays, whatever becomes of the rest of the command or job. SQLite lets one transaction
        write at a time: as long as this request, command or job has written, or only read, through `session`,
        a step would wait for it in vain. So use the one or the other, or begin and end the steps before.

        Raises:
            RuntimeError: A GET is served, which changes nothing.

        .. versionadded:: 0.1
        """

    @property
    def settings(self) -> Mapping[str, Any]:
        """Values of the plugin's own settings by id: environment first, then stored, then default."""

    @property
    def hooks(self) -> Hooks:
        """The hooks that built-in plugins publish."""

    def can(self, permission: str) -> bool:
        """Whether the actor holds *permission*."""

    def render(self, template: str, **values: Any) -> str:
        """Draw a template of the plugin's own folder into a fragment.

        The host's templates are reachable below ``host/``. Undefined names raise; all text is escaped.
        """

    def url(self, tab: str, path: str = "", **query: str | int) -> str:
        """Address of *path* in *tab* of this plugin, such as ``/tabs/acme_notes/notes/``."""

    def toast(self, text: Text | Plain) -> None:
        """Show *text* once, on the next page this person sees."""

    def audit(self, action: str, subject: str, before: JsonValue = None, after: JsonValue = None) -> None:
        """Same as ``work.audit``."""

    def translate(self, text: Text | Plain, plugin: str = "") -> str:
        """*text* in the language of the answer.

        Args:
            text: What to say.
            plugin: Whose catalogue it stands in; "" for the plugin's own. Where that cannot be read, as of a
                plugin that is gone, the text is said in English. Only built-in plugins read others' ones.
        """

    def serves(self, plugin: str) -> bool:
        """Whether *plugin* is there and on. Only built-in plugins can ask.

        Raises:
            RuntimeError: A third party asks.

        .. versionadded:: 0.1
        """

    def portrait(self, user_id: str) -> str | None:
        """Address of the picture of who signs in as *user_id*; None for none. Only built-in plugins ask.

        Raises:
            RuntimeError: A third party asks.

        .. versionadded:: 0.1
        """

    def set_badge(self, tab: str, badge: Badge | None) -> None:
        """Put *badge* on one of the plugin's tabs, for everybody; None takes it away.

        It is kept when the request succeeds, and stays until it is set again.

        Raises:
            ValueError: The plugin has no such tab.

        .. versionadded:: 0.1
        """

    def tabs_changed(self) -> None:
        """Have `host_tabs` asked again, once this request has succeeded; all workers follow.

        .. versionadded:: 0.1
        """


class Publisher(Protocol):
    """Calls what a built-in plugin publishes. For `host.api.published`, not for plugins."""

    def call(self, record: Published, arguments: dict[str, Any]) -> Any:
        """Call *record* as its owner."""


_serving: ContextVar[Host] = ContextVar("tabhost_host")


class _CurrentHost:
    """Stands for the `Host` that is being served in this context."""

    def __getattr__(self, name: str) -> Any:
        try:
            host = _serving.get()
        except LookupError:
            raise RuntimeError(
                f"current_host.{name} is only there while the host serves a request, job or command. "
                "Pass what you need as an argument instead."
            ) from None
        return getattr(host, name)


current_host = cast("Host", _CurrentHost())
"""The host, for as long as it serves a request, job or command of the plugin."""


def publisher() -> Publisher:
    """Whoever reaches published functions in this context. For the host, not for plugins."""
    return cast("Publisher", current_host.publisher)  # type: ignore[attr-defined] # beyond what plugins see


@contextmanager
def _serve(host: Host) -> Iterator[Host]:
    token = _serving.set(host)
    try:
        yield host
    finally:
        _serving.reset(token)


def serving(host: Host) -> AbstractContextManager[Host]:
    """Make *host* the `current_host` of this context. For the host and for test kits, not for plugins."""
    return _serve(host)


def requires(permission: str) -> Callable[[Function], Function]:
    """Declare the permission of a route. It stands directly below the route's own decorator.

    A route without it is refused at admission, and the whole plugin with it.

    Args:
        permission: Id of a permission that the plugin declares.
    """

    def mark(function: Function) -> Function:
        setattr(function, PERMISSION_MARK, permission)
        return function

    return mark
