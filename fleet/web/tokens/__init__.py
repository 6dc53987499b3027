"""API tokens."""

from fleet.web.tokens import views

SHARED = (views.tokens,)
