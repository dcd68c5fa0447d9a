"""What can be done on the Status tab: one function for each thing."""
