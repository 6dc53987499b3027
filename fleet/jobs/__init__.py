"""Loops that nobody's request drives: presence, leases, expiry, retention."""
