"""One marshmallow schema for each declaration: the check of every hook result, and its wire form."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from .banners import Banner
from .settings import KINDS, Setting
from .texts import english, folded, tricky
from .values import Badge, Job, Permission, Plain, Route, Tab, Text

TAB_ID = r"[a-z0-9-]{1,40}"
PERMISSION_ID = r"[a-z][a-z0-9_]{1,39}(\.[a-z][a-z0-9_-]{0,39}){1,3}"
SETTING_ID = r"[a-z][a-z0-9_]{0,39}"
ROLE = r"[a-z][a-z0-9_]{1,39}"
LONGEST_TITLE = 60
"""Characters of what stands on a tab, or of what its badge means."""
LONGEST_NAME = 200
"""Characters of the title of a permission or a setting."""

MOST_SECONDS = 366 * 86_400
"""Seconds from one run of a job to the next."""
LONGEST_RUN = 3_600
"""Seconds of one run of a job."""

TEXT_KEYS = ("id", "args", "n", "plural")


def _whole(pattern: str) -> validate.Regexp:
    shown = pattern.replace("{", "{{").replace("}", "}}")  # the message is a format string
    return validate.Regexp(rf"\A{pattern}\Z", error=f"must match {shown}")


def _seen(text: str) -> None:
    if tricky(text) or not folded(text):
        raise ValidationError("must not be blank, nor hold characters that are not seen")


class ValueSchema(Schema):
    """Loads into a value instead of a dict, and refuses what it does not know."""

    value: ClassVar[type]

    class Meta:
        unknown = RAISE

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Build the value."""
        return self.value(**data)


class TextField(fields.Field[Text | Plain]):
    """A `Text` as ``{"id": …, "args": {…}, "n": …, "plural": …}``, a `Plain` as ``{"plain": …}``.

    It stands on pages of the host: so it shows something, holds no character that steers or hides others, and
    has an end.

    Args:
        longest: Characters of it, and of each of its parts.
    """

    def __init__(self, *, longest: int = 1000, **options: Any) -> None:
        super().__init__(**options)
        self._longest = longest

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, Plain):
            return {"plain": value.text}
        if isinstance(value, Text):
            return {"id": value.id, "args": dict(value.args), "n": value.n, "plural": value.plural}
        raise ValidationError("must be a Text (N_(…)) or a Plain")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Text | Plain:
        text = self._text(value)
        parts = [english(text)]
        if isinstance(text, Text):
            parts += [text.id, text.plural or "", *text.args]
            parts += [each for each in text.args.values() if isinstance(each, str)]
        if any(len(each) > self._longest for each in parts):
            raise ValidationError(f"must be no longer than {self._longest} characters")
        if any(tricky(each) for each in parts):
            raise ValidationError("must not hold characters that are not seen")
        if not folded(parts[0]):
            raise ValidationError("must not be blank")
        return text

    def _text(self, value: Any) -> Text | Plain:
        match value:
            case {"plain": str(text)} if len(value) == 1:
                return Plain(text)
            case {
                "id": str(id_),
                "args": dict(args),
                "n": int() | None as n,
                "plural": str() | None as plural,
            } if len(value) == len(TEXT_KEYS) and all(isinstance(each, str | int) for each in args.values()):
                return Text(id=id_, args=args, n=n, plural=plural)
        raise ValidationError("must be a Text (N_(…)) or a Plain")


class TabSchema(ValueSchema):
    """Wire form of `Tab`."""

    value = Tab
    id = fields.String(required=True, validate=_whole(TAB_ID))
    title = TextField(required=True, longest=LONGEST_TITLE)
    view = fields.String(required=True, validate=_whole(PERMISSION_ID))
    manage = fields.String(allow_none=True, validate=_whole(PERMISSION_ID))
    order = fields.Integer(strict=True, validate=validate.Range(0, 100_000))
    icon = fields.String(validate=validate.Length(max=40))
    scripts = fields.Boolean()


class BadgeSchema(ValueSchema):
    """Wire form of `Badge`."""

    value = Badge
    text = fields.String(required=True, validate=[validate.Length(1, 8), _seen])
    title = TextField(required=True, longest=LONGEST_TITLE)
    kind = fields.String(validate=validate.OneOf(["info", "warn"]))


class BannerSchema(ValueSchema):
    """Wire form of `Banner`."""

    value = Banner
    kind = fields.String(required=True, validate=validate.OneOf(["motd", "info", "warn", "stop"]))
    title = TextField(required=True, longest=LONGEST_TITLE)
    more = TextField(allow_none=True)
    until = fields.AwareDateTime(allow_none=True)
    tab = fields.String()
    path = fields.String()


class PermissionSchema(ValueSchema):
    """Wire form of `Permission`."""

    value = Permission
    id = fields.String(required=True, validate=_whole(PERMISSION_ID))
    title = TextField(required=True, longest=LONGEST_NAME)
    description = TextField(allow_none=True)
    default_roles = fields.List(fields.String(validate=_whole(ROLE)))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Permission:
        """Build the value; a tuple has no JSON form of its own."""
        return Permission(**{**data, "default_roles": tuple(data.get("default_roles", ()))})


class SettingSchema(ValueSchema):
    """Wire form of `Setting`."""

    value = Setting
    id = fields.String(required=True, validate=_whole(SETTING_ID))
    title = TextField(required=True, longest=LONGEST_NAME)
    kind = fields.String(validate=validate.OneOf(KINDS))
    default = fields.String(allow_none=True)
    env = fields.String(allow_none=True, validate=_whole(r"[A-Z][A-Z0-9_]{2,63}"))
    secret = fields.Boolean()
    description = TextField(allow_none=True)


class JobSchema(ValueSchema):
    """Wire form of `Job`."""

    value = Job
    id = fields.String(required=True, validate=_whole(SETTING_ID))
    title = TextField(required=True, longest=LONGEST_NAME)
    every = fields.Integer(required=True, strict=True, validate=validate.Range(60, MOST_SECONDS))
    timeout = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_RUN))


class RouteSchema(ValueSchema):
    """Wire form of `Route`."""

    value = Route
    rule = fields.String(required=True)
    methods = fields.List(fields.String(), required=True)
    permission = fields.String(required=True, validate=_whole(PERMISSION_ID))

    @validates_schema
    def below_the_prefix(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a rule outside ``/tabs/<plugin>/`` and ``/api/v1/<plugin>/``."""
        if not data["rule"].startswith(("/tabs/", "/api/v1/")):
            raise ValidationError("must stand below /tabs/<plugin>/ or /api/v1/<plugin>/", "rule")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Route:
        """Build the value; a tuple has no JSON form of its own."""
        return Route(**{**data, "methods": tuple(data["methods"])})


def first_problem(messages: Any) -> tuple[str, str]:
    """The first of what a schema refused, as marshmallow tells it.

    Args:
        messages: A `ValidationError`'s.

    Returns:
        Where it belongs, such as ``records.3``, and what is wrong.
    """
    path: list[str] = []
    while isinstance(messages, dict):
        key, messages = next(iter(messages.items()))
        path.append(str(key))
    problem = messages[0] if isinstance(messages, list) else messages
    return ".".join(each for each in path if each != "_schema"), str(problem)
