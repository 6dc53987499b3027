"""What a browser says of itself, and what people call it."""

from __future__ import annotations

import re

from flask import request

# What people call it, and how it calls itself; the first that fits.
BROWSERS = (
    ("Edge", "Edg/"),
    ("Opera", "OPR/"),
    ("Firefox", "Firefox/"),
    ("Firefox", "FxiOS/"),
    ("Chrome", "CriOS/"),
    ("Chrome", "Chrome/"),
    ("Safari", "Safari/"),
    ("curl", "curl/"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X"),
    ("ChromeOS", "CrOS"),
    ("Linux", "Linux"),
)


def browser() -> dict[str, str | None]:
    """Where a session is: the browser's own words, and the address."""
    agent = re.sub(r"[^\x20-\x7e]", "", request.headers.get("User-Agent", ""))[:300]
    return {"device": agent, "address": request.remote_addr}


def called(device: str | None) -> str:
    """A browser for people: "Firefox on Linux"."""
    program = next((name for name, mark in BROWSERS if mark in (device or "")), "A program")
    system = next((name for name, mark in SYSTEMS if mark in (device or "")), None)
    return f"{program} on {system}" if system else program
