"""Pictures of those who hold licences."""

from __future__ import annotations

from flask import Response, request

from host.api import NotFoundError, current_host, requires
from superoffice_tab.domain.permissions import VIEW
from superoffice_tab.services import people_list

from .blueprint import pages

KEPT = "private, max-age=86400"
"""For an address that names the picture by its digest: another picture has another address."""
ASKED = "private, no-cache"


@pages.get("/<tab>/people/<path:user_id>/portrait")
@requires(VIEW)
def show_portrait(tab: str, user_id: str) -> Response:  # noqa: ARG001 - the same person in every tab
    """Somebody's picture. ``v`` is the beginning of its digest, where the page knew it."""
    if "\x00" in user_id:  # which no database looks for
        raise NotFoundError("Nobody is called so.")
    known = people_list.person(user_id, current_host.session)
    digest = known.portrait_digest
    if digest is None:
        raise NotFoundError(f"There is no picture of “{user_id}”.")
    response = Response()
    response.set_etag(digest)
    named = request.args.get("v", "")
    response.headers["Cache-Control"] = KEPT if named and digest.startswith(named) else ASKED
    if request.if_none_match.contains(digest):
        response.status_code = 304
        return response
    found = people_list.portrait(user_id, current_host.session)
    if found is None:
        raise NotFoundError(f"There is no picture of “{user_id}”.")
    content, response.mimetype = found
    response.set_data(content)
    return response
