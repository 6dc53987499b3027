"""Where one can go, and what can be done at any time."""

from __future__ import annotations

from fleet.web.pages.halt import halted
from fleet.web.palette.option import Option
from fleet.web.security.policy import May

# Name, path, icon, the words besides its name that mean it, the keys that go there.
PLACES = (
    ("Overview", "/", "columns-gap", "home start", "g o"),
    ("Agents", "/agents", "robot", "list table", "g a"),
    ("Agents that need you", "/agents?group=needs_you", "robot", "waiting errors questions", ""),
    ("Tasks", "/tasks", "list-check", "board queue work", "g t"),
    ("Hosts", "/hosts", "hdd-stack", "machines servers daemons metrics", "g h"),
    ("Activity", "/activity", "activity", "events log history", "g v"),
    ("Stops", "/stops", "x-octagon", "pauses emergency reports resumed", ""),
    ("My account", "/account", "person", "me profile password sessions browsers theme", ""),
    ("Tokens", "/tokens", "key", "api secrets settings", ""),
    ("API", "/openapi", "braces", "openapi documentation reference calls scalar try", ""),
)
ADMINISTRATORS = (
    ("People", "/people", "person-plus", "users invite members roles settings", ""),
    ("Audit", "/audit", "journal-text", "who did what refusals log export verify settings", ""),
    ("System", "/system", "sliders", "settings database backup", ""),
)
# Lists of those in one state: name, path, icon, the words besides its name that mean it.
STATES = (
    ("Agents waiting for you", "/agents?state=waiting_feedback", "robot", "questions asking feedback"),
    ("Agents with an error", "/agents?state=error", "robot", "failed failing errors broken"),
    ("Agents with a warning", "/agents?state=warning", "robot", "warnings"),
    ("Active agents", "/agents?state=active", "robot", "working busy online"),
    ("Offline agents", "/agents?state=offline", "robot", "silent unreachable lost"),
    ("Idle agents", "/agents?state=idle", "robot", "free"),
    ("Finished agents", "/agents?state=finished", "robot", "done completed"),
    ("Offline hosts", "/hosts?state=offline", "hdd-stack", "silent unreachable lost machines"),
    ("Hosts with a warning", "/hosts?state=warning", "hdd-stack", "full disk memory warnings machines"),
    ("Failed tasks", "/tasks?status=failed&view=list", "list-check", "errors retry"),
    ("Unassigned tasks", "/tasks?status=pending&view=list", "list-check", "waiting pending queued nobody free"),
    ("Assigned tasks", "/tasks?status=assigned&view=list", "list-check", "given"),
    ("Tasks in progress", "/tasks?status=in_progress&view=list", "list-check", "running active claimed working"),
    ("Finished tasks", "/tasks?status=completed&view=list", "list-check", "done completed"),
)
NEW = (
    ("New task", "/tasks/new", "plus-lg", "create add task"),
    ("Add agent", "/agents/new", "robot", "new create connect agent"),
)
NEW_BY_ADMINISTRATORS = (("Add host", "/hosts/new", "hdd-stack", "new create connect deploy install machine daemon"),)
THEMES = (
    ("light", "Light theme", "sun"),
    ("dark", "Dark theme", "moon-stars"),
    ("auto", "System theme", "circle-half"),
)


def fits(words: str, name: str, more: str) -> bool:
    """True when each word begins one of the name's words, or of those that mean the same."""
    known = f"{name} {more}".lower().split()
    return all(any(one.startswith(word) for one in known) for word in words.lower().split())


def places(words: str, may: May) -> list[Option]:
    """The pages that the words name; all of them for no words."""
    known = PLACES + (ADMINISTRATORS if may.administer else ())
    return [
        Option(name=name, icon=icon, href=path, words=words, keys=keys)
        for name, path, icon, more, keys in known
        if fits(words, name, f"go to {more}")
    ]


def states(words: str) -> list[Option]:
    """Lists of agents and tasks in the state that the words name; none for no words."""
    return [
        Option(name=name, icon=icon, href=path, words=words)
        for name, path, icon, more in STATES
        if words and fits(words, name, more)
    ]


def stopping(words: str) -> list[Option]:
    """What holds the whole fleet, or lets it go on; the page of a stop asks once more."""
    halt = halted()
    options = []
    if words and not (halt and halt.kind == "stop") and fits(words, "Stop all", "emergency cancel halt fleet"):
        options.append(Option(name="Stop all", icon="x-octagon", href="/stops/new", words=words))
    if words and halt is None and fits(words, "Pause fleet", "freeze halt all"):
        options.append(Option(name="Pause fleet", icon="pause-circle", href="/stops/new", words=words))
    if halt is not None and fits(words, "Resume fleet", "continue unpause go on all"):
        options.append(
            Option(
                name="Resume fleet",
                icon="play-circle",
                words=words,
                post=f"/stops/{halt.id}/resumption",
                done="The fleet goes on",
            )
        )
    return options


def fixed(words: str, may: May) -> list[Option]:
    """What can be made, and what concerns the browser and the session."""
    options: list[Option] = []
    if may.operate:
        options += [
            Option(name=name, icon=icon, href=path, words=words)
            for name, path, icon, more in NEW + (NEW_BY_ADMINISTRATORS if may.administer else ())
            if fits(words, name, more)
        ]
    if may.operate:
        options += stopping(words)
    options += [
        Option(name=name, lead="Change to the", icon=icon, client=f"theme-{key}", words=words)
        for key, name, icon in THEMES
        if words and fits(words, name, "change theme colours mode")
    ]
    if fits(words, "Keyboard shortcuts", "keys help ?"):
        options.append(Option(name="Keyboard shortcuts", icon="question-circle", client="keys", words=words, keys="?"))
    if words and fits(words, "Sign out", "logout leave exit log"):
        options.append(Option(name="Sign out", icon="box-arrow-right", post="/logout", client="out", words=words))
    return options
