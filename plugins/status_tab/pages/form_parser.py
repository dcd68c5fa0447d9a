"""Forms whose faults are shown beside their fields."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser


class FormParser(FlaskParser):
    """Hands faults to the view, which draws the dialog again, instead of answering with a bare 422."""

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Raise the fault as it is."""
        raise error


def read_form(schema: Schema) -> Any:
    """What *schema* makes of the form that was sent.

    Raises:
        FormError: It refuses something of it.
    """
    try:
        return FormParser().parse(schema, request, location="form")
    except ValidationError as error:
        raise FormError(error) from None


class FormError(Exception):
    """What is wrong with a form.

    Args:
        error: What the schema raised.
    """

    def __init__(self, error: ValidationError) -> None:
        messages = error.messages_dict.get("form", error.messages_dict)
        self.errors: dict[str, str] = {name: str(said[0]) for name, said in messages.items()}
        super().__init__(str(self.errors))
