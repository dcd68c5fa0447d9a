"""Someone else's code in someone else's process: the parent, the wire, the server in it, and the way to it."""
