"""The limits of a plan in words (domain.md 1.7)."""

from __future__ import annotations

from host.api import N_

NAMES = {
    "dashboards": N_("Dashboards"),
    "active-projects": N_("Active projects"),
    "custom-objects": N_("Custom objects"),
    "active-marketing-flows": N_("Active marketing flows"),
}
"""What a plan can limit, as a heading."""
