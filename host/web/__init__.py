"""The shell, the doors, and everything that turns requests into service calls and back."""
