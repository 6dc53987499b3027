"""Stops: the whole fleet held still and let go again, with its report."""

from fleet.web.stops import pages, views

SHARED = (views.stops,)
PAGES = (pages.stop_pages,)
