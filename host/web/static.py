"""Static files of the host and of plugins."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request

from .assets import Assets
from .doors import anyone, with_account
from .headers import FILE_POLICY
from .rendering import HOST
from .visitor import actor, household, switched_off

static = Blueprint("static_files", __name__)


@static.get("/static/host/<digest>/<path:path>")
@anyone
def host_file(digest: str, path: str) -> Response:
    """One file of the host: the sign-in form needs some of them."""
    return _file(HOST, digest, path, "public")


@static.get("/static/<owner>/<digest>/<path:path>")
@with_account  # the plugin's permission is asked for below
def plugin_file(owner: str, digest: str, path: str) -> Response:
    """One file of a plugin, for those who may see a tab of it: what holds for its pages holds for it too."""
    plugin = household().house.registry.get(owner)
    if plugin is None or owner in switched_off():
        abort(404)
    views = [tab.view for tab in plugin.tabs] or [each.id for each in plugin.permissions]
    if not any(map(actor().may, views)):
        abort(403)
    return _file(owner, digest, path, "private")


def _file(owner: str, digest: str, path: str, whose: str) -> Response:
    """A file. Its content is in its address, so it may be kept for good.

    Args:
        owner: Whose it is.
        digest: Of its content.
        path: Where it stands.
        whose: Cache that may keep it: ``public`` for any, ``private`` for the browser's own.
    """
    assets: Assets = current_app.extensions["tabhost_assets"]
    asset = assets.find(owner, path, digest)
    if asset is None:
        abort(404)
    response = Response(asset.body, mimetype=asset.mimetype)
    response.headers["Cache-Control"] = f"{whose}, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = FILE_POLICY  # HTML too: nobody read it
    response.set_etag(asset.digest)
    response.make_conditional(request)
    return response


@static.get("/favicon.ico")
@anyone
def favicon() -> Response:
    """The mark, for browsers that ask without reading the page."""
    assets: Assets = current_app.extensions["tabhost_assets"]
    asset = assets.find("host", "mark.svg")
    return Response(asset.body if asset else b"", mimetype="image/svg+xml")
