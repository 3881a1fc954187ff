"""Models that are right in their first run and wrong in later ones: incremental where they need not be, or badly so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_LAST = re.compile(r"\)\n\nselect \* from (\w+)\s*$")
_BLOCK = re.compile(r"(\{%-? if is_incremental\(\) -?%\})(.*?)(\{%-? endif -?%\})", re.DOTALL)
_HOOK = re.compile(r",\n\s*post_hook=\"[^\n]*\"(?=\n)")
TIMES = ("DATE", "TIMESTAMP")
"""Beginnings of types by which new rows can be told."""
_STEP, _NEW_STEP = "every_row", "new_rows"


class Version(NamedTuple):
    """A wrong version of a model's file."""

    name: str
    """What was done, for people who look after the task."""
    cursor: str
    """Column by which new rows are told; empty = that did not change."""
    is_at_or_after: bool
    """Whether rows at the last value are written again."""
    text: str


def wrong_versions(source: str, types: Mapping[str, str], key: Sequence[str]) -> Iterator[Version]:
    """Versions of a model's file that forget something.

    Args:
        source: The file.
        types: Column -> DuckDB's type, those that are never empty.
        key: Of the table.
    """
    times = [column for column, kind in types.items() if kind.startswith(TIMES)]
    if "is_incremental()" in source:
        yield from _worse(source, times)
    elif "config(" not in source and "{%" not in source:
        yield from _made_incremental(source, times, key)


def _made_incremental(source: str, times: Sequence[str], key: Sequence[str]) -> Iterator[Version]:
    """A table that is written whole each night becomes one to which new rows come."""
    source = _with_steps(source)
    found = _LAST.search(source)
    if found is None or _NEW_STEP in source:
        return
    names = f"'{key[0]}'" if len(key) == 1 else f"[{', '.join(repr(name) for name in key)}]"
    head = (
        "{{\n    config(\n        materialized='incremental',\n"
        f"        unique_key={names},\n        incremental_strategy='delete+insert',\n"
        "        on_schema_change='fail'\n    )\n}}\n\n"
    )
    for cursor in times:
        for sign in (">=", ">"):
            step = (
                f"),\n\n{_NEW_STEP} as (\n\n    select * from {found.group(1)}\n    {{% if is_incremental() %}}\n"
                f"        where {cursor} {sign} (select max(known.{cursor}) from {{{{ this }}}} as known)\n"
                f"    {{% endif %}}\n\n)\n\nselect * from {_NEW_STEP}\n"
            )
            text = f"{head}{source[: found.start()]}{step}"
            yield Version(f"incremental by {cursor} {sign}", cursor, sign == ">=", text)


def _with_steps(source: str) -> str:
    """A query without common table expressions as one with one."""
    if not source.startswith("select"):
        return source
    lines = [f"    {line}" if line else "" for line in source.rstrip().splitlines()]
    return "\n".join(["with", "", f"{_STEP} as (", "", *lines, "", ")", "", f"select * from {_STEP}", ""])


def _worse(source: str, times: Sequence[str]) -> Iterator[Version]:
    """An incremental model that keeps what has vanished, or looks at another time."""
    if _HOOK.search(source):
        yield Version("without its hook", "", True, _HOOK.sub("", source))
    block = _BLOCK.search(source)
    used = [column for column in times if block and re.search(rf"\b{column}\b", block.group(2))]
    if block is None or len(used) != 1:
        return
    for cursor in times:
        if cursor != used[0] and re.search(rf"\b{cursor}\b", source[: block.start()]):
            inside = re.sub(rf"\b{used[0]}\b", cursor, block.group(2))
            text = f"{source[: block.start(2)]}{inside}{source[block.end(2) :]}"
            yield Version(f"by {cursor} in place of {used[0]}", cursor, True, text)
