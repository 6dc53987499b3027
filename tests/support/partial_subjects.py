"""A fleet with everything in every state, and what each live partial gets of it: its subject, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from sqlalchemy import Connection, select, update

from fleet.db import Transaction
from fleet.models import agent, command, event, fleet_figures, task, todo
from fleet.models.agent import GROUPS, PARTS, STATES, Agent, summary
from fleet.models.agent.record import AGENTS
from fleet.models.event import activity as followed
from fleet.models.event.activity_line import lines
from fleet.models.ids import new_id
from fleet.models.task import attempts
from fleet.models.task import cards as shown
from fleet.web.agents.bulk_reports import detailed
from fleet.web.agents.listing import AgentList
from fleet.web.security.policy import May
from fleet.web.tasks import pages
from fleet.web.tasks.listing import PAGE, WORDS, TaskList
from tests.support import host_subjects, stop_subjects

# Who fell silent after it asked, failed, or was answered.
SILENT = ("silent_waiting_feedback", "silent_error", "silent_answered")
Context = dict[str, Any]
ROLES = [May.of(role) for role in ("viewer", "operator")]
EVENT_TYPES = (
    "info",
    "commit",
    "question",
    "warning",
    "error",
    "offline",
    "online",
    "paused",
    "stopped",
    "resumed",
    "something new",
)


def stage(tx: Transaction, text: str) -> None:
    """An agent in every state, bare and furnished, with all that it can have; every text is `text`."""
    for state in (*STATES, *SILENT):
        bare = agent_in(tx, state, {"name": text, "worktree": text})
        full = agent_in(
            tx,
            state,
            {
                "name": text,
                "worktree": f"/src/{text}",
                "hostname": text,
                "current_task": text,
                "last_commit": text,
                "progress": 45,
                "files_changed": 3,
                "lines_added": 1234,
                "lines_removed": 5,
                "tags": [text],
                "capabilities": [text],
                "issue_ids": [text],
                "machine_address": text,
                "repo_path": f"/{state}/{text}",
            },
        )
        furnish(tx, full, text)
        tasks_of(tx, bare, full, text)
        tell_both(tx, [bare, full], text)
        agent.pause(tx, full, text, text)
    host_subjects.stage(tx, text)
    stop_subjects.stops_of(tx, text)


def agent_in(tx: Transaction, state: str, values: Context) -> str:
    """A new agent in that state."""
    silent, state = state == "offline" or state in SILENT, state.removeprefix("silent_")
    status = {"answered": "waiting_feedback", "offline": "active", "finishing": "shutting_down"}.get(state, state)
    asks = {"pending_question": f"{values['name']}\n\n{values['name']}", "question_options": [values["name"]]}
    asked = asks if status == "waiting_feedback" and "hostname" in values else {}
    agent_id = str(agent.create(tx, values | asked | {"status": status}).id)
    if state == "answered":
        agent.answer(tx, agent_id, values["name"], None, values["name"])
    if silent:
        gone = {"connection": "offline", "connection_changed_at": tx.now, "last_seen_at": tx.now}
        tx.execute(update(AGENTS).where(AGENTS.c.id == agent_id).values(**gone))
    return agent_id


def furnish(tx: Transaction, agent_id: str, text: str) -> None:
    """Todos, commands and activity of every kind."""
    for changes in ({}, {"current": True}, {"completed": True}):
        todo.edit(tx, agent_id, todo.add(tx, agent_id, text).id, changes)
    for kind in command.WORDS:
        sent = [command.send(tx, agent_id, kind, text, sent_by=by).id for by in (text, None, text, text, text)]
        command.report(tx, agent_id, sent[1], {"status": "acknowledged"})
        command.report(tx, agent_id, sent[2], {"status": "completed", "response": text})
        command.report(tx, agent_id, sent[3], {"status": "completed", "outcome": "failed", "response": text})
        command.cancel(tx, agent_id, sent[4])
    for kind in EVENT_TYPES:
        event.post(tx, agent_id, kind, text)
    event.post(tx, agent_id, text, text)


def tell_both(tx: Transaction, ids: list[str], text: str) -> None:
    """The same words for two agents and one that is gone: read, answered, failed, withdrawn or none of these."""
    for by, reports in ((text, ({"status": "acknowledged"}, {"status": "completed", "response": text})), (None, ())):
        bulk_id = new_id("bulk")
        sent = [command.send(tx, each, "question", text, part_of=command.Act(bulk_id=bulk_id)) for each in ids]
        for row, changes in zip(sent, reports, strict=False):
            command.report(tx, row.agent_id, row.id, changes)
        command.note(tx, bulk_id, "question", text, by, len(ids) + 1)


def tasks_of(tx: Transaction, bare: str, full: str, text: str) -> None:
    """A task in every status, waiting and not, with claims that ended in every way."""
    told = {"title": text, "description": text, "labels": [text, "b", "c", "d", "e"]}
    waited = task.create(tx, told).id
    task.create(tx, told | {"depends_on": [waited], "required_capabilities": [text]})
    task.create(tx, told | {"assigned_agent_id": bare, "depends_on": [waited]})
    for end in (task.complete, task.fail, None):
        made = task.create(tx, told | {"assigned_agent_id": full}).id
        _, first = task.claim(tx, made, full, 60)
        task.release(tx, made, first.fence)
        task.complete(tx, made, first.fence, text)  # late
        _, lease = task.claim(tx, made, full, 60)
        if end is not None:
            end(tx, made, lease.fence, text)


def agents(connection: Connection) -> list[Agent]:
    """Every agent, as pages have it."""
    return agent.records(agent.page(connection, agent.Filter(), 1000, 0)[0])


def each_agent(connection: Connection) -> Iterator[Context]:
    """Agent and role."""
    for whole, may in product(agents(connection), ROLES):
        yield {"agent": whole, "may": may}


def each_glance(connection: Connection) -> Iterator[Context]:
    """Agent, as lists have it, and role."""
    for row, may in product(summary.first(connection, agent.Filter(), 1000), ROLES):
        yield {"agent": row, "may": may}


def held_agents(connection: Connection) -> Iterator[Context]:
    alone = [{"agent": whole} for whole in agents(connection)]
    yield from stop_subjects.beneath_each(connection, lambda: iter(alone))


def in_need(connection: Connection) -> Iterator[Context]:
    yield from (each for each in each_glance(connection) if each["agent"].needs_you)


def bulk_reports(connection: Connection) -> Iterator[Context]:
    for row in connection.execute(select(command.BULK_COMMANDS)).all():
        yield detailed(connection, row.id)


def past_tasks(connection: Connection) -> Iterator[Context]:
    for whole in agents(connection):
        for each in attempts.of_agent(connection, whole.id, 50)[0]:
            yield {"each": each, "words": WORDS}


def need_gone(connection: Connection) -> Iterator[Context]:
    """Who needs nobody any more, with the answer that it was given and without; and one that was deleted."""
    for each in each_glance(connection):
        given = command.newest_answer(connection, each["agent"].id, each["agent"].answered_at)
        yield from ({"agent_id": each["agent"].id, "agent": each["agent"], "given": one} for one in (given, None))
    yield {"agent_id": "agt_gone", "agent": None, "given": None}


def todo_lists(connection: Connection) -> Iterator[Context]:
    for each in each_agent(connection):
        yield each | {"todos": todo.of_agent(connection, each["agent"].id)}


def commands(connection: Connection) -> Iterator[Context]:
    yield from stop_subjects.beneath_each(connection, lambda: commands_alone(connection))


def commands_alone(connection: Connection) -> Iterator[Context]:
    for whole in agents(connection):
        rows = command.of_agent(connection, whole.id, 100)
        # All kinds for one agent, one for each state: the agent's part is its name only.
        for row, may in product(rows if whole.state == "active" else rows[:1], ROLES):
            yield {"agent": whole, "may": may, "command": row}


def events(connection: Connection) -> Iterator[Context]:
    rows = followed.stretch(connection, followed.Filter(), 2 * len(EVENT_TYPES)).rows
    for row, show in product(lines(rows), (True, False)):
        yield {"event": row, "show_agent": show}


def activity(connection: Connection) -> Iterator[Context]:
    yield from ({"event": row} for row in lines(followed.stretch(connection, followed.Filter(), 20).rows))


def figures(connection: Connection) -> Iterator[Context]:
    yield {"figures": fleet_figures.figures(connection)}
    names = fleet_figures.Figures.__dataclass_fields__
    nothing: Context = {name: None if name.endswith("_at") else 0 for name in names}
    yield {"figures": fleet_figures.Figures(**nothing)}


def needs_head(connection: Connection) -> Iterator[Context]:
    for some, may in product(figures(connection), ROLES):
        yield some | {"may": may}


def quiet(connection: Connection) -> Iterator[Context]:
    first = summary.first(connection, agent.Filter(quiet=True), 5)
    for more in figures(connection):
        yield more | {"quiet": first, "quiet_count": more["figures"].quiet}


def facets(connection: Connection) -> Iterator[Context]:
    counts = agent.counts_by_group(connection)
    for group in ("", *GROUPS, *PARTS):
        filters = AgentList(group=group, q="<script>" if group else "")
        for found in (counts, dict.fromkeys(counts, 0)):
            yield {"counts": found, "filters": filters, "total": sum(found.values())}


def badges(_: Connection) -> Iterator[Context]:
    yield from ({"badge_id": "badge-overview", "count": count} for count in (0, 1, 2, 1000))


def totals(_: Connection) -> Iterator[Context]:
    yield from ({"total": total} for total in (0, 1, 1000))


def bells(_: Connection) -> Iterator[Context]:
    yield from ({"rung": rung} for rung in ("", 12))


def gone(_: Connection) -> Iterator[Context]:
    yield {"deleted_at": None}


def nothing(_: Connection) -> Iterator[Context]:
    yield {}


def cards(connection: Connection) -> list[shown.Card]:
    newest, _ = task.page(connection, TaskList().wanted, 18, 0, "")  # those of three agents
    return shown.cards(connection, newest)


def task_cards(connection: Connection) -> Iterator[Context]:
    for card, may in product(cards(connection), ROLES):
        yield {"card": card, "may": may, "words": WORDS, "said": {}}


def task_rows(connection: Connection) -> Iterator[Context]:
    for card, status, may in product(cards(connection), ("", "pending"), ROLES):
        yield {"card": card, "may": may, "words": WORDS, "filters": TaskList(status=status, view="list")}


def task_details(connection: Connection) -> Iterator[Context]:
    for card, may in product(cards(connection), ROLES):
        yield pages.detailed(connection, card.task.id) | {"may": may, "words": WORDS}


def task_counts(connection: Connection) -> Iterator[Context]:
    counts = task.counts_by_status(connection, TaskList().any_status)
    filters = [TaskList(view=view, labels=labels) for view in ("board", "list") for labels in ("", "<b>,{{7*7}}")]
    for may, asked in product(ROLES, filters):
        yield {"filters": asked, "counts": counts, "words": WORDS, "may": may}


def columns(connection: Connection) -> Iterator[Context]:
    for each, total in product(task_counts(connection), (0, 51)):
        for status in WORDS:
            yield each | {"status": status, "total": total, "limit": PAGE}


SUBJECTS: dict[str, Callable[[Connection], Iterator[Context]]] = {
    "activity/_line.html": activity,
    "agents/_card.html": each_glance,
    "agents/_details.html": each_agent,
    "agents/_facets.html": facets,
    "agents/_gone.html": gone,
    "agents/_header.html": each_agent,
    "agents/_past_task.html": past_tasks,
    "agents/_pause.html": each_agent,
    "agents/_question.html": each_agent,
    "agents/_row.html": each_glance,
    "agents/_strip.html": each_agent,
    "agents/_total.html": facets,
    "commands/_bulk_head.html": bulk_reports,
    "commands/_bulk_told.html": bulk_reports,
    "commands/_command.html": commands,
    "commands/_delivery.html": held_agents,
    "events/_event.html": events,
    "overview/_agents_title.html": figures,
    "overview/_figures.html": figures,
    "overview/_need.html": in_need,
    "overview/_need_gone.html": need_gone,
    "overview/_needs_head.html": needs_head,
    "overview/_quiet_line.html": quiet,
    "shared/_badge.html": badges,
    "shared/_bell.html": bells,
    "shared/_rail_foot.html": totals,
    "tasks/_actions.html": task_details,
    "tasks/_card.html": task_cards,
    "tasks/_claims.html": task_details,
    "tasks/_column_foot.html": columns,
    "tasks/_column_head.html": columns,
    "tasks/_facets.html": task_counts,
    "tasks/_facts.html": task_details,
    "tasks/_gone.html": nothing,
    "tasks/_header.html": task_details,
    "tasks/_outcome.html": task_details,
    "tasks/_row.html": task_rows,
    "tasks/_waits.html": task_details,
    "todos/_list.html": todo_lists,
    **stop_subjects.SUBJECTS,
    **host_subjects.SUBJECTS,
}
