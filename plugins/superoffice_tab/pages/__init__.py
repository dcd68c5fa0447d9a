"""Pages of the SUPEROFFICE tab: every module registers its own."""

from . import activation, arriving, csv_export, licences, people, plans, portraits
from .blueprint import pages

__all__ = ["activation", "arriving", "csv_export", "licences", "pages", "people", "plans", "portraits"]
