"""What an entry's line says of its action: `pauses.create` is "paused Ada", or "was refused: pausing Ada".

Every route stands in here, and whatever commands at the console write; a new one brings its words with it.
`{}` is where the subject's name goes; an action without it says everything by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fleet.models.audit.subject_names import ONE_AGENT
from fleet.web.audit.reading_words import READING

SUBJECT = "{}"


class Deed(NamedTuple):
    """An action that changes something: as it reads when it was done, and when it was refused."""

    done: str
    refused: str


DEEDS: dict[str, Deed] = {
    # Agents.
    "agents.create": Deed("added agent {}", "adding an agent"),
    "agents.edit": Deed("changed agent {}", "changing agent {}"),
    "agents.delete": Deed("deleted agent {}", "deleting agent {}"),
    "bulk_commands.create": Deed("told several agents, among them {}", "telling several agents what to do"),
    "bulk_tags.create": Deed("tagged several agents, among them {}", "tagging several agents"),
    "bulk_pauses.create": Deed("paused several agents, among them {}", "pausing several agents"),
    "bulk_resumptions.create": Deed("resumed several agents, among them {}", "resuming several agents"),
    "bulk_deletions.create": Deed("deleted several agents, among them {}", "deleting several agents"),
    "heartbeats.create": Deed("reported as {}", "reporting as an agent"),
    "answers.create": Deed("answered {}", "answering {}"),
    "answers.delete": Deed("took back the answer to {}", "taking back the answer to {}"),
    "dismissals.create": Deed("dismissed the error of {}", "dismissing the error of {}"),
    "dismissals.delete": Deed("took up the error of {} again", "taking up the error of {} again"),
    "pauses.create": Deed("paused {}", "pausing {}"),
    "pauses.delete": Deed("resumed {}", "resuming {}"),
    "todos.create": Deed("added a todo to {}", "adding a todo to {}"),
    "todos.edit": Deed("changed a todo of {}", "changing a todo of {}"),
    "todos.delete": Deed("deleted a todo of {}", "deleting a todo of {}"),
    "commands.create": Deed("sent a command to {}", "sending a command to {}"),
    "commands.edit": Deed("reported on a command to {}", "reporting on a command to {}"),
    "commands.delete": Deed("withdrew a command to {}", "withdrawing a command to {}"),
    "api_agents.delete": Deed("deleted agent {} by the API of hosts", "deleting agent {} by the API of hosts"),
    "api_commands.create": Deed("ran a command on {}", "running a command on {}"),
    "api_commands.delete": Deed("ended a command on {}", "ending a command on {}"),
    "host_logs.stream": Deed("followed a log of {}", "following a log of {}"),
    "api_logs.stream": Deed("followed a log on {}", "following a log on {}"),
    "api_reports.create": Deed("reported for host {}", "reporting for host {}"),
    "events.create": Deed("logged activity of {}", "logging activity of {}"),
    "agent_keys.create": Deed("made a key for {}", "making a key for {}"),
    "agent_keys.delete": Deed("revoked a key of {}", "revoking a key of {}"),
    "enrolment_keys.create": Deed("made an enrolment key", "making an enrolment key"),
    "enrolment_keys.delete": Deed("revoked an enrolment key", "revoking an enrolment key"),
    "enrolments.create": Deed("enrolled", "enrolling"),
    # Hosts.
    "deployments.create": Deed("began to make a machine a host", "making a machine a host"),
    "files.show": Deed("downloaded a file of {}", "downloading a file of {}"),
    "files.create": Deed("uploaded a file to {}", "uploading a file to {}"),
    "transfers.create": Deed("sent a file that was asked for", "sending a file"),
    "deploy.create": Deed("deployed to a machine", "deploying to a machine"),
    # The whole fleet.
    "stops.create": Deed("halted the fleet", "halting the fleet"),
    "stops.resume": Deed("resumed the fleet", "resuming the fleet"),
    # Tasks.
    "tasks.create": Deed("added task {}", "adding a task"),
    "tasks.edit": Deed("changed task {}", "changing task {}"),
    "bulk_assignments.create": Deed("assigned several tasks, among them {}", "assigning several tasks"),
    "tasks.delete": Deed("deleted task {}", "deleting task {}"),
    "task_claims.take_next": Deed("claimed the next task, {}", "claiming the next task"),
    "task_claims.create": Deed("claimed task {}", "claiming task {}"),
    "task_claims.edit": Deed("renewed the claim of task {}", "renewing the claim of task {}"),
    "task_claims.delete": Deed("gave task {} back", "giving task {} back"),
    "task_endings.complete": Deed("completed task {}", "completing task {}"),
    "task_endings.fail": Deed("reported task {} as failed", "reporting task {} as failed"),
    # Notices, each person's own.
    "quiet_hours.edit": Deed("set quiet hours", "setting quiet hours"),
    "quiet_hours.delete": Deed("ended their quiet hours", "ending quiet hours"),
    "notice_channels.create": Deed("added a channel for notices", "adding a channel for notices"),
    "notice_channels.edit": Deed("changed a channel for notices", "changing a channel for notices"),
    "notice_channels.delete": Deed("removed a channel for notices", "removing a channel for notices"),
    "notice_kinds.edit": Deed("chose the notices that a channel gets", "choosing the notices that a channel gets"),
    "notice_keys.create": Deed("renewed the signing key of a webhook", "renewing the signing key of a webhook"),
    "notice_tests.create": Deed("sent themselves a notice to try a channel", "trying a channel for notices"),
    "notice_pickups.create": Deed("fetched notices to a browser", "fetching notices to a browser"),
    "notices.retry": Deed("tried again to send a notice", "trying again to send a notice"),
    # Who may come in.
    "people.create": Deed("invited {}", "inviting somebody"),
    "people.edit": Deed("changed the account of {}", "changing the account of {}"),
    "person_links.create": Deed("made a login link for {}", "making a login link for {}"),
    "account.edit": Deed("changed their own account", "changing their own account"),
    "passwords.edit": Deed("changed their password", "changing their password"),
    "devices.delete": Deed("signed out elsewhere", "signing out elsewhere"),
    "sessions.create": Deed("signed in", "signing in, as {}"),
    "sessions.delete": Deed("signed out", "signing out"),
    "tokens.create": Deed("made token {}", "making a token"),
    "tokens.first_start": Deed("made the first token", "making the first token"),
    "tokens.delete": Deed("revoked token {}", "revoking token {}"),
    "stream_tickets.create": Deed("got a ticket for a stream", "getting a ticket for a stream"),
    # The audit and the database.
    "audit_verifications.create": Deed("verified the audit", "verifying the audit"),
    "audit.prune": Deed("dropped the oldest entries of the audit", "dropping entries of the audit"),
    "audit.anchor": Deed("accepted the audit as it stood", "accepting the audit as it stands"),
    "database.restore": Deed("restored the database", "restoring the database"),
}
# The same for a stop of one agent, which bears its name.
OF_AGENT = {
    "stops.create": Deed("stopped {}", "stopping {}"),
    "stops.resume": Deed("resumed {}", "resuming {}"),
}
# What a stop is called by its kind, which stands for its name; of a stop that is gone nobody knows the kind.
STOPS = {"pause": "paused the fleet", "stop": "stopped the fleet"}


class Sentence(NamedTuple):
    """An action in words: what stands before the subject, whether the subject follows, what stands behind it."""

    before: str
    names: bool
    after: str

    @classmethod
    def of(cls, text: str, subject: str | None) -> Sentence:
        """Cut a text at its subject; without one it ends before the comma that leads to it."""
        before, mark, after = text.partition(SUBJECT)
        if mark and subject:
            return cls(before, names=True, after=after)
        return cls(before.rstrip(" ,") + after, names=False, after="")


def done(action: str, subject: str | None) -> Sentence | None:
    """What somebody did to `subject`, a name or an id. None for an action of another version: it has no words here."""
    deed = of_agent(action, subject) or DEEDS.get(action)
    if deed is None:
        return None
    special = STOPS.get(subject or "") if action == "stops.create" else None
    return Sentence.of(special or deed.done, subject)


def refused(action: str, subject: str | None) -> Sentence | None:
    """What somebody was kept from doing to `subject`, or from reading. None as for `done`."""
    deed = of_agent(action, subject) or DEEDS.get(action)
    text = deed.refused if deed else READING.get(action)
    return None if text is None else Sentence.of(text, subject)


def of_agent(action: str, subject: str | None) -> Deed | None:
    """The words for a stop of one agent; None for all else."""
    return OF_AGENT.get(action) if subject is not None and subject.startswith(ONE_AGENT) else None


def label(action: str) -> str:
    """An action by itself, as a choice: "paused …"; one without words as it is."""
    deed = DEEDS.get(action)
    text = deed.done if deed else READING.get(action, action)
    return text.replace(SUBJECT, "…")


def actions_saying(word: str) -> Iterator[str]:
    """The actions in whose words this one occurs: who looks for "paused" means them."""
    word = word.lower()
    for action, deed in DEEDS.items():
        more = (*STOPS.values(),) if action == "stops.create" else ()
        if any(word in text for text in (*deed, *more, *OF_AGENT.get(action, ()))):
            yield action
    yield from (action for action, text in READING.items() if word in text)
