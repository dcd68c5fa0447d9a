"""Functions that a built-in plugin publishes in its ``api.py``: one signature, two transports."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from marshmallow import Schema, ValidationError
from marshmallow.fields import Field

from .errors import InputError
from .runtime import publisher
from .schemas import first_problem

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
PUBLISHED_MARK = "__tabhost_published__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published function, and the form in which its arguments and its result cross the border.

    Args:
        owner: Id of the plugin that publishes it: the package its ``api.py`` stands in.
        name: Its name.
        function: What it does; runs as its owner, with the owner's ``current_host``.
        takes: Schema of its arguments, by name.
        returns: Schema with the one field ``value``.
        writes: Whether it changes something, which a GET must not.
    """

    owner: str
    name: str
    function: Callable[..., Any]
    takes: Schema
    returns: Schema
    writes: bool

    def pack(self, arguments: dict[str, Any]) -> Any:
        """Arguments as JSON.

        Raises:
            InputError: One of them is not of the kind that the schema writes.
        """
        try:
            return self.takes.dump(arguments)
        except (ValidationError, ValueError, TypeError, AttributeError) as error:
            raise InputError(str(error), source=f"{self.owner}.api.{self.name}()") from None

    def run(self, packed: Any) -> Any:
        """Check packed arguments, do it, and pack the result. `current_host` is the owner's by now.

        Raises:
            InputError: The arguments are not what the schema asks for; names the first that is not.
        """
        try:
            arguments = self.takes.load(packed)
        except ValidationError as error:
            place, problem = first_problem(error.messages)
            raise InputError(problem, source=f"{self.owner}.api.{self.name}()", place=place) from None
        return self.returns.dump({"value": self.function(**arguments)})["value"]

    def unpack(self, packed: Any) -> Any:
        """A packed result as a value."""
        return self.returns.load({"value": packed})["value"]


def published(
    *, takes: Schema, returns: Field[Any], writes: bool = False
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Publish a function of a built-in plugin to all others, wherever they run.

    Called by a built-in plugin it joins the caller's transaction. Called by a third party it has a
    transaction of its own, kept as soon as it returns; what it raises of `TabhostError` comes back as
    the same kind of error. Arguments that *takes* refuses are an `InputError`, and a publisher that is
    switched off is a `NotFoundError`.

    Args:
        takes: Schema of the arguments, by name; loads into a dict.
        returns: Field that the result is written as, such as ``fields.Integer()``.
        writes: Whether it changes something. It is then refused while a GET is served.

    .. versionadded:: 0.1
    """

    def publish(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        signature = inspect.signature(function)
        record = Published(
            owner=function.__module__.partition(".")[0],
            name=function.__name__,
            function=function,
            takes=takes,
            returns=Schema.from_dict({"value": returns})(),
            writes=writes,
        )

        @wraps(function)
        def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            arguments = signature.bind(*args, **kwargs).arguments
            return cast("Result", publisher().call(record, dict(arguments)))

        setattr(call, PUBLISHED_MARK, record)
        return call

    return publish


def record_of(function: Callable[..., Any]) -> Published | None:
    """What `published` made of *function*; None if it did not."""
    found: Published | None = getattr(function, PUBLISHED_MARK, None)
    return found
