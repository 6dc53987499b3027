"""Stops: the whole fleet held still and let go again, with its report."""
