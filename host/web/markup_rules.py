"""What may not stand in a plugin's HTML, and why. Each rule answers with a sentence, or "" for no objection.

Elements and attributes of HTML are refused by name; those of htmx are allowed by name, since a version of
htmx to come may bring more that run script or swap outside their target.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from host.engine.prefixes import api_prefix, pages_prefix

from .addresses import stands_below

_FOREIGN = ("It belongs to the host.", "A page is a fragment; the host draws the house around it.")
_FRAMED = "The host shows nothing in frames, and its policy blocks them."
_RAW = "A browser reads everything after it as text."
ELEMENTS = {
    **dict.fromkeys(("base", "meta", "link", "title"), _FOREIGN[0]),
    **dict.fromkeys(("html", "head", "body", "frameset"), _FOREIGN[1]),
    **dict.fromkeys(("applet", "embed", "fencedframe", "frame", "iframe", "object", "portal"), _FRAMED),
    **dict.fromkeys(("noembed", "noframes", "plaintext", "xmp"), _RAW),
    "style": "The host's policy blocks it: use the classes of the pattern page.",
}
HOST_IDS = frozenset({"main", "menu-language", "tabs", "toasts"})
HOST_ID_PREFIXES = ("tab-tabs-", "tab-plugins")

_USUAL_WORDS = (
    "aria-hidden aria-label aria-labelledby class colspan d for height method name role scope "
    "tabindex type value viewbox width"
)
USUAL = frozenset(_USUAL_WORDS.split())
"""Attributes that no rule is about; most of a page."""

_NAME = re.compile(r"[\w.:@-]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SKIPPED_IN_ADDRESSES = re.compile(r"[\t\n\r]")
LINKED = frozenset({"href", "xlink:href"})
FETCHED = frozenset({"background", "longdesc", "ping", "poster", "src", "srcset"})
SENT = frozenset({"action", "formaction"})
READING = frozenset({"", "dialog", "get"})
"""Methods of a form that change nothing."""
LINK_SCHEMES = frozenset({"", "http", "https", "mailto", "tel"})
FETCH_SCHEMES = frozenset({"", "http", "https"})
TARGETS = frozenset({"", "_blank", "_parent", "_self", "_top"})

HX_ADDRESSES = frozenset(
    {"hx-action", "hx-delete", "hx-get", "hx-patch", "hx-post", "hx-put", "hx-query"}
    | {"hx-push-url", "hx-replace-url"}  # an address, or "true" or "false", which read as addresses as well
)
"""The last two as well as the first: what is relative to the address in the bar leads where that does."""
HX_SWAPPING = frozenset({"hx-swap", "hx-target"})
HX_VALUES = frozenset({"hx-confirm", "hx-headers", "hx-vals"})
_HX_PLAIN_WORDS = (
    "hx-disable hx-encoding hx-ignore hx-include hx-indicator hx-method hx-morph-skip "
    "hx-morph-skip-children hx-preserve hx-select hx-sync hx-validate"
)
HX_PLAIN = frozenset(_HX_PLAIN_WORDS.split())
_HX_STATUS = re.compile(r"\s*((swap|target|select):[\w#.-]+\s*)*")

_AROUND = "article aside details dialog div fieldset figure form li ol p section table tbody td tr ul"
"""Elements that the closest of may be a target: nothing around ``#main`` is of such a kind."""
_HX_TARGET = re.compile(
    rf"this|#(?P<id>[\w:-]+)|find [\w .#-]+|closest (?:{'|'.join(_AROUND.split())})[\w.#-]*"
)
_HX_MODIFIED = re.compile(r"\btarget:\s*(\S*)")
_NO_TARGET = "expected this, an id that is not the host's, find … or closest …"

SCRIPT_TYPES = frozenset({"", "application/javascript", "application/json", "module", "text/javascript"})


def element_fault(tag: str, node: LexborNode) -> str:
    """What is wrong with an element, its attributes aside."""
    if tag in ELEMENTS:
        return "" if tag == "title" and _inside(node, "svg") else f"<{tag}> is refused. {ELEMENTS[tag]}"
    if tag.startswith("hx-"):
        return f"<{tag}> is refused: it swaps outside the target."
    return "" if _NAME.fullmatch(tag) else f"<{tag}> is not the name of an element."


def script_fault(node: LexborNode, plugin: str, *, allowed: bool) -> str:
    """What is wrong with a script of *plugin*."""
    source, text = node.attributes.get("src"), node.text(deep=True)
    kind = (node.attributes.get("type") or "").strip().lower()
    if not allowed:
        return "<script> is refused: only a tab that was announced with scripts=True may bring scripts."
    if _inside(node, "svg", "math"):
        return "<script> is refused inside a picture."
    if kind not in SCRIPT_TYPES:
        return f"<script> of the type {kind!r} is refused."
    if "src" in node.attributes and not stands_below(source or "", f"/static/{plugin}/"):
        return f"<script> from {source!r} is refused: use asset(…), it gives the plugin's own static files."
    if "<!--" in text:
        return '<script> with "<!--" in it is refused: it may not end where it seems to.'
    return ""


def _inside(node: LexborNode, *tags: str) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag in tags:
            return True
        parent = parent.parent
    return False


def attribute_fault(node: LexborNode, name: str, value: str, plugin: str) -> str:
    """What is wrong with one attribute of an element of *plugin*."""
    low, tag = name.lower(), node.tag or ""
    rule = _RULES.get(low)
    if rule:
        told = rule(value)
    elif low in SENT:
        reads = low == "action" and (node.attributes.get("method") or "").lower() in READING
        told = _leaves(value) if reads else _strays(value, plugin)
    elif low.startswith("on"):
        told = "inline handlers are blocked by the host's policy"
    elif low == "hx" and tag == "template":
        told = "it swaps outside the target"
    elif low.startswith(("hx-", "data-hx-")):
        told = _hx_fault(low.removeprefix("data-"), value, plugin)
    elif not _NAME.fullmatch(name):
        told = "this is not the name of an attribute"
    else:
        return ""
    return told and f"{name}={value[:80]!r} on <{tag}> is refused: {told}."


def _hx_fault(name: str, value: str, plugin: str) -> str:
    base = name.split(":", maxsplit=1)[0]
    if base in HX_PLAIN:
        return ""
    if base in HX_SWAPPING:
        targets = [value] if base == "hx-target" else _HX_MODIFIED.findall(value)
        return "" if all(map(swaps_inside, targets)) else _NO_TARGET
    if base in HX_ADDRESSES:
        return _strays(value, plugin)
    if base in HX_VALUES:
        runs = value.strip().lower().startswith(("js:", "javascript:"))
        return "it runs script" if runs else ""
    if base == "hx-trigger":
        return "a filter in brackets runs script; name elements by class" if "[" in value else ""
    if base == "hx-boost":
        return "" if value == "false" else "it leads this page to a link's address; write hx-get beside href"
    if base == "hx-status":
        inside = all(map(swaps_inside, _HX_MODIFIED.findall(value)))
        return (
            ""
            if inside and _HX_STATUS.fullmatch(value)
            else f"expected swap:…, select:… or target:…; {_NO_TARGET}"
        )
    return "it runs script, swaps outside the target, or is unknown to the host"


def swaps_inside(target: str) -> bool:
    """Whether what htmx puts into *target* stays in the sheet: a vendor's page cannot empty the house."""
    found = _HX_TARGET.fullmatch(target.strip())
    if found is None:
        return False
    name = found["id"] or ""
    return name == "main" or not _id(name)


def scheme(address: str) -> str:
    """The scheme of an address as a browser reads it, in small letters; "" for none."""
    found = _SCHEME.match(_read(address))
    return found[1].lower() if found else ""


def _read(address: str) -> str:
    return _SKIPPED_IN_ADDRESSES.sub("", address).strip("".join(map(chr, range(33))))


def _strays(address: str, plugin: str) -> str:
    """An address that acts with a person's rights must be the plugin's own.

    One without a path at its beginning starts from the page's own address, and goes down only.
    """
    straight = _read(address).replace("\\", "/")
    if straight.startswith("/") or _SCHEME.match(straight):
        prefixes = (pages_prefix(plugin), api_prefix(plugin))
        own = any(stands_below(straight, each) for each in prefixes)
    else:
        path = unquote(re.split(r"[?#]", straight, maxsplit=1)[0]).replace("\\", "/")
        own = ".." not in path.split("/")
    return "" if own else "it leads out of the plugin; use url(…)"


def _leaves(address: str) -> str:
    straight = _read(address).replace("\\", "/")
    return "it leads away from this host" if _SCHEME.match(straight) or straight.startswith("//") else ""


def _link(address: str) -> str:
    found = scheme(address)
    return "" if found in LINK_SCHEMES else f"addresses with {found}: are not allowed"


def _fetch(addresses: str) -> str:
    found = {scheme(each) for each in addresses.split(",")} - FETCH_SCHEMES
    return f"addresses with {min(found)}: are not allowed" if found else ""


def _id(value: str) -> str:
    taken = value in HOST_IDS or value.startswith(HOST_ID_PREFIXES)
    return "the host has an element of this id" if taken else ""


def _target(value: str) -> str:
    return "" if value.lower() in TARGETS else "only _blank, _parent, _self and _top are allowed"


def _animated(value: str) -> str:
    low = value.strip().lower()
    return "it may not be animated" if low in LINKED or low.startswith("on") else ""


_RULES = {
    **dict.fromkeys(LINKED, _link),
    **dict.fromkeys(FETCHED, _fetch),
    "attributename": _animated,
    "formmethod": lambda value: "give the form its method" if value.lower() not in READING else "",
    "formtarget": _target,
    "http-equiv": lambda _: "it belongs to the host",
    "id": _id,
    "srcdoc": lambda _: _FRAMED.lower().rstrip("."),
    "style": lambda _: "the host's policy blocks it; use the classes of the pattern page",
    "target": _target,
}
