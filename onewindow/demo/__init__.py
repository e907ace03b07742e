"""The demonstration: a county centre with its places, people, catalogue and cases. Loaded only when asked for."""
