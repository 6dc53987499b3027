"""Executions: what a host was told to run, how that went, and what it printed."""

from fleet.models.execution.canceling import ask, cancel, running
from fleet.models.execution.ending import FORGOTTEN, End, end, end_unreported, expire, give_up
from fleet.models.execution.lookup import find, history, of_ids, reported, unfinished
from fleet.models.execution.output import (
    STREAMS,
    Limits,
    Piece,
    append,
    gaps,
    merged,
    pieces,
    printed,
    stored,
    tail,
    whole,
)
from fleet.models.execution.progress import accept, hand_over, start, take_back
from fleet.models.execution.record import EXECUTIONS, OUTPUTS, Execution, Output
from fleet.models.execution.sending import Order, Seal, purpose, queue
from fleet.models.execution.shown import as_json, last_text, plain, text, whole_text, with_executions, without_text

__all__ = [
    "EXECUTIONS",
    "FORGOTTEN",
    "OUTPUTS",
    "STREAMS",
    "End",
    "Execution",
    "Limits",
    "Order",
    "Output",
    "Piece",
    "Seal",
    "accept",
    "append",
    "as_json",
    "ask",
    "cancel",
    "end",
    "end_unreported",
    "expire",
    "find",
    "gaps",
    "give_up",
    "hand_over",
    "history",
    "last_text",
    "merged",
    "of_ids",
    "pieces",
    "plain",
    "printed",
    "purpose",
    "queue",
    "reported",
    "running",
    "start",
    "stored",
    "tail",
    "take_back",
    "text",
    "unfinished",
    "whole",
    "whole_text",
    "with_executions",
    "without_text",
]
