"""What of a plugin's answer reaches the browser: its HTML, its headers, its scripts."""

from __future__ import annotations

import re
from html import unescape

import pytest
from builders.plugins import NEIGHBOUR, drawing, neighbour, seen_by_all, tab, tabbed, the_neighbour_serves
from flask import Response

from host.api import Plain, current_host
from host.web.freshness import fragment_tag, plugins_own_tags
from host.web.markup import rewritten

PAGE = "/tabs/acme/main/"
HX = {"HX-Request": "true"}
NONCE = re.compile(r"script-src 'self' 'nonce-([\w-]+)'")


@pytest.fixture
def answering(host_with):
    """Somebody at a host with a plugin ``acme`` whose page is what the function returns, and a neighbour."""

    def make(answer, **more):
        kit = host_with(drawing("acme", answer, **more), neighbour())
        client = kit.client().flask
        client.kit = kit
        return client

    return make


def saying(html="<p>Hello</p>", status=200, **headers):
    """A page that always answers the same; underscores in names of headers are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: (html, status, {"Content-Type": "text/html", **named})


class TestMarkup:
    def test_a_stray_end_tag_does_not_reach_the_house(self, answering):
        """Nor does what was left open: the foot stands where it always stands."""
        text = answering(saying("</main></div></body>a<div><b>b<!-- c --")).get(PAGE).get_data(as_text=True)
        assert re.search(r"<main[^>]*>\s*a<div><b>b</b></div>\s*</main>", text)
        assert text.count("</main>") == text.count("</body>") == 1

    @pytest.mark.parametrize(
        "html",
        ["<base href=/a>", "<p id=tabs>", "<p hx-swap-oob=true>", "<p onclick=a()>", "<script>a()</script>"],
    )
    @pytest.mark.parametrize("headers", [{}, HX], ids=["whole", "fragment"])
    def test_what_reaches_beyond_the_page_is_a_card_with_the_reason(self, answering, html, headers):
        """For administrators; the neighbour serves."""
        client = answering(saying(html))
        response = client.get(PAGE, headers=headers)
        assert response.status_code == 502
        assert "is refused" in response.get_data(as_text=True)
        assert html not in response.get_data(as_text=True)
        the_neighbour_serves(client.kit)

    def test_what_a_refused_answer_wrote_is_not_kept(self, host_with):
        """It is looked at before the transaction ends."""

        def spoilt():
            current_host.audit("note.written", "gone", None, {})
            return "<p style='color: red'>"

        kit = host_with(tabbed("acme", ("POST /main/", seen_by_all("acme", spoilt))))
        client = kit.client()
        before = kit.audit()
        assert client.post(PAGE).status == 502
        assert kit.audit() == before

    def test_pages_with_an_error_status_are_looked_at_too(self, answering):
        """A form that came back with its mistakes is a page."""
        response = answering(saying("</main><p>Too long", 422)).get(PAGE)
        assert response.status_code == 422
        assert response.get_data(as_text=True).count("</main>") == 1


class TestScripts:
    html = "<script>a()</script><script src=/static/acme/0123/a.js></script>"

    def announced(self):
        return {"host_tabs": [tab("acme", scripts=True)]}

    def test_a_tab_with_scripts_has_a_nonce_in_its_policy_and_in_its_scripts(self, answering):
        """A new one each time."""
        client = answering(saying(self.html), **self.announced())
        seen = set()
        for _ in range(2):
            response = client.get(PAGE)
            nonce = NONCE.search(response.headers["Content-Security-Policy"])[1]
            text = response.get_data(as_text=True)
            assert f'<script nonce="{nonce}">a()</script><script src="/static/acme/0123/a.js">' in text
            seen.add(nonce)
        assert len(seen) == 2

    def test_every_other_page_has_none(self, answering):
        """Not the neighbour's, not the host's own."""
        client = answering(saying(self.html), **self.announced())
        for path in (f"/tabs/{NEIGHBOUR}/main/", "/no-such"):
            policy = client.get(path).headers["Content-Security-Policy"]
            assert "script-src 'self';" in policy
            assert "nonce" not in policy

    def test_into_such_a_tab_and_out_of_it_the_whole_page_is_loaded(self, answering):
        """A policy and what scripts have started live as long as the document."""
        client = answering(saying(self.html), **self.announced())

        def swapped(path):
            return re.findall(
                r'<a class="th-tab"[^>]*hx-get="(/tabs/[^"]*)"', client.get(path).get_data(as_text=True)
            )

        assert swapped(f"/tabs/{NEIGHBOUR}/main/") == [f"/tabs/{NEIGHBOUR}/main/"]
        assert swapped(PAGE) == []


class TestHeaders:
    @pytest.mark.parametrize("name", ["HX-Trigger", "HX-Retarget", "HX-Reswap", "HX-Reselect"])
    def test_what_htmx_does_inside_the_page_is_passed_on_to_htmx(self, answering, name):
        """And to nobody else."""
        client = answering(saying(**{name: "#list"}))
        assert client.get(PAGE, headers=HX).headers[name] == "#list"
        assert name not in client.get(PAGE).headers

    @pytest.mark.parametrize(
        ("name", "value"),
        [("HX-Retarget", "body"), ("HX-Retarget", "#tabs"), ("HX-Reswap", "innerHTML target:body")],
    )
    def test_htmx_may_not_be_made_to_swap_the_house(self, answering, name, value):
        """The shell stands, whatever a plugin answers."""
        assert answering(saying(**{name: value})).get(PAGE, headers=HX).status_code == 502

    @pytest.mark.parametrize("name", ["HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url"])
    def test_htmx_may_be_led_within_the_plugin(self, answering, name):
        """As a redirect may."""
        client = answering(saying(**{name: f"{PAGE}there?a=1"}))
        assert client.get(PAGE, headers=HX).headers[name] == f"{PAGE}there?a=1"

    @pytest.mark.parametrize("name", ["HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url"])
    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/",
            "//evil.example/tabs/acme/",
            "/logout",
            "/tabs/acme/../../logout",
            '{"path": "/logout"}',
            f"{PAGE} path:/logout",
            f"{PAGE}?a=1,path:/logout",
            "javascript:a()",
        ],
    )
    def test_and_not_out_of_it(self, answering, name, target):
        """Whatever htmx would read into it."""
        assert answering(saying(**{name: target})).get(PAGE, headers=HX).status_code == 502

    @pytest.mark.parametrize("value", ["false", "true"])
    def test_the_address_bar_may_be_left_alone(self, answering, value):
        """Two words of htmx's own."""
        client = answering(saying(HX_Push_Url=value))
        assert client.get(PAGE, headers=HX).headers["HX-Push-Url"] == value

    @pytest.mark.parametrize("name", ["HX-Refresh", "HX-Anything", "Refresh", "Link", "Clear-Site-Data"])
    def test_headers_that_nobody_named_are_dropped(self, answering, name):
        """A page that reloads itself again and again cannot be left."""
        client = answering(saying(**{name: "true"}))
        for headers in ({}, HX):
            response = client.get(PAGE, headers=headers)
            assert (response.status_code, name in response.headers) == (200, False)

    @pytest.mark.parametrize("value", ["a" * 4_001, "a\tb", "a\x7fb", "€"])
    @pytest.mark.parametrize("name", ["HX-Trigger", "ETag", "Content-Disposition", "Cache-Control"])
    def test_headers_no_server_would_send_are_refused(self, answering, name, value):
        """Too long, or with characters that a header may not have."""
        response = answering(saying(**{name: value})).get(PAGE, headers=HX)
        assert response.status_code == 502
        assert name in response.get_data(as_text=True)


class TestKeeping:
    @pytest.mark.parametrize("wish", ["public, max-age=60", "s-maxage=60", "max-age=60", "private"])
    def test_a_whole_page_is_kept_by_nobody(self, answering, wish):
        """It has a name in its corner."""
        assert answering(saying(Cache_Control=wish)).get(PAGE).headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("wish", "given"),
        [
            ("public, max-age=60", "private, max-age=60"),
            ("PUBLIC,S-MaxAge=60", "private"),
            ("no-store", "private, no-store"),
            ("", "no-store"),
        ],
    )
    def test_a_fragment_is_kept_by_the_persons_browser_alone(self, answering, wish, given):
        """For as long as the plugin says; not at all if it does not say."""
        client = answering(saying(Cache_Control=wish))
        assert client.get(PAGE, headers=HX).headers["Cache-Control"] == given

    def test_a_download_is_private_too(self, answering):
        """Whoever may not see the tab shall not find it in a cache on the way."""
        headers = {"Content-Type": "text/csv", "Cache-Control": "public, max-age=60"}
        response = answering(lambda: ("a,b", headers)).get(PAGE)
        assert response.headers["Cache-Control"] == "private, max-age=60"


class TestPolling:
    def tag(self, client, **options):
        return client.get(PAGE, headers=HX, **options).headers["ETag"]

    def test_a_fragment_that_has_not_changed_is_not_sent_again(self, answering):
        """The plugin's ETag goes out mixed with what the shell shows, and comes back."""
        client = answering(saying(ETag='"one"'))
        first = client.get(PAGE, headers=HX)
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = client.get(PAGE, headers={**HX, "If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert {"hx-request", "accept-language", "cookie"} <= {each.lower() for each in again.vary}

    def test_the_tag_can_be_given_back_to_the_plugin(self, answering):
        """A plugin that compares for itself need not draw; what the shell has outdated is not among it."""
        client = answering(saying(ETag='"one"'))
        with client.kit.app.test_request_context(PAGE, headers=HX):
            answer = Response()
            answer.set_etag("one")
            tag = fragment_tag(answer, "Main", ("acme", "main"))
            sent = f'W/"{tag}", "two.0123", "three"'
            assert plugins_own_tags(sent, "Main", ("acme", "main")) == '"one"'
            assert plugins_own_tags(sent, "Other", ("acme", "main")) == ""
        with client.kit.app.test_request_context(PAGE):
            assert plugins_own_tags('"one"', "Main", ("acme", "main")) == '"one"'

    def test_another_state_of_the_plugin_is_sent(self, answering):
        """That is what the tag is for."""
        states = ["one", "two"]
        client = answering(lambda: ("<p>Hello</p>", {"ETag": f'"{states[0]}"'}))
        tag = self.tag(client)
        states.pop(0)
        assert client.get(PAGE, headers={**HX, "If-None-Match": tag}).status_code == 200

    def test_another_language_is_another_fragment(self, answering):
        """The row of tabs is drawn in it."""
        client = answering(saying(ETag='"one"'))
        tag = self.tag(client)
        danish = client.kit.client(language="da").flask
        assert danish.get(PAGE, headers={**HX, "If-None-Match": tag}).status_code == 200

    def test_a_plugins_tag_says_nothing_about_a_whole_page(self, answering):
        """Nor does a fragment's."""
        client = answering(saying(ETag='"one"'))
        whole = client.get(PAGE)
        assert "ETag" not in whole.headers
        for tag in ('"one"', self.tag(client)):
            assert client.get(PAGE, headers={"If-None-Match": tag}).status_code == 200

    def test_what_is_said_once_is_not_said_out_of_a_cache(self, answering):
        """A fragment with a toast in it has no tag."""

        def answer():
            current_host.toast(Plain("Done once"))
            return "<p>Hello</p>", {"ETag": '"one"', "Cache-Control": "max-age=60"}

        response = answering(answer).get(PAGE, headers=HX)
        assert "Done once" in response.get_data(as_text=True)
        assert "ETag" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"


class TestTheProductsOwnPages:
    def test_they_keep_the_rules_although_nobody_looks_at_them_in_service(self, demo):
        """Built-in plugins' HTML is passed on unread, to save time: it is read here, with linked pages."""
        client = demo.client()
        waiting, seen = {"/tabs/status_tab/status/", "/tabs/superoffice_tab/superoffice/"}, set()
        while waiting and len(seen) < 40:
            address = waiting.pop()
            seen.add(address)
            answer = client.get(address)
            if answer.response.mimetype != "text/html":
                continue  # a file to keep
            _, _, page = answer.text.partition('id="main" tabindex="-1">')
            body, _, _ = page.rpartition("</main>")
            assert body
            assert rewritten(body, plugin=address.split("/")[2], scripts=False, nonce="")
            linked = re.findall(r'(?:href|hx-get)="(/tabs/s[^"]*)"', body)
            waiting |= {unescape(each) for each in linked} - seen
        assert len(seen) >= 6
