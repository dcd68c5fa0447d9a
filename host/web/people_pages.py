"""The pages about people and roles, to be hung into the application."""

from __future__ import annotations

from .people_page import people_page
from .person_page import person_page
from .roles_page import roles_page

PEOPLE = (people_page, person_page, roles_page)
"""Their blueprints."""
