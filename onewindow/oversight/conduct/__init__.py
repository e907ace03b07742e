"""Rules on conduct: what the ledger shows about how a case was handled, beside its limits."""
