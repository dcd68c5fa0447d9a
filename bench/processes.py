"""What processes cost, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """*root* and all processes below it, as they are now."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [root]
    for each in found:
        found.extend(children.get(each, []))
    return found


def cpu_seconds(root: int) -> float:
    """CPU time that *root* and all below it have used; of ended ones what their parents have collected."""
    return sum(sum(map(int, fields[11:15])) for each in tree(root) if (fields := _stat(each))) / TICKS


def memory(*pids: int) -> float:
    """Proportional set size of the processes together, in MB."""
    kilobytes = 0
    for each in pids:
        rollup = (PROC / str(each) / "smaps_rollup").read_text(encoding="ascii")
        kilobytes += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return kilobytes * 1024 / 1_000_000


def _stat(pid: int) -> list[str]:
    """Fields of the process from its state on; none where it has ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()
