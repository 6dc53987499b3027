"""A style sheet as rules within rules, as far as one must know it to leave some of them out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
WITHIN = rf"(?:{STRING}|[^()\"'])*"
PARENTHESES = rf"\((?:{STRING}|\({WITHIN}\)|[^()\"'])*\)"
MARK = re.compile(rf"{STRING}|/\*.*?\*/|[{{}};]", re.DOTALL)
# Marks around which a space means nothing.
BREAKS = "{};"
SELECTOR = re.compile(rf"(?:{STRING}|{PARENTHESES}|[^,\"'()])+")


@dataclass
class Rule:
    """What stands before the braces, and what is in them: declarations, and rules of its own.

    A statement without braces, such as `@charset "utf-8"`, has nothing but its `head`.
    """

    head: str
    declarations: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    statement: bool = False

    def css(self) -> str:
        """The rule as text, without a needless space; empty when there is nothing in it."""
        if self.statement:
            return f"{self.head};"
        rules = "".join(rule.css() for rule in self.rules)
        inside = ";".join([*self.declarations, rules] if rules else self.declarations)
        return f"{self.head}{{{inside}}}" if inside else ""

    def each(self) -> Iterator[Rule]:
        """This rule and all that are in it."""
        yield self
        for rule in self.rules:
            yield from rule.each()


def parse(css: str) -> list[Rule]:
    """The rules of a style sheet, whose comments are left out. Raises ValueError where braces do not match."""
    inside = [Rule("")]
    for text, mark in pieces(css):
        outermost = len(inside) == 1
        if mark == "{":
            rule = Rule(text)
            inside[-1].rules.append(rule)
            inside.append(rule)
            continue
        if text and outermost:
            inside[-1].rules.append(Rule(text, statement=True))
        elif text:
            inside[-1].declarations.append(text)
        if mark == "}" and outermost:
            raise ValueError("a brace too many")
        if mark == "}":
            inside.pop()
    if len(inside) > 1:
        raise ValueError("a brace is missing")
    return inside[0].rules


def pieces(css: str) -> Iterator[tuple[str, str]]:
    """What stands before each brace and semicolon, without comments, and which of them it is; `;` at the end."""
    begin, text = 0, ""
    for match in MARK.finditer(css):
        if match[0][0] in "\"'":
            continue
        text += css[begin : match.start()]
        begin = match.end()
        if match[0] in BREAKS:
            yield text.strip(), match[0]
            text = ""
    yield (text + css[begin:]).strip(), ";"


def selectors(head: str) -> list[str]:
    """The selectors of a list with commas."""
    return [part.strip() for part in SELECTOR.findall(head)]
