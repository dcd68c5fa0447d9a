"""Texts in the reader's language: a catalogue per owner, and Babel for dates, numbers and plurals."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from host.api.texts import LONGEST, arguments_of, english, filled
from host.api.values import Plain, Text
from host.domain.languages import LANGUAGES

FORMATS = {"en": "en_GB"}
"""Where a language is written differently in different countries: whose dates and numbers to use."""

SOURCE_LANGUAGE = "en"
LARGEST = 5 * 1024 * 1024
"""Bytes of one catalogue; a larger one is as good as none."""
logger = logging.getLogger(__name__)


def chosen_language(wishes: Iterable[str | None], browser: Iterable[str], default: str) -> str:
    """The first of *wishes*, then of the *browser*'s languages, that the product speaks; else *default*."""
    for wish in wishes:
        if wish in LANGUAGES:
            return wish
    asked = [each.replace("-", "_").lower() for each in browser]
    return negotiate_locale(asked, LANGUAGES, sep="_") or default


def babel_locale(language: str) -> Locale:
    """Babel's locale for *language*."""
    return Locale.parse(FORMATS.get(language, language))


class Catalogues:
    """The texts of one owner: its own catalogue, then the host's.

    Args:
        folder: The owner's ``translations/``; None where it has none.
        fallback: The host's catalogues; None for the host itself.
    """

    def __init__(self, folder: Path | None, fallback: Catalogues | None = None) -> None:
        self._folder, self._fallback = folder, fallback
        self._loaded: dict[str, NullTranslations] = {}

    def of(self, language: str) -> NullTranslations:
        """The translations for *language*."""
        if language not in self._loaded:
            texts = self._read(language)
            if self._fallback:
                texts.add_fallback(self._fallback.of(language))
            self._loaded[language] = texts
        return self._loaded[language]

    def _read(self, language: str) -> NullTranslations:
        if self._folder is None or language == SOURCE_LANGUAGE:
            return NullTranslations()
        folder = self._folder / language / "LC_MESSAGES"
        compiled, source = folder / "messages.mo", folder / "messages.po"
        try:
            if source.is_file() and not (
                compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime
            ):
                return _compiled(_content(source))
            if compiled.is_file():
                return Translations(_content(compiled))
        except Exception:  # it is on everybody's page: a vendor's slip costs its translations only
            logger.warning("the texts in %s cannot be read", folder, exc_info=True)
        return NullTranslations()

    def say(self, text: Text | Plain, language: str) -> str:
        """*text* in *language*, cut where it is too long to be read.

        A translation with wrong place-holders, or other ones than `host.api.texts.filled` fills, gives the
        English text, and that is shown as it stands where it has them too.
        """
        if isinstance(text, Plain):
            return text.text
        found = self._translated(text, language)
        arguments = arguments_of(text)
        said = filled(found, arguments) if arguments else found
        return (english(text) if said is None else said)[:LONGEST]

    def _translated(self, text: Text, language: str) -> str:
        texts = self.of(language)
        if text.n is None or text.plural is None:
            return str(texts.ugettext(text.id))
        try:
            return str(texts.ungettext(text.id, text.plural, text.n))
        except Exception:  # a rule for plurals that divides by nought, or has no such form
            return english(text)


def _content(file: Path) -> io.BytesIO:
    if file.stat().st_size > LARGEST:
        raise ValueError(f"{file.name} is larger than {LARGEST} bytes")
    return io.BytesIO(file.read_bytes())


def _compiled(source: io.BytesIO) -> Translations:
    """A checkout, or a vendor's package, may bring the text form only."""
    buffer = io.BytesIO()
    write_mo(buffer, read_po(source))
    buffer.seek(0)
    return Translations(buffer)


class Speaker:
    """Says things of one owner in one language; what templates and `current_host` speak through."""

    def __init__(self, catalogues: Catalogues, language: str) -> None:
        self._catalogues, self.language = catalogues, language

    @cached_property
    def locale(self) -> Locale:
        """Babel's locale."""
        return babel_locale(self.language)

    @cached_property
    def texts(self) -> NullTranslations:
        """The owner's texts, with the host's behind them."""
        return self._catalogues.of(self.language)

    def say(self, text: Text | Plain | str) -> str:
        """A `Text` translated, anything else as it is."""
        return text if isinstance(text, str) else self._catalogues.say(text, self.language)
