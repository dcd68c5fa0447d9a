"""Who may open which address: a table, and the tests that hold every address to it."""
