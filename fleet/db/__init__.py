"""The engine, the session for reading, and the one way to write.

`db.session` reads (never hold it over a wait); `write(verb)` writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from fleet.db import sqlite
from fleet.db.base import Base, table
from fleet.db.transaction import Transaction
from fleet.db.writer import Journal, Notice, Record, Writer
from fleet.parts import parts_of, the

T = TypeVar("T")

db = SQLAlchemy(model_class=Base)


def init_app(app: Flask, url: str, journal: Journal, notice: Notice, record: Record | None = None) -> None:
    """Give `app` the engine for `url` and its writer; `journal`, `notice`, `record` as `Writer` has them."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "json_serializer": lambda value: msgspec.json.encode(value).decode(),
        "json_deserializer": msgspec.json.decode,
        "connect_args": {"check_same_thread": False} if url.startswith("sqlite") else {},
        # A statement that fails is logged without the values, which may be secret.
        "hide_parameters": True,
    }
    db.init_app(app)
    with app.app_context():
        sqlite.prepare(db.engine)
        parts_of(app).add(Writer(db.engine, journal, notice, record))


def write(verb: Callable[[Transaction], T]) -> T:
    """Run `verb` in a write transaction; returns its result after the durable commit."""
    return writer().write(verb)


def writer() -> Writer:
    """The current application's writer."""
    return the(Writer)


__all__ = ["Base", "Transaction", "db", "init_app", "table", "write", "writer"]
