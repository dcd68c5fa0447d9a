"""Drawing templates: an environment per owner, its own folder first, the host's under ``host/``."""

from __future__ import annotations

from collections.abc import Callable
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

from .assets import Assets
from .compiled import CompiledTemplates
from .formats import Formats
from .texts import Catalogues, Speaker

HOST = "host"
TINTS = "abcd"


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
        environment = Environment(
            loader=ChoiceLoader([*own, PrefixLoader({HOST: shared})]),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=CompiledTemplates(kept),
        )
        environment.install_gettext_callables(  # type: ignore[attr-defined] # added by jinja2.ext.i18n
            self._gettext,
            self._ngettext,
            newstyle=True,
        )
        environment.globals.update(icon=self._icon, asset=self._asset, tint=_tint)
        environment.filters["text"] = self._say
        for name in Formats.FILTERS:
            environment.filters[name] = self._formatting(name)
        return environment

    # The environment is shared by all requests: who reads is asked when something is said.
    def _gettext(self, message: str) -> str:
        return self._speaker.get().texts.ugettext(message)

    def _ngettext(self, one: str, many: str, n: int) -> str:
        return self._speaker.get().texts.ungettext(one, many, n)

    def _say(self, value: Text | Plain | str) -> str:
        return self._speaker.get().say(value)

    def _formatting(self, name: str) -> Callable[..., str]:
        def formatted(*values: Any, **options: Any) -> str:
            return str(getattr(self._formats.get(), name)(*values, **options))

        return formatted

    def _asset(self, path: str) -> str:
        owner, slash, rest = path.partition("/")
        return (
            self._assets.url(HOST, rest) if slash and owner == HOST else self._assets.url(self._owner, path)
        )

    def _icon(self, name: str, more: str = "") -> Markup:
        href = f"{self._assets.url(HOST, 'icons.svg')}#i-{name}"
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>').format(
            f"th-i {more}".strip(), href
        )


def _tint(user_id: str) -> str:
    """One of four colours for a person without a picture, always the same one."""
    return TINTS[crc32(user_id.casefold().encode()) % len(TINTS)]
