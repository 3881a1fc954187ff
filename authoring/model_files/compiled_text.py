"""Where each piece of a model's compiled SQL comes from in its file: from text as it stands, or from Jinja."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_BLOCK = re.compile(
    r"\{%-?\s*(if|for|macro|call|set|raw|endif|endfor|endmacro|endcall|endset|endraw)\b(.*?)%\}", re.DOTALL
)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_CONFIG = re.compile(r"\{\{\s*config\(.*?\)\s*\}\}", re.DOTALL)


class Piece(NamedTuple):
    """A run of a model's file."""

    start: int
    end: int
    """In the file."""
    made_start: int
    made_end: int
    """In the compiled SQL."""
    is_jinja: bool


@dataclass(frozen=True)
class CompiledText:
    """A model's file beside what dbt made of it."""

    source: str
    compiled: str
    pieces: tuple[Piece, ...]

    def source_span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a span of the compiled SQL stands in the file; None where Jinja makes a part of it."""
        for piece in self.pieces:
            if not piece.is_jinja and piece.made_start <= start and end <= piece.made_end:
                shift = piece.start - piece.made_start
                return start + shift, end + shift
        return None

    def compile(self, start: int, end: int, text: str) -> str:
        """The compiled SQL after a span of the file that holds no Jinja was replaced by text without Jinja."""
        piece = next(p for p in self.pieces if not p.is_jinja and p.start <= start and end <= p.end)
        shift = piece.made_start - piece.start
        return self.compiled[: start + shift] + text + self.compiled[end + shift :]


def match_compiled(source: str, compiled: str) -> CompiledText | None:
    """Find what each piece of Jinja became.

    Args:
        source: A model's file.
        compiled: What dbt compiled it to.

    Returns:
        None where that cannot be told, for example where a loop repeats text.
    """
    chunks = _chunks(source)
    pattern, spans, at = [], [], 0
    n_text = len(source.rstrip())  # dbt drops the blank end
    for start, end in [*chunks, (n_text, n_text)]:
        spans.append((at, start, False))
        pattern.append(f"({re.escape(source[at:start])})")
        if start < end:
            spans.append((start, end, True))
            pattern.append("(.*?)")
        at = end
    found = re.fullmatch(r"\s*?" + "".join(pattern) + r"\s*", compiled, re.DOTALL)
    if found is None:
        return None
    pieces = [
        Piece(start, end, found.start(group), found.end(group), is_jinja)
        for group, (start, end, is_jinja) in enumerate(spans, start=1)
    ]
    return CompiledText(source, compiled, tuple(pieces))


def _chunks(source: str) -> list[tuple[int, int]]:
    """Spans of Jinja; a block with all that it encloses is one."""
    found: list[tuple[int, int]] = []
    depth, begin, skip_to = 0, 0, 0
    for piece in _JINJA.finditer(source):
        if piece.start() < skip_to:
            continue
        config = _CONFIG.match(source, piece.start())
        end = config.end() if config else piece.end()
        skip_to = end
        block = _BLOCK.match(piece.group())
        name = block.group(1) if block else ""
        if block and name == "set" and "=" in block.group(2):
            name = ""
        if name.startswith("end"):
            depth -= 1
            if depth == 0:
                found.append((begin, end))
        elif name:
            if depth == 0:
                begin = piece.start()
            depth += 1
        elif depth == 0:
            found.append((piece.start(), end))
    return found
