"""The output of a host's command as it comes: `GET /v1/agents/{id}/commands/{id}/stream`."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from urllib.parse import quote

from fleet.client.address import Address
from fleet.client.refusals import parsed
from fleet.client.stream import Frame, Stream, blocks, nothing


class Output(Stream):
    """Frames whose `data` has `text` of a `stream`, or at last the `status` and how it ended."""

    def __init__(
        self, address: Address, agent_id: str, command_id: str, *, on_cut: Callable[[Exception], None] = nothing
    ) -> None:
        super().__init__(address, on_cut=on_cut)
        self._path = f"/v1/agents/{quote(agent_id, safe='')}/commands/{quote(command_id, safe='')}/stream"

    def _frames(self, answer: http.client.HTTPResponse) -> Iterator[Frame | None]:
        for block in blocks(answer):
            data = "\n".join(value for name, value in block if name == "data")
            if not data:
                yield None
                continue
            self.position = dict(block).get("id", self.position)
            yield Frame(self.position or "", "output", parsed(data.encode()))
