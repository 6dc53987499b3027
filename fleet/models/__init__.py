"""The nouns, their rules and named queries. No Flask in here.

Importing this package registers every table on `Base.metadata`.
"""

from fleet.db import Base
from fleet.models.agent import Agent
from fleet.models.audit import AuditEntry, AuditHead
from fleet.models.command import BulkCommand, Command
from fleet.models.deployment import Deployment
from fleet.models.event import Event
from fleet.models.execution import Execution, Output
from fleet.models.hold import Withheld
from fleet.models.host import Host
from fleet.models.idempotency import KeptAnswer
from fleet.models.journal import Change, Journal
from fleet.models.notice import Notice, NoticeChannel, NoticeCursor, NoticeDelivery, QuietHours
from fleet.models.person import Person
from fleet.models.stop import Stop, StopAcknowledgement
from fleet.models.task import Task, TaskClaim, TaskDependency, TaskNumbers, TaskRequirement
from fleet.models.todo import Todo
from fleet.models.token import Credentials, Token

__all__ = [
    "Agent",
    "AuditEntry",
    "AuditHead",
    "Base",
    "BulkCommand",
    "Change",
    "Command",
    "Credentials",
    "Deployment",
    "Event",
    "Execution",
    "Host",
    "Journal",
    "KeptAnswer",
    "Notice",
    "NoticeChannel",
    "NoticeCursor",
    "NoticeDelivery",
    "Output",
    "Person",
    "QuietHours",
    "Stop",
    "StopAcknowledgement",
    "Task",
    "TaskClaim",
    "TaskDependency",
    "TaskNumbers",
    "TaskRequirement",
    "Todo",
    "Token",
    "Withheld",
]
