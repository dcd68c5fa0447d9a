"""The contract: everything a plugin may rely on. What is not here is not API.

A leaf: importing it loads the standard library, pluggy and marshmallow, and nothing of the host.
"""

from .banners import Banner
from .errors import (
    CallRefusedError,
    ConflictError,
    InputError,
    LargeAnswerError,
    NotAllowedError,
    NotFoundError,
    TabhostError,
)
from .fields import WholeNumber
from .markers import ENTRY_POINT_GROUP, hookimpl, hookspec
from .published import published
from .runtime import Host, Work, current_host, requires
from .schemas import (
    BadgeSchema,
    BannerSchema,
    JobSchema,
    PermissionSchema,
    RouteSchema,
    SettingSchema,
    TabSchema,
    ValueSchema,
)
from .settings import Setting, without_sign_in
from .spreadsheets import csv_file
from .values import (
    N_,
    Actor,
    Badge,
    HookSpecs,
    Job,
    Permission,
    Plain,
    Route,
    Storage,
    Tab,
    Text,
)

__all__ = [
    "ENTRY_POINT_GROUP",
    "N_",
    "Actor",
    "Badge",
    "BadgeSchema",
    "Banner",
    "BannerSchema",
    "CallRefusedError",
    "ConflictError",
    "HookSpecs",
    "Host",
    "InputError",
    "Job",
    "JobSchema",
    "LargeAnswerError",
    "NotAllowedError",
    "NotFoundError",
    "Permission",
    "PermissionSchema",
    "Plain",
    "Route",
    "RouteSchema",
    "Setting",
    "SettingSchema",
    "Storage",
    "Tab",
    "TabSchema",
    "TabhostError",
    "Text",
    "ValueSchema",
    "WholeNumber",
    "Work",
    "csv_file",
    "current_host",
    "hookimpl",
    "hookspec",
    "published",
    "requires",
    "without_sign_in",
]
