"""One simulated agent: a thread that plays its own story, then takes tasks from the pool."""

from __future__ import annotations

import threading
from random import Random

from fleet.client import Missing, Refused, Stopped
from fleet.demo import voice
from fleet.demo.conversation import Conversation, Halted
from fleet.demo.desk import Desk
from fleet.demo.lifeline import Lifeline, World
from fleet.demo.player import Player
from fleet.demo.scenarios import Profile
from fleet.demo.scenarios.backlog import story_for
from fleet.demo.scenarios.chores import wish


class Agent(threading.Thread):
    """Lives until its world stops; in a world that runs once, until its story is told.

    It arrives after `delay` real seconds. `tasks_done` counts the tasks that it
    took from the pool and ended, well or not.
    """

    def __init__(self, profile: Profile, world: World, delay: float) -> None:
        super().__init__(name=profile.name, daemon=True)
        self._profile, self._pace, self._printer = profile, world.pace, world.printer
        self._random = Random(f"{world.seed} {profile.name}")
        self._delay = delay
        self._client = world.client()
        self._life = Lifeline(profile, world, self._client)
        self.tasks_done = 0

    def run(self) -> None:
        """The thread: arrive, work, leave."""
        try:
            self._pace.sleep(self._delay)
            self._arrive()
            self._work()
        except Stopped:
            return
        except Missing as missing:
            self._say(f"ends, since it is gone from the fleet: {missing}")
        except Refused as refusal:
            self._say(f"ends, since the server refuses it: {refusal}")
        finally:
            self._life.let_go()
            self._client.close()

    def interrupt(self) -> None:
        """End a request that is under way; for other threads, once the world has stopped."""
        self._client.interrupt()

    def _say(self, what: str) -> None:
        self._printer.line(self.name, what)

    def _arrive(self) -> None:
        self.name = self._life.arrive()
        agent_id = self._life.id
        self._desk = Desk(self._client, agent_id, self._random)
        self._talk = Conversation(agent_id, self._client, self._desk, self._pace, self._say, self._life.keep)
        self._player = Player(self._desk, self._talk, self._pace, self._random, self._say, self._life.beat)
        self._say(f"is there: {self._profile.host}, {self._profile.repository}")

    def _work(self) -> None:
        work = self._own_story
        while True:
            try:
                if not work():
                    return
            except Halted:
                self._life.claim = None  # the stop has revoked it
                self._desk.rest()
                self._say("stops, as the whole fleet does")
            work = self._a_task

    def _own_story(self) -> bool:
        """Tell what the agent came for."""
        self._desk.rest()
        self._be_free(self._profile.starts_after)
        self._player.tell(self._profile.story)
        return True

    def _a_task(self) -> bool:
        """Take a task and do it; False when that was the last one."""
        self._be_free(self._random.uniform(20, 45))
        self._desk.rest()
        title = self._next_task()
        if title is None:
            return False
        story = story_for(title)
        self._player.tell(story, "takes")
        self.tasks_done += self._life.hand_in(story.result, failed=story.failed)
        return not self._pace.once

    def _next_task(self) -> str | None:
        """The title of the task that was claimed; None when that is tried once only, in vain."""
        while True:
            self._be_free(self._random.uniform(10, 40))
            title = self._life.take()
            if title is not None or self._pace.once:
                return title

    def _be_free(self, seconds: float) -> None:
        """Listen for so many story seconds, and do at once what a person asks for."""
        self._talk.listen(seconds, lambda: bool(self._talk.wishes))
        while self._talk.wishes:
            self._player.tell(wish(voice.short(self._talk.wishes.popleft())))
