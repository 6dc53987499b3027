"""Agents and what belongs to one: todos, commands, events, answers, keys, enrolment."""
