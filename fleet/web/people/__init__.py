"""People: invitations, roles, links."""

from fleet.web.people import links, views

SHARED = (views.people, links.person_links)
