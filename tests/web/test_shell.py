"""The house around a page: whole or as a fragment, in the reader's language, with what is said once."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from builders.plugins import (
    ALL_IS_WELL,
    drawing,
    neighbour,
    notes,
    permissions,
    seen_by_all,
    tab,
    tabbed,
    vendor,
)
from flask import request

from host.api import N_, Plain, current_host
from host.testing import make_host

PAGE = "/tabs/acme/main/"
HX = {"HX-Request": "true"}


class Elements(HTMLParser):
    """All elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.all if name == tag]

    def by_id(self, name: str) -> dict[str, str | None]:
        found = [attributes for _, attributes in self.all if attributes.get("id") == name]
        assert len(found) == 1, f"{len(found)} elements have the id {name}"
        return found[0]


@pytest.fixture
def kit(host_with, tmp_path):
    """A host with two tabs."""
    return host_with(notes(tmp_path / "m"), neighbour())


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """The same, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("shell")
    kit = make_host(folder / "host", [notes(folder / "m"), neighbour()])
    kit.client()  # the sign-in form is there as soon as somebody has an account
    yield kit
    kit.close()


class TestWholePages:
    def test_a_pasted_address_gives_the_whole_house(self, lasting):
        """Title, tabs, sheet and foot; the fragment stands inside."""
        page = Elements(lasting.client().get(PAGE).text)
        assert len(page.of("html")) == len(page.of("title")) == len(page.of("main")) == 1
        assert page.by_id("main")
        assert "Tab acme main · Tabhost" in page.text
        assert "Notes: []" in page.text
        assert "Licences" in page.text

    def test_exactly_one_tab_is_the_current_one(self, lasting):
        """For the ear too."""
        tabs = [
            each for each in Elements(lasting.client().get(PAGE).text).of("a") if each["class"] == "th-tab"
        ]
        assert [(each["href"], each.get("aria-current")) for each in tabs] == [
            (PAGE, "page"),
            ("/tabs/neighbour/main/", None),
            ("/people", None),
            ("/plugins", None),
            ("/audit", None),
        ]

    def test_no_id_stands_twice(self, lasting):
        """Neither on a whole page nor in a fragment."""
        client = lasting.client()
        for headers in ({}, HX):
            page = Elements(client.get(PAGE, headers=headers).text)
            ids = [attributes["id"] for _, attributes in page.all if attributes.get("id")]
            assert len(ids) == len(set(ids))

    def test_nothing_is_fetched_from_elsewhere(self, lasting):
        """Every script, style sheet, picture and form is the host's own."""
        for path in (PAGE, "/login", "/no-such"):
            for client in (lasting.client(), lasting.anonymous()):
                for _, attributes in Elements(client.get(path).text).all:
                    for name in ("src", "href", "action"):
                        value = attributes.get(name) or "/"
                        assert value.startswith(("/", "#")), value
                        assert not value.startswith("//")

    def test_nothing_is_inline(self, lasting):
        """The policy would refuse it."""
        for path in (PAGE, "/login", "/no-such", "/tabs/neighbour/main/"):
            page = Elements(lasting.client().get(path).text)
            assert all(each.get("src") for each in page.of("script"))
            assert not page.of("style")
            for _, attributes in page.all:
                assert not [name for name in attributes if name == "style" or name.startswith("on")]

    def test_every_static_address_on_a_page_is_there(self, lasting):
        """With the content that its address says."""
        client = lasting.client()
        addresses = set(re.findall(r'"(/static/[^"#]+)', client.get(PAGE).text))
        assert len(addresses) >= 5
        for each in addresses:
            assert client.flask.get(each).status_code == 200

    def test_the_first_tab_is_the_one_that_sorts_first(self, host_with):
        """By order, then plugin, then tab id, whatever the order of loading."""
        kit = host_with(
            vendor(
                "zulu",
                host_tabs=[tab("zulu", "b", order=5), tab("zulu", "a", order=5)],
                host_permissions=permissions("zulu"),
            ),
            vendor("alfa", host_tabs=[tab("alfa", order=7)], host_permissions=permissions("alfa")),
            vendor("mike", host_tabs=[tab("mike", order=5)], host_permissions=permissions("mike")),
        )
        client = kit.client()
        assert client.flask.get("/").headers["Location"] == "/tabs/mike/main/"
        hrefs = re.findall(r'class="th-tab" id="[^"]*" href="([^"]*)"', client.get("/login").text)
        assert hrefs == [
            *("/tabs/mike/main/", "/tabs/zulu/a/", "/tabs/zulu/b/", "/tabs/alfa/main/"),
            *("/people", "/plugins", "/audit"),
        ]

    def test_the_foot_names_the_readers_time_zone(self, host_with):
        """The account's, else the installation's."""
        kit = host_with(neighbour(), environment={"TABHOST_TIMEZONE": "Europe/Oslo"})
        assert "Europe/Oslo" in kit.client().get("/").text

    def test_the_screen_can_have_another_title(self, host_with):
        """TABHOST_TITLE, escaped."""
        kit = host_with(neighbour(), environment={"TABHOST_TITLE": "Acme <Licences>"})
        assert "Acme &lt;Licences&gt;" in kit.client().get("/").text


class TestFragments:
    def test_htmx_gets_the_fragment_the_title_and_the_row_of_tabs(self, lasting):
        """And nothing of the house around it."""
        page = lasting.client().get(PAGE, headers=HX)
        elements = Elements(page.text)
        assert not elements.of("html")
        assert not elements.of("main")
        assert not elements.of("header")
        assert len(elements.of("title")) == 1
        assert "Tab acme main · Tabhost" in elements.text
        assert "Notes: []" in elements.text
        assert elements.by_id("tabs")["hx-swap-oob"]
        assert elements.by_id("toasts")["hx-swap-oob"]

    def test_going_back_in_history_gives_the_whole_page(self, lasting):
        """htmx puts it in place of everything."""
        headers = {**HX, "HX-History-Restore-Request": "true"}
        assert Elements(lasting.client().get(PAGE, headers=headers).text).of("html")

    @pytest.mark.parametrize("path", [PAGE, "/no-such", f"{PAGE}redirect"])
    @pytest.mark.parametrize("headers", [{}, HX], ids=["whole", "fragment"])
    def test_caches_are_told_that_there_are_two_forms(self, lasting, path, headers):
        """Whatever the status."""
        response = lasting.client().flask.get(path, headers=headers)
        assert {"hx-request", "accept-language", "cookie"} <= {each.lower() for each in response.vary}

    def test_a_card_comes_as_a_fragment_too(self, lasting):
        """With its status."""
        page = lasting.client().get("/no-such", headers=HX)
        assert page.status == 404
        assert not Elements(page.text).of("html")
        assert Elements(page.text).by_id("card")

    def test_head_is_a_get_without_a_body(self, lasting):
        """Same status, same headers."""
        client = lasting.client().flask
        head, get = client.head(PAGE), client.get(PAGE)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == get.headers["Content-Length"]
        assert head.headers["Content-Type"] == get.headers["Content-Type"]

    def test_head_of_nothing_is_404(self, lasting):
        """Here as well."""
        assert lasting.client().flask.head("/tabs/acme/no-such/").status_code == 404


class TestAddresses:
    def test_a_missing_slash_is_added_and_the_query_kept(self, lasting):
        """308, so that a form would be sent again as it was."""
        response = lasting.client().flask.get("/tabs/acme/main?a=1&b=%C3%B8&a=2")
        assert response.status_code == 308
        path = response.headers["Location"].removeprefix("http://localhost")
        assert path == "/tabs/acme/main/?a=1&b=%C3%B8&a=2"

    def test_the_query_reaches_the_plugin(self, host_with):
        """As it was written."""
        kit = host_with(drawing("acme", lambda: f"<p>{'|'.join(request.args.getlist('a'))}</p>"))
        assert "<p>1|ø</p>" in kit.client().get(f"{PAGE}?a=1&a=%C3%B8").text

    def test_a_plugin_makes_addresses_of_its_own(self, host_with):
        """Quoted, below its own prefix, with a query."""
        kit = host_with(neighbour())
        with kit.serving("neighbour") as host:
            assert host.url("main") == "/tabs/neighbour/main/"
            assert host.url("main", "a b/ø?") == "/tabs/neighbour/main/a%20b/%C3%B8%3F"
            assert host.url("main", "/a", q="x&y", n=2) == "/tabs/neighbour/main/a?q=x%26y&n=2"


class TestLanguages:
    @pytest.mark.parametrize(
        ("browser", "language"),
        [
            ("da", "da"),
            ("DA", "da"),
            ("da-DK,da;q=0.9,en;q=0.5", "da"),
            ("fr, da;q=0.5, en;q=0.1", "da"),
            ("en-US", "en"),
            ("fr", "en"),
            ("*", "en"),
            ("", "en"),
            (";;;q=,", "en"),
            ("x" * 500, "en"),
        ],
    )
    def test_before_signing_in_the_browser_decides(self, lasting, browser, language):
        """Names of languages ignore case; what nobody speaks here gives the installation's."""
        text = lasting.anonymous().get("/login", headers={"Accept-Language": browser}).text
        assert f'<html lang="{language}"' in text
        assert ("Adgangskode" in text) == (language == "da")

    def test_the_account_comes_before_the_browser(self, lasting):
        """Whoever chose a language reads it everywhere."""
        danish = lasting.client(language="da")
        assert '<html lang="da"' in danish.get(PAGE, headers={"Accept-Language": "en"}).text

    def test_the_installations_language_comes_last(self, host_with):
        """TABHOST_LANGUAGE."""
        kit = host_with(environment={"TABHOST_LANGUAGE": "da"})
        assert '<html lang="da"' in kit.anonymous().get("/login").text
        english = kit.anonymous().get("/login", headers={"Accept-Language": "en"})
        assert '<html lang="en"' in english.text

    def test_choosing_a_language_is_remembered_and_written_down(self, kit):
        """From the next page on, with what it was before."""
        client = kit.client()
        page = client.post("/me/language", {"language": "da"})
        assert (page.status, '<html lang="da"' in page.text) == (200, True)
        entry = kit.audit()[0]
        assert (entry.action, entry.before, entry.after) == (
            "account.language_chosen",
            {"language": "en"},
            {"language": "da"},
        )

    @pytest.mark.parametrize(
        "form", [{"language": "xx"}, {"language": ""}, {}, {"language": "da", "evil": "1"}]
    )
    def test_a_language_that_nobody_speaks_is_refused_with_a_card(self, lasting, form):
        """Not a fault of the host, and nothing is written."""
        client = lasting.client()
        before = lasting.audit()
        page = client.post("/me/language", form)
        assert page.status in {400, 422}
        assert 'id="card"' in page.text
        assert lasting.audit() == before

    @pytest.mark.parametrize("path", ["/no-such", PAGE, f"{PAGE}redirect"])
    def test_a_danish_reader_meets_no_english(self, lasting, path):
        """The house and its cards; what the plugins of this test say is theirs."""
        client = lasting.client(language="da")
        text = re.sub(r"Tab (acme|neighbour) main|Notes: \[\]", "", Elements(client.get(path).text).text)
        for word in (
            "Licences",
            "Sign out",
            "Signed in",
            "Times are",
            "There is nothing",
            "Skip to",
            "Nothing",
        ):
            assert word not in text
        assert "Licenser" in text

    def test_a_plugins_own_words_come_from_its_own_catalogue(self, host_with, tmp_path):
        """Then from the host's; what neither knows stays as it is."""
        folder = tmp_path / "acme"
        catalogue = folder / "translations" / "da" / "LC_MESSAGES"
        catalogue.mkdir(parents=True)
        header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        (catalogue / "messages.po").write_text(
            header + 'msgid "Hello %(name)s"\nmsgstr "Hej %(name)s"\n\nmsgid "Wrong"\nmsgstr "Galt %(x)s"\n',
            "utf-8",
        )

        def view() -> str:
            texts = [N_("Hello %(name)s", name="Kim"), N_("Sign out"), N_("Unknown"), Plain("Hello %(name)s")]
            return "|".join(current_host.translate(each) for each in texts)

        found = vendor(
            "acme",
            folder=folder,
            host_tabs=[tab("acme", title=N_("Hello %(name)s", name="fane"))],
            host_permissions=permissions("acme"),
            host_pages=_page(view),
        )
        kit = host_with(found)
        assert "Hej Kim|Log af|Unknown|Hello %(name)s" in kit.client(language="da").get(PAGE).text
        assert "Hello Kim|Sign out|Unknown|Hello %(name)s" in kit.client(language="en").get(PAGE).text
        assert "Hej fane · Tabhost" in kit.client(language="da").get(PAGE).text

    def test_a_translation_with_wrong_place_holders_gives_the_english_text(self, host_with, tmp_path):
        """A translator's slip must not take a page away."""
        folder = tmp_path / "acme"
        catalogue = folder / "translations" / "da" / "LC_MESSAGES"
        catalogue.mkdir(parents=True)
        (catalogue / "messages.po").write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
            'msgid "Hello %(name)s"\nmsgstr "Hej %(navn)s"\n',
            "utf-8",
        )
        found = drawing(
            "acme", lambda: current_host.translate(N_("Hello %(name)s", name="Kim")), folder=folder
        )
        assert "Hello Kim" in host_with(found).client(language="da").get(PAGE).text


def _page(view):
    return tabbed("acme", ("GET /main/", seen_by_all("acme", view))).load().host_pages()


class TestToasts:
    def test_a_sentence_is_shown_once(self, kit):
        """On the page after the redirect, and never again."""
        client = kit.client()
        assert "Wrote milk" in client.post(f"{PAGE}redirect", {"text": "milk"}).text
        assert "Wrote milk" not in client.get(PAGE).text

    def test_it_is_shown_to_htmx_as_well(self, kit):
        """In the place for it, which stands beside the fragment."""
        client = kit.client()
        page = client.post(f"{PAGE}redirect", {"text": "milk"}, headers=HX)
        assert "Wrote milk" in page.text
        assert "<html" not in page.text

    def test_an_answer_that_is_a_page_shows_it_at_once(self, kit):
        """It is the next page that the person sees."""
        client = kit.client()
        assert "Wrote milk" in client.post(f"{PAGE}page", {"text": "milk"}).text
        assert "Wrote milk" not in client.get(PAGE).text

    def test_sentences_that_wait_are_not_lost(self, kit):
        """Two forms were sent before a page was seen: both are said."""
        client = kit.client()
        token = client.token()  # reading a page shows what waits
        for text in ("milk", "eggs"):
            client.flask.post(f"{PAGE}redirect", data={"csrf_token": token, "text": text})
        text = client.get(PAGE).text
        assert "Wrote milk" in text
        assert "Wrote eggs" in text

    def test_it_is_escaped(self, kit):
        """It often says what somebody typed."""
        text = kit.client().post(f"{PAGE}redirect", {"text": "<b>milk</b>"}).text
        assert "Wrote &lt;b&gt;milk&lt;/b&gt;" in text

    def test_it_is_for_one_session_only(self, kit):
        """Nobody else reads it."""
        client, other = kit.client(), kit.client()
        client.flask.post(f"{PAGE}redirect", data={"csrf_token": client.token(), "text": "milk"})
        assert "Wrote milk" not in other.get(PAGE).text
        assert "Wrote milk" in client.get(PAGE).text

    def test_a_probe_does_not_use_it_up(self, kit):
        """HEAD shows nothing to anybody."""
        client = kit.client()
        client.flask.post(f"{PAGE}redirect", data={"csrf_token": client.token(), "text": "milk"})
        client.flask.head(PAGE)
        assert "Wrote milk" in client.get(PAGE).text


def test_the_neighbours_words_stand_in_the_house(kit):
    """What the plugin returns is what the person sees, and it is not escaped."""
    assert f"<p>{ALL_IS_WELL}</p>" in kit.client().get("/tabs/neighbour/main/").text
