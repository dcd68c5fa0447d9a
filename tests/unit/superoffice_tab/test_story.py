"""The whole story in a host, on both databases: keys and sets made with the product's own commands.

A smaller set arrives, holders are planned away, it is activated, and put back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from unit.superoffice_tab.building import COLUMNS, NOW, claims, module, person
from unit.superoffice_tab.desk import modules_with

from host.api import Host
from host.testing import HostKit
from host.testing.kit import installed
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.services import activating, issuing, planning, putting_back, reading, receiving
from superoffice_tab.services.importing import import_associates
from superoffice_tab.services.loading import load_licence
from superoffice_tab.services.pending import pending
from superoffice_tab.services.roots import pinned


class Story:
    """A host, and an issuer that signs with `services.issuing`."""

    def __init__(self, kit: HostKit, folder: Path) -> None:
        self.kit, self.folder = kit, folder
        self.owner = issuing.make_keys(folder / "owner")

    def signed(self, seq: int, *changed: dict[str, Any]) -> bytes:
        """A file with set *seq*."""
        source, target = self.folder / f"{seq}.json", self.folder / f"{seq}.lic"
        source.write_text(json.dumps(claims(seq, modules=modules_with(*changed))))
        issuing.sign_file(
            source,
            root_key=self.folder / "root.private.jwk",
            owner_key=self.owner.private,
            owner_key_days=30,
            target=target,
            clock=self.kit.clock,
        )
        return target.read_bytes()

    def do(self, act: Callable[..., Any], *arguments: Any, judged: bool = True, **options: Any) -> Any:
        """Do one thing in a transaction of its own, as a request does."""
        with self.kit.serving("superoffice_tab") as host:
            if judged:
                options |= {**trust(host), "timezone": host.installation_timezone}
            return act(*arguments, work=host.work, actor=host.actor, clock=host.clock, **options)

    def held(self) -> dict[str, dict[str, int]]:
        """Who holds what."""
        with self.kit.serving("superoffice_tab", writes=False) as host:
            rows = reading.associates(host.session)
        return {row["user_id"]: row["licences"] for row in rows if row["licences"]}

    def numbers(self) -> tuple[int | None, int | None]:
        """In use and total of spin."""
        with self.kit.serving("superoffice_tab", writes=False) as host:
            found = reading.licences(reading.known_owner("SUPEROFFICE", host.session), host.session)
        return next((each.in_use, each.total) for each in found if each.code == "spin")


def trust(host: Host) -> dict[str, Any]:
    """The root keys that the setting names."""
    return {"roots": pinned(host.settings["root_keys"])}


@pytest.fixture
def story(host_on: Callable[..., HostKit], tmp_path: Path) -> Story:
    root = issuing.make_keys(tmp_path / "root")
    environment = {"TABHOST_ROOT_KEYS": str(root.public), "TABHOST_TIMEZONE": "Europe/Oslo"}
    kit = host_on(*installed("superoffice_tab", "status_tab"), environment=environment, now=NOW)
    return Story(kit, tmp_path)


def test_a_smaller_set_arrives_is_made_to_fit_activated_and_put_back(story: Story):
    confirmed = Confirmation()
    story.do(load_licence, story.signed(1), source="1.lic", confirmed=confirmed)
    people = story.folder / "associates.csv"
    rows = (person(name, "superoffice.spin") for name in ("KAAN", "MOBE", "SIRA"))
    people.write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
    with story.kit.serving("superoffice_tab") as host:
        import_associates(
            people, prune=False, work=host.work, clock=host.clock, timezone=host.installation_timezone
        )
    before = story.held()

    story.do(receiving.receive, story.signed(2, module("spin", 1)), source="2.lic", automatic=True)
    with story.kit.serving("superoffice_tab", writes=False) as host:
        options = {**trust(host), "timezone": host.installation_timezone, "clock": host.clock}
        view = pending("SUPEROFFICE", session=host.session, **options)
        assert view is not None
        assert [(each.name, each.to_remove) for each in view.blocked] == [("spin", 2)]
    with pytest.raises(activating.TooManyHoldersError):
        story.do(activating.activate, "SUPEROFFICE", seq=2, confirmed=confirmed)

    story.do(planning.plan, "SUPEROFFICE", "spin", "KAAN", None, judged=False)
    story.do(planning.plan, "SUPEROFFICE", "spin", "SIRA", "windows", judged=False)
    assert (story.held(), story.numbers()) == (before, (3, 5)), "nothing takes effect before Activate"
    done = story.do(activating.activate, "SUPEROFFICE", seq=2, confirmed=confirmed)
    assert (done.released, done.reassigned) == (1, 1)
    assert story.held() == {"MOBE": {"superoffice.spin": 1}, "SIRA": {"superoffice.windows": 1}}
    assert story.numbers() == (1, 1)

    back = story.do(putting_back.put_back, "SUPEROFFICE", seq=2)
    assert (back.returned, back.skipped) == (2, [])
    assert (story.held(), story.numbers()) == (before, (3, 5))
    actions = [entry.action for entry in story.kit.audit() if entry.plugin == "superoffice_tab"]
    assert actions == [
        "licence.put_back",
        "licence.activated",
        "licence.planned",
        "licence.planned",
        "licence.received",
        "associates.imported",
        "licence.activated",
    ]
