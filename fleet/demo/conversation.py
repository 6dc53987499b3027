"""An agent's half of the talk with people: it listens while it pauses, and answers in words."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from fleet.client import Refused
from fleet.demo import voice
from fleet.demo.client import Client, Command
from fleet.demo.desk import Desk
from fleet.demo.pace import Pace

LONGEST_POLL = 25  # seconds
SHORTEST_ROUND = 1.0  # seconds between two polls that bring nothing
CHORE_STEPS = 3  # how many steps a person's instruction takes


class Halted(Exception):
    """Somebody has stopped the fleet: whatever is under way is dropped where it stands."""


class Conversation:
    """Commands in, replies out.

    `wishes` are instructions of people that wait to be done.
    """

    def __init__(
        self,
        agent_id: str,
        client: Client,
        desk: Desk,
        pace: Pace,
        say: Callable[[str], None],
        keep_alive: Callable[[], float],
    ) -> None:
        self._id, self._client, self._desk, self._pace = agent_id, client, desk, pace
        self._say = say
        # Sends what is due by the clock; tells in how many seconds it wants to be asked again.
        self._keep_alive = keep_alive
        self._polled = 0.0
        self._answer: str | None = None
        self._nudged = False
        self.wishes: deque[str] = deque()

    def listen(self, seconds: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Hear commands for so many story seconds, or until it is `enough`. Raises Halted."""
        end = time.monotonic() + self._pace.real(seconds)
        while not enough() and (left := end - time.monotonic()) > 0:
            due = self._keep_alive()
            wait = int(min(left, due, LONGEST_POLL))
            since = time.monotonic() - self._polled
            if wait < 1 and since < SHORTEST_ROUND:
                # At high speed pauses are shorter than a poll is worth.
                self._pace.sleep(min(left, SHORTEST_ROUND - since))
                continue
            self._poll(wait)

    def await_answer(self, patience: float) -> str | None:
        """The answer to the question on the desk; None after so many story seconds without one."""
        self._answer = None
        self.listen(patience, lambda: self._answer is not None)
        return self._answer

    def await_word(self, patience: float) -> None:
        """Listen for so many story seconds, or until a person has said something."""
        self._nudged = False
        self.listen(patience, lambda: self._nudged)

    def _poll(self, wait: int) -> None:
        began = time.monotonic()
        commands = self._client.commands(self._id, wait)
        self._polled = time.monotonic()
        for command in commands:
            try:
                self._hear(command)
            except Refused as refusal:
                if refusal.code == "AGENT_NOT_FOUND":
                    raise
                # Withdrawn or expired between being listed and being read.
                self._say(f"is told nothing after all: {refusal}")
        if wait and not commands and self._polled - began < wait / 2:
            # A server without the long poll answers at once: do not run in circles.
            self._pace.sleep(SHORTEST_ROUND)

    def _hear(self, command: Command) -> None:
        self._client.acknowledge(self._id, command.id)
        self._say(f"is told: {voice.short(command.content, 70)}")
        if command.stops:
            self.wishes.clear()
            self._client.complete(self._id, command.id, "I have stopped; everything is left as it is.")
            raise Halted
        # Long enough for a page to show that it was read before it is answered.
        self._pace.sleep(self._pace.real(2))
        self._client.complete(self._id, command.id, self._reply(command))
        self._nudged = True

    def _reply(self, command: Command) -> str:
        """The words that complete `command`, after taking to heart what it says."""
        now = self._desk.situation
        if command.type == "feedback":
            return self._feedback(command)
        if command.type == "question":
            return voice.account(now)
        if command.type == "instruction":
            reply = voice.assent(now, command.content)
            self.wishes.append(command.content)
            if now.task is not None:
                self._desk.add_todo(command.content, CHORE_STEPS)
            return reply
        return voice.no_machine()

    def _feedback(self, command: Command) -> str:
        question = self._desk.question
        # Plain feedback to an agent that waits is an answer, too: so it was before
        # answers said which question they belong to.
        if question is None or self._answer is not None:
            return voice.late() if command.answers else voice.thanks(self._desk.situation, command.content)
        if command.answers and command.answers.strip() not in (question.text, question.title):
            return voice.late()
        self._answer = command.content
        choice = voice.chosen(question, command.content)
        return choice.reply if choice else voice.own_way(command.content)[0]
