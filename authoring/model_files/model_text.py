"""The parts of a model's file that can be taken out: columns of its selects, joins, common table expressions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_REST = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{\{-?\s*config\((?:[^{}]|\{\{.*?\}\})*\)\s*-?\}\}", re.DOTALL)
_JOIN_WORDS = frozenset({"left", "right", "full", "inner", "cross", "outer", "asof", "join"})
_CLAUSES = frozenset({"where", "group", "having", "qualify", "window", "order", "limit"})


class _Token(NamedTuple):
    text: str
    """In small letters, unless it is quoted."""
    start: int
    end: int


class Item(NamedTuple):
    """A column of a select."""

    name: str
    """In small letters; `*` where it stands for all columns, empty where it has no name."""
    start: int
    end: int


class JoinText(NamedTuple):
    """A table that is joined."""

    alias: str
    start: int
    """Of the words `left join`."""
    end: int


class SelectText(NamedTuple):
    """A select of a file."""

    items: tuple[Item, ...]
    joins: tuple[JoinText, ...]
    head_end: int
    """Where the words before the first column end."""


class QueryText(NamedTuple):
    """A common table expression, or what stands after the last one."""

    name: str
    """Empty for the last."""
    start: int
    end: int
    """Behind its closing parenthesis."""
    selects: tuple[SelectText, ...]
    """Several where they are united."""


class NotSimpleError(Exception):
    """A file is not written in a way that can be changed part by part."""


@dataclass(frozen=True)
class ModelText:
    """A model's file."""

    source: str
    queries: tuple[QueryText, ...]

    @staticmethod
    def read(source: str) -> ModelText:
        """Find the parts of a file.

        Raises:
            NotSimpleError: It is no query with common table expressions in the usual order.
        """
        tokens = _tokens(source)
        at = next((place for place, token in enumerate(tokens) if token.text in ("with", "select")), None)
        if at is None:
            raise NotSimpleError("there is no select")
        queries: list[QueryText] = []
        while tokens[at].text in ("with", ","):
            opening = at + 3
            if [token.text for token in tokens[at + 2 : at + 4]] != ["as", "("]:
                raise NotSimpleError("a common table expression is written in another way")
            closing = _closing(tokens, opening)
            selects = _selects(tokens[opening + 1 : closing])
            queries.append(QueryText(tokens[at + 1].text, tokens[at + 1].start, tokens[closing].end, selects))
            at = closing + 1
        rest = tokens[at:]
        queries.append(QueryText("", rest[0].start, rest[-1].end, _selects(rest)))
        return ModelText(source, tuple(queries))

    def query(self, name: str) -> QueryText:
        """A common table expression by its name.

        Raises:
            NotSimpleError: There is none.
        """
        for query in self.queries:
            if query.name == name:
                return query
        raise NotSimpleError(f"there is no {name}")

    def without_column(self, query: str, select: int, column: str) -> ModelText:
        """Take a column out of a select; a column that a star stands for is out already.

        Raises:
            NotSimpleError: It cannot be found, or no column would be left.
        """
        found = self.query(query).selects[select]
        names = [item.name for item in found.items]
        if column not in names:
            if "*" in names:
                return self
            raise NotSimpleError(f"{column} is not written out")
        place = names.index(column)
        if len(names) == 1:
            raise NotSimpleError("no column would be left")
        item, items = found.items[place], found.items
        if place + 1 < len(items):
            start, end = item.start, items[place + 1].start
        else:
            start, end = items[place - 1].end, item.end
        text = self.source[:start] + self.source[end:]
        if len(items) == 2:  # sqlfluff wants a single one beside its select
            left = items[1 - place]
            first = left.start if place == 1 else start
            text = text[: found.head_end] + " " + text[first:]
        return ModelText.read(text)

    def without_join(self, query: str, select: int, alias: str) -> ModelText:
        """Take a joined table out of a select.

        Raises:
            NotSimpleError: It cannot be found.
        """
        for join in self.query(query).selects[select].joins:
            if join.alias == alias:
                start = len(self.source[: join.start].rstrip())
                return ModelText.read(self.source[:start] + self.source[join.end :])
        raise NotSimpleError(f"{alias} is not joined in the usual way")

    def without_query(self, name: str) -> ModelText:
        """Take a common table expression out, unless it is the only one.

        Raises:
            NotSimpleError: It cannot be found, or is the only one.
        """
        place = self.queries.index(self.query(name))
        if len(self.queries) <= 2:
            raise NotSimpleError("no common table expression would be left")
        if place < len(self.queries) - 2:
            start, end = self.queries[place].start, self.queries[place + 1].start
        else:
            start, end = self.queries[place - 1].end, self.queries[place].end
        return ModelText.read(self.source[:start] + self.source[end:])


def _tokens(source: str) -> list[_Token]:
    from sqlglot.dialects import DuckDB
    from sqlglot.errors import TokenError

    plain = _REST.sub(lambda found: " " * len(found.group()), source)
    plain = _EXPRESSION.sub(lambda found: "j" * len(found.group()), plain)
    try:
        found = DuckDB().tokenize(plain)
    except TokenError as error:
        raise NotSimpleError(str(error)) from error
    return [_Token(_small(plain[t.start : t.end + 1]), t.start, t.end + 1) for t in found]


def _small(text: str) -> str:
    return text if text.startswith(("'", '"')) else text.lower()


def _closing(tokens: Sequence[_Token], opening: int) -> int:
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    raise NotSimpleError("a parenthesis is not closed")


def _depths(tokens: Sequence[_Token]) -> list[int]:
    """How many parentheses and brackets enclose each token."""
    depths, depth = [], 0
    for token in tokens:
        depth -= token.text in (")", "]", "}")
        depths.append(depth)
        depth += token.text in ("(", "[", "{")
    return depths


def _selects(tokens: Sequence[_Token]) -> tuple[SelectText, ...]:
    depths = _depths(tokens)
    parts: list[list[_Token]] = [[]]
    for token, depth in zip(tokens, depths, strict=True):
        if depth == 0 and token.text == "union":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_select(part) for part in parts)


def _select(tokens: Sequence[_Token]) -> SelectText:
    depths = _depths(tokens)
    top = [place for place, depth in enumerate(depths) if depth == 0]
    begin = next((place for place in top if tokens[place].text == "select"), None)
    if begin is None:
        raise NotSimpleError("there is no select")
    if begin + 1 < len(tokens) and tokens[begin + 1].text == "distinct":
        begin += 1
    end = next((place for place in top if place > begin and tokens[place].text == "from"), len(tokens))
    items, first = [], begin + 1
    for place in [place for place in top if begin < place < end and tokens[place].text == ","] + [end]:
        items.append(_item(tokens[first:place]))
        first = place + 1
    return SelectText(tuple(items), tuple(_joins(tokens, [place for place in top if place > end])), tokens[begin].end)


def _item(tokens: Sequence[_Token]) -> Item:
    if not tokens:
        raise NotSimpleError("a column is missing")
    last = tokens[-1].text
    is_named = len(tokens) == 1 or tokens[-2].text in (".", "as")
    return Item(last.strip('"') if is_named else "", tokens[0].start, tokens[-1].end)


def _joins(tokens: Sequence[_Token], top: Sequence[int]) -> list[JoinText]:
    found = []
    for place in top:
        if tokens[place].text != "join":
            continue
        start = place
        while tokens[start - 1].text in _JOIN_WORDS:
            start -= 1
        end = next((p for p in top if p > place and _begins(tokens[p])), len(tokens))
        table = tokens[place + 1 : end]
        is_renamed = len(table) > 2 and table[1].text == "as"
        if table:
            alias = table[2].text if is_renamed else table[0].text
            found.append(JoinText(alias, tokens[start].start, tokens[end - 1].end))
    return found


def _begins(token: _Token) -> bool:
    """Whether a token begins another join or clause; `group by` is one token."""
    return token.text.partition(" ")[0] in _CLAUSES | _JOIN_WORDS
