"""What a new description takes away from clients of an older one, a sentence for each.

To be added is always allowed: a call, an optional parameter or field, a choice of an input, a field of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 12  # a schema that leads back to itself
WORDS = frozenset({"description", "summary", "example", "tags", "x-role"})  # they bind nobody


def breaking(old: Schema, new: Schema) -> list[str]:
    """The sentences, in the order of the old description."""
    return list(dict.fromkeys(changes(old, new)))


def binding(document: Schema) -> Schema:
    """What of a description is compared: without words, examples and errors, so that a release's file stays small."""
    paths = {path: {method: _binding(one) for method, one in each.items()} for path, each in document["paths"].items()}
    for operation in (one for each in paths.values() for one in each.values()):
        answers = operation.get("responses", {})
        operation["responses"] = {status: answer for status, answer in answers.items() if status.startswith("2")}
    return {"paths": paths, "components": {"schemas": _binding(document["components"]["schemas"], names=True)}}


def _binding(value: Any, *, names: bool = False) -> Any:
    """`value` without words; `names`: its keys are names that somebody chose, a field called `description` among them."""
    if isinstance(value, list):
        return [_binding(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _binding(one, names=not names and key == "properties")
        for key, one in value.items()
        if names or key not in WORDS
    }


def changes(old: Schema, new: Schema) -> Iterator[str]:
    """Each operation of `old` beside that of `new`."""
    for path, operations in old["paths"].items():
        for method in METHODS:
            if method not in operations:
                continue
            name, now = f"{method.upper()} {path}", new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{name} is gone"
            else:
                yield from of_operation(name, Pair(old, new), operations[method], now)


class Pair:
    """Two descriptions, to follow references in."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def open(self, old: Any, new: Any) -> tuple[Schema, Schema]:
        """Both with their references followed."""
        return resolved(self._old, old), resolved(self._new, new)


def resolved(document: Schema, value: Any) -> Schema:
    """What a reference leads to; anything else is itself."""
    while isinstance(value, dict) and "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value if isinstance(value, dict) else {}


def of_operation(name: str, pair: Pair, old: Schema, new: Schema) -> Iterator[str]:
    """What one operation asks for and answers with."""
    yield from of_parameters(name, pair, old, new)
    before, after = pair.open(old.get("requestBody"), new.get("requestBody"))
    if after.get("required") and not before.get("required"):
        yield f"{name} needs a body now"
    if before and not after:
        yield f"{name} takes no body any more"
    elif before:
        yield from of_content(f"{name} body", pair, before, after, asked=True)
    for status, answer in old.get("responses", {}).items():
        if not status.startswith("2"):
            continue
        if status not in new.get("responses", {}):
            yield f"{name} answers {status} no more"
            continue
        first, second = pair.open(answer, new["responses"][status])
        yield from of_content(f"{name} {status}", pair, first, second, asked=False)


def of_parameters(name: str, pair: Pair, old: Schema, new: Schema) -> Iterator[str]:
    """Parameters that are gone, or needed now, or take less."""
    before = {(one["in"], one["name"]): one for one in old.get("parameters", ())}
    after = {(one["in"], one["name"]): one for one in new.get("parameters", ())}
    for key, one in before.items():
        where = f"{name} parameter {key[1]}"
        if key not in after:
            yield f"{where} is gone"
        else:
            yield from of_schema(where, pair, one.get("schema"), after[key].get("schema"), asked=True)
    for key, one in after.items():
        if one.get("required") and not before.get(key, {}).get("required"):
            yield f"{name} parameter {key[1]} is required now"


def of_content(where: str, pair: Pair, old: Schema, new: Schema, *, asked: bool) -> Iterator[str]:
    """Each media type's schema."""
    for media, content in old.get("content", {}).items():
        if media not in new.get("content", {}):
            yield f"{where}: {media} is gone"
        else:
            yield from of_schema(where, pair, content.get("schema"), new["content"][media].get("schema"), asked=asked)


def of_schema(where: str, pair: Pair, old: Any, new: Any, *, asked: bool, deep: int = 0) -> Iterator[str]:
    """What a value may not be any more (`asked`: in a request), or may be that clients do not know (in an answer)."""
    before, after = pair.open(old, new)
    kinds, kinds_now = types_of(pair, before, old=True), types_of(pair, after, old=False)
    lost = kinds - kinds_now if asked else kinds_now - kinds
    if kinds and kinds_now and lost:
        yield f"{where} was {' or '.join(sorted(kinds))} and is {' or '.join(sorted(kinds_now))}"
        return
    if asked and "enum" in before and "enum" in after:
        for value in before["enum"]:
            if value not in after["enum"]:
                yield f"{where} takes {value!r} no more"
    if deep < DEEPEST:
        yield from of_fields(where, pair, before, after, asked=asked, deep=deep + 1)
        yield from inner(where, pair, before, after, asked=asked, deep=deep + 1)


def of_fields(where: str, pair: Pair, old: Schema, new: Schema, *, asked: bool, deep: int) -> Iterator[str]:
    """The fields of an object."""
    fields, now = old.get("properties", {}), new.get("properties", {})
    for name, schema in fields.items():
        if name not in now:
            yield f"{where}.{name} is gone"
        else:
            yield from of_schema(f"{where}.{name}", pair, schema, now[name], asked=asked, deep=deep)
            if not asked and name in old.get("required", ()) and name not in new.get("required", ()):
                yield f"{where}.{name} may be missing now"
    if asked and fields:
        for name in new.get("required", ()):
            if name not in old.get("required", ()):
                yield f"{where}.{name} is required now"


def inner(where: str, pair: Pair, old: Schema, new: Schema, *, asked: bool, deep: int) -> Iterator[str]:
    """The members of a list, and of what may be null."""
    if "items" in old and "items" in new:
        yield from of_schema(f"{where}[]", pair, old["items"], new["items"], asked=asked, deep=deep)
    before, after = alone(old), alone(new)
    if before is not None and after is not None:
        yield from of_schema(where, pair, before, after, asked=asked, deep=deep)


def alone(schema: Schema) -> Any:
    """The one choice besides null, or None where there are more or none."""
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return choices[0] if len(choices) == 1 else None


def types_of(pair: Pair, schema: Schema, *, old: bool) -> set[str]:
    """The JSON types that a value may have; none where the schema does not say."""
    if "anyOf" in schema:
        opened = (pair.open(one, one)[0 if old else 1] for one in schema["anyOf"])
        return set().union(*(types_of(pair, one, old=old) for one in opened))
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)
