"""The engine, the session for reading, and the one way to write.

`db.session` reads (never hold it over a wait); `write(verb)` writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from fleet.db import long_reads, sqlite
from fleet.db.base import Base, table
from fleet.db.transaction import Transaction
from fleet.db.writer import Journal, Notice, Record, Writer
from fleet.logs import logger
from fleet.parts import parts_of, the

T = TypeVar("T")
log = logger(__name__)

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
        # Who waits for a long read holds a connection meanwhile, which costs little; short reads need one, too.
        "pool_size": 10,
        "max_overflow": 50,
    }
    db.init_app(app)
    with app.app_context():
        sqlite.prepare(db.engine)
        long_reads.prepare(db.engine)
        parts_of(app).add(Writer(db.engine, journal, notice, record))


def write(verb: Callable[[Transaction], T]) -> T:
    """Run `verb` in a write transaction; returns its result after the durable commit."""
    return writer().write(verb)


def close() -> None:
    """Write no more, and leave a SQLite file that is whole by itself; the last that an application does."""
    writer().end()
    db.session.remove()
    db.engine.dispose()
    path = db.engine.url.database
    if db.engine.dialect.name == "sqlite" and path:
        try:
            whole = sqlite.checkpoint(Path(path))
        except sqlite3.Error as error:
            log.warning("the write-ahead log stays beside the database", why=str(error))
        else:
            log.debug("the database is closed", whole=whole)


def writer() -> Writer:
    """The current application's writer."""
    return the(Writer)


__all__ = ["Base", "Transaction", "close", "db", "init_app", "table", "write", "writer"]
