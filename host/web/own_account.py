"""Everything that people do with their own account, as one piece to register."""

from __future__ import annotations

from .access_tokens_api import access_tokens_api
from .access_tokens_page import access_tokens_page
from .me_api import me_api, proof_api
from .profile import profile_page
from .proof_page import proof_page
from .second_factor_api import second_factor_api
from .second_factor_page import second_factor_page
from .second_page import second_page

OWN_ACCOUNT = (second_page, proof_page, profile_page, second_factor_page, access_tokens_page)
"""Pages."""
OWN_APIS = (me_api, proof_api, second_factor_api, access_tokens_api)
"""JSON."""
