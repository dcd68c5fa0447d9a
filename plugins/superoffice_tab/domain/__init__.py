"""Rules of licences, without I/O."""
