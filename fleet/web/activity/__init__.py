"""The activity feed of all agents."""

from fleet.web.activity import views

PAGES = (views.activity,)
