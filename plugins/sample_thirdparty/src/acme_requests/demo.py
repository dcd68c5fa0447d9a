"""Requests for the demo company, added by the same command that anybody would use."""

from __future__ import annotations

from datetime import timedelta

from host.api import current_host

REQUESTS = [
    ("MOBE", "Sales Premium", 3, "Takes over the accounts in Aarhus on the first of the month"),
    ("SIRA", "Service Premium", 10, "Joins the support team for the winter"),
    ("KAAN", "Marketing Premium", 24, "Sends the spring mailing with an outside agency"),
]
"""Who, which licence, in how many days, and why."""


def commands() -> list[list[str]]:
    """One command for each request."""
    today = current_host.clock().date()
    return [
        [
            "acme-requests",
            "add",
            f"--person={person}",
            f"--licence={licence}",
            f"--needed-by={today + timedelta(days=days)}",
            f"--reason={reason}",
        ]
        for person, licence, days, reason in REQUESTS
    ]
