"""A library's style sheet, cut to what our pages use of it: the file itself stays as its maker has published it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from fleet.web.pages.css_rules import STRING, Rule, parse, selectors

CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
# What is in there does not have to be on the page for the selector to match.
CHOICES = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
ATTRIBUTE = re.compile(rf"\[(?:{STRING}|[^\]\"'])*\]")
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
LICENSE = re.compile(r"/\*!.*?\*/", re.DOTALL)
KEYFRAMES = "@keyframes"


def cut(css: str, classes: Collection[str], beside: str) -> str:
    """The rules that can match something on a page that has only these classes, with what they refer to.

    `beside` is all other text that may name a variable or an animation of the
    sheet: our own style sheets and scripts. Rules for elements and attributes
    stay. Raises ValueError for what is no style sheet.
    """
    rules = [rule for rule in parse(css) if matching(rule, classes)]
    drop_variables(rules, beside)
    named = beside + "".join(animations(rules))
    rules = [rule for rule in rules if not rule.head.startswith(KEYFRAMES) or rule.head.split()[1] in named]
    return "".join(LICENSE.findall(css)) + "".join(rule.css() for rule in rules)


def defined(css: str) -> set[str]:
    """The classes that a style sheet has rules for."""
    return {name for rule in each(parse(css)) if rule.head[:1] != "@" for name in classes_of(rule.head)}


def classes_of(selector: str) -> set[str]:
    """The classes that a selector names."""
    return set(CLASS.findall(ATTRIBUTE.sub("", selector)))


def matching(rule: Rule, classes: Collection[str]) -> bool:
    """Whether there is something left of a rule after what cannot match has been taken out."""
    if rule.statement or rule.head.startswith(KEYFRAMES):
        return True
    if rule.head.startswith("@"):
        rule.rules = [inner for inner in rule.rules if matching(inner, classes)]
        return bool(rule.rules or rule.declarations)
    kept = [one for one in selectors(rule.head) if classes_of(CHOICES.sub("", one)) <= set(classes)]
    rule.head = ",".join(kept)
    return bool(kept)


def drop_variables(rules: Iterable[Rule], beside: str) -> None:
    """Take out the custom properties that nothing asks for, nor anything that is asked for."""
    all_rules = list(each(rules))
    values: dict[str, str] = {}
    asked = set(VARIABLE.findall(beside))
    for declaration in (declaration for rule in all_rules for declaration in rule.declarations):
        name, _, value = declaration.partition(":")
        if name.startswith("--"):
            values[name] = f"{values.get(name, '')} {value}"
        else:
            asked.update(VARIABLE.findall(value))
    found = list(asked)
    while found:
        further = set(VARIABLE.findall(values.get(found.pop(), ""))) - asked
        asked |= further
        found += further
    for rule in all_rules:
        rule.declarations = [one for one in rule.declarations if one[:2] != "--" or one.partition(":")[0] in asked]


def animations(rules: Iterable[Rule]) -> Iterator[str]:
    """The values of declarations that name animations."""
    for rule in each(rules):
        yield from (f" {one} " for one in rule.declarations if "animation" in one.partition(":")[0])


def each(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Rules and all that are in them."""
    for rule in rules:
        yield from rule.each()
