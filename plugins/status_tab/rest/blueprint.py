"""Where the plugin's JSON addresses are registered."""

from __future__ import annotations

from flask_smorest import Blueprint

rest = Blueprint("status_tab", __name__, description="System events, usage, the installation")
