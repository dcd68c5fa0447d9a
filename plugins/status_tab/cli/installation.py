"""What this installation is, on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from host.api import current_host
from status_tab.services import installation

from .group import FILE, status


@status.command("load-installation")
@click.argument("file", type=FILE)
def load_installation(file: Path) -> None:
    """Load what this installation is from an installation.json FILE."""
    loaded = installation.load_installation(file, work=current_host.work, clock=current_host.clock)
    click.echo(
        f"Loaded {loaded.name}: {loaded.type}, {loaded.level}, plan {loaded.plan or '–'}, "
        f"restrictions {len(loaded.restrictions)}, satellites {len(loaded.satellites)}."
    )
