"""Streams: the pages' live stream, programs' stream of changes, tickets, the table of topics."""
