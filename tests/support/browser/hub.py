"""The hub of static/js/live/hub.js on a bench: its requests are answered by hand, its pages are what a test says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.support.browser.page import eventually

# Requests wait in `streams` until a test answers them; what the hub tells a page is kept with that page.
BENCH = """() => {
  window.streams = [];
  window.tabs = {};
  window.fetch = (address, { signal }) => new Promise((answer, refuse) => {
    const query = [...new URL(address, location).searchParams];
    const stream = { query, closed: () => signal.aborted };
    signal.addEventListener("abort", () => refuse(new Error("given up")));
    stream.answer = (status) => {
      let source;
      const body = new ReadableStream({ start: (controller) => { source = controller; } });
      signal.addEventListener("abort", () => source.error(new Error("cut off")));
      stream.send = (text) => source.enqueue(new TextEncoder().encode(text));
      stream.end = () => source.close();
      answer(new Response(status === 200 ? body : null, { status }));
    };
    streams.push(stream);
  });
  window.hub = new Hub("/live");
}"""
TAB = """(id) => new Promise((ready) => {
  const { port1, port2 } = new MessageChannel();
  const tab = { heard: [], turn: 0 };
  port2.onmessage = ({ data }) => tab.heard.push(data);
  tab.say = (message) => port2.postMessage({ id, turn: tab.turn, ...message });
  hub.connect(port1);
  tabs[id] = tab;
  navigator.locks.request(`tab-${id}`, () => new Promise((release) => { tab.crash = release; ready(); }));
})"""


Wanting = tuple[Page, str, dict[str, Any]]


def together(*wanted: Wanting) -> None:
    """Let pages want at the same moment."""
    said = [[tab_id, message] for _, tab_id, message in wanted]
    wanted[0][0].evaluate("(said) => { for (const [id, m] of said) { tabs[id].turn += 1; tabs[id].say(m); } }", said)


@dataclass
class Tab:
    """A page of the hub's, which keeps what it is told."""

    page: Page
    id: str

    def want(self, *topics: str, at: str = "e-5", role: str = "viewer", who: str = "ada") -> None:
        """Say what it shows, and how far that goes; keys of topics that begin with "~" stand for long texts."""
        together(self.wanting(*topics, at=at, role=role, who=who))

    def wanting(self, *topics: str, at: str = "e-5", role: str = "viewer", who: str = "ada") -> Wanting:
        """The same, to be said with others."""
        named = [[topic, f"{topic[1:]}?{'x' * 900}" if topic[0] == "~" else topic] for topic in topics]
        message = {"type": "want", "topics": named, "cursor": at, "role": role, "who": who}
        return self.page, self.id, message

    def say(self, kind: str, **more: Any) -> None:
        """Anything else that a page says."""
        self.page.evaluate("([id, message]) => tabs[id].say(message)", [self.id, {"type": kind, **more}])

    def crash(self) -> None:
        """Go without a word."""
        self.page.evaluate("(id) => tabs[id].crash()", self.id)

    def heard(self, *kinds: str) -> list[dict[str, Any]]:
        """What it was told, of some kinds or of all."""
        told = self.page.evaluate("(id) => tabs[id].heard", self.id)
        return [message for message in told if not kinds or message["type"] in kinds]

    @property
    def frames(self) -> list[tuple[str, str]]:
        """Position and HTML of each frame."""
        return [(message["at"], message["html"]) for message in self.heard("frame")]

    def hears(self, kind: str, times: int = 1) -> None:
        """Wait until it was told so."""
        eventually(lambda: len(self.heard(kind)) >= times, f"{self.id} never hears {kind}: {self.heard()}")


@dataclass
class Bench:
    """A hub, its requests and its pages."""

    page: Page

    @classmethod
    def on(cls, page: Page) -> Bench:
        """Set one up in a page of Fleet that has no stream of its own: /login."""
        for name in ("event_stream", "hub"):
            page.add_script_tag(url=f"/static/js/live/{name}.js")
        page.evaluate(BENCH)
        return cls(page)

    def tab(self, name: str) -> Tab:
        """A new page, which has its lock."""
        self.page.evaluate(TAB, name)
        return Tab(self.page, name)

    @property
    def requests(self) -> int:
        """How many there have been."""
        return int(self.page.evaluate("() => streams.length"))

    def request(self, number: int = -1) -> dict[str, list[str]]:
        """What a request asks for, once there is one of that number."""
        eventually(lambda: self.requests > number, f"there is no request {number}")
        asked: dict[str, list[str]] = {}
        for name, value in self.page.evaluate("(n) => streams.at(n).query", number):
            asked.setdefault(name, []).append(value)
        return asked

    def answer(self, number: int, status: int = 200, role: str = "viewer", who: str = "ada") -> None:
        """Answer a request, with the greeting where that goes well."""
        self.request(number)
        self.page.evaluate("([n, status]) => streams.at(n).answer(status)", [number, status])
        if status == 200:
            self.send(
                number,
                f': hello\n\nevent: role\ndata: {{"role":"{role}","who":"{who}","now":"2026-11-22T12:00:00Z"}}\n\n',
            )

    def send(self, number: int, text: str) -> None:
        """Send so many characters of a stream."""
        self.page.evaluate("([n, text]) => streams.at(n).send(text)", [number, text])

    def group(self, number: int, at: str, **pieces: str) -> None:
        """A group of pieces, by their topics, and where it leads to."""
        made = "".join(f"event: piece\ndata: {topic}\ndata: {html}\n\n" for topic, html in pieces.items())
        self.send(number, f"{made}id: {at}\nevent: at\ndata: \n\n")

    def end(self, number: int) -> None:
        """The server ends a stream."""
        self.page.evaluate("(n) => streams.at(n).end()", number)

    def closed(self, number: int) -> bool:
        """True once the hub has given a stream up."""
        return bool(self.page.evaluate("(n) => streams.at(n).closed()", number))
