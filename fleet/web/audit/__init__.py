"""The audit: list, export, verification, and its words for people."""
