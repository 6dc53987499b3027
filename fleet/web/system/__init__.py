"""The system: health, metrics, and the page about process, database, backup and settings."""
