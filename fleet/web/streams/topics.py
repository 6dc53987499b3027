"""The topics of the pages there are: a new page adds its own here."""

from __future__ import annotations

from collections.abc import Callable

from fleet.web.activity.listing import ActivityList
from fleet.web.activity.live import ActivityTopic
from fleet.web.agents.bulk_reports import BulkTopic
from fleet.web.agents.listing import AgentList
from fleet.web.agents.live import AgentsTopic, AgentTopic
from fleet.web.hosts.listing import HostList
from fleet.web.hosts.live import CommandTopic, HostsTopic, HostTopic
from fleet.web.live.topics import Topic, parse
from fleet.web.overview.live import OverviewTopic
from fleet.web.pages.live import FrameTopic
from fleet.web.stops.live import StopsTopic, StopTopic
from fleet.web.tasks.listing import TaskList
from fleet.web.tasks.live import TasksTopic, TaskTopic

# A topic's name to what makes it from its subject (`agent/<subject>`) and its parameters.
MADE: dict[str, Callable[[str, dict[str, str]], Topic]] = {
    "frame": lambda _, __: FrameTopic(),
    "overview": lambda _, parameters: OverviewTopic(AgentList.of(parameters).view or "cards"),
    "agents": lambda _, parameters: AgentsTopic(AgentList.of(parameters)),
    "agent": lambda subject, _: AgentTopic(subject),
    "bulk": lambda subject, _: BulkTopic(subject),
    "tasks": lambda _, parameters: TasksTopic(TaskList.of(parameters)),
    "task": lambda subject, _: TaskTopic(subject),
    "hosts": lambda _, parameters: HostsTopic(HostList.of(parameters)),
    "host": lambda subject, _: HostTopic(subject),
    "command": lambda subject, _: CommandTopic(subject),
    "stops": lambda _, __: StopsTopic(),
    "stop": lambda subject, _: StopTopic(subject),
    "activity": lambda _, parameters: ActivityTopic(ActivityList.of(parameters)),
}


def topic(text: str) -> Topic | None:
    """The topic that `text` names, or None: an old page may ask for what is no more."""
    name, parameters = parse(text)
    noun, _, subject = name.partition("/")
    make = MADE.get(noun)
    return make(subject, parameters) if make else None
