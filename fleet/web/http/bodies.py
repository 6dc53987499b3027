"""What a request's body may say: typed, bounded, nothing unknown; the first fault is named by its path."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec
from flask import request
from msgspec import UNSET, Meta, Struct, inspect

from fleet.errors import Invalid
from fleet.masking import mask
from fleet.web.framework.current import the_notes, the_request
from fleet.web.framework.messages import FORMS
from fleet.web.http.comma_lists import words_of

S = TypeVar("S", bound="Body")
Name = Annotated[str, Meta(max_length=500)]
Path = Annotated[str, Meta(max_length=4096)]
Line = Annotated[str, Meta(max_length=2000)]
Text = Annotated[str, Meta(max_length=100_000)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Order = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Tag = Annotated[str, Meta(min_length=1, max_length=200)]
Tags = Annotated[list[Tag], Meta(max_length=100)]
Progress = Annotated[int, Meta(ge=0, le=100)]
Options = Annotated[list[Tag], Meta(max_length=6)]
Seconds = Annotated[int, Meta(ge=1, le=30 * 86400)]
# What `str.strip` takes away, for regular expressions of every dialect: `\s` means something else in each.
BLANK = r"\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
MAX_DEPTH = 32
VALUES_MOST = 10_000  # in one field, at any depth: each is looked at
# Fields of objects that a form says by lines of NAME=value.
MAPS = frozenset({"env"})
PATH = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)


class Body(Struct, forbid_unknown_fields=True, kw_only=True):
    """The parent of every body. Fields that may be left away default to UNSET.

    `required` maps a field to the code and sentence for its absence or emptiness,
    in the order in which they are looked at; `not_blank` does so for fields that
    may be left away but not emptied; `wrong` maps to the sentence for a value that
    is not allowed (its code is INVALID_ and the field's name). `masked` are the
    fields that agents write: secrets in them are masked before anything else
    sees them (security.md 21). `recorded` are those whose sentence document 1
    has to the letter: the choices stand in its details only.
    """

    required: ClassVar[dict[str, tuple[str, str]]] = {}
    not_blank: ClassVar[dict[str, tuple[str, str]]] = {}
    wrong: ClassVar[dict[str, str]] = {}
    masked: ClassVar[tuple[str, ...]] = ()
    recorded: ClassVar[tuple[str, ...]] = ()

    def given(self) -> dict[str, Any]:
        """The fields that were sent, by name."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not UNSET}


def read(schema: type[S]) -> S:
    """The request's body as a `schema`. Raises Invalid, naming the code and the field."""
    asked = the_request()
    if asked.mimetype in FORMS:
        require_form()
        return check(convert(schema, form_values(schema)))
    raw = asked.get_data(cache=True)
    try:
        body = msgspec.json.decode(raw or b"{}", type=schema)
    except msgspec.ValidationError as error:
        raise explained(schema, error) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Invalid("INVALID_JSON", "Invalid JSON in request body") from None
    the_notes().body = raw  # the audit tells which fields were sent
    return check(body)


def require_form() -> None:
    """Raise Invalid for JSON that was sent as a form, which is what curl does by default."""
    if next(iter(request.form), "").lstrip()[:1] in ("{", "["):
        sentence = "The body is JSON, but it was sent as a form: send the header `Content-Type: application/json`."
        raise Invalid("INVALID_CONTENT_TYPE", sentence, field="Content-Type")


def convert(schema: type[S], values: dict[str, Any]) -> S:
    """Form values as a `schema`; numbers and flags arrive as text."""
    try:
        return msgspec.convert(values, schema, strict=False)
    except msgspec.ValidationError as error:
        raise explained(schema, error) from None


def form_values(schema: type[Body]) -> dict[str, Any]:
    """The form's fields by name, `_method` aside; list fields as lists (comma_lists.py).

    `params.command` is the field `command` of the object `params`; what is left
    empty in an object is not said.
    """
    lists = list_fields(schema)
    values: dict[str, Any] = {}
    for name in request.form:
        if name == "_method":
            continue
        # A choice and a note under one name belong together; one of them may be empty.
        given = [value for value in request.form.getlist(name) if value.strip()]
        value = "\n".join(given).replace("\r\n", "\n")
        outer, dot, inner = name.partition(".")
        if not dot:
            values[name] = words_of(value) if name in lists else value
        elif value:
            within = values.setdefault(outer, {})
            if isinstance(within, dict):
                within[inner] = pairs_of(value, name) if inner in MAPS else value
        elif outer in schema.__struct_fields__:
            values.setdefault(outer, {})
    return values


def pairs_of(text: str, path: str) -> dict[str, str]:
    """Lines of `NAME=value` as an object. Raises Invalid for a line that is none."""
    pairs: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, value = line.partition("=")
        if equals:
            pairs[name.strip()] = value
        elif line.strip():
            raise Invalid(code_for(path), f"Line {number} is no NAME=value.", field=path)
    return pairs


@cache
def list_fields(schema: type[Body]) -> frozenset[str]:
    """The names of the fields that take a list."""
    fields = cast(inspect.StructType, inspect.type_info(schema)).fields
    return frozenset(field.name for field in fields if takes_list(field.type))


def takes_list(kind: inspect.Type) -> bool:
    """True for a list, and for a choice that has one in it."""
    if isinstance(kind, inspect.UnionType):
        return any(takes_list(one) for one in kind.types)
    return isinstance(kind, inspect.ListType)


def check(body: S) -> S:
    """Look at what msgspec does not: presence, NUL, depth."""
    for name, (code, sentence) in body.required.items():
        if getattr(body, name) is UNSET or blank(getattr(body, name)):
            raise Invalid(code, sentence, field=name)
    for name, (code, sentence) in body.not_blank.items():
        if blank(getattr(body, name)):
            raise Invalid(code, sentence, field=name)
    for name, value in body.given().items():
        look_through(value, name, [VALUES_MOST])
    for name in body.masked:
        setattr(body, name, without_secrets(getattr(body, name)))
    return body


def without_secrets(value: Any) -> Any:
    """`value` with every text in it masked, at any depth."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: without_secrets(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_secrets(inner) for inner in value]
    return value


def blank(value: object) -> bool:
    """True for a text with nothing in it."""
    return isinstance(value, str) and not value.strip()


def look_through(value: object, path: str, left: list[int], depth: int = 0) -> None:
    """Raise Invalid for a text that cannot be stored, for nesting beyond MAX_DEPTH, for more values than `left`."""
    left[0] -= 1
    if left[0] < 0:
        raise Invalid(code_for(path), f"More than {VALUES_MOST} values.", field=path)
    if isinstance(value, str):
        require_storable(value, path)
    elif depth > MAX_DEPTH:
        raise Invalid(code_for(path), f"Nested deeper than {MAX_DEPTH}.", field=path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            look_through(key, path, left, depth + 1)
            look_through(inner, f"{path}.{key[:50]}", left, depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            look_through(inner, f"{path}[{place}]", left, depth + 1)


def require_storable(text: str, path: str) -> None:
    """Raise Invalid for a text that no database takes."""
    if "\x00" in text or not encodable(text):
        raise Invalid(code_for(path), "The text holds a character that cannot be stored.", field=path)


def encodable(text: str) -> bool:
    """True unless the text holds half a character (a lone surrogate)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def explained(schema: type[Body], error: msgspec.ValidationError) -> Invalid:
    """What msgspec says as a documented code, a sentence, and the field's path."""
    text = str(error)
    path = match.group(1) if (match := PATH.search(text)) else ""
    text = PATH.sub("", text)
    if match := re.match(r"Object contains unknown field `(.*)`", text, re.DOTALL):
        field = f"{path}.{match.group(1)}".lstrip(".")[:200]
        return Invalid("UNKNOWN_FIELD", f"There is no field {field!r} here.", field=field)
    if not path:
        return Invalid("INVALID_JSON", "The request body must be a JSON object.")
    field, text = re.split(r"[.\[]", path)[0], text[:300]
    sentence = schema.wrong.get(field, f"{field}: {text[:1].lower()}{text[1:]}")
    choices = choices_of(schema, field)
    if not choices:
        return Invalid(code_for(path), sentence, field=path, reason=text)
    sentence = schema.wrong.get(field, f"Invalid {field}")
    if field not in schema.recorded:
        sentence = f"{sentence}; one of: {', '.join(choices)}"
    return Invalid(code_for(path), sentence, field=path, reason=text, choices=list(choices))


@cache
def choices_of(schema: type[Body], name: str) -> tuple[str, ...]:
    """The words that a field may be, where they are few; () for any other field."""
    kinds = [get_type_hints(schema)[name]] if name in schema.__struct_fields__ else []
    for kind in kinds:
        if get_origin(kind) is Literal:
            return get_args(kind)
        kinds += get_args(kind)  # of a union, whatever is in it
    return ()


def code_for(path: str) -> str:
    """`INVALID_` and the field's name."""
    return f"INVALID_{re.split(r'[.[]', path)[0].upper()}"
