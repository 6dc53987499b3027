"""A host's log as its daemon reads it: `GET /v1/agents/{id}/logs/stream`."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, urlencode

from fleet.client.address import Address
from fleet.client.refusals import Refused, parsed, refusal_from
from fleet.client.stream import Frame, Stream, blocks, nothing

# The status that an answer would have had, of what ends a log that was open; 409 for any other code.
STATUSES = {"FORBIDDEN": 403, "OUTSIDE_ROOTS": 403, "NOT_FOUND": 404}
# What passes while somebody follows: the host comes back, and a log that was rotated is made again.
AWAITED = frozenset({"HOST_OFFLINE", "NOT_FOUND"})


class Log(Stream):
    """Frames whose `data` has a `line` with `at`, a `notice`, or at last `end` when it is not followed.

    After a cut it goes on behind the last line. `asked` is the query; iterating
    raises Refused also for what ends the log later.
    """

    def __init__(
        self,
        address: Address,
        agent_id: str,
        asked: Mapping[str, str],
        *,
        on_cut: Callable[[Exception], None] = nothing,
        on_beat: Callable[[], None] = nothing,
    ) -> None:
        super().__init__(address, on_cut=on_cut, on_beat=on_beat)
        self._path = f"/v1/agents/{quote(agent_id, safe='')}/logs/stream?{urlencode(asked)}"
        self._is_followed = asked.get("follow") != "false"

    def _frames(self, answer: http.client.HTTPResponse) -> Iterator[Frame | None]:
        for block in blocks(answer):
            # A place alone comes before the first line, so that nothing is lost even if there is none.
            self.position = dict(block).get("id", self.position)
            data = "\n".join(value for name, value in block if name == "data")
            said = parsed(data.encode())
            if "error" in said:
                code = said["error"].get("code") if isinstance(said["error"], dict) else None
                raise refusal_from(STATUSES.get(str(code), 409), data.encode())
            yield Frame(self.position or "", "log", said) if said else None

    def _passes(self, refusal: Refused) -> bool:
        return super()._passes(refusal) or (self._is_followed and refusal.code in AWAITED)
