"""Agents and what belongs to one: todos, commands, events, answers, keys, enrolment."""

from fleet.web.agents import (
    answers,
    bulk_commands,
    bulk_deletions,
    bulk_pauses,
    bulk_tags,
    commands,
    dismissals,
    enrolment_keys,
    enrolments,
    events,
    heartbeats,
    host_metrics,
    keys,
    logs,
    outputs,
    pages,
    pauses,
    tasks,
    todos,
    views,
)

SHARED = (
    views.agents,
    todos.todos,
    commands.commands,
    events.events,
    answers.answers,
    dismissals.dismissals,
    bulk_commands.bulk_commands,
    bulk_tags.bulk_tags,
    bulk_deletions.bulk_deletions,
    bulk_pauses.bulk_pauses,
    bulk_pauses.bulk_resumptions,
    keys.agent_keys,
    pauses.pauses,
    tasks.agent_tasks,
)
PAGES = (pages.agent_pages,)
OF_HOSTS = (outputs.command_outputs, host_metrics.host_metrics, logs.host_logs)
HEARTBEATS = (heartbeats.heartbeats,)
ENROLMENT_KEYS = (enrolment_keys.enrolment_keys,)
ENROLMENTS = (enrolments.enrolments,)
