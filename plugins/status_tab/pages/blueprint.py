"""Where the plugin's pages are registered."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("status_tab", __name__)
