"""What an installation is comes from a file; a wrong file changes nothing."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from host.api import InputError
from status_tab.domain.installation import Reach, Restriction
from status_tab.services.installation import (
    describe,
    load_installation,
    read_installation,
    satellite_licences,
)

GOOD: dict[str, Any] = {
    "database": {"type": "MSSQL 16", "name": "CRM10392", "level": "central"},
    "satellites": [
        {"name": "Bergen", "licences": ["superoffice.satellite"]},
        {"name": "Aarhus", "licences": ["SuperOffice.Satellite", "acme.translate"]},
    ],
    "plan": "Core",
    "restrictions": [{"name": "active-projects", "in_use": 97, "maximum": 100}],
}


@pytest.fixture
def load(work, clock, tmp_path):
    """Load a value as the file installation.json."""

    def run(content: Any) -> Any:
        path = tmp_path / "installation.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return load_installation(path, work=work, clock=clock)

    return run


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good file with *value* at a path such as ``satellites.0.name``; None as value leaves it out."""
    content = copy.deepcopy(GOOD)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    target: Any = content
    for step in way:
        target = target[step]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return content


class TestLoading:
    def test_a_file_takes_the_place_of_what_was_known(self, load, session):
        """What is missing in the new file is gone, and both states stand in the audit row."""
        load(GOOD)
        load({"database": {"type": "PostgreSQL 16", "name": "CRM2", "level": "Satellite"}, "plan": None})
        now = read_installation(session)
        assert (now.type, now.name, now.level, now.plan) == ("PostgreSQL 16", "CRM2", "satellite", "")
        assert (now.restrictions, now.satellites) == ((), ())

    def test_what_is_read_is_what_was_loaded(self, load, session, work):
        """Satellites come by name, licences in lower case."""
        load(GOOD)
        found = describe(read_installation(session))
        assert found["restrictions"] == GOOD["restrictions"]
        assert [item["name"] for item in found["satellites"]] == ["Aarhus", "Bergen"]
        action, subject, before, after = work.audited[-1]
        assert (action, subject, before) == ("installation.loaded", "CRM10392", None)
        assert after["database"] == GOOD["database"]

    def test_satellites_count_as_use_of_site_licences(self, load, session):
        """Others ask for them through `status_tab.api`."""
        assert satellite_licences(session) == {}
        load(GOOD)
        assert satellite_licences(session) == {"superoffice.satellite": 2, "acme.translate": 1}


class TestWrongFiles:
    @pytest.mark.parametrize(
        ("content", "place", "problem"),
        [
            (changed("database", None), "database", "Missing data"),
            (changed("database.level", "middle"), "database.level", "must be one of central, satellite"),
            (changed("database.name", ""), "database.name", "Length must be between 1 and 254"),
            (changed("plan", "Gold"), "plan", "must be one of Starter, Core, Growth, Plus, Super"),
            (
                changed("restrictions.0.name", "cats"),
                "restrictions[0].name",
                "must be one of dashboards, active-pro",
            ),
            (changed("restrictions.0.maximum", "100"), "restrictions[0].maximum", "must be a whole number"),
            (
                changed("restrictions.0.in_use", -1),
                "restrictions[0].in_use",
                "Must be greater than or equal to 0",
            ),
            (
                changed("restrictions.0.in_use", 2**63),
                "restrictions[0].in_use",
                "Must be greater than or equal to 0",
            ),
            (
                changed("restrictions", GOOD["restrictions"] * 2),
                "restrictions[1]",
                "active-projects stands twice",
            ),
            (changed("satellites.1.name", "BERGEN"), "satellites[1]", "BERGEN stands twice"),
            (
                changed("satellites.0.licences", ["satellite"]),
                "satellites[0].licences[0]",
                "must be a full module",
            ),
            (
                changed("satellites.1.licences", ["a.b", "A.B"]),
                "satellites[1].licences[1]",
                "A.B stands twice",
            ),
            (changed("colour", "red"), "colour", "is not known here"),
            ([], "", "must be a JSON object"),
            ("{", "line 1, column 2", "not JSON"),
        ],
    )
    def test_a_fault_is_named_with_its_place_and_changes_nothing(
        self, load, session, content, place, problem
    ):
        """The file that was loaded before stays in force."""
        load(GOOD)
        with pytest.raises(InputError) as caught:
            load(content)
        assert caught.value.place == place
        assert caught.value.problem.startswith(problem)
        assert caught.value.source.endswith("installation.json")
        assert read_installation(session).plan == "Core"


class TestRestrictions:
    @pytest.mark.parametrize(
        ("in_use", "maximum", "expected"),
        [
            (0, 100, Reach.PLAIN),
            (84, 100, Reach.PLAIN),
            (85, 100, Reach.WARN),
            (99, 100, Reach.WARN),
            (100, 100, Reach.STOP),
            (101, 100, Reach.STOP),
            (2, 3, Reach.PLAIN),
            (0, 0, Reach.STOP),
        ],
    )
    def test_it_warns_from_85_percent_and_stops_at_100(self, in_use, maximum, expected):
        """domain.md 1.7; a plan that allows none stops at none."""
        item = Restriction(name="active-projects", in_use=in_use, maximum=maximum)
        assert item.reach is expected
        assert 0 <= item.percent <= 100
