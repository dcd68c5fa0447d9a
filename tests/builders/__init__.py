"""Things that tests are made of."""
