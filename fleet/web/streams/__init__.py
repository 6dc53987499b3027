"""Streams: the pages' live stream, programs' stream of changes, tickets, the table of topics."""

from fleet.web.streams import changes, pages, tickets

PAGES = (pages.live,)
API = (changes.stream, tickets.stream_tickets)
