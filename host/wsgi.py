"""``host.wsgi:app`` for any WSGI server: the installation that the environment names."""

from .app import build_house, create_app
from .settings import read_settings

_settings = read_settings()
app = create_app(_settings, build_house(_settings))
