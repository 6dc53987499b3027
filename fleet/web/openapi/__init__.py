"""The API's description: OpenAPI 3.1, made of what routes say of themselves, and a page for people who try it."""

from fleet.web.openapi import views

PAGES = (views.openapi,)
