"""Commands: something an agent is told, sent, acknowledged, completed; in the order in which it was sent (I4)."""

from fleet.models.command.bulk import Report, find_bulk, note, report_of, standing, told
from fleet.models.command.held import as_json, is_free, list_as_json
from fleet.models.command.lookup import deliverable, find, newest, newest_answer, of_agent, unknown
from fleet.models.command.progress import cancel, change, deliver, end, expire, report, set_right
from fleet.models.command.record import BULK_COMMANDS, COMMANDS, OUTCOMES, SHELL, STATUSES, WORDS, BulkCommand, Command
from fleet.models.command.sending import WORDS_WAIT, Act, Asked, send

__all__ = [
    "BULK_COMMANDS",
    "COMMANDS",
    "OUTCOMES",
    "SHELL",
    "STATUSES",
    "WORDS",
    "WORDS_WAIT",
    "Act",
    "Asked",
    "BulkCommand",
    "Command",
    "Report",
    "as_json",
    "cancel",
    "change",
    "deliver",
    "deliverable",
    "end",
    "expire",
    "find",
    "find_bulk",
    "is_free",
    "list_as_json",
    "newest",
    "newest_answer",
    "note",
    "of_agent",
    "report",
    "report_of",
    "send",
    "set_right",
    "standing",
    "told",
    "unknown",
]
