"""Which plugins are installed: read from metadata, before anything of them is imported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from importlib_metadata import Distribution, EntryPoint
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from host.api.markers import ENTRY_POINT_GROUP

PRODUCT = "tabhost"
PLUGIN_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
RESERVED_IDS = frozenset(
    (
        *(
            "accounts",
            "audit",
            "health",
            "host",
            "me",
            "openapi",
            "people",
            "permissions",
            "plugins",
            "roles",
        ),
        *("settings", "tabhost", "tokens"),
    )
)
"""What stands for the host itself, in names or below ``/api/v1/``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An installed plugin, before its code is touched.

    Args:
        id: Name of its entry point.
        distribution: Name of the package that ships it.
        version: Version of that package.
        builtin: Whether it comes with the product itself.
        load: Imports and returns the plugin object; may raise anything.
        problem: Why it cannot be admitted, read from metadata alone; "" if nothing speaks against it.
        module: Import name of what is loaded; "" if unknown.
    """

    id: str
    distribution: str
    version: str
    builtin: bool
    load: Callable[[], object]
    problem: str = ""
    module: str = ""


def discover(version: str) -> list[Found]:
    """All plugins on this Python path, built-in ones first, then by id.

    Args:
        version: The host's own version, which plugins' ``Requires-Dist: tabhost…`` must admit.
    """
    found = [
        each
        for distribution in _unique(Distribution.discover())
        for each in _plugins_of(distribution, version)
    ]
    found.sort(key=lambda each: (not each.builtin, each.id, each.distribution))
    return _without_doubles(found)


def _unique(all_of_them: Iterable[Distribution]) -> Iterable[Distribution]:
    """The first distribution of each name on the path is the one that Python imports."""
    seen: set[str] = set()
    for distribution in all_of_them:
        name = canonicalize_name(_name(distribution))
        if name and name not in seen:
            seen.add(name)
            yield distribution


def _name(distribution: Distribution) -> str:
    """The name in the metadata; "" where there is none, or none that can be read."""
    try:
        return str(distribution.metadata["Name"] or "")
    except Exception:  # left behind by an installer, or not UTF-8: nobody's package, so nobody's error
        return ""


def _plugins_of(distribution: Distribution, version: str) -> list[Found]:
    try:
        entries = [each for each in distribution.entry_points if each.group == ENTRY_POINT_GROUP]
        return [_found(distribution, entry, version) for entry in entries]
    except Exception:  # what cannot be read announces nothing
        return []


def _found(distribution: Distribution, entry: EntryPoint, version: str) -> Found:
    name = _name(distribution)
    builtin = canonicalize_name(name) == PRODUCT
    problem = _bad_name(entry.name)
    try:
        own_version = str(distribution.version)
    except Exception:
        own_version, problem = "", "Its metadata names no version."
    return Found(
        id=entry.name,
        distribution=name,
        version=own_version,
        builtin=builtin,
        load=entry.load,
        problem=problem or ("" if builtin else _bad_range(distribution, version)),
        module=_module(entry),
    )


def _module(entry: EntryPoint) -> str:
    try:
        return str(entry.module)
    except Exception:  # it names nothing that could be imported; loading it says so
        return ""


def _bad_name(plugin: str) -> str:
    if not PLUGIN_ID.fullmatch(plugin) or plugin in RESERVED_IDS:
        return f"Its name {plugin!r} is not a plugin id: expected [a-z][a-z0-9_]{{1,39}}, and not reserved."
    return ""


def _bad_range(distribution: Distribution, version: str) -> str:
    for line in distribution.requires or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            return f"Its metadata holds a requirement that cannot be read: {line!r}."
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue  # of an extra, or of another platform
        if canonicalize_name(requirement.name) == PRODUCT:
            if requirement.specifier.contains(version, prereleases=True):
                return ""
            return f"It is made for tabhost{requirement.specifier}; this is {version}."
    return "Its metadata does not say which tabhost it is made for: add tabhost to its dependencies."


def _without_doubles(found: list[Found]) -> list[Found]:
    first: dict[str, Found] = {}
    result: list[Found] = []
    for each in found:
        if each.id in first and not each.problem:
            owner = first[each.id].distribution
            result.append(
                _with_problem(each, f"The id {each.id} belongs to {owner}, which is installed too.")
            )
            continue
        first.setdefault(each.id, each)
        result.append(each)
    return result


def _with_problem(found: Found, problem: str) -> Found:
    return replace(found, problem=problem)
