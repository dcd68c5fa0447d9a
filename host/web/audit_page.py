"""The Audit page: what was done, by whom and from where, and whether the log is whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import InputError, NotFoundError
from host.api.runtime import requires
from host.api.values import N_
from host.domain.audit import Link
from host.services.audit import VIEW, LogState, choices, find, log_of, one, state_of, verify
from host.services.audit_export import all_links, line_of, lines_of_time, note_export, table_of
from host.services.audit_wanted import Asked, wanted
from host.services.signing_in import show_once

from .audit_words import DONE, HOST, Change, changes, done
from .cards import status_card
from .row import AUDIT_PAGE
from .shell import draw, page, say
from .visitor import actor, household, signed_in, timezone

audit_page = Blueprint("audit_page", __name__)

ROWS = 50
MOST_EXPORTED = 100_000
NAMES = {
    "actor": "actor", "action": "action", "plugin": "plugin", "subject": "subject",
    "since": "from", "until": "to",
}  # fmt: skip
"""What the parts of `Asked` are called in an address."""
ONE = "/audit/<int(signed=False, max=2147483647):number>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry as it is listed.

    Args:
        link: The entry and its place in the chain.
        done: What was done, in words.
        href: Opens it.
        opened: Whether it is.
    """

    link: Link
    done: str
    href: str
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The entry that is shown beside the list.

    Args:
        link: The entry.
        done: What was done, in words.
        changes: What it was before and after.
    """

    link: Link
    done: str
    changes: list[Change]


@audit_page.get("/audit")
@requires(VIEW)
def show_log() -> Response:
    """Entries that are asked for, the newest first."""
    return _page(None)


@audit_page.get(ONE)
@requires(VIEW)
def show_entry(number: int) -> Response:
    """The same with one entry opened."""
    try:
        link = one(log_of(household().house), number)
    except NotFoundError:
        abort(404)
    return _page(Opened(link=link, done=say(done(link.entry)), changes=changes(link.entry)))


@audit_page.post("/audit/check")
@requires(VIEW)
def check() -> AnyResponse:
    """Check every entry, and say how the log was found."""
    report, person = verify(log_of(household().house)), signed_in()
    if person:
        whole = N_("The log is whole.")
        said = whole if report.whole else N_("The log is not whole. %(what)s", what=report.findings[0].text)
        show_once(household().house, g.session_token, (*person.toasts, say(said)))
    return redirect(_address(_asked(), _below()), 303)


@audit_page.get("/audit/export.csv")
@requires(VIEW)
def export_table() -> Response:
    """The entries that are asked for, for a spreadsheet."""
    log, asked = log_of(household().house), _asked()
    found = list(islice(all_links(log, wanted(asked, timezone())), MOST_EXPORTED + 1))
    if len(found) > MOST_EXPORTED:
        raise InputError(
            N_("That is more than %(most)s entries. Choose fewer days.", most=f"{MOST_EXPORTED:,}")
        )
    _note(asked, "csv")
    return _file(table_of(found), "text/csv", "csv")


@audit_page.get("/audit/export.ndjson")
@requires(VIEW)
def export_lines() -> Response:
    """The same as lines of JSON; of whole days they are a piece of the chain, with a signed end."""
    log, asked = log_of(household().house), _asked()
    want = wanted(asked, timezone())
    days_only = asked == Asked(since=asked.since, until=asked.until)
    lines: Iterable[str] = (
        lines_of_time(log, want.since, want.until) if days_only else map(line_of, all_links(log, want))
    )
    _note(asked, "ndjson")
    return _file(lines, "application/x-ndjson", "ndjson")


@audit_page.errorhandler(InputError)
def said_no(error: InputError) -> Response:
    """What was asked for cannot be: say why, and list nothing."""
    if request.endpoint == "audit_page.show_log":
        return _page(None, error.in_words(say))
    return status_card(422, error.in_words(say))


def _file(content: bytes | Iterable[str], kind: str, suffix: str) -> Response:
    day = household().house.clock()
    headers = {"Content-Disposition": f'attachment; filename="audit-{day:%Y-%m-%d}.{suffix}"'}
    return Response(content, mimetype=kind, headers=headers)


def _note(asked: Asked, kind: str) -> None:
    if request.method != "HEAD":
        filters = {NAMES[name]: text for name, text in asdict(asked).items() if text}
        note_export(log_of(household().house), actor(), {**filters, "format": kind})


def _page(opened: Opened | None, error: str = "") -> Response:
    log, asked, below = log_of(household().house), _asked(), _below()
    links = [] if error else find(log, wanted(asked, timezone(), below=below), limit=ROWS + 1)
    who, what = choices(log)
    state = state_of(log)
    body = draw(
        "pages/audit.html",
        rows=[_row(each, asked, below, opened) for each in links[:ROWS]],
        asked=asked,
        error=error,
        opened=opened,
        state=state,
        stands=_stands(state),
        actors=who,
        actions=sorted({*DONE, *(action for _, action in what)}),
        plugins=sorted({HOST, *(plugin for plugin, _ in what)}),
        links=_links(asked, below, links),
    )
    return page(body, say(AUDIT_PAGE.title), 422 if error else 200, current=AUDIT_PAGE.place)


def _row(each: Link, asked: Asked, below: int | None, opened: Opened | None) -> Row:
    return Row(
        link=each,
        done=say(done(each.entry)),
        href=_address(asked, below, f"/audit/{each.number}"),
        opened=opened is not None and opened.link.number == each.number,
    )


def _stands(state: LogState) -> str:
    """How the log stands: never checked, whole when it last was, or broken."""
    if state.head is None or (state.head.signature and not state.signed):
        return "broken"
    if state.check is None:
        return "never"
    return "broken" if state.check.findings else "whole"


def _links(asked: Asked, below: int | None, found: list[Link]) -> dict[str, str]:
    """Where the links of the page lead: "" for those that lead nowhere."""
    return {
        "all": AUDIT_PAGE.address,
        "here": _address(asked, below),
        "check": _address(asked, below, "/audit/check"),
        "newest": _address(asked) if below is not None else "",
        "older": _address(asked, found[ROWS - 1].number) if len(found) > ROWS else "",
        "csv": _address(asked, path="/audit/export.csv"),
        "ndjson": _address(asked, path="/audit/export.ndjson"),
    }


def _asked() -> Asked:
    return Asked(**{name: request.args.get(called, "").strip() for name, called in NAMES.items()})


def _below() -> int | None:
    number = request.args.get("below", type=int)
    return number if number is not None and 0 < number < 1 << 31 else None


def _address(asked: Asked, below: int | None = None, path: str = AUDIT_PAGE.address) -> str:
    query = {NAMES[name]: text for name, text in asdict(asked).items() if text}
    query |= {} if below is None else {"below": str(below)}
    return f"{path}?{urlencode(query)}" if query else path
