"""What an actor can do with licences: one function a thing, no Flask."""
