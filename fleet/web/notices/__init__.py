"""Notices: channels, what each is told, deliveries, tests."""
