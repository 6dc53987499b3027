"""The deployments that run in this process: one at a time for a machine, and not too many in all."""

from __future__ import annotations

from collections.abc import Callable

from fleet.errors import Conflict, TooManyRequests
from fleet.web.deployments.process import Order, Process

RUNNING_MOST = 20
RETRY_AFTER = 30

Machine = tuple[str, int]


class Processes:
    """By the machine that each is about; None stands for one that is about to begin."""

    def __init__(self) -> None:
        self._running: dict[Machine, Process | None] = {}

    def find(self, deployment_id: str) -> Process | None:
        """The process of a deployment, while it runs here and shortly after."""
        return next((one for one in self._running.values() if one is not None and one.id == deployment_id), None)

    def begin(self, order: Order, make: Callable[[], Process]) -> Process:
        """Make and start one. Raises Conflict when the machine is being made a host already, TooManyRequests."""
        machine = self._take_place(order)
        try:
            process = make()
        except BaseException:
            del self._running[machine]
            raise
        self._running[machine] = process
        process.start()
        return process

    def _take_place(self, order: Order) -> Machine:
        self._running = {machine: one for machine, one in self._running.items() if one is None or not one.over.is_set()}
        machine = (order.address, order.port)
        if machine in self._running:
            raise Conflict("DEPLOYMENT_RUNNING", "This machine is being made a host already.", field="host")
        if len(self._running) >= RUNNING_MOST:
            raise TooManyRequests(
                "TOO_MANY_DEPLOYMENTS", f"{RUNNING_MOST} machines are being made hosts already.", RETRY_AFTER
            )
        self._running[machine] = None
        return machine
