"""Sessions: signing in, one-time links, the browsers of a person."""

from fleet.web.sessions import login, views

SHARED = (views.devices,)
PAGES = (login.sessions,)
