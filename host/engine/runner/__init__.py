"""Someone else's code in someone else's process: the parent, the server in it, the way to it."""
