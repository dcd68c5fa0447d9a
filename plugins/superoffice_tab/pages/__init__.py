"""Pages of the SUPEROFFICE tab."""
