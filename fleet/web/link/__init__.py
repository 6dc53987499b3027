"""The daemons' connections: what they say is understood, written down and answered here (hosts-shape.md, "The link")."""

from fleet.web.link.transfers import transfers
from fleet.web.link.views import link

API = (link, transfers)
