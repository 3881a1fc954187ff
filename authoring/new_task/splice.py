"""Putting a change of compiled SQL into the file of a model, which has Jinja and a style of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


_BLANK = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*", re.DOTALL)
_MAX_MORE_TOKENS = 6


class _Token(NamedTuple):
    text: str
    """Lower case, but for texts in quotes."""
    start: int
    end: int


def splice(source: str, before: str, after: str) -> str | None:
    """Change a model's file as its compiled SQL changes.

    Args:
        source: The file, with Jinja.
        before: The compiled SQL, as it is written again from its tree.
        after: The same, changed.

    Returns:
        The changed file; None where the change touches what Jinja makes, or cannot be placed.
    """
    written = _tokens(before)
    # A word in place of each piece of Jinja, as long as the piece, so that positions stay.
    plain = _JINJA.sub(lambda found: "j" * len(found.group()), source)
    own = _tokens(plain)
    place = {
        block.a + offset: block.b + offset
        for block in _match(written, own).get_matching_blocks()
        for offset in range(block.size)
    }
    changed = _tokens(after)
    text = source
    for tag, i1, i2, j1, j2 in reversed(_match(written, changed).get_opcodes()):
        if tag == "equal":
            continue
        span = _span(own, place, i1, i2, len(written))
        n_left = n_right = 0
        while span is None and n_left + n_right < _MAX_MORE_TOKENS and i1 - n_left > 0 and j1 - n_left > 0:
            # What is written otherwise in the file, `!=` for `<>`, is changed with what stands beside it.
            n_left, n_right = (n_left, n_right + 1) if n_right < n_left else (n_left + 1, n_right)
            span = _span(own, place, i1 - n_left, min(len(written), i2 + n_right), len(written))
        if span is None:
            return None
        start, end = span
        gap = source[start:end]
        if _JINJA.search(gap):
            return None
        lead = _BLANK.match(gap)
        kept = lead.group() if lead and "--" in lead.group() else ""
        tail = re.search(r"\s*$", gap[len(kept) :])
        piece = " ".join(_lowered(after[t.start : t.end]) for t in changed[j1 - n_left : j2 + n_right])
        piece = re.sub(r"\s*([.,()]|::)\s*", r"\1", piece).replace(",", ", ")
        glue = " " if piece and not kept and gap[:1].isspace() else ""
        text = text[:start] + kept + glue + piece + (tail.group() if tail else "") + text[end:]
    return text


def _span(own: Sequence[_Token], place: Mapping[int, int], i1: int, i2: int, n_written: int) -> tuple[int, int] | None:
    """Where in the file the tokens from i1 up to i2 of the written SQL stand; None: that is not known."""
    if i1 - 1 in place:
        start = own[place[i1 - 1]].end
    elif i1 < i2 and i1 in place:
        start = own[place[i1]].start
    else:
        return None
    if i2 in place:
        end = own[place[i2]].start
    elif i1 < i2 and i2 - 1 in place:
        end = own[place[i2 - 1]].end
    elif i2 == n_written:
        end = own[-1].end
    else:
        return None
    return (start, end) if start <= end else None


def _match(one: Sequence[_Token], other: Sequence[_Token]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, [t.text for t in one], [t.text for t in other], autojunk=False)


def _tokens(sql: str) -> list[_Token]:
    from sqlglot.dialects import DuckDB

    return [_Token(_lowered(sql[t.start : t.end + 1]), t.start, t.end + 1) for t in DuckDB().tokenize(sql)]


def _lowered(text: str) -> str:
    return text if text.startswith(("'", '"')) else text.lower()
