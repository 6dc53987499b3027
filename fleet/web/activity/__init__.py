"""The activity feed of all agents."""
