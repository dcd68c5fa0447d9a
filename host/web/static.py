"""Static files of the host and of plugins."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request

from .assets import Assets
from .doors import FILE_POLICY, anyone

static = Blueprint("static_files", __name__)


@static.get("/static/<owner>/<digest>/<path:path>")
@anyone
def static_file(owner: str, digest: str, path: str) -> Response:
    """One file. Its content is in its address, so it may be kept for good."""
    assets: Assets = current_app.extensions["tabhost_assets"]
    asset = assets.find(owner, path, digest)
    if asset is None:
        abort(404)
    response = Response(asset.body, mimetype=asset.mimetype)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
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
