"""JSON Schemas of bodies and answers, by msgspec, with what Fleet asks of bodies beyond types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fleet.web.http.bodies import BLANK, Body

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"
# No text with NUL can be stored; what is required says something.
ANY_TEXT = "^[^\\u0000]*$"
SOME_TEXT = f"^[^\\u0000]*[^\\u0000{BLANK}][^\\u0000]*$"
DEEPEST = 8


def components(types: Sequence[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """A reference to each type's schema, and the schemas by name."""
    references, named = msgspec.json.schema_components(types, ref_template=REFERENCE)
    for kind in types:
        if isinstance(kind, type) and issubclass(kind, Body):
            demand(kind, named[kind.__name__])
    return dict(zip(types, references, strict=True)), {name: plain(schema) for name, schema in named.items()}


def demand(body: type[Body], schema: Schema) -> None:
    """Write what `bodies.check` looks at into a body's schema."""
    schema["required"] = [*body.required]
    if not schema["required"]:
        schema.pop("required")
    for name, field in schema.get("properties", {}).items():
        hold_text(field, SOME_TEXT if name in body.required or name in body.not_blank else ANY_TEXT)


def hold_text(schema: Schema, pattern: str) -> None:
    """Let every text in a schema match `pattern`, or its own; those inside of lists need only be storable."""
    for inner in schema.get("anyOf", ()):
        hold_text(inner, pattern)
    if schema.get("type") == "string" and "format" not in schema:
        schema.setdefault("pattern", pattern)
    if isinstance(schema.get("items"), dict):
        hold_text(schema["items"], ANY_TEXT)


def plain(schema: Schema) -> Schema:
    """A schema without the titles that repeat its name."""
    return {name: value for name, value in schema.items() if name != "title"}


def example(schema: Schema, named: dict[str, Schema], deep: int = 0) -> Any:
    """A value that fits the schema."""
    if "$ref" in schema:
        return example(named[schema["$ref"].rpartition("/")[2]], named, deep + 1)
    for ready in ("examples", "enum"):
        if schema.get(ready):
            return schema[ready][0]
    if "const" in schema:
        return schema["const"]
    if "default" in schema:
        return schema["default"]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], named, deep + 1)
    return of_type(schema, named, deep)


def of_type(schema: Schema, named: dict[str, Schema], deep: int) -> Any:
    """A value of the schema's type."""
    kind = schema.get("type")
    if kind == "object":
        required = schema.get("required") or [*schema.get("properties", {})]
        return {name: example(schema["properties"][name], named, deep + 1) for name in required}
    if kind == "array":
        items = schema.get("items") or {}
        return (
            [example(items, named, deep + 1)] if deep < DEEPEST and ("$ref" in items or schema.get("minItems")) else []
        )
    return {"string": "text", "integer": schema.get("minimum", 1), "number": 1.0, "boolean": True}.get(str(kind))
