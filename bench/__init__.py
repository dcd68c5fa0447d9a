"""Benchmarks, each one command. They print figures and judge none by its time: see ``make bench``."""
