"""Counting rules (formats.md 6, domain.md 1.4, 3.6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from superoffice_tab.domain.counting import Cause, deficits, free, share, to_remove, usage
from superoffice_tab.domain.licences import LicenceType, ModuleLicence, brought_along

NAMES = ("ten-sales", "ten-service", "spin", "user", "web")
numbers = st.integers(0, 1000)


def licence(name: str, quantity: int = 0, *, brings: str = "", **more: object) -> ModuleLicence:
    values = {"owner": "SUPEROFFICE", "name": name, "type": LicenceType.USER, "quantity": quantity} | more
    if brings:
        values |= {"extra_flags": 1, "extra_info": f"set={brings}"}
    return ModuleLicence(**values)  # type: ignore[arg-type]


@st.composite
def sets(draw: st.DrawFn) -> list[ModuleLicence]:
    """Sets with two plans, and hidden licences that come with some of them."""
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return [
        licence(
            name,
            draw(numbers),
            brings=",".join(draw(st.lists(st.sampled_from(("user", "web", "spin")), unique=True)))
            if name.startswith("ten-")
            else "",
            hidden=name in {"user", "web"},
            unrestricted=draw(st.booleans()),
        )
        for name in chosen
    ]


held = st.dictionaries(st.sampled_from(("ten-sales", "ten-service", "spin")), numbers)


@given(numbers, numbers)
def test_use_and_what_is_free_make_the_total_unless_there_are_too_many(in_use: int, total: int):
    assert free(in_use, total) >= 0
    assert to_remove(in_use, total) >= 0
    assert in_use + free(in_use, total) - to_remove(in_use, total) == total


@given(numbers, numbers)
def test_a_share_is_never_above_all_and_full_only_when_nothing_is_free(in_use: int, total: int):
    assert 0 <= share(in_use, total) <= 100
    if total and in_use == total:
        assert share(in_use, total) == 100


@given(held, sets())
def test_a_hidden_licence_is_used_by_the_holders_of_every_plan_that_brings_it(
    direct: dict[str, int], licences: list[ModuleLicence]
):
    counts = usage(direct, licences)
    assert set(counts) == {each.name for each in licences}
    for each in licences:
        through_plans = sum(
            direct.get(plan.name, 0) for plan in licences if each.hidden and each.name in plan.brings
        )
        assert counts[each.name] == direct.get(each.name, 0) + through_plans


@given(held, sets(), sets())
def test_a_set_is_in_the_way_of_nobody_exactly_if_everybody_fits(
    direct: dict[str, int], current: list[ModuleLicence], new: list[ModuleLicence]
):
    direct = {name: n for name, n in direct.items() if name in {each.name for each in current}}
    found = deficits(direct, direct, current, new)
    names = {each.name for each in new}
    everybody_fits = all(name in names for name, n in direct.items() if n) and all(
        usage(direct, new)[each.name] <= each.quantity for each in new if not each.unrestricted
    )
    assert (found == []) == everybody_fits
    assert all(each.to_remove == each.in_use - each.new_total > 0 for each in found)


class TestDeficits:
    def test_retired_people_count_where_a_licence_disappears_and_nowhere_else(self):
        current = [licence("spin", 5)]
        assert deficits({}, {"spin": 2}, current, [licence("spin", 1)]) == []
        (gone,) = deficits({}, {"spin": 2}, current, [])
        assert (gone.in_use, gone.new_total, gone.to_remove, gone.cause) == (2, 0, 2, Cause.GONE)

    @pytest.mark.parametrize("successor", [
        licence("spin", 5, hidden=True), licence("spin", 5, type=LicenceType.SYSTEM),
    ])  # fmt: skip
    def test_what_can_no_longer_be_assigned_must_be_let_go(self, successor: ModuleLicence):
        (found,) = deficits({"spin": 2}, {"spin": 2}, [licence("spin", 5)], [successor])
        assert found.cause is Cause.NOT_ASSIGNABLE

    def test_an_unrestricted_licence_is_never_too_small(self):
        assert (
            deficits({"spin": 9}, {"spin": 9}, [licence("spin", 9)], [licence("spin", 1, unrestricted=True)])
            == []
        )

    def test_a_plan_can_be_large_enough_and_what_it_brings_too_small(self):
        new = [licence("ten-sales", 9, brings="user"), licence("user", 8, hidden=True)]
        (found,) = deficits({"ten-sales": 9}, {"ten-sales": 9}, new, new)
        assert (found.name, found.to_remove) == ("user", 1)


@pytest.mark.parametrize(("info", "names"), [
    ("", ()), ("set=", ()), ("set=user", ("user",)), ("set=user,web, ", ("user", "web")),
    ("SET=User,USER,web", ("user", "web")),
    ("price=3;set=user,web;more=1", ("user", "web")), ("reset=user", ()),
])  # fmt: skip
def test_what_a_plan_brings_along_is_read_from_its_extra_information(info: str, names: tuple[str, ...]):
    assert brought_along(info) == names
