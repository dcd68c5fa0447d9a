"""The list of licences as somebody sees it."""

from __future__ import annotations

import re
from html import unescape


def names(text: str) -> list[str]:
    """Code names in the list, from top to bottom."""
    return re.findall(r'class="th-rowlink" href="[^"]*licence=([^"#]+)#licence"', unescape(text))
