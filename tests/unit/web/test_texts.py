"""Texts and formats in the reader's language."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.api import N_, Plain, Text
from host.web.formats import TRUE_MINUS, Formats
from host.web.owners import make_renderers
from host.web.rendering import Reader
from host.web.texts import LANGUAGES, Catalogues, Speaker, chosen_language

NOW = datetime(2026, 11, 24, 12, 31, tzinfo=UTC)


def formats(language: str = "en", timezone: str = "UTC", now: datetime = NOW) -> Formats:
    reader = Reader(language=language, timezone=timezone, now=now)
    return Formats(reader, Speaker(Catalogues(None), language))


def catalogue(folder: Path, text: str) -> Path:
    """A folder of translations with *text* as the Danish one."""
    place = folder / "da" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "messages.po").write_text(text, "utf-8")
    return folder


def with_rule(rule: str) -> bytes:
    """A compiled catalogue with that rule for plurals; Babel would not write some of them."""
    texts = {
        "": f"Content-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=2; plural={rule};\n",
        "%(n)d note\0%(n)d notes": "a\0b",
    }
    head, at = (
        struct.pack("<7I", 0x950412DE, 0, len(texts), 28, 28 + 8 * len(texts), 0, 0),
        28 + 16 * len(texts),
    )
    tables, strings = [], b""
    for side in (list(texts), list(texts.values())):
        for each in side:
            tables.append(struct.pack("<2I", len(each.encode()), at + len(strings)))
            strings += each.encode() + b"\0"
    return head + b"".join(tables) + strings


class TestChoosing:
    @given(
        st.lists(st.none() | st.sampled_from(["en", "da", "fr", ""])),
        st.lists(st.sampled_from(["en", "EN-us", "da", "Da-dk", "fr", "*", ""]), max_size=4),
        st.sampled_from(["en", "da"]),
    )
    def test_the_answer_is_always_a_language_that_the_product_speaks(self, wishes, browser, default):
        """Spelt as the product spells it, since catalogues are looked up by it."""
        assert chosen_language(wishes, browser, default) in LANGUAGES

    @given(st.sampled_from(["en", "da"]), st.lists(st.sampled_from(["en", "da", "fr"])))
    def test_a_wish_comes_before_the_browser(self, wish, browser):
        """And the default last."""
        assert chosen_language([None, wish], browser, "en") == wish
        assert chosen_language([], [], wish) == wish


class TestSaying:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (Plain("100 %(x)s"), "100 %(x)s"),
            (N_("100 % sure"), "100 % sure"),
            (N_("Hello %(name)s", name="Kim"), "Hello Kim"),
            (Text(id="%(n)s licence", plural="%(n)s licences", n=1), "1 licence"),
            (Text(id="%(n)s licence", plural="%(n)s licences", n=0), "0 licences"),
            (Text(id="%(num)s of %(of)s", plural="%(num)s of %(of)s", n=2, args={"of": 3}), "2 of 3"),
        ],
    )
    def test_a_text_is_filled_in_and_a_plain_one_is_not(self, text, said):
        """Percent signs in a text without arguments are just that."""
        assert Catalogues(None).say(text, "en") == said

    def test_the_hosts_words_are_behind_a_plugins_own(self, host_with):
        """A plugin that says nothing in Danish says what the host says."""
        own = Catalogues(None, fallback=make_renderers([])["host"].catalogues)
        assert own.say(N_("Licences"), "da") == "Licenser"

    @pytest.mark.parametrize(
        "text", [N_("Hello %(name)s", nam="Kim"), N_("%d of them", of=3), N_("100 % of %(x)s", x=1)]
    )
    def test_a_text_whose_place_holders_do_not_fit_is_still_said(self, text):
        """A slip of a vendor must not take a page away, let alone the row of tabs."""
        assert Catalogues(None).say(text, "en")

    @pytest.mark.parametrize(
        "danish",
        ["%(n)0300000000d", "%(n)-300000000d", "%(n).300000000f", "%(n)300000000s", "%(other)s", "%"],
    )
    def test_a_translation_with_a_width_is_not_filled(self, tmp_path, danish):
        """A few characters of a catalogue would be a gigabyte on everybody's page."""
        own = Catalogues(catalogue(tmp_path, f'msgid "%(n)d notes"\nmsgstr "{danish}"\n'))
        assert own.say(N_("%(n)d notes", n=3), "da") == "3 notes"
        assert own.say(N_(danish, n=3), "en") == danish

    def test_a_text_without_end_is_cut(self, tmp_path):
        """Whether it is a translation or what is filled in."""
        own = Catalogues(catalogue(tmp_path, f'msgid "notes"\nmsgstr "{"x" * 100_000}"\n'))
        assert len(own.say(N_("notes"), "da")) == 5_000
        assert len(own.say(N_("%(a)s %(a)s", a="x" * 100_000), "da")) == 5_000

    @pytest.mark.parametrize("rule", ["n%0", "7", "n*n"])
    def test_a_rule_for_plurals_that_leads_nowhere_gives_english(self, tmp_path, rule):
        """It is run for everybody's page."""
        text = f'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural={rule};\\n"\n\n'
        text += 'msgid "%(n)d note"\nmsgid_plural "%(n)d notes"\nmsgstr[0] "a"\nmsgstr[1] "b"\n'
        folder = catalogue(tmp_path, text)
        (folder / "da" / "LC_MESSAGES" / "messages.mo").write_bytes(with_rule(rule))
        text = Text(id="%(n)d note", plural="%(n)d notes", n=5)
        assert Catalogues(folder).say(text, "da") == "5 notes"

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("messages.mo", b"no catalogue"),
            ("messages.mo", b"\xde\x12\x04\x95" + b"\xff" * 40),
            ("messages.po", b'msgid "unended'),
            ("messages.po", b"\xff\xfe"),
            ("messages.po", b"# " + b"x" * 6_000_000),
        ],
        ids=["no mo", "wild mo", "no po", "not utf-8", "too large"],
    )
    def test_a_catalogue_that_cannot_be_read_costs_its_translations_only(self, tmp_path, name, content):
        """The plugin's tabs are on everybody's page, in English then."""
        folder = tmp_path / "da" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content)
        own = Catalogues(tmp_path, fallback=make_renderers([])["host"].catalogues)
        assert own.say(N_("notes"), "da") == "notes"
        assert own.say(N_("Licences"), "da") == "Licenser"


class TestFormats:
    @pytest.mark.parametrize(
        ("language", "day", "time", "number", "money"),
        [
            ("en", "30 Jun 2027", "24 Nov 2026, 12:31", "12,840.5", "EUR 1,032.40"),
            ("da", "30. jun. 2027", "24. nov. 2026, 12:31", "12.840,5", "EUR 1.032,40"),
        ],
    )
    def test_each_language_writes_in_its_own_way(self, language, day, time, number, money):
        """English as in Great Britain; the currency by its code, before the amount."""
        found = formats(language)
        assert found.date(date(2027, 6, 30)) == day
        assert found.datetime(NOW) == time
        assert found.number(Decimal("12840.5")) == number
        assert found.money(Decimal("1032.4"), "EUR").replace("\N{NO-BREAK SPACE}", " ") == money

    def test_a_moment_is_told_in_the_readers_zone(self):
        """It may be another day there."""
        late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
        assert formats(timezone="Europe/Oslo").datetime(late) == "1 Jan 2027, 00:30"
        assert formats(timezone="America/New_York").datetime(late) == "31 Dec 2026, 18:30"

    @pytest.mark.parametrize(
        ("days", "said"),
        [
            (0, "Today"),
            (-1, "Yesterday"),
            (1, "Tomorrow"),
            (-2, "22 Nov"),
            (37, "31 Dec"),
            (38, "1 Jan 2027"),
            (-365, "24 Nov 2025"),
        ],
    )
    def test_near_days_have_names_and_far_ones_their_year(self, days, said):
        """Seen from the reader's today."""
        assert formats().relative_day(NOW.date() + timedelta(days=days)) == said
        assert formats().relative_day_time(NOW + timedelta(days=days)) == f"{said}, 12:31"

    def test_today_is_the_readers_today(self):
        """Just after midnight in Oslo it is still yesterday in UTC."""
        now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
        assert formats(timezone="Europe/Oslo", now=now).relative_day(now) == "Today"
        assert formats(timezone="Europe/Oslo", now=now).relative_day(now.replace(hour=12)) == "Yesterday"

    def test_less_than_nothing_has_a_true_minus(self):
        """Not a hyphen, which may break at the end of a line."""
        assert formats().number(-5) == f"{TRUE_MINUS}5"
        money = formats().money(Decimal(-5), "EUR")
        assert TRUE_MINUS in money
        assert "-" not in money

    @given(st.integers(-(10**12), 10**12))
    def test_every_whole_number_keeps_its_digits(self, number):
        """In both languages."""
        for language in LANGUAGES:
            said = formats(language).number(number)
            digits = "".join(each for each in said if each.isdigit())
            assert int(digits) == abs(number)

    def test_a_share_is_written_in_percent(self):
        """Between nought and one."""
        assert formats().percent(0.86) == "86%"
        assert formats("da").percent(0.86).replace("\N{NO-BREAK SPACE}", " ") == "86 %"

    def test_a_month_is_written_out(self):
        """With its year."""
        assert formats().month(date(2026, 11, 1)) == "November 2026"
        assert formats("da").month(date(2026, 11, 1)) == "november 2026"
