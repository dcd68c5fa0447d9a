"""The form of what goes in: one marshmallow schema for each kind of input."""
