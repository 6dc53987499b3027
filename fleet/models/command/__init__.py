"""Commands: something an agent is told, sent, acknowledged, completed; in the order in which it was sent (I4)."""

from fleet.models.command.held import as_json, list_as_json
from fleet.models.command.lookup import deliverable, find, newest, newest_answer, of_agent, unknown
from fleet.models.command.progress import cancel, end, expire, report, set_right
from fleet.models.command.record import BULK_COMMANDS, COMMANDS, OUTCOMES, STATUSES, WORDS, BulkCommand, Command
from fleet.models.command.sending import WORDS_WAIT, send

__all__ = [
    "BULK_COMMANDS",
    "COMMANDS",
    "OUTCOMES",
    "STATUSES",
    "WORDS",
    "WORDS_WAIT",
    "BulkCommand",
    "Command",
    "as_json",
    "cancel",
    "deliverable",
    "end",
    "expire",
    "find",
    "list_as_json",
    "newest",
    "newest_answer",
    "of_agent",
    "report",
    "send",
    "set_right",
    "unknown",
]
