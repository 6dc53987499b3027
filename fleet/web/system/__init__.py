"""The system: health, metrics, and the page about process, database, backup and settings."""

from fleet.web.system import health, metrics, views

SHARED = (views.system,)
HEALTH = (health.health, metrics.metrics)
