"""The overview: figures, what needs somebody, and document 1's fleet status."""

from fleet.web.overview import fleet_status, views

PAGES = (views.overview,)
FLEET_STATUS = (fleet_status.fleet,)
