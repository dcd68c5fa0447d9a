"""Where the plugin's pages are registered: the first segment of each rule is the tab of a module owner."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("superoffice_tab", __name__)
