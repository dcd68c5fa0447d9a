"""What the comparison prints: figures, ratios, and which targets are met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.cast import BY_HAND, DATASETTE, IN_PROCESS, RUNNER, TABHOST
from bench.contest import Figures

COLUMNS = {"rate": "requests/s", "p50": "p50", "p99": "p99", "cpu": "CPU", "start": "start", "memory": "PSS"}
UNITS = {"p50": "ms", "p99": "ms", "cpu": "ms/req", "start": "s", "memory": "MB"}
DIGITS = {"rate": 0, "memory": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something that the comparison should show; *figure* is None where it could not be measured."""

    text: str
    figure: float | None
    most: float = float("inf")
    least: float = float("-inf")
    unit: str = ""

    @property
    def verdict(self) -> str:
        """In words."""
        if self.figure is None:
            return "not measured"
        return "met" if self.least <= self.figure <= self.most else "not met"


def targets(found: Sequence[Figures]) -> list[Target]:
    """The targets of this benchmark with what was measured."""
    by_name = {each.name: each for each in found}
    tab, by_hand, datasette = by_name[TABHOST], by_name[BY_HAND], by_name[DATASETTE]
    runner, inside = by_name[RUNNER], by_name[IN_PROCESS]
    apart = None if runner.runner is None else runner.p50 - inside.p50
    return [
        Target(
            text="requests/s: tab ÷ hand-written page, at least 0.7",
            figure=tab.rate / by_hand.rate,
            least=0.7,
        ),
        Target(text="requests/s: tab ÷ Datasette, at least 4", figure=tab.rate / datasette.rate, least=4),
        Target(
            text="p50 of a runner's page above in process, at most 2 ms", figure=apart, most=2, unit=" ms"
        ),
        Target(text="PSS of an idle runner, at most 20 MB", figure=runner.runner, most=20, unit=" MB"),
    ]


def lines(found: Sequence[Figures]) -> Iterable[str]:
    """The whole report."""
    by_name = {each.name: each for each in found}
    titles = [f"{title} {UNITS.get(key, '')}".strip() for key, title in COLUMNS.items()]
    yield from _table("Figures", titles, [(each.name, _cells(each)) for each in found])
    peers = [each for each in found if each.name not in {IN_PROCESS, RUNNER}]
    against = [(each.name, _ratios(each, by_name[BY_HAND])) for each in peers]
    yield from _table(f"Ratios: ÷ {BY_HAND}", list(COLUMNS.values()), against)
    runner, inside = by_name[RUNNER], by_name[IN_PROCESS]
    if runner.runner is None:
        yield "The sample has no process of its own here: both rows of it are in process.\n"
    else:
        rows = [(RUNNER, _ratios(runner, inside))]
        yield from _table(f"Ratios: ÷ {IN_PROCESS}", list(COLUMNS.values()), rows)
        apart = f"{runner.p50 - inside.p50:+.2f} ms at p50, {runner.cpu - inside.cpu:+.2f} ms of CPU"
        yield f"A runner: {apart}; {runner.runner:.1f} MB for itself while it is idle.\n"
    for each in found:
        if each.refused:
            yield f"{each.name}: too busy for {each.refused} requests; they do not count as served.\n"
    yield "Targets"
    for target in targets(found):
        figure = "" if target.figure is None else f"{target.figure:.2f}{target.unit}"
        yield f"  {target.verdict:12}  {figure:>9}  {target.text}"


def _table(title: str, columns: list[str], rows: list[tuple[str, list[str]]]) -> Iterable[str]:
    first = max(len(title), *(len(name) for name, _ in rows))
    widths = [max(len(column), 8) for column in columns]
    yield "  ".join([title.ljust(first), *(each.rjust(w) for each, w in zip(columns, widths, strict=True))])
    for name, cells in rows:
        yield "  ".join([name.ljust(first), *(each.rjust(w) for each, w in zip(cells, widths, strict=True))])
    yield ""


def _cells(figures: Figures) -> list[str]:
    return [f"{getattr(figures, key):.{DIGITS.get(key, 2)}f}" for key in COLUMNS]


def _ratios(figures: Figures, base: Figures) -> list[str]:
    return [f"{getattr(figures, key) / getattr(base, key):.2f}" for key in COLUMNS]
