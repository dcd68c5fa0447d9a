"""Message catalogues: ``check`` that each is complete, ``update`` them from the code.

Run as ``python -m tests.catalogues check | update``. Uses Babel; English is the language of the code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LANGUAGES = ("da",)
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"extensions": "jinja2.ext.i18n", "silent": "false", "trimmed": "false"}}


@dataclass(frozen=True)
class Owner:
    """Whose texts stand where.

    Args:
        name: How it is called in messages.
        sources: Folders that its texts are in.
        translations: Where its catalogues are.
    """

    name: str
    sources: tuple[Path, ...]
    translations: Path


def _plugin(folder: Path) -> Owner:
    return Owner(folder.name, (folder,), folder / "translations")


OWNERS = (
    Owner("host", (ROOT / "host", ROOT / "templates"), ROOT / "host" / "translations"),
    _plugin(ROOT / "plugins" / "superoffice_tab"),
    _plugin(ROOT / "plugins" / "status_tab"),
    _plugin(ROOT / "plugins" / "sample_thirdparty" / "src" / "acme_requests"),
)


def extracted(owner: Owner) -> Catalog:
    """All texts of *owner*, as they stand in its code and templates now."""
    catalog = Catalog(project="tabhost", charset="utf-8")
    for source in owner.sources:
        for file, _, message, comments, context in extract_from_dir(
            source, METHODS, OPTIONS, DEFAULT_KEYWORDS, ("Translators:",)
        ):
            place = (Path(source, file).relative_to(ROOT).as_posix(), 1)
            catalog.add(message, None, [place], auto_comments=comments, context=context)
    return catalog


def problems(owner: Owner, language: str) -> Iterator[str]:
    """What is missing, left over, empty or uncertain in one catalogue."""
    path = owner.translations / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        yield f"{owner.name}: no catalogue for {language}"
        return
    with path.open("rb") as file:
        have = read_po(file, locale=language)
    want = {message.id for message in extracted(owner) if message.id}
    for message in have:
        if message.id and message.id not in want:
            yield f"{owner.name} {language}: no longer used: {message.id!r}"
    known = {message.id: message for message in have if message.id}
    for text in sorted(want, key=str):
        message = known.get(text)
        if message is None:
            yield f"{owner.name} {language}: missing: {text!r}"
        elif message.fuzzy:
            yield f"{owner.name} {language}: fuzzy: {text!r}"
        elif not all(message.string if isinstance(message.string, tuple) else [message.string]):
            yield f"{owner.name} {language}: empty: {text!r}"
        else:
            for error in message.check(have):
                yield f"{owner.name} {language}: {error}: {text!r}"


def check() -> int:
    """Print all problems; 1 if there are any."""
    found = [each for owner in OWNERS for language in LANGUAGES for each in problems(owner, language)]
    for each in found:
        print(each)
    print(f"catalogues: {len(found)} problems in {len(OWNERS)} owners, {len(LANGUAGES)} translations")
    return 1 if found else 0


def update() -> int:
    """Add what is new, without guessing, and drop what is gone."""
    for owner in OWNERS:
        for language in LANGUAGES:
            path = owner.translations / language / "LC_MESSAGES" / "messages.po"
            path.parent.mkdir(parents=True, exist_ok=True)
            catalog = Catalog(locale=language, project="tabhost", charset="utf-8")
            if path.is_file():
                with path.open("rb") as file:
                    catalog = read_po(file, locale=language)
            catalog.update(extracted(owner), no_fuzzy_matching=True)
            catalog.obsolete.clear()
            with path.open("wb") as file:
                write_po(file, catalog, width=100, omit_header=False, sort_output=True)
    return check()


if __name__ == "__main__":
    sys.exit({"check": check, "update": update}[sys.argv[1]]())
