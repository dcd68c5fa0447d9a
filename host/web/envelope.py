"""The form in which a runner hands over how a visit ended: an answer, a no, or a fault.

The envelope's status is always 200. What the plugin answered stands in it, after what it did to the screen.
"""

from __future__ import annotations

from flask import Response
from werkzeug.datastructures import Headers

from host.api.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TabhostError
from host.domain.errors import RunnerFaultError
from host.engine.plugin_app import EXPLAINED
from host.engine.runner.wire import Answer, WireError
from host.services.effects import Effects, unpacked

from .answers import CHECKED_HEADERS

PASSED = (*CHECKED_HEADERS, EXPLAINED)
"""Headers of a plugin that the host looks at: in process nothing comes of the others either."""
STATUS_HEADER, EFFECTS_HEADER = "X-Tabhost-Status", "X-Tabhost-Effects"
"""Status of the plugin's answer; how many bytes at the beginning of the body tell of effects."""
SAID_HEADER, FAULT_HEADER = "X-Tabhost-Said", "X-Tabhost-Fault"
"""The plugin said no, in words of this kind; it failed, with the traceback as the body."""
KINDS: dict[str, type[TabhostError]] = {
    each.__name__: each for each in (InputError, NotFoundError, ConflictError, NotAllowedError, TabhostError)
}


def kind_of(error: TabhostError) -> str:
    """The name of the kind that *error* is of, as it travels."""
    return next(name for name, each in KINDS.items() if isinstance(error, each))


def sealed(answer: Response, effects: str) -> Response:
    """The plugin's *answer* in an envelope, with those of its headers that the host looks at."""
    body = effects.encode("ascii")
    envelope = Response(body + answer.get_data())
    _head(envelope, answer.headers)
    envelope.headers["Content-Length"] = str(len(envelope.get_data()))
    envelope.headers[STATUS_HEADER] = str(answer.status_code)
    envelope.headers[EFFECTS_HEADER] = str(len(body))
    return envelope


def no(error: TabhostError, sentence: str) -> Response:
    """The plugin said no, in this *sentence*."""
    return Response(sentence.encode("utf-8", "replace"), headers={SAID_HEADER: kind_of(error)})


def fault(trace: str) -> Response:
    """The plugin failed."""
    return Response(trace.encode("utf-8", "replace"), headers={FAULT_HEADER: "1"})


def opened(answer: Answer, plugin: str) -> tuple[Response, Effects]:
    """What is in an envelope that came from the runner of *plugin*: hostile until it has been looked at.

    Raises:
        TabhostError: The plugin said no.
        RunnerFaultError: It failed.
        WireError: It is no envelope.
    """
    kind = KINDS.get(answer.header(SAID_HEADER))
    if kind is not None:
        raise kind(answer.body.decode("utf-8", "replace"))
    if answer.header(FAULT_HEADER):
        raise RunnerFaultError(answer.body.decode("utf-8", "replace"))
    status, length = _number(answer, STATUS_HEADER, 999), _number(answer, EFFECTS_HEADER, len(answer.body))
    try:
        effects = unpacked(answer.body[:length], plugin)
    except ValueError as error:
        raise WireError(str(error)) from None
    response = Response(answer.body[length:], status)
    _head(response, Headers(answer.headers))
    return response, effects


def _head(response: Response, headers: Headers) -> None:
    """Give it what passes of *headers*; of one that comes twice the first: that is the one looked at."""
    response.headers.clear()
    for name in PASSED:
        if name in headers:
            response.headers[name] = headers[name]


def _number(answer: Answer, name: str, most: int) -> int:
    text = answer.header(name)
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) <= most):
        raise WireError(f"the runner's answer has no proper {name}")
    return int(text)
