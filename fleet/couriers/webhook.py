"""Webhooks, signed as Standard Webhooks has it (https://www.standardwebhooks.com): any of its libraries can verify."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import msgspec

from fleet.couriers.parcel import Item, Parcel, Rules
from fleet.couriers.posting import post

KEY_PREFIX = "whsec_"


def deliver(parcel: Parcel, rules: Rules) -> int:
    """POST the message as JSON, signed. Raises Undelivered."""
    body = msgspec.json.encode(content(parcel))
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": parcel.id,
        "webhook-timestamp": moment,
        "webhook-signature": signature(parcel.secret or "", parcel.id, moment, body),
    }
    return post(parcel.target, body, headers, rules.listed)


def content(parcel: Parcel) -> dict[str, object]:
    """What is told; `notices` has each of several that go together, of very many the first, `count` is of all."""
    first = parcel.items[0]
    return {
        "id": parcel.id,
        "kind": parcel.kind,
        "agent": agent(first) if parcel.alone else None,
        "title": parcel.title,
        "text": parcel.text,
        "url": parcel.url,
        "at": parcel.at,
        "count": parcel.count,
        "notices": [
            {
                "id": item.id,
                "kind": item.kind,
                "agent": agent(item),
                "title": item.title,
                "text": item.text,
                "url": item.url,
                "at": item.at,
            }
            for item in parcel.items
        ],
    }


def agent(item: Item) -> dict[str, str] | None:
    """The agent that a notice is about; a test is about none."""
    return {"id": item.agent_id, "name": item.agent_name} if item.agent_id else None


def signature(key: str, message_id: str, moment: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, time and body in base64."""
    secret = base64.b64decode(key.removeprefix(KEY_PREFIX))
    signed = b"%b.%b.%b" % (message_id.encode(), moment.encode(), body)
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()}"
