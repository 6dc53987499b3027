"""Events: lines in an agent's activity log, written by the agent or by Fleet."""

from fleet.models.event.json_pages import json_newest, json_page
from fleet.models.event.listed import by_ids, count, page
from fleet.models.event.posting import post
from fleet.models.event.record import EVENTS, Event

__all__ = ["EVENTS", "Event", "by_ids", "count", "json_newest", "json_page", "page", "post"]
