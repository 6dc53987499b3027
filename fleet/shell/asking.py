"""An agent's question from a shell script: ask, stay alive, and wait for a person's answer."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime

from fleet.client import Json, Refused, Unreachable
from fleet.shell.command import FAILED, NOTHING, Failed
from fleet.shell.fleet import Fleet
from fleet.shell.identity import Reporter

POLL = 15  # seconds; between two polls the agent says that it is alive


class Question:
    """A question that stands on the pages until somebody answers, or nobody waits any more."""

    def __init__(self, fleet: Fleet, reporter: Reporter, asked: Json) -> None:
        """`asked` is the agent's record with the question in it: the server may have masked secrets."""
        self._fleet, self._reporter = fleet, reporter
        self._agent_id, self._text = str(asked["id"]), asked["pending_question"]
        self._made, self._asked = asked["created_at"], datetime.fromisoformat(asked["updated_at"])

    def answer(self, timeout: float | None) -> Json:
        """The command that answers, read and acknowledged; the agent is active again.

        Raises Failed when `timeout` seconds are over before, and when the question
        is not there any more; it is withdrawn when nobody waits for it any more.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            command = self._wait(deadline)
        except KeyboardInterrupt:
            self._withdraw("idle")
            raise
        if command is None:
            self._withdraw("active")
            raise Failed("Nobody has answered in time; the question is withdrawn.", NOTHING)
        self._fleet.patch("agents", self._agent_id, "commands", command["id"], body={"status": "completed"})
        self._reporter.send({"status": "active", "pending_question": None})
        return command

    def _wait(self, deadline: float | None) -> Json | None:
        while True:
            left = POLL if deadline is None else min(POLL, max(0, deadline - time.monotonic()))
            # Whole seconds for the server: the last fraction is waited for as a second.
            if (command := self._poll(-int(-left // 1))) is not None:
                return command
            if deadline is not None and time.monotonic() >= deadline:
                return None
            if not self._stands():
                # Its answer may have come between the poll and the look.
                if (command := self._poll(0)) is not None:
                    return command
                raise Failed("The question was withdrawn or replaced by another one.", FAILED)

    def _poll(self, seconds: int) -> Json | None:
        query = f"status=sent&type=feedback&wait={seconds}"
        commands = self._fleet.get("agents", self._agent_id, "commands", query=query, wait=seconds)["commands"]
        fitting = [command for command in commands if self._answers(command)]
        if not fitting and commands and seconds:
            # Older words that nobody has read end the poll at once; look again in a moment.
            time.sleep(min(1.0, seconds))
        return fitting[0] if fitting else None

    def _answers(self, command: Json) -> bool:
        """True for feedback on this question, or on none in particular, sent since it was put."""
        since = datetime.fromisoformat(command["sent_at"]) >= self._asked
        return since and command["answers"] in (None, self._text)

    def _stands(self) -> bool:
        """Say that the agent is alive; False when it asks this no more, or was deleted and made anew."""
        agent = self._reporter.send({})
        return bool(agent["created_at"] == self._made and agent["pending_question"] == self._text)

    def _withdraw(self, status: str) -> None:
        with suppress(Refused, Unreachable, KeyError):
            if self._stands():
                self._reporter.send({"status": status, "pending_question": None})
