"""Every template compiles, says what it needs, and holds nothing that the policy would refuse."""

from __future__ import annotations

import re

import pytest
from builders.source import TEMPLATES, lines, name_of, templates

from host.testing import make_host
from host.testing.kit import installed
from host.web.owners import make_renderers

each_template = pytest.mark.parametrize("path", templates(), ids=name_of)


@pytest.fixture(scope="module")
def renderers(tmp_path_factory):
    """What draws the templates of the host and of the built-in plugins."""
    kit = make_host(tmp_path_factory.mktemp("templates"), installed("status_tab", "superoffice_tab"))
    yield make_renderers(kit.house.registry.admitted())
    kit.close()


@pytest.mark.parametrize("owner", ["host", "status_tab", "superoffice_tab"])
class TestEachOwner:
    def test_all_of_the_hosts_templates_can_be_drawn(self, renderers, owner):
        """Under ``host/``."""
        there = {f"host/{each.relative_to(TEMPLATES).as_posix()}" for each in TEMPLATES.rglob("*.html")}
        assert "host/base.html" in there
        assert there <= set(renderers[owner].template_names())

    def test_all_templates_compile(self, renderers, owner):
        """With the filters and functions that their owner has."""
        for name in renderers[owner].template_names():
            renderers[owner].compiles(name)


class TestHostTemplates:
    def test_everything_that_a_template_asks_for_is_there(self):
        """Included, imported, and named as a static file."""
        static = TEMPLATES.parent / "host" / "static"
        for path in TEMPLATES.rglob("*.html"):
            text = path.read_text("utf-8")
            for name in re.findall(r"""\{%-? *(?:include|import|from|extends) ["']host/([^"']+)""", text):
                assert (TEMPLATES / name).is_file(), f"{name_of(path)}: {name}"
            for name in re.findall(r"""asset\(["']host/([^"']+)""", text):
                assert (static / name).is_file(), f"{name_of(path)}: {name}"

    def test_every_icon_that_is_named_is_in_the_set(self):
        """A missing one would be an empty square."""
        known = set(re.findall(r'id="i-([a-z-]+)"', (TEMPLATES.parent / "host/static/icons.svg").read_text()))
        assert known
        for path in templates():
            for name in re.findall(r"""icon\(["']([a-z-]+)["']""", path.read_text("utf-8")):
                assert name in known, f"{name_of(path)}: {name}"


class TestEveryTemplate:
    @each_template
    def test_whatever_fills_the_sheet_stands_in_one_queue(self, path):
        """Else the answer to an earlier click, come late, takes away what the later one opened."""
        for tag in re.findall(
            r"""<[a-z][^<]*?hx-target(?:\:inherited)?="#main"[^<]*""", path.read_text("utf-8")
        ):
            assert re.search(r"""hx-sync(:inherited)?="#main:""", tag), f"{name_of(path)}: {tag[:80]}"

    @each_template
    def test_it_begins_with_a_comment_that_says_what_it_needs(self, path):
        """Every variable with its type, or that there is none."""
        text = path.read_text("utf-8")
        assert text.startswith("{#-")
        assert len(text[: text.index("#}")].strip("{#- \n")) > 10

    @each_template
    def test_it_is_short(self, path):
        """Eighty lines; what is longer is two templates."""
        assert lines(path) <= 80

    @each_template
    def test_it_never_switches_escaping_off(self, path):
        """No ``|safe``, no ``autoescape``, no ``Markup``."""
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"\|\s*safe\b", text)
        assert "autoescape" not in text
        assert "Markup" not in text

    @each_template
    def test_nothing_in_it_is_inline(self, path):
        """No script, style or handler: the policy would refuse it. And nothing that needs ``eval``."""
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        for script in re.findall(r"<script\b[^>]*>(.*?)</script>", text, re.DOTALL | re.IGNORECASE):
            assert script == ""
        assert not re.search(r"<style\b", text, re.IGNORECASE)
        assert not re.search(r"""<[^>]*\sstyle\s*=""", text, re.IGNORECASE)
        assert not re.search(r"""<[^>]*\son\w+\s*=""", text, re.IGNORECASE)
        assert not re.search(r"""hx-on|js:|javascript:""", text, re.IGNORECASE)

    @each_template
    def test_it_names_no_other_site(self, path):
        """Nothing is fetched at run time; and a plugin never extends the base."""
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"""(src|href|action)=["'](https?:)?//""", text)
        assert not re.search(r"\{%-? *extends", text)
