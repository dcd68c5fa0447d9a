"""What a browser calls itself, in words that its owner knows it by."""

from __future__ import annotations

from host.api.values import N_, Plain, Text

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Each pretends to be those after it, so the first that fits is meant."""
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def in_words(agent: str) -> Text | Plain:
    """Such as *Chrome on Linux*.

    Args:
        agent: The header ``User-Agent``; nobody can rely on it, so it is only ever shown.
    """
    browser = next((name for mark, name in BROWSERS if mark in agent), None)
    system = next((name for mark, name in SYSTEMS if mark in agent), None)
    if browser and system:
        return N_("%(browser)s on %(system)s", browser=browser, system=system)
    if browser or system:
        return Plain(browser or system or "")
    return N_("Another program") if agent else N_("An unknown browser")
