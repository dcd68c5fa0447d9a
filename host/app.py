"""The composition root: settings in, application out. Nothing is made before `create_app` is called."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from flask import Flask

from .engine.admission import admit_all
from .engine.discovery import PRODUCT, Found, discover
from .engine.ledger import Ledger
from .engine.registry import Registry
from .services.house import Clock, House, prepare_host, prepare_plugin
from .services.scope import deliver_audit
from .settings import Settings
from .storage.database import Database
from .storage.stores import Stores
from .web.assets import Assets
from .web.doors import hang_doors
from .web.errors import handle_errors
from .web.rendering import HOST, Renderer, host_folder
from .web.rest import mount_api
from .web.shell import Household
from .web.sign_in import sign_in
from .web.static import static
from .web.tabs import tabs
from .web.texts import Catalogues


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def build_house(settings: Settings, *, found: list[Found] | None = None, clock: Clock = utc_now) -> House:
    """Open the database, migrate it, and admit the plugins.

    Args:
        settings: The host's settings.
        found: Plugins to load; None for those that are installed.
        clock: The time now; tests stop it.

    Raises:
        ConfigurationError: The database's address is not usable.
    """
    stores = Stores(Database(settings.database_url), settings.data / "plugins")
    prepare_host(stores.host)
    installed = discover(version(PRODUCT)) if found is None else found
    plugins = admit_all(installed, lambda plugin, storage: prepare_plugin(stores, plugin, storage))
    house = House(
        version=version(PRODUCT),
        stores=stores,
        registry=Registry(plugins, Ledger()),
        clock=clock,
        environment=settings.environment,
        timezone=settings.timezone,
        language=settings.language,
        title=settings.title,
    )
    for plugin in house.registry.admitted():
        if plugin.storage and not plugin.builtin:
            deliver_audit(house, plugin.id)  # what a crash left behind
    return house


def create_app(settings: Settings, house: House) -> Flask:
    """The web application.

    Args:
        settings: The host's settings.
        house: From `build_house`.
    """
    app = Flask("host", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload
    assets = _assets(house)
    app.extensions["tabhost_assets"] = assets
    app.extensions["tabhost"] = Household(house, make_renderers(house, assets))
    for blueprint in (tabs, sign_in, static):
        app.register_blueprint(blueprint)
    mount_api(app, house.version)
    handle_errors(app)
    hang_doors(app)
    return app


def _assets(house: House) -> Assets:
    folders = {HOST: Path(__file__).parent / "static"}
    for plugin in house.registry.admitted():
        if plugin.folder and (plugin.folder / "static").is_dir():
            folders[plugin.id] = plugin.folder / "static"
    return Assets(folders)


def make_renderers(house: House, assets: Assets | None = None) -> dict[str, Renderer]:
    """A renderer for the host and for each admitted plugin."""
    assets = assets or _assets(house)
    own = Catalogues(Path(__file__).parent / "translations")
    renderers = {HOST: Renderer(HOST, host_folder("templates"), own, assets)}
    for plugin in house.registry.admitted():
        folder = plugin.folder
        catalogues = Catalogues(folder / "translations" if folder else None, fallback=own)
        templates = folder / "templates" if folder and (folder / "templates").is_dir() else None
        renderers[plugin.id] = Renderer(plugin.id, templates, catalogues, assets)
    return renderers
