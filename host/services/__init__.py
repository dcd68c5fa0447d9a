"""One function for each thing that somebody can do, and the house they do it in."""
