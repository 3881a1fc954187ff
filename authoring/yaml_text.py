"""Values as pieces of YAML text, for files that people go on editing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

_WIDTH = 118
"""Letters of a line, beyond which a list is broken."""


def flow(value: Any) -> str:
    """A value on one line, quoted where YAML would read another one."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**9, sort_keys=False, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def column_list(columns: Sequence[str], indent: int) -> str:
    """The value of a key `columns` at some indent, broken over lines as in hand-written files."""
    items = [flow([column])[1:-1] for column in columns]
    line = f"[{', '.join(items)}]"
    if indent + len("columns: ") + len(line) <= _WIDTH:
        return line
    pad = " " * (indent + 4)
    lines, current = [], ""
    for number, item in enumerate(items):
        piece = item + ("," if number + 1 < len(items) else "")
        if current and len(pad) + len(current) + 1 + len(piece) > _WIDTH:
            lines.append(pad + current)
            current = piece
        else:
            current = f"{current} {piece}".strip()
    return "\n".join(("", " " * (indent + 2) + "[", *lines, pad + current, " " * (indent + 2) + "]"))


def table_entry(name: str, stage: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """An entry of `tables.yaml`, two spaces in."""
    lines = [f"  {name}:", f"    stage: {stage}"]
    if key:
        lines.append(f"    key: {flow(list(key))}")
    lines.append(f"    columns: {column_list(columns, 4)}".replace("columns: \n", "columns:\n"))
    return "\n".join(lines) + "\n"
