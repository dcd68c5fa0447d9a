"""Rules of the Status tab, without input or output."""
