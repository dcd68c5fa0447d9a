"""Installed packages for tests: real metadata in a folder on the Python path."""

from __future__ import annotations

from pathlib import Path

WORKING = """
from host.api import Permission, Plain, Tab, hookimpl

@hookimpl
def host_permissions():
    return [Permission(id="{plugin}.view", title=Plain("See it"), default_roles=("viewer",))]

@hookimpl
def host_tabs():
    return [Tab(id="main", title=Plain("Tab of {plugin}"), view="{plugin}.view")]
"""
"""The code of a plugin that can be admitted."""


def install(
    folder: Path,
    name: str,
    *,
    requires: tuple[str, ...] = ("tabhost>=0.1",),
    plugin: str = "acme",
    code: str | None = WORKING,
    metadata: str | bytes | None = None,
    entry_points: str | bytes | None = None,
) -> Path:
    """Lay out the distribution *name*, as an installer does, with one module of the same name.

    Args:
        folder: A folder of the Python path.
        name: Name of the distribution and of its module.
        requires: Its ``Requires-Dist`` lines.
        plugin: Id of the plugin that it announces.
        code: The module's source; None for no module.
        metadata: What stands in ``METADATA`` instead.
        entry_points: What stands in ``entry_points.txt`` instead.
    """
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0"]
    lines += [f"Requires-Dist: {each}" for each in requires]
    _write(info / "METADATA", "\n".join(lines) + "\n" if metadata is None else metadata)
    announced = f"[tabhost.plugins]\n{plugin} = {name}\n"
    _write(info / "entry_points.txt", announced if entry_points is None else entry_points)
    if code is not None:
        _write(folder / f"{name}.py", code.format(plugin=plugin))
    return info


def _write(path: Path, content: str | bytes) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
