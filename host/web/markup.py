"""A plugin's HTML: read as a browser reads it, looked through, and written out whole.

A fragment is parsed with an HTML5 parser and serialised again, so that no tag left open and no stray end
tag can reach the house around it. What would leave the fragment in another way, by script, by policy, by
``hx-swap-oob``, is refused and not repaired: a card with the reason is how a vendor finds the mistake.
Only comments go silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .markup_rules import USUAL, attribute_fault, element_fault, script_fault

SHOWN = 60
DEEPEST = 200
MOST_ELEMENTS = 500_000
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_WHOLE_PAGE = re.compile(r"<(?:html|head|body|frameset)[\s/]", re.IGNORECASE)
# Void elements, what the next of its kind closes, and shapes that are written with /> in SVG.
_FLAT = (
    "area base br col embed hr img input link meta param source track wbr "
    "colgroup dd dt li optgroup option p rp rt tbody td tfoot th thead tr "
    "circle ellipse image line path polygon polyline rect stop use"
)
_NEVER_DEEP = frozenset(_FLAT.split())
_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_LOSES_A_NEWLINE = frozenset({"listing", "pre", "textarea"})


class RefusedAnswerError(Exception):
    """A plugin answered what it may not; the text says what, for whoever looks after the plugin."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """What the walk through a tree asks of every node.

    Args:
        plugin: Whose page it is.
        scripts: Whether the tab may bring scripts.
        nonce: What lets a script run in this answer.
    """

    plugin: str
    scripts: bool
    nonce: str

    def through(self, tree: LexborHTMLParser) -> list[LexborNode]:
        """Look at all elements, those inside templates too, and take the comments out.

        Returns:
            The elements whose text begins with a newline that a parser would drop.
        """
        waiting = [tree.root] if tree.root else []
        comments, newlines = [], []
        while waiting:
            for node in waiting.pop().traverse(include_text=True):
                if node.is_element_node:
                    self._look_at(node)
                    tag = node.tag
                    if tag == "template":
                        waiting += node.template_fragments()
                    elif tag in _LOSES_A_NEWLINE and _begins_with_newline(node):
                        newlines.append(node)
                elif not node.is_text_node:
                    comments.append(node)
        for node in comments:
            node.decompose()
        return newlines

    def _look_at(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "script":
            self._script(node)
        elif fault := element_fault(tag, node):
            raise RefusedAnswerError(f"{fault} {_where(node)}")
        for name, value in node.attributes.items():
            if name not in USUAL and (fault := attribute_fault(node, name, value or "", self.plugin)):
                raise RefusedAnswerError(f"{fault} {_where(node)}")

    def _script(self, node: LexborNode) -> None:
        if fault := script_fault(node, self.plugin, allowed=self.scripts):
            raise RefusedAnswerError(f"{fault} {_where(node)}")
        if node.attributes.get("src") is None:
            node.attrs["nonce"] = self.nonce
        elif "nonce" in node.attrs:
            del node.attrs["nonce"]


def rewritten(html: str, *, plugin: str, scripts: bool, nonce: str) -> str:
    """*html* as it may stand in the host's page: balanced, without comments, its text unchanged.

    Rewriting what was rewritten changes nothing.

    Args:
        html: What the plugin answered, a fragment for the inside of ``<main>``.
        plugin: Its id; scripts may come from its own static files only, and forms and htmx lead to its own
            addresses only.
        scripts: Whether the tab may bring scripts (`Tab.scripts`).
        nonce: What is written into inline scripts, and stands in this answer's policy.

    Raises:
        RefusedAnswerError: Something in it would reach beyond the fragment, or be blocked in the browser.
    """
    _check_depth(html)
    _check_shell(html)
    tree = LexborHTMLParser(html, is_fragment=True)
    newlines = _Walk(plugin, scripts, nonce).through(tree)
    read = tree.html or ""
    for node in newlines:
        if node.child:
            node.child.insert_before("\n")  # a parser drops the first newline: write one more
    # A carriage return that is left came from a character reference, and only as one it stays.
    written = ((tree.html or "") if newlines else read).replace("\r", "&#13;")
    again = LexborHTMLParser(written, is_fragment=True).html or ""
    if again != read:
        raise RefusedAnswerError(
            "The page has an element where HTML does not allow it, such as a form in a form, "
            f"near {_first_difference(read, again)!r}."
        )
    return written


def _check_depth(html: str) -> None:
    """Find tags left open in a long loop, before they are parsed.

    Parsing takes time that grows with the square of the depth; and what formats text and was left open is
    opened again in every paragraph that follows.
    """
    depth = formatting = deepest_formatting = 0
    tags = _TAG.findall(_COMMENT.sub("", html) if "<!--" in html else html)
    for end, name in tags:
        low = name.lower()
        if low in _NEVER_DEEP:
            continue
        depth = depth - 1 if end and depth else depth + (not end)
        if depth > DEEPEST:
            raise RefusedAnswerError(
                f"The page nests more than {DEEPEST} elements: is a <{name}> left open in a loop?"
            )
        if low in _FORMATTING:
            formatting = formatting - 1 if end and formatting else formatting + (not end)
            deepest_formatting = max(deepest_formatting, formatting)
    if len(tags) * deepest_formatting > MOST_ELEMENTS:
        raise RefusedAnswerError("The page is too large: is an <a> or a <b> left open in a loop?")


def _check_shell(html: str) -> None:
    """The parser of a fragment leaves these tags out, attributes and all; whoever wrote any should know."""
    if not _WHOLE_PAGE.search(html):
        return
    whole = LexborHTMLParser(html)
    for node in (whole.css_first("html"), whole.head, whole.body):
        if node and node.attributes:
            raise RefusedAnswerError(
                f"<{node.tag}> with attributes is refused: a page is a fragment. {_where(node)}"
            )


def _begins_with_newline(node: LexborNode) -> bool:
    first = node.child
    return first is not None and first.is_text_node and (first.text_content or "").startswith("\n")


def _where(node: LexborNode) -> str:
    return f"It stands at {(node.html or '')[:SHOWN]!r}."


def _first_difference(one: str, other: str) -> str:
    pairs = enumerate(zip(one, other, strict=False))
    at = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    return one[max(0, at - SHOWN // 2) : at + SHOWN // 2]
