"""Plays stories: the state machine from one step of a script to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from fleet.demo import voice
from fleet.demo.conversation import Conversation
from fleet.demo.desk import Desk
from fleet.demo.pace import Pace
from fleet.demo.scenarios.chores import wish
from fleet.demo.script import Act, Ask, Chapter, Silence, Step, Story, Trouble

# A server calls an agent offline after 90 s by default; a silence must show, at any speed.
SHORTEST_SILENCE = 150.0  # seconds


class Player:
    """Tells one story after the other at the desk, and listens between the steps."""

    def __init__(
        self,
        desk: Desk,
        talk: Conversation,
        pace: Pace,
        random: Random,
        say: Callable[[str], None],
        wake: Callable[[], None],
    ) -> None:
        self._desk, self._talk, self._pace, self._random = desk, talk, pace, random
        self._say = say
        # Tells the server that the agent is back after a silence.
        self._wake = wake

    def tell(self, story: Story, verb: str = "starts") -> None:
        """Play `story` to its end, with what people add to it meanwhile."""
        self._desk.open(story)
        self._say(f"{verb}: {story.title}")
        for number, chapter in enumerate(self._chapters(story)):
            self._desk.begin(number)
            for step in chapter.steps:
                self._play(step)
                self._desk.advance()
            self._desk.finish(number)
        self._desk.close(story.result)
        self._say(f"{'gives up' if story.failed else 'finishes'}: {story.title}")

    def _chapters(self, story: Story) -> Iterator[Chapter]:
        yield from story.chapters
        # Anybody who told it to do something finds that on the list already.
        while self._talk.wishes:
            yield from wish(voice.short(self._talk.wishes.popleft())).chapters

    def _play(self, step: Step) -> None:
        match step:
            case Act():
                self._act(step)
            case Ask():
                self._ask(step)
            case Trouble():
                self._struggle(step)
            case Silence():
                self._fall_silent(step)

    def _act(self, act: Act) -> None:
        self._desk.act(act)
        if act.kind in ("commit", "warning", "error"):
            self._say(f"{act.kind}: {act.message}")
        self._talk.listen(act.pause * self._random.uniform(0.6, 1.5))

    def _ask(self, ask: Ask) -> None:
        self._desk.ask(ask)
        self._say(f"asks: {ask.title}")
        answer = self._talk.await_answer(ask.patience)
        self._desk.go_on()
        if answer is None:
            careful = ask.choices[0]
            self._desk.say(f"Nobody answered; taking the careful way: {careful.label}")
            self._say(f"waited in vain and takes: {careful.label}")
            steps = careful.then
        else:
            choice = voice.chosen(ask, answer)
            steps = choice.then if choice else voice.own_way(answer)[1]
            self._say(f"goes on with: {voice.short(answer, 60)}")
        for step in steps:
            self._play(step)

    def _struggle(self, trouble: Trouble) -> None:
        self._desk.suffer(trouble)
        self._say(f"{trouble.status}: {trouble.message}")
        self._talk.await_word(trouble.patience)
        self._desk.go_on()
        self._say("tries again")
        for step in trouble.then:
            self._play(step)

    def _fall_silent(self, silence: Silence) -> None:
        self._say("falls silent")
        seconds = self._pace.real(silence.seconds)
        self._pace.sleep(seconds if self._pace.once else max(seconds, SHORTEST_SILENCE))
        self._wake()
        self._desk.say(silence.excuse)
        self._say(f"is back: {silence.excuse}")
