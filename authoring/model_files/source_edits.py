"""Writing a mutant, which is made on compiled SQL, back into the file of its model: the least edit that is it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from authoring.model_files.compiled_text import match_compiled
from evaluators.proof.sql_trees import parse, render

if TYPE_CHECKING:
    from sqlglot import exp

_MAX_MORE_TOKENS = 6
"""Tokens beside a change that may be written again, where the file writes them otherwise than the tree."""


class _Token(NamedTuple):
    text: str
    """As it is compared: small letters, but for texts in quotes."""
    start: int
    end: int


class _Change(NamedTuple):
    """A run of the compiled SQL, and what stands there afterwards."""

    start: int
    end: int
    text: str


def write_back(source: str, compiled: str, pinned_now: str, mutant_sql: str) -> str | None:
    """Change a model's file so that it compiles to a mutant.

    Args:
        source: The file, with Jinja.
        compiled: What dbt made of it.
        pinned_now: The instant of that run, as it stands in the SQL.
        mutant_sql: The mutant, as `make_mutants` gives it.

    Returns:
        The file with as little changed as can be, in small letters; None where the change touches what Jinja makes, or
        where the file would not compile to the mutant's tree.
    """
    from sqlglot.errors import SqlglotError

    text = match_compiled(source, compiled)
    if text is None:
        return None
    changes = _changes(compiled, render(parse(compiled, pinned_now)), mutant_sql)
    if changes is None or len(changes) != 1:
        return None
    [change] = changes
    span = text.source_span(change.start, change.end)
    if span is None:
        return None

    def is_right(written: str) -> bool:
        try:
            return is_same_sql(text.compile(*span, written), mutant_sql, pinned_now)
        except SqlglotError:
            return False

    written = next((way for way in _ways_to_write(change.text) if is_right(way)), None)
    if written is None:
        return None
    written = _with_few_parentheses(written, is_right)
    return source[: span[0]] + written + source[span[1] :]


def is_same_sql(one: str, other: str, pinned_now: str) -> bool:
    """Whether two texts are one query, but for parentheses that change nothing."""
    # Written once more, since some of what sqlglot reads it writes in another form.
    return _shape(parse(render(parse(one, pinned_now)), pinned_now)) == _shape(
        parse(render(parse(other, pinned_now)), pinned_now)
    )


def _shape(tree: exp.Expr) -> exp.Expr:
    """A tree without parentheses and comments: its form says what belongs together."""
    from sqlglot import exp

    tree = tree.copy()
    for pair in list(tree.find_all(exp.Paren)):
        if pair.parent is not None:
            pair.replace(pair.this)
    for node in tree.walk():
        node.comments = None
        if isinstance(node, exp.Identifier):
            node.set("quoted", False)
    return tree


def _changes(compiled: str, before: str, after: str) -> list[_Change] | None:
    """What changes in the compiled SQL; None where a change cannot be placed."""
    own, written, changed = _tokens(compiled), _tokens(before), _tokens(after)
    place = {
        block.a + offset: block.b + offset
        for block in _match(written, own).get_matching_blocks()
        for offset in range(block.size)
    }
    runs = [run[1:] for run in _match(written, changed).get_opcodes() if run[0] != "equal"]
    # Two changes close together, as those of an exchange, are one.
    merged = [runs[0]] if runs else []
    for _, i2, _, j2 in runs[1:]:
        merged[-1] = (merged[-1][0], i2, merged[-1][2], j2)
    found = []
    for i1, i2, j1, j2 in merged:
        for n_left, n_right in _margins(min(i1, j1), min(len(written) - i2, len(changed) - j2)):
            first, last = place.get(i1 - n_left - 1), place.get(i2 + n_right)
            if first is not None and last is not None and first < last:
                found.append(_placed(compiled, own, first, last, after, changed[j1 - n_left : j2 + n_right]))
                break
        else:
            return None
    return found


def _margins(left: int, right: int) -> Iterator[tuple[int, int]]:
    """How many tokens to the left and to the right are written again, fewest first."""
    for n in range(_MAX_MORE_TOKENS + 1):
        for n_left in range(n + 1):
            if n_left <= left and n - n_left <= right:
                yield n_left, n - n_left


def _placed(
    compiled: str, own: Sequence[_Token], first: int, last: int, after: str, tokens: Sequence[_Token]
) -> _Change:
    """The change between two tokens that stay, with the white space that the file has there."""
    start, end = own[first].end, own[last].start
    inside = own[first + 1 : last]
    while inside and tokens and inside[0].text == tokens[0].text:
        start, inside, tokens = inside[0].end, inside[1:], tokens[1:]
    while inside and tokens and inside[-1].text == tokens[-1].text:
        end, inside, tokens = inside[-1].start, inside[:-1], tokens[:-1]
    if not inside:  # something is put in
        lead = "" if compiled[start - 1] in "(." or (tokens and tokens[0].text in (",", ")", "(")) else " "
        return _Change(start, start, lead + _spaced(after, tokens)) if tokens else _Change(start, end, "")
    head, tail = compiled[start : inside[0].start], compiled[inside[-1].end : end]
    if not tokens:
        return _Change(start, end, _one_gap(head, tail))
    return _Change(inside[0].start, inside[-1].end, _keeping_gaps(compiled, inside, after, tokens))


def _one_gap(head: str, tail: str) -> str:
    """The white space that stays where something between two gaps is taken away."""
    if "\n" in tail or not head:
        return tail
    return head if "\n" in head or tail else ""


def _keeping_gaps(compiled: str, inside: Sequence[_Token], after: str, tokens: Sequence[_Token]) -> str:
    """New tokens in place of old ones; as many of them keep the white space between."""
    if len(inside) != len(tokens):
        return _spaced(after, tokens)
    gaps = [compiled[one.end : other.start] for one, other in pairwise(inside)]
    return "".join(token.text + gap for token, gap in zip(tokens, [*gaps, ""], strict=True))


def _spaced(sql: str, tokens: Sequence[_Token]) -> str:
    """Tokens on one line, with blanks where the SQL has white space."""
    text = ""
    for place, token in enumerate(tokens):
        is_apart = place > 0 and sql[tokens[place - 1].end : token.start].strip() == "" and (
            tokens[place - 1].end < token.start
        )  # fmt: skip
        if is_apart and not text.endswith("(") and token.text not in (")", ",", "."):
            text += " "
        text += token.text
    return text


def _ways_to_write(text: str) -> Iterator[str]:
    """A piece of SQL as people write it, then as it is."""
    usual = re.sub(r"\bnot ([\w.]+) is null\b", r"\1 is not null", text)
    yield re.sub(r"\bnot ([\w.]+) (in|like|between)\b", r"\1 not \2", usual)
    yield text


def _with_few_parentheses(text: str, is_right: Callable[[str], bool]) -> str:
    """A text without the pairs of parentheses that it does not need."""
    at = 0
    while (at := text.find("(", at)) >= 0:
        end = _closing(text, at)
        if end is not None and not (at and (text[at - 1].isalnum() or text[at - 1] == "_")):
            bare = text[:at] + text[at + 1 : end] + text[end + 1 :]
            if is_right(bare):
                text = bare
                continue
        at += 1
    return text


def _closing(text: str, start: int) -> int | None:
    """Where the parenthesis that opens at a place is closed."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return None


def _match(one: Sequence[_Token], other: Sequence[_Token]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, [token.text for token in one], [token.text for token in other], autojunk=False)


def _tokens(sql: str) -> list[_Token]:
    from sqlglot.dialects import DuckDB

    return [_Token(_small(sql[t.start : t.end + 1]), t.start, t.end + 1) for t in DuckDB().tokenize(sql)]


def _small(text: str) -> str:
    return text if text.startswith(("'", '"')) else text.lower()
