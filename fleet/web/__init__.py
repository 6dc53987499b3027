"""Blueprints: pages for people, JSON for agents, streams for both."""
