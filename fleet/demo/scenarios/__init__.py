"""Who the simulated agents are: twelve of them, on four hosts, each with a story of its own.

More than twelve are variations: the same twelve again with a number behind the
name, on further hosts and in other repositories.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from fleet.demo.scenarios import backend, frontend, operations, reviews
from fleet.demo.script import Story, smooth, told

LARGEST = 500
LOUD = 7  # of the variations, one in so many asks, fails or falls silent
REPOSITORIES = (
    "payments-api",
    "billing-core",
    "web-shop",
    "ledger",
    "docs-site",
    "platform-ops",
    "mobile-app",
    "search",
)


def address_of(host: str, seed: int) -> str:
    """A private address for a host whose name ends in a number; another seed gives another network."""
    kind, _, number = host.rpartition("-")
    network = hashlib.sha256(f"fleet demo {seed}".encode()).digest()
    # A net for each kind of host, so that web-01 and gpu-01 differ.
    within = hashlib.sha256(f"fleet demo {seed} {kind}".encode()).digest()
    return f"10.{network[0]}.{within[0]}.{10 + int(number)}"


@dataclass(frozen=True)
class Profile:
    """An agent before it has done anything.

    `starts_after` is how long it stays idle at first, in story seconds.
    """

    name: str
    host: str
    repository: str
    capabilities: tuple[str, ...]
    story: Story
    issue_ids: tuple[str, ...] = ()
    starts_after: float = 0.0

    @property
    def repo_path(self) -> str:
        """Where it works. No two agents share a path: together with the host it is their identity."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.name.lower())
        return f"/srv/agents/{slug}/{self.repository}"

    def machine_address(self, seed: int) -> str:
        """The address of its host; another seed gives another network, so other agents."""
        return address_of(self.host, seed)


CAST = (
    Profile(
        "Code Reviewer",
        "web-01",
        "payments-api",
        ("review", "python", "sql"),
        reviews.PULL_REQUEST,
        ("PAY-123",),
    ),
    Profile("Docs Writer", "web-01", "docs-site", ("docs",), reviews.WEBHOOK_GUIDE, ("DOC-131",), 4),
    Profile(
        "Dependency Updater",
        "build-02",
        "web-shop",
        ("build", "typescript"),
        frontend.REACT,
        ("SHOP-132",),
        8,
    ),
    Profile(
        "Bug Fixer",
        "build-02",
        "billing-core",
        ("bugs", "python"),
        backend.ROUNDING,
        ("BILL-142",),
        2,
    ),
    Profile("Test Author", "gpu-01", "payments-api", ("tests", "python"), backend.REFUNDS, (), 6),
    Profile("Migration Planner", "web-01", "ledger", ("sql", "ops"), operations.POSTGRES, (), 15),
    Profile(
        "Frontend Polisher",
        "build-02",
        "web-shop",
        ("frontend", "typescript"),
        frontend.KEYBOARD,
        ("SHOP-133",),
        10,
    ),
    Profile("Flaky Hunter", "gpu-01", "billing-core", ("tests", "bugs"), backend.FLAKY, (), 3),
    Profile("Log Triage", "edge-03", "platform-ops", ("ops",), operations.NIGHT_LOG, (), 5),
    Profile(
        "Security Scanner",
        "gpu-01",
        "platform-ops",
        ("security", "build"),
        operations.PACKAGES,
        ("SEC-127",),
        12,
    ),
    Profile("Release Notes", "edge-03", "web-shop", ("docs", "review"), reviews.NOTES, (), 40),
    Profile("Translator", "edge-03", "mobile-app", ("translation",), frontend.GERMAN, (), 25),
)


def cast(count: int) -> list[Profile]:
    """The first `count` agents, 1 to LARGEST; those beyond the twelfth are variations."""
    if not 1 <= count <= LARGEST:
        raise ValueError(f"between 1 and {LARGEST} agents, not {count}")
    return [variation(n % len(CAST), n // len(CAST)) for n in range(count)]


def variation(place: int, take: int) -> Profile:
    """The agent at that place of CAST, for the `take`-th time; the zeroth is the one in CAST itself."""
    profile = CAST[place]
    if take == 0:
        return profile
    story = renumbered(profile.story, 7 * take)
    kind, _, number = profile.host.rpartition("-")
    at = REPOSITORIES.index(profile.repository) + take
    return replace(
        profile,
        name=f"{profile.name} {take + 1}",
        # A host carries a dozen agents or so; then the next one of its kind is used.
        host=f"{kind}-{int(number) + 4 * (take // 4):02}",
        # Five hundred agents with a question each would be no fleet that anybody could run.
        story=story if (place + take) % LOUD == 0 else smooth(story),
        repository=REPOSITORIES[at % len(REPOSITORIES)],
        issue_ids=(),
        starts_after=profile.starts_after + 7 * (take % 9),
    )


def renumbered(story: Story, by: int) -> Story:
    """`story` about another pull request or issue: the number in its title goes up `by` that much."""
    number = re.search(r"#(\d+)", story.title)
    if number is None:
        return story
    return told(story, {number[0]: f"#{int(number[1]) + by}"})
