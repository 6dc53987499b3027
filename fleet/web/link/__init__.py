"""The daemons' socket: what they say is understood, written down and answered here (hosts-shape.md, "The link")."""

from fleet.web.link.views import link

API = (link,)
