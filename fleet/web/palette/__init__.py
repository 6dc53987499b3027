"""The search and command palette: what a line of words can mean, the likeliest first."""

from fleet.web.palette import views

PAGES = (views.search,)
