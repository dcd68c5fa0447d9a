"""Rules without input or output. Imports the contract and nothing else of the host."""
