"""Drawing templates: an environment per owner, its own folder first, the host's under ``host/``."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zlib import crc32

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    select_autoescape,
)
from markupsafe import Markup

from host.api.values import Plain, Text

from . import pieces
from .assets import Assets
from .compiled import CompiledTemplates
from .formats import Formats
from .texts import Catalogues, Speaker

HOST = "host"
TINTS = "abcd"
MOST_ICONS = 1_000


def host_folder(name: str) -> Path:
    """A folder of the host's own files: inside the wheel, or beside ``host/`` in a checkout."""
    inside = Path(str(files("host"))) / name
    return inside if inside.is_dir() else inside.parent.parent / name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a template is drawn.

    Args:
        language: Such as ``da``.
        timezone: IANA name.
        now: The time now, in UTC.
        csrf_token: What their forms must bring.
        url: Makes addresses inside the plugin that draws.
    """

    language: str
    timezone: str
    now: datetime
    csrf_token: str = ""
    url: Callable[..., str] | None = None


class _PlainGlobals(Environment):
    """An environment whose globals stand for good before its first template: each has a plain copy of them.

    Jinja chains them, so that later changes reach all templates, and goes through that chain at every import.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What *d* and the environment have together."""
        return {**self.globals, **(d or {})}


class Renderer:
    """Draws the templates of one owner.

    Args:
        owner: ``host`` or a plugin id.
        templates: Its folder of templates; None where it has none.
        catalogues: Its texts.
        assets: Everybody's static files.
        kept: A private folder for compiled templates; None to keep them in memory only.
    """

    def __init__(
        self,
        owner: str,
        templates: Path | None,
        catalogues: Catalogues,
        assets: Assets,
        kept: Path | None = None,
    ) -> None:
        self._owner, self._assets, self.catalogues = owner, assets, catalogues
        self._speaker: ContextVar[Speaker] = ContextVar(f"tabhost_speaker_{owner}")
        self._formats: ContextVar[Formats] = ContextVar(f"tabhost_formats_{owner}")
        self._icons: dict[tuple[str, str], Markup] = {}
        self._environment = self._make(templates, kept)

    def render(self, template: str, reader: Reader, **values: Any) -> str:
        """Draw *template* for *reader*."""
        speaker = Speaker(self.catalogues, reader.language)
        spoken, formatted = self._speaker.set(speaker), self._formats.set(Formats(reader, speaker))
        try:
            return self._environment.get_template(template).render(
                csrf_token=reader.csrf_token, url=reader.url, **values
            )
        finally:
            self._speaker.reset(spoken)
            self._formats.reset(formatted)

    def template_names(self) -> list[str]:
        """Every template that can be drawn."""
        return self._environment.list_templates(extensions=["html"])

    def compiles(self, template: str) -> None:
        """Raise if *template* cannot be read."""
        self._environment.get_template(template)

    def _make(self, templates: Path | None, kept: Path | None) -> Environment:
        shared = FileSystemLoader(host_folder("templates"))
        own = [FileSystemLoader(templates)] if templates else []
        environment = _PlainGlobals(
            loader=ChoiceLoader([*own, PrefixLoader({HOST: shared})]),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=CompiledTemplates(kept),
        )
        environment.newstyle_gettext = True  # type: ignore[attr-defined] # of jinja2.ext.i18n
        environment.globals.update(gettext=self._gettext, ngettext=self._ngettext, _=self._gettext)
        environment.globals.update(icon=self._icon, asset=self._asset, tint=_tint)
        environment.filters.update(text=self._say, meter=pieces.meter, breakable=pieces.breakable)
        for name in Formats.FILTERS:
            environment.filters[name] = self._formatting(name)
        return environment

    # The environment is shared by all requests: who reads is asked when something is said.
    # Like Jinja's own, but without asking what is always so (everything is escaped), and without filling in
    # where there is nothing to fill in: a page says dozens of texts.
    def _gettext(self, message: str, /, **values: Any) -> Markup:
        return _filled(self._speaker.get().texts.ugettext(message), values)

    def _ngettext(self, one: str, many: str, n: int, /, **values: Any) -> Markup:
        return _filled(self._speaker.get().texts.ungettext(one, many, n), {"num": n, **values})

    def _say(self, value: Text | Plain | str) -> str:
        return self._speaker.get().say(value)

    def _formatting(self, name: str) -> Callable[..., str]:
        method, reading = getattr(Formats, name), self._formats.get

        def formatted(*values: Any, **options: Any) -> Any:
            return method(reading(), *values, **options)

        return formatted

    def _asset(self, path: str) -> str:
        owner, slash, rest = path.partition("/")
        return (
            self._assets.url(HOST, rest) if slash and owner == HOST else self._assets.url(self._owner, path)
        )

    def _icon(self, name: str, more: str = "") -> Markup:
        found = self._icons.get((name, more))
        if found is None:
            href = f"{self._assets.url(HOST, 'icons.svg')}#i-{name}"
            found = Markup('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>').format(
                f"th-i {more}".strip(), href
            )
            if len(self._icons) < MOST_ICONS:  # a page could make up names without end
                self._icons[name, more] = found
        return found


def _filled(text: str, values: dict[str, Any]) -> Markup:
    """A text of a catalogue with *values*, escaped, in their places; every ``%`` in it belongs to a place."""
    said = Markup(text)  # noqa: S704 - texts of catalogues may hold markup; what is put into them is escaped
    return said % values if "%" in text else said


def _tint(user_id: str) -> str:
    """One of four colours for a person without a picture, always the same one."""
    return TINTS[crc32(user_id.casefold().encode()) % len(TINTS)]
