"""Plugin life: discovery, admission, guarded calls, and the ledger of how each plugin behaves."""
