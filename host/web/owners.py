"""Whose templates, texts and static files stand where: the host's and each plugin's."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from host.engine.plugin import Plugin

from .assets import Assets
from .rendering import HOST, Renderer, host_folder
from .texts import Catalogues

OWN = Path(__file__).parent.parent


def make_assets(plugins: Iterable[Plugin]) -> Assets:
    """The static files of the host and of *plugins*."""
    folders = {HOST: OWN / "static"}
    for plugin in plugins:
        if plugin.folder and (plugin.folder / "static").is_dir():
            folders[plugin.id] = plugin.folder / "static"
    return Assets(folders)


def make_renderers(
    plugins: Iterable[Plugin], assets: Assets | None = None, kept: Path | None = None
) -> dict[str, Renderer]:
    """A renderer for the host and for each of *plugins*.

    Args:
        plugins: Whose templates can be drawn.
        assets: Everybody's static files.
        kept: A private folder for compiled templates.
    """
    owners = list(plugins)
    assets = assets or make_assets(owners)
    own = Catalogues(OWN / "translations")
    renderers = {HOST: Renderer(HOST, host_folder("templates"), own, assets)}
    for plugin in owners:
        folder = plugin.folder
        catalogues = Catalogues(folder / "translations" if folder else None, fallback=own)
        templates = folder / "templates" if folder and (folder / "templates").is_dir() else None
        renderers[plugin.id] = Renderer(plugin.id, templates, catalogues, assets, kept)
    return renderers
