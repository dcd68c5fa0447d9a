"""``host.wsgi:app`` for any WSGI server: the installation that the environment names.

There is no parent here that could fork runners, so third parties live in the server's own processes.
"""

from dataclasses import replace

from .app import build_house, create_app
from .settings import read_settings

_settings = replace(read_settings(), isolation=False)
app = create_app(_settings, build_house(_settings))
