"""Small pieces of markup that lists have in every row."""

from __future__ import annotations

from host.web.pieces import breakable, meter


def test_a_long_name_may_break_between_its_words():
    """Where it was written as one word."""
    assert breakable("SalesPremiumService") == "Sales<wbr>Premium<wbr>Service"
    assert breakable("AI: Chatbot CRM") == "AI: Chatbot CRM"
    assert breakable("SalesPremiumServicePremiumMarketing").count("<wbr>") == 4


def test_a_name_is_text_wherever_it_breaks():
    """Nothing in it is markup."""
    assert breakable("<b>SalesPremium") == "&lt;b&gt;Sales<wbr>Premium"


def test_a_bar_is_as_wide_as_its_share_was_written():
    """What is remembered of 50 does not stand for 50.0."""
    assert 'width="50%"' in meter(50)
    assert 'width="50.0%"' in meter(50.0)


def test_a_bar_may_have_a_kind_and_a_second_part():
    """Which begins where the first one ends."""
    drawn = meter(40.0, "warn", 7.5)
    assert 'class="th-meter th-meter--warn"' in drawn
    assert '<rect class="th-meter__second" x="40.0%" width="7.5%" height="100%"/>' in drawn
    assert "th-meter__second" not in meter(40.0, "warn")


def test_what_a_bar_is_given_is_text():
    """Also by a plugin that was careless."""
    assert "<script" not in meter('1"><script>', "<script>", "<script>")


def test_a_word_that_no_column_has_room_for_may_break_anywhere():
    """One of 30 letters stays whole; nothing of it is lost."""
    assert breakable("w" * 30) == "w" * 30
    assert breakable(f"a {'w' * 31} b") == f"a {'<wbr>'.join(['w' * 6] * 5)}<wbr>w b"
    assert breakable("&" * 31).count("&amp;") == 31
