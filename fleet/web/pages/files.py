"""The files that browsers load: where they are, and their bytes, which are made once and kept."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask, request
from jinja2 import Environment
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from fleet import paths
from fleet.parts import parts_of
from fleet.web.framework.compression import gzipped_aside, takes_gzip
from fleet.web.framework.messages import Response
from fleet.web.pages import bundles

LIST = "shared/files.html"
KINDS = {"css": "sheets", "js": "scripts"}
BUNDLE = re.compile(r"fleet\.([0-9a-f]{12})\.(css|js)")
# Whatever else there may be is packed already, as pictures and fonts are.
TEXT = frozenset({".css", ".js", ".svg", ".json"})
BEST = 9
# An address holds the digest of what is there. Who asks by an older one gets the newer file, and keeps it no longer.
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent."""

    body: bytes
    media_type: str
    packable: bool

    @cached_property
    def tag(self) -> str:
        """The first digits of its SHA-256: a changed file has a new address, so caches may keep it."""
        return hashlib.sha256(self.body).hexdigest()[:12]

    @cached_property
    def packed(self) -> bytes | None:
        """It as gzip has it, where that is smaller."""
        packed = gzipped_aside(self.body, BEST) if self.packable else self.body
        return packed if len(packed) < len(self.body) else None


class Files:
    """The static files of one application. With `dev` each is served by itself, and may change."""

    def __init__(self, environment: Environment, static: Path, base_path: str, *, dev: bool) -> None:
        self._environment = environment
        self._static = static
        self._root = f"{base_path}/static"
        self._dev = dev
        self._files: dict[str, StaticFile] = {}
        self._bundles: dict[str, StaticFile] = {}
        self._addresses: dict[str, str] = {}

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._files.clear()
        self._bundles.clear()
        self._addresses.clear()

    def prepare(self) -> None:
        """Make what the first page would have to wait for."""
        for kind in () if self._dev else KINDS:
            assert self._bundle(kind).packed

    def asset(self, name: str) -> str:
        """Where a file is; a name that no file has leads nowhere."""
        address = self._addresses.get(name)
        if address is None:
            file = self._file(name)
            address = self._addresses[name] = f"{self._root}/{name}?v={file.tag if file else 0}"
        return address

    def sheets(self) -> list[str]:
        """Where the style sheets of every page are, in their order."""
        return self._all("css")

    def scripts(self) -> list[str]:
        """Where the scripts of every page are, in their order."""
        return self._all("js")

    def answer(self, filename: str) -> Response:
        """A file as the present request wants it: compressed or not, a part of it, or that it has not changed."""
        bundle = None if self._dev else BUNDLE.fullmatch(filename)
        file = self._bundle(bundle[2]) if bundle else self._file(filename)
        if file is None:
            raise NotFound
        version = bundle[1] if bundle else request.args.get("v")
        whole = "Range" not in request.headers
        packed = file.packed if whole and takes_gzip(request.headers.get("Accept-Encoding", "")) else None
        response = Response(file.body if packed is None else packed, content_type=file.media_type)
        response.set_etag(file.tag if packed is None else f"{file.tag}-gzip")
        response.headers["Cache-Control"] = FOR_GOOD if version == file.tag else ASK_AGAIN
        if file.packable:
            response.headers["Vary"] = "Accept-Encoding"
        if packed is not None:
            response.headers["Content-Encoding"] = "gzip"
            return response.make_conditional(request.environ)  # type: ignore[return-value]  # itself
        return response.make_conditional(  # type: ignore[return-value]  # itself
            request.environ, accept_ranges=True, complete_length=len(file.body)
        )

    def _all(self, kind: str) -> list[str]:
        if self._dev:
            return [self.asset(f"{name}.{kind}") for name in self._names(kind)]
        return [f"{self._root}/fleet.{self._bundle(kind).tag}.{kind}"]

    def _names(self, kind: str) -> tuple[str, ...]:
        """The list in the template, which is the only one."""
        module: Any = self._environment.get_template(LIST).module
        return tuple(getattr(module, KINDS[kind]))

    def _bundle(self, kind: str) -> StaticFile:
        """All files of a kind in one."""
        file = self._bundles.get(kind)
        if file is None:
            names = self._names(kind)
            text = (
                bundles.style_sheet(self._static, paths.templates(), names)
                if kind == "css"
                else bundles.script(self._static, names)
            )
            file = self._bundles[kind] = static_file(f"fleet.{kind}", text.encode())
        return file

    def _file(self, name: str) -> StaticFile | None:
        """A file below the folder; None where there is none, and for what would lead out of it."""
        path = safe_join(str(self._static), name)
        if path is None:
            return None
        file = self._files.get(path)  # by its plain path: it has many names with dots in them
        if file is None and Path(path).is_file():
            file = self._files[path] = static_file(name, Path(path).read_bytes())
        return file


def static_file(name: str, body: bytes) -> StaticFile:
    """A file of that name with these bytes."""
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = media_type.startswith("text/") or media_type.endswith("/javascript")
    suffix = Path(name).suffix
    return StaticFile(body, f"{media_type}; charset=utf-8" if text else media_type, suffix in TEXT)


def init_app(app: Flask, base_path: str, *, dev: bool) -> Files:
    """Serve the files, and let templates know where they are."""
    files = parts_of(app).add(Files(app.jinja_env, Path(app.static_folder or ""), base_path, dev=dev))
    app.view_functions["static"] = files.answer
    app.jinja_env.globals.update(asset=files.asset, sheets=files.sheets, scripts=files.scripts)
    return files
