"""What can be done with an agent or a task from the palette."""

from __future__ import annotations

from fleet.db.record import Stored
from fleet.models.agent import Agent
from fleet.web.palette.option import Option, place_of, short


def answer(agent: Agent, words: str) -> Option:
    """Open the answer field of an agent that waits."""
    return Option(
        name=agent.name,
        lead="Answer",
        icon="chat-left-text",
        place=place_of(agent),
        words=words,
        quote=short(agent.question_title),
        href=f"/agents/{agent.id}#answer-{agent.id}",
    )


def reply(agent: Agent, text: str) -> Option:
    """Send this answer."""
    return Option(
        name=agent.name,
        lead="Answer",
        icon="send",
        place=place_of(agent),
        quote=short(text),
        post=f"/agents/{agent.id}/answer",
        fields={"content": text, "question": agent.pending_question or ""},
        done=f"Answer sent to {short(agent.name, 60)}",
    )


def write(agent: Agent, words: str = "") -> Option:
    """Ask what the agent is to be told."""
    return Option(
        name=agent.name,
        lead="Send command to",
        icon="send",
        place=place_of(agent),
        words=words,
        step={"verb": "send", "agent": agent.id},
        label=f"Send to {short(agent.name, 40)}",
        hint="What should it do?",
        href=f"/search?verb=send&agent={agent.id}",
    )


def send(agent: Agent, text: str) -> Option:
    """Send this command."""
    return Option(
        name=agent.name,
        lead="Send to",
        icon="send",
        place=place_of(agent),
        quote=short(text),
        post=f"/agents/{agent.id}/commands",
        fields={"type": "instruction", "content": text},
        done=f"Sent to {short(agent.name, 60)}",
    )


def claim(agent: Agent, words: str = "") -> Option:
    """Take the next task that the agent can do, for it."""
    return Option(
        name=agent.name,
        lead="Claim next task for",
        icon="hourglass-split",
        place=place_of(agent),
        words=words,
        post="/tasks/claim",
        fields={"agent_id": agent.id},
        done=f"{short(agent.name, 60)} has taken its next task",
        hint=f"There is nothing that {short(agent.name, 60)} can take now.",
    )


def pause(agent: Agent, words: str = "") -> Option:
    """Give the agent no claims and no commands; or let it go on."""
    name, path = short(agent.name, 60), f"/agents/{agent.id}/pause"
    if agent.paused_at is not None:
        return Option(
            name=agent.name,
            lead="Resume",
            icon="play-circle",
            place=place_of(agent),
            words=words,
            post=path,
            fields={"_method": "DELETE"},
            done=f"{name} goes on",
        )
    return Option(
        name=agent.name,
        lead="Pause",
        icon="pause-circle",
        place=place_of(agent),
        words=words,
        post=path,
        done=f"{name} is paused",
    )


def stop(agent: Agent, words: str = "") -> Option:
    """End what the agent works on, and hold it still; the page asks once more."""
    return Option(
        name=agent.name,
        lead="Stop",
        icon="x-octagon",
        place=place_of(agent),
        words=words,
        href=f"/stops/new?agent_id={agent.id}",
    )


def choose_agent(task: Stored, words: str = "") -> Option:
    """Ask whom the task is to be given to."""
    return Option(
        name=f"{task.number} {short(task.title, 80)}",
        lead="Assign task",
        icon="person-plus",
        words=words,
        step={"verb": "assign", "task": task.id},
        label=f"Assign task {task.number}",
        hint="To which agent?",
        href=f"/search?verb=assign&task={task.id}",
    )


def choose_task(agent: Agent, words: str = "") -> Option:
    """Ask which task the agent is to be given."""
    return Option(
        name=agent.name,
        lead="Assign a task to",
        icon="person-plus",
        place=place_of(agent),
        words=words,
        step={"verb": "assign", "agent": agent.id},
        label=f"Assign to {short(agent.name, 40)}",
        hint="Which task?",
        href=f"/search?verb=assign&agent={agent.id}",
    )


def assign(task: Stored, agent: Agent, words: str = "") -> Option:
    """Give the task to the agent."""
    return Option(
        name=agent.name,
        lead=f"Assign {task.number} to",
        icon="person-plus",
        agent=agent,
        words=words,
        place=place_of(agent),
        quote=short(task.title, 60),
        post=f"/tasks/{task.id}",
        fields={"_method": "PATCH", "assigned_agent_id": agent.id},
        done=f"Task {task.number} is given to {short(agent.name, 60)}",
    )


def with_agent(agent: Agent) -> list[Option]:
    """All that can be done with an agent, the likeliest first."""
    asks = [answer(agent, "")] if agent.need == "question" else []
    tabs = [
        Option(name=name, lead="Open", icon=icon, href=f"/agents/{agent.id}{path}")
        for name, icon, path in (
            ("Page", "robot", ""),
            ("Activity", "activity", "/activity"),
            ("Commands", "terminal", "/commands"),
            ("Details", "info-circle", "/details"),
        )
    ]
    holds = [pause(agent)] if agent.stop_id else [pause(agent), stop(agent)]
    return [*asks, write(agent), choose_task(agent), claim(agent), *holds, *tabs]


def with_task(task: Stored) -> list[Option]:
    """All that can be done with a task."""
    gives = [choose_agent(task)] if task.status in ("pending", "assigned") else []
    again = Option(
        name=f"Task {task.number}",
        lead="Retry",
        icon="arrow-repeat",
        post=f"/tasks/{task.id}",
        fields={"_method": "PATCH", "status": "pending"},
        done=f"Task {task.number} waits again",
    )
    changed = Option(
        name=f"Task {task.number}",
        lead="Retry with changes:",
        icon="person-plus",
        href=f"/tasks/{task.id}/retry",
    )
    return [
        *gives,
        *([again, changed] if task.status == "failed" else []),
        Option(name=f"Task {task.number}", lead="Edit", icon="pencil", href=f"/tasks/{task.id}/edit"),
        Option(name=f"Task {task.number}", lead="Open", icon="list-check", href=f"/tasks/{task.id}"),
    ]
