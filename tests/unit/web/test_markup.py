"""What a plugin's HTML is after it was read and written out again, and what is refused instead."""

from __future__ import annotations

import re
from contextlib import suppress
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.web.markup import RefusedAnswerError, rewritten

VOID_WORDS = "area base br col embed hr img input link meta param source track wbr"
VOID = frozenset(VOID_WORDS.split())
TAG_WORDS = (
    "a b button dd desc details div dl dt em fieldset figure form h1 h2 i label legend li math mi nav "
    "ol option p pre section select small span strong summary svg table tbody td template textarea th thead "
    "tr ul"
)
TAGS = [tag for name in TAG_WORDS.split() for tag in (f"<{name}>", f"</{name}>")]


def written(html: str, **options: object) -> str:
    """*html* of a plugin ``acme`` that brings no scripts."""
    return rewritten(html, **{"plugin": "acme", "scripts": False, "nonce": "", **options})


def with_scripts(html: str) -> str:
    """*html* of a plugin ``acme`` that may bring scripts."""
    return written(html, scripts=True, nonce="n0nce")


class Balance(HTMLParser):
    """Fails at an end tag that closes something else than what is open."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


class TestNothingLeaks:
    @pytest.mark.parametrize(
        ("html", "expected"),
        [
            ("", ""),
            ("words alone", "words alone"),
            ("a</main></body></html>b", "ab"),
            ("<p>a<p>b</div></div>", "<p>a</p><p>b</p>"),
            ("<div><section>a", "<div><section>a</section></div>"),
            ("a<!-- said nowhere -->b", "ab"),
            ("<p>a</p><!-- left open </p>", "<p>a</p>"),
            ("a<!doctype html><?php x ?>b", "ab"),
            ("<table>a<tr><td>b", "a<table><tbody><tr><td>b</td></tr></tbody></table>"),
            ("<tr><td>a</td></tr>", "a"),
            ("<template><i>a<!-- b --></template>", "<template><i>a</i></template>"),
            ("<template><template>a", "<template><template>a</template></template>"),
            ("<html><body><p>a</body></html>", "<p>a</p>"),
            ("<svg><p>a", "<svg></svg><p>a</p>"),
            ("<b><p>a</b>b", "<b></b><p><b>a</b>b</p>"),
            ("<textarea><b>a", "<textarea>&lt;b&gt;a</textarea>"),
        ],
    )
    def test_what_was_left_open_is_closed_and_what_closes_nothing_is_gone(self, html, expected):
        """As a browser reads a fragment."""
        assert written(html) == expected

    def test_what_cannot_be_written_so_that_it_is_read_again_is_refused(self):
        """A form in a form would lose its second door without a word."""
        with pytest.raises(RefusedAnswerError, match="a form in a form"):
            written("<form><div></form><form>a")

    def test_a_tag_left_open_in_a_loop_is_told_before_it_costs_time(self):
        """Deep nesting takes a parser quadratic time; rows that close each other are not deep."""
        with pytest.raises(RefusedAnswerError, match="<div> left open in a loop"):
            written("<div>" * 100_000)
        with pytest.raises(RefusedAnswerError, match="<b> left open in a loop"):
            written("".join(f"<b id=b{number}>" for number in range(100)) + "<p>a" * 100_000)
        rows = "<tr><td>a<td><svg><path d='M0 0'/></svg><input><!-- <div> -->"
        assert written(f"<table>{rows * 1_000}</table>").count("<tr>") == 1_000

    @pytest.mark.parametrize("part", ["<a", "<!--", "</", "<p a='", "&", "<a b=", "<!--<p>-"])
    def test_a_megabyte_of_anything_is_read_in_a_moment(self, part):
        """What took time that grows with the square of the length would take days."""
        with suppress(RefusedAnswerError):
            written(part * (1_000_000 // len(part)))

    @given(st.lists(st.sampled_from([*TAGS, "a", "\n"])))
    def test_whatever_was_opened_and_closed_the_result_is_balanced(self, parts):
        """Or it is refused."""
        try:
            result = written("".join(parts))
        except RefusedAnswerError:
            return
        assert Balance(result).open == []
        assert written(result) == result


class TestWhatIsKept:
    @pytest.mark.parametrize(
        "html",
        [
            '<p title="&lt;hx-partial &gt; &quot;a&quot; &amp;amp; \'b\' &nbsp;">&lt;b&gt; &amp;lt; ø 𝄞</p>',
            "<pre>\n\na\n  b\n</pre><textarea>\n\n\nb\t</textarea>",
            "<p>a&#13;b</p>",
            '<svg viewBox="0 0 1 1" preserveAspectRatio="none"><clipPath clipPathUnits="x"></clipPath>'
            '<use href="/static/host/abc/icons.svg#check" xlink:href="#b"></use><title>a</title></svg>',
            '<svg><foreignObject><p>a</p></foreignObject></svg><math><mi mathvariant="bold">x</mi></math>',
            '<input type="checkbox" checked="" value="">',
            "<ul>\n  <li>a</li>\n</ul>\n",
            '<form action="/tabs/acme/?a&amp;b" target="_top"><button formaction="done">a</button></form>',
            '<form action=""></form><form action="?q=a:b"></form><a href="#main">b</a>',
            '<a href="https://example.com/" rel="noopener">a</a><a href="mailto:a@example.com">b</a>',
            '<div hx-get="/tabs/acme/main/" hx-trigger="every 5s, click from:.a" hx-target="#list"></div>',
            '<div hx-push-url="true" hx-sync="#a:drop" hx-vals="{&quot;a&quot;: 1}" hx-confirm="a?"></div>',
            '<form hx-post="?x" hx-status:422="target:#errors swap:none" hx-include:inherited="a"></form>',
            '<div><a hx-get="a" hx-target="closest div" hx-swap="outerHTML swap:1s">b</a></div>',
            '<div hx-target="#main"><p hx-target="find .a"></p><p hx-target="this"></p></div>',
            '<dialog open="" data-modal="" id="main-thing"></dialog>',
            '<img src="/portraits/KAAN" srcset="/a.png 1x, /b.png 2x" alt="">',
        ],
    )  # fmt: skip
    def test_good_markup_comes_out_as_it_went_in(self, html):
        """Text, spaces, entities, case of SVG's names, addresses, and what htmx does inside its target."""
        assert written(html) == html

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
    def test_escaped_text_survives_to_the_letter(self, text):
        """In an element, in an attribute, and in a field for text."""
        attribute, element, field = escape(text), escape(text), "\n" + escape(text)
        result = written(f'<p title="{attribute}">{element}</p><textarea>{field}</textarea>')
        assert "<hx-" not in result
        assert written(result) == result
        read = Balance(result.replace("&#13;", "&#10;"))
        lines = re.sub("\r\n?", "\n", text)
        assert read.text.replace("\n", "") == (lines * 2).replace("\n", "")

    @given(st.text("<>/!-=\"'& abcdhikmopstvx\n", max_size=80))
    def test_junk_is_balanced_or_refused(self, junk):
        """And stays what it is when it is written again."""
        try:
            result = written(junk)
        except RefusedAnswerError:
            return
        assert written(result) == result
        assert "<!" not in result


REFUSED = {
    "base": "<base href='/'>",
    "meta": "<meta charset=utf-8>",
    "http-equiv": "<p http-equiv=refresh>",
    "link": "<link rel=stylesheet href=/a.css>",
    "title": "<title>a</title>",
    "style": "<style>p {}</style>",
    "style in svg": "<svg><style>p {}</style></svg>",
    "style=": "<p style='color: red'>",
    "iframe": "<iframe src=/></iframe>",
    "object": "<object data=/a></object>",
    "embed": "<embed src=/a>",
    "plaintext": "<plaintext>a",
    "xmp": "<xmp>a</xmp>",
    "script": "<script>a()</script>",
    "handler": "<p onclick=a()>",
    "handler in svg": "<svg onload=a()>",
    "handler in a template": "<template><template><img onerror=a()></template></template>",
    "javascript": "<a href=javascript:a()>b</a>",
    "javascript with a tab": "<a href=' java&#9;script:a()'>b</a>",
    "javascript in svg": "<svg><a xlink:href=JavaScript:a()>b</a></svg>",
    "javascript by animation": "<svg><a><animate attributeName=href values=javascript:a()></a></svg>",
    "data": "<img src='data:image/png;base64,AAAA'>",
    "data in a set": "<img srcset='/a 1x,data:image/png;base64,AAAA 2x'>",
    "form to another site": "<form action=https://evil.example/>",
    "form to another site in disguise": "<form action='/\\evil.example'>",
    "button to another site": "<button formaction=//evil.example/>",
    "window of another": "<a href=/ target=other>b</a>",
    "id of the sheet": "<div id=main>",
    "id of the row of tabs": "<svg><g id=tabs></g></svg>",
    "id of a tab": "<p id=tab-tabs-acme-main->",
    "swap elsewhere": "<p id=a hx-swap-oob=true>",
    "swap elsewhere by data": "<p id=a data-hx-swap-oob=true>",
    "selected elsewhere": "<p hx-get=a hx-select-oob='#tabs'>",
    "partial": "<hx-partial hx-target='#tabs'>a</hx-partial>",
    "partial as htmx makes it": "<template hx type=partial hx-target='#tabs'>a</template>",
    "hx-on": "<p hx-on:click=a()>",
    "hx-on in short": "<p hx-on='click -> a()'>",
    "hx-on for htmx's events": "<p hx-on::load=a()>",
    "htmx to another site": "<p hx-get=https://evil.example/>",
    "htmx to a script": "<p hx-action=js:a()>",
    "values from script": "<p hx-get=a hx-vals='js:{a: 1}'>",
    "values from script, inherited": "<p hx-vals:inherited:append='javascript:{a: 1}'>",
    "headers from script": "<p hx-get=a hx-headers='js:{a: 1}'>",
    "question from script": "<p hx-get=a hx-confirm=js:a()>",
    "filter": "<p hx-get=a hx-trigger='click[a()]'>",
    "configuration": "<p hx-get=a hx-config='mode:cors'>",
    "address in the bar": "<p hx-get=a hx-push-url=//evil.example/>",
    "answer from an attribute": "<p hx-get=a hx-status:404='text:a'>",
    "target around the sheet": "<p hx-get=a hx-target=body>",
    "target in the house": "<p hx-get=a hx-target='next footer'>",
    "target by class": "<p hx-get=a hx-target=.th-top>",
    "target that is the row of tabs": "<p hx-get=a hx-target='#tabs'>",
    "target that is the closest of all": "<p hx-get=a hx-target='closest body'>",
    "target for what comes later": "<div hx-target:inherited=html>",
    "target of a status": "<p hx-get=a hx-status:422='target:body'>",
    "target of a swap": "<p hx-get=a hx-swap='innerHTML target:body'>",
    "boost": "<a href=/a hx-boost=true>b</a>",
    "boost for what comes later": "<div hx-boost:inherited=true>",
    "boost with more": "<a href=/a hx-boost='request.mode:cors'>b</a>",
    "method of a button": "<form action=/a><button formmethod=POST>b</button></form>",
    "history": "<p hx-history-elt>",
    "unknown to the host": "<p hx-next-version=a>",
    "name with a quote": "<p a\"b=c>",
    "element with a bracket": "<a<b>",
}  # fmt: skip


class TestRefused:
    @pytest.mark.parametrize("html", REFUSED.values(), ids=REFUSED.keys())
    def test_what_reaches_beyond_the_fragment_is_refused(self, html):
        """On its own, inside something, and inside a template."""
        for place in ("{}", "<section><p>{}", "<template>{}"):
            with pytest.raises(RefusedAnswerError):
                written(place.format(html))

    @pytest.mark.parametrize(
        "html", ["<body class=a><p>b", "<p>b<html lang=da>", "<!doctype html><head id=a>"]
    )
    def test_a_house_of_its_own_is_refused(self, html):
        """A parser of fragments leaves these tags out; bare ones do no harm."""
        with pytest.raises(RefusedAnswerError, match="a page is a fragment"):
            written(html)

    def test_the_reason_names_what_and_where(self):
        """A card with the reason is how a vendor finds the mistake."""
        with pytest.raises(RefusedAnswerError) as told:
            written(f'<p>a</p><button class="btn" onclick="go()">{"b" * 100}</button>')
        text = str(told.value)
        assert "onclick='go()' on <button>" in text
        assert '<button class="btn" onclick="go()">' in text
        assert "b" * 61 not in text

    @pytest.mark.parametrize("html", ["<style>a</style>", "<p style=a>"])
    def test_the_reason_for_styles_is_the_policy(self, html):
        """It would be blocked in the browser without a word."""
        with pytest.raises(RefusedAnswerError, match="policy blocks it"):
            written(html)


OWN = [
    "",
    "?a=../b",
    "#a",
    "done",
    "./a/b",
    "a..b/",
    "/tabs/acme/",
    "/tabs/acme/a/../b?c#d",
    "/api/v1/acme/a",
]
ELSEWHERE = [
    "/",
    "/plugins/status_tab/disable",
    "/logout",
    "/tabs/other/main/",
    "/tabs/acmes/",
    "/tabs/acme",
    "/api/v1/plugins",
    "/static/acme/0123/a.html",
    "/tabs/acme/../other/",
    "/tabs/acme/%2e%2e/other/",
    "/tabs/acme/..%2fother/",
    "/tabs/acme/a\\..\\..\\other/",
    "/tabs/acme/.&#9;./other/",
    "/tabs/acme/a/../.. ",
    " /plugins",
    "\\plugins",
    "../other/",
    "a/../../../other/",
    "..",
    ".%2E/other/",
    "..%2fother/",
    "..\\other/",
    ".&#10;./other/",
    "https://evil.example/tabs/acme/",
    "//evil.example/tabs/acme/",
]
ACTING = [
    *(f"<p hx-{each}='{{}}'>" for each in ("get", "post", "put", "patch", "delete", "query", "action")),
    "<p hx-post:inherited='{}'>",
    "<p data-hx-post='{}'>",
    "<p hx-push-url='{}'>",
    "<p hx-replace-url='{}'>",
    "<form method=post action='{}'>",
    "<form method=POST action='{}'>",
    "<button formaction='{}'>",
    "<form><input type=submit formaction='{}'>",
]


class TestAddresses:
    @pytest.mark.parametrize("html", ACTING)
    def test_what_acts_for_a_person_acts_within_the_plugin(self, html):
        """In its pages and its API, as a browser resolves the address."""
        for address in OWN:
            assert written(html.format(address))
        for address in ELSEWHERE:
            with pytest.raises(RefusedAnswerError, match="leads out of the plugin"):
                written(html.format(address))

    @pytest.mark.parametrize(
        "html", ["<a href='{}'>a", "<form action='{}'>", "<form method=GET action='{}'>"]
    )
    def test_what_only_reads_may_lead_anywhere_in_the_host(self, html):
        """A link and a search change nothing, and the whole page is loaded."""
        for address in (*OWN, "/plugins", "/tabs/other/main/", "../other/"):
            assert written(html.format(address))

    def test_two_words_of_htmx_are_no_addresses_elsewhere(self):
        """Whether the bar shows where htmx went."""
        for word in ("true", "false"):
            assert written(
                f'<p hx-get="a" hx-push-url="{word}" hx-replace-url="{word}" hx-boost="false"></p>'
            )


class TestScripts:
    def test_an_inline_script_gets_the_hosts_nonce(self):
        """Whatever it brought itself; its text is left alone."""
        assert with_scripts("<script nonce=own>a < b && c()</script>") == (
            '<script nonce="n0nce">a < b && c()</script>'
        )

    def test_a_script_of_the_plugins_own_files_needs_none(self):
        """The policy allows the host's own addresses."""
        html = '<script src="/static/acme/0123/a.js" defer=""></script>'
        assert with_scripts(html) == html
        assert with_scripts(html.replace("<script", '<script nonce="own"')) == html

    @pytest.mark.parametrize(
        "html",
        [
            "<script src=/static/other/0123/a.js></script>",
            "<script src=/static/acme/../other/a.js></script>",
            "<script src=https://evil.example/a.js></script>",
            "<script src></script>",
            "<script type=importmap>{}</script>",
            "<script type=speculationrules>{}</script>",
            "<script><!-- <script> </script>",
            "<svg><script>a()</script></svg>",
            "<svg><script href=/static/acme/0123/a.js></script></svg>",
            "<math><mtext><svg><script>a()</script></svg></mtext></math>",
        ],
    )
    def test_other_scripts_are_refused(self, html):
        """Somebody else's, those that change what loads, and those that do not end where they seem to."""
        with pytest.raises(RefusedAnswerError, match="<script>"):
            with_scripts(html)

    def test_handlers_stay_refused(self):
        """A nonce does not reach them."""
        with pytest.raises(RefusedAnswerError):
            with_scripts("<p onclick=a()>")
