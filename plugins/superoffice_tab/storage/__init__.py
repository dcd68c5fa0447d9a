"""Tables of the SUPEROFFICE tab."""
