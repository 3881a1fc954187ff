"""Right models that cost too much: steps that add up several figures at once become one query per figure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_STEP = re.compile(
    r"^(?P<name>[a-z]\w*) as \(\n\n"
    r"    select\n(?P<items>(?:(?!\n\n|\n    from ).)*)\n"
    r"    from (?P<source>[a-z]\w*)\n"
    r"(?P<where>    where(?:(?!\n\n|\n    (?:group|having|qualify|order) ).)*\n)?"
    r"    group by (?P<keys>[a-z_0-9]+(?:, [a-z_0-9]+)*)\n\n"
    r"\)(?P<comma>,?)$",
    re.MULTILINE | re.DOTALL,
)
_ALIAS = re.compile(r"\bas ([a-z]\w*)$")
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
MIN_FIGURES = 3


class _Step(NamedTuple):
    name: str
    source: str
    where: str
    keys: tuple[str, ...]
    items: tuple[str, ...]
    """Of the select list, keys among them."""

    @property
    def figures(self) -> dict[str, str]:
        """Name of a figure -> its item."""
        return {_name_of(item): item for item in self.items if item not in self.keys}


def one_query_per_figure(source: str) -> str | None:
    """A model's file in which each figure of a step is added up by itself, and all are joined by their key.

    Args:
        source: The file, in the style of the worlds: steps that end in `group by` of names.

    Returns:
        The file; None where no step adds up three figures or more.
    """
    taken = set(re.findall(r"\w+", source))
    changed = False

    def rewritten(found: re.Match[str]) -> str:
        nonlocal changed
        step = _read(found)
        if step is None:
            return found.group()
        names = [f"{step.name}_groups", *(f"{figure}_of_{step.name}" for figure in step.figures)]
        if taken & set(names):
            return found.group()
        changed = True
        return "\n\n".join(_steps(step, names)) + found["comma"]

    text = _STEP.sub(rewritten, source)
    return text if changed else None


def _read(found: re.Match[str]) -> _Step | None:
    items = tuple(_split(found["items"]))
    keys = tuple(found["keys"].split(", "))
    step = _Step(found["name"], found["source"], found["where"] or "", keys, items)
    is_plain = all(name in items for name in keys) and all(
        item in keys or (_ALIAS.search(item) and " over " not in item) for item in items
    )
    return step if is_plain and len(step.figures) >= MIN_FIGURES else None


def _split(text: str) -> Iterator[str]:
    """Items of a select list; commas in brackets and texts divide nothing."""
    depth, start, quote = 0, 0, ""
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "," and depth == 0:
            yield text[start:place].strip()
            start = place + 1
        else:
            depth += _BRACKETS.get(letter, 0)
    yield text[start:].strip()


def _name_of(item: str) -> str:
    found = _ALIAS.search(item)
    assert found is not None, "read items have names"
    return found[1]


def _steps(step: _Step, names: Sequence[str]) -> Iterator[str]:
    groups, figures = names[0], names[1:]
    keys = ",\n".join(f"        {key}" for key in step.keys)
    # A step of one key and no figure stands in one line, as the style asks.
    head = f"    select distinct {step.keys[0]}" if len(step.keys) == 1 else f"    select distinct\n{keys}"
    yield f"{groups} as (\n\n{head}\n    from {step.source}\n{step.where}\n),"
    for name, item in zip(figures, step.figures.values(), strict=True):
        grouped = ", ".join(step.keys)
        select = f"    select\n{keys},\n        {item}\n    from {step.source}\n{step.where}    group by {grouped}"
        yield f"{name} as (\n\n{select}\n\n),"
    by_figure = dict(zip(step.figures, figures, strict=True))
    items = [
        f"{groups}.{item}" if item in step.keys else f"{by_figure[_name_of(item)]}.{_name_of(item)}"
        for item in step.items
    ]
    select = "    select\n" + ",\n".join(f"        {item}" for item in items)
    joins = "".join(_join(groups, name, step.keys) for name in figures)
    yield f"{step.name} as (\n\n{select}\n    from {groups}\n{joins}\n)"


def _join(groups: str, name: str, keys: Sequence[str]) -> str:
    conditions = [f"{groups}.{key} = {name}.{key}" for key in keys]
    if len(conditions) == 1:
        return f"    left join {name} on {conditions[0]}\n"
    return f"    left join {name}\n        on\n            " + "\n            and ".join(conditions) + "\n"
