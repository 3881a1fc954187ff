"""A small part of the GraphQL language: one query, fields with arguments, variables; no fragments, no directives."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DEEPEST = 12
_MOST_TOKENS = 2_000
_TOKEN = re.compile(
    r"""[\s,\ufeff]+|\#[^\n]*|(?P<name>[_A-Za-z][_0-9A-Za-z]*)|(?P<sign>\.\.\.|[!$(){}\[\]:=@|&])"""
    r"""|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<text>"(?!"")(?:[^"\\\n]|\\.)*"|"{3}.*?"{3})""",
    re.DOTALL,
)


class QueryError(Exception):
    """A query that cannot be read, or asks for what there is not."""


@dataclass(frozen=True)
class Selection:
    """One field of a query."""

    name: str
    key: str
    """Its name in the answer."""
    arguments: Mapping[str, Any]
    fields: "tuple[Selection, ...]"


def parse_query(text: str, variables: Mapping[str, Any]) -> tuple[Selection, ...]:
    """The fields at the root of a query.

    Raises:
        QueryError: It is none.
    """
    return _Parser(text, variables).operation()


class _Parser:
    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._tokens = _tokens(text)
        self._place = 0
        self._variables = dict(variables)

    def operation(self) -> tuple[Selection, ...]:
        if self._next_kind() == "name":
            if (kind := self._take("name")) != "query":
                raise QueryError(f"Only queries are answered, no {kind}.")
            if self._next_kind() == "name":
                self._take("name")
            if self._is_next("("):
                self._variable_definitions()
        fields = self._selections(1)
        if self._place < len(self._tokens):
            raise QueryError("One query at a time, without fragments and directives.")
        return fields

    def _variable_definitions(self) -> None:
        self._sign("(")
        while not self._is_next(")"):
            self._sign("$")
            name = self._take("name")
            self._sign(":")
            is_needed = self._type()
            if self._is_next("="):
                self._sign("=")
                default = self._value()
                self._variables.setdefault(name, default)
            if self._variables.setdefault(name, None) is None and is_needed:
                raise QueryError(f"Variable ${name} has no value.")
        self._sign(")")

    def _type(self) -> bool:
        """Read a type; True: a value must be there."""
        if self._is_next("["):
            self._sign("[")
            self._type()
            self._sign("]")
        else:
            self._take("name")
        if not self._is_next("!"):
            return False
        self._sign("!")
        return True

    def _selections(self, depth: int) -> tuple[Selection, ...]:
        if depth > _DEEPEST:
            raise QueryError(f"A query has at most {_DEEPEST} levels.")
        self._sign("{")
        found = []
        while not self._is_next("}"):
            key = name = self._take("name")
            if self._is_next(":"):
                self._sign(":")
                name = self._take("name")
            arguments = self._arguments() if self._is_next("(") else {}
            inner = self._selections(depth + 1) if self._is_next("{") else ()
            found.append(Selection(name, key, arguments, inner))
        self._sign("}")
        return tuple(found)

    def _arguments(self) -> dict[str, Any]:
        self._sign("(")
        found = {}
        while not self._is_next(")"):
            name = self._take("name")
            self._sign(":")
            found[name] = self._value()
        self._sign(")")
        return found

    def _value(self) -> Any:
        kind = self._next_kind()
        if kind in ("number", "text"):
            return _literal(self._take(kind))
        if kind == "name":
            name = self._take("name")
            return {"true": True, "false": False, "null": None}.get(name, name)
        if self._is_next("$"):
            self._sign("$")
            name = self._take("name")
            if name not in self._variables:
                raise QueryError(f"Variable ${name} has no value.")
            return self._variables[name]
        raise QueryError("Arguments are numbers, texts, true, false, null and variables.")

    def _next_kind(self) -> str:
        return self._tokens[self._place][0] if self._place < len(self._tokens) else "end"

    def _is_next(self, sign: str) -> bool:
        return self._place < len(self._tokens) and self._tokens[self._place] == ("sign", sign)

    def _take(self, kind: str) -> str:
        if self._next_kind() != kind:
            found = self._tokens[self._place][1] if self._place < len(self._tokens) else "the end"
            raise QueryError(f"Expected a {kind}, found {found[:40]}.")
        self._place += 1
        return self._tokens[self._place - 1][1]

    def _sign(self, sign: str) -> None:
        if not self._is_next(sign):
            found = self._tokens[self._place][1] if self._place < len(self._tokens) else "the end"
            raise QueryError(f"Expected '{sign}', found {found[:40]}. Fragments and directives are not known here.")
        self._place += 1


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise QueryError(f"Unexpected character at {place}: {text[place : place + 20]!r}.")
        if match.lastgroup:
            found.append((match.lastgroup, match.group()))
        place = match.end()
        if len(found) > _MOST_TOKENS:
            raise QueryError(f"A query has at most {_MOST_TOKENS} words.")
    return found


def _literal(text: str) -> Any:
    if text.startswith('"""'):
        return text[3:-3]
    try:
        return json.loads(text, strict=False)
    except ValueError:
        raise QueryError(f"Not a value: {text[:40]}.") from None
