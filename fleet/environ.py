"""What the server tells the application in a request's environment, beside what WSGI knows."""

from __future__ import annotations

# A FleetError: what was wrong with bytes that are no request. The application raises it, so that such an
# answer has the shape, the headers, the log line and the rate limit of every other one.
FAULT = "fleet.fault"
