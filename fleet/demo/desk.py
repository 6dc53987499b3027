"""What an agent shows of its work: its task, its list, its progress, its activity."""

from __future__ import annotations

from random import Random

from fleet.demo.client import Client
from fleet.demo.script import Act, Ask, Story, Trouble
from fleet.demo.voice import Situation, short


class Desk:
    """One story at a time, kept in step with the server.

    Everything that is shown goes through here, so that `situation` is always
    what a person sees on the agent's page.
    """

    def __init__(self, client: Client, agent_id: str, random: Random) -> None:
        self._client, self._id, self._random = client, agent_id, random
        self._clear()

    def _clear(self) -> None:
        self.story: Story | None = None
        self.question: Ask | None = None
        self.trouble: Trouble | None = None
        self._todos: list[tuple[str, str]] = []
        self._current = 0
        self._done, self._planned = 0, 1
        self._files: set[str] = set()
        self._added = self._removed = 0

    @property
    def situation(self) -> Situation:
        """What could be said about the agent now."""
        if self.story is None:
            return Situation()
        return Situation(
            task=self.story.title,
            todo=self._current + 1,
            todos=len(self._todos),
            doing=self._todos[self._current][1] if self._current < len(self._todos) else "",
            progress=self._progress,
            added=self._added,
            removed=self._removed,
            question=self.question.title if self.question else None,
            trouble=self.trouble.message if self.trouble else None,
        )

    @property
    def _progress(self) -> int:
        # A hundred only when the result is in, not when the last step has begun.
        return min(99, round(100 * self._done / self._planned))

    def open(self, story: Story) -> None:
        """Clear the desk and lay out `story`: a todo for each chapter."""
        self._clear()
        self.story = story
        self._planned = sum(len(chapter.steps) for chapter in story.chapters)
        for todo_id in self._client.todo_ids(self._id):
            self._client.remove_todo(self._id, todo_id)
        self._show(
            status="active",
            current_task=story.title,
            progress=0,
            files_changed=0,
            lines_added=0,
            lines_removed=0,
            pending_question=None,
            question_options=[],
        )
        for chapter in story.chapters:
            self.add_todo(chapter.todo, steps=0)

    def add_todo(self, text: str, steps: int) -> None:
        """Put a line at the end of the list that will take so many `steps`."""
        todo_id = self._client.add_todo(self._id, short(text), len(self._todos) + 1)
        self._todos.append((todo_id, short(text)))
        self._planned += steps

    def begin(self, number: int) -> None:
        """Mark the todo of that number, from 0, as the current one."""
        self._current = number
        self._client.update_todo(self._id, self._todos[number][0], current=True)

    def finish(self, number: int) -> None:
        """Tick off the todo of that number, from 0."""
        self._client.update_todo(self._id, self._todos[number][0], completed=True, current=False)

    def advance(self) -> None:
        """One planned step is done."""
        self._done += 1

    def act(self, act: Act) -> None:
        """Log one act, and show what it changed."""
        metadata = dict(act.metadata)
        changes: dict[str, object] = {"progress": self._progress}
        if act.kind == "commit":
            metadata["sha"] = changes["last_commit"] = f"{self._random.getrandbits(28):07x}"
        if act.added or act.removed:
            self._files.add(str(act.metadata["path"]))
            self._added, self._removed = self._added + act.added, self._removed + act.removed
            changes |= {
                "files_changed": len(self._files),
                "lines_added": self._added,
                "lines_removed": self._removed,
            }
        self._client.log(self._id, act.kind, act.message, metadata)
        self._show(**changes)

    def say(self, message: str) -> None:
        """Log a line that belongs to no script."""
        self._client.log(self._id, "info", message)

    def ask(self, ask: Ask) -> None:
        """Show a question with its choices, and that the agent waits for the answer."""
        self.question = ask
        self._show(
            status="waiting_feedback",
            pending_question=ask.text,
            question_options=[choice.label for choice in ask.choices],
            progress=self._progress,
        )

    def suffer(self, trouble: Trouble) -> None:
        """Show that something went wrong."""
        self.trouble = trouble
        self._client.log(self._id, trouble.status, trouble.message)
        self._show(status=trouble.status, progress=self._progress)

    def go_on(self) -> None:
        """Show that a question or a trouble is settled."""
        self.question = self.trouble = None
        self._show(status="active", pending_question=None, question_options=[])

    def close(self, result: str) -> None:
        """Show the story's end; a failed one leaves its progress where it was."""
        failed = self.story is not None and self.story.failed
        self._client.log(self._id, "error" if failed else "info", result)
        self._show(**({"status": "warning"} if failed else {"status": "finished", "progress": 100}))
        self.story = None

    def rest(self) -> None:
        """Show that there is nothing to do."""
        self.story = self.question = self.trouble = None
        self._show(status="idle", current_task=None, progress=0, pending_question=None, question_options=[])

    def _show(self, **fields: object) -> None:
        self._client.update_agent(self._id, **fields)
