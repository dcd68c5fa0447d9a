"""The root keys that the operator pinned: a JWK or JWK set, or a folder of them (formats.md 1)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from host.api import N_, InputError, Text
from superoffice_tab.domain.keys import NotAnEd25519KeyError, Roots, public_key

_SUFFIXES = frozenset({".jwk", ".jwks", ".json"})


def pinned(setting: str | Path | None) -> Roots:
    """Read the root keys that the setting ``root_keys`` points to.

    Args:
        setting: Path of a file or folder; None or empty where nothing is pinned.

    Raises:
        InputError: The path is missing, has no key in it, or has something that is no public Ed25519 key.
    """
    if not setting or not str(setting).strip():
        return Roots()
    path = Path(setting)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
        if not files:
            raise InputError(
                N_("there is no .jwk, .jwks or .json file in this folder of root keys"), source=str(path)
            )
        return Roots(key for file in files for key in _read(file))
    return Roots(_read(path))


def read_jwk(path: Path) -> Any:
    """The JSON of a key file.

    Raises:
        InputError: It cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(_unreadable(error), source=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise InputError(N_("this is not a key in JWK form (JSON)"), source=str(path)) from error


def _unreadable(error: OSError) -> Text:
    return N_("this key cannot be read: %(why)s", why=error.strerror or type(error).__name__)


def _read(path: Path) -> list[OKPKey]:
    content = read_jwk(path)
    keys = content.get("keys") if isinstance(content, dict) and "keys" in content else [content]
    if not isinstance(keys, list) or not keys:
        raise InputError(N_("this key set has no keys in it"), source=str(path))
    try:
        return [public_key(key) for key in keys]
    except NotAnEd25519KeyError as error:
        problem = N_("this cannot be a root key: %(why)s", why=str(error))
        raise InputError(problem, source=str(path)) from error
