"""Addresses as they may be kept and shown."""

from __future__ import annotations

import re

# Not `urllib.parse`: it refuses some of what people mistype, which is not to be shown with a password either.
_SIGN_IN = re.compile(r"(?<=//)[^/?#]*@")


def without_sign_in(url: str) -> str:
    """*url* without the name and password that stand in it for whoever is asked."""
    return _SIGN_IN.sub("", url)
