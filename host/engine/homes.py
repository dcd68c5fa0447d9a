"""Where a plugin's package stands, found without importing anything of it: what it says itself is checked."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

from host.domain.errors import RejectedError


@dataclass(frozen=True, slots=True)
class Home:
    """Where Python finds a package, or a module that stands alone.

    Args:
        folders: Those of the package; none where a module stands alone.
        file: The module's file; None for a package.
    """

    folders: tuple[Path, ...] = ()
    file: Path | None = None


def home_of(module: str) -> Home:
    """The home of the package that *module* is in, whether it was copied or installed to be edited.

    In a namespace that several distributions share it is the part below it, not the neighbours'.
    """
    first, *rest = module.split(".")
    try:
        spec = find_spec(first) if first else None
        while spec is not None and spec.origin is None and rest:
            places = list(spec.submodule_search_locations or ())
            spec = PathFinder.find_spec(
                rest.pop(0), places
            )  # by its last name: the namespace is not imported
        return _home(spec)
    except Exception:  # a broken path entry, or a broken finder: importing it will say so
        return Home()


def _home(spec: ModuleSpec | None) -> Home:
    if spec is None:
        return Home()
    folders = tuple(Path(each) for each in spec.submodule_search_locations or ())
    alone = spec.has_location and spec.origin and not folders
    return Home(folders, Path(str(spec.origin)) if alone else None)


def own_folder(module: str, declared: str | None) -> Path | None:
    """The folder that a plugin of *module* declares for its templates, texts and static files.

    A module that stands alone has the folder that it stands in.

    Raises:
        RejectedError: It is not its own package's: what stands in it would be served to anybody.
    """
    if declared is None:
        return None
    home = home_of(module)
    try:
        folder = Path(declared).resolve(strict=True)
        inside = any(folder.is_relative_to(each.resolve()) for each in home.folders)
        if inside or (home.file is not None and folder == home.file.resolve().parent):
            return folder
    except (OSError, ValueError, RuntimeError):  # it is not there, is no path, or a ring of links
        pass
    raise RejectedError(f"It declares a folder that is not its own package's: {declared[:200]!r}.")
