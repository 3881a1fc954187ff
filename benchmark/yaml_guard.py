"""YAML that others wrote, read so that the worst of it is a `yaml.YAMLError` with a line.

Plain PyYAML ends in other errors, or ends the process: a date such as `2024-13-01` is a `ValueError`, a thousand
brackets are a `RecursionError`, and a hundred thousand crash libyaml.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it: ten times as fast."""

MAX_DEPTH = 100
"""Lists and mappings inside of each other; files that people write have 15 at most."""
MAX_VALUES = 1_000_000
"""Values of a text with each alias written out: ten lines of aliases could stand for more than memory holds."""

_FEW_BRACKETS = 40
_DEEP = re.compile(r"[ \t\-?:]{24}")
"""Each block inside of another begins farther right, after nothing but these; two may begin in one column. A text
without such a run and with few brackets has fewer than 40 + 2 * 25 levels."""

_KINDS = {
    "null": "nothing",
    "bool": "bool",
    "int": "whole number",
    "float": "number",
    "timestamp": "date or time",
    "binary": "base64",
}
"""Tag of a scalar -> what it should be, in words."""


class GuardedLoader(SafeLoader):  # type: ignore[misc]  # its base is chosen above
    """A safe loader in which a scalar that cannot be is a `ConstructorError` with its place."""


def _guarded(construct: Callable[[Any, yaml.Node], Any], wanted: str) -> Callable[[Any, yaml.Node], Any]:
    def checked(loader: Any, node: yaml.Node) -> Any:
        try:
            return construct(loader, node)
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            # PyYAML looks a bool up in a dict and takes the first letter of an int, whether it is there or not.
            reason = f" ({error})" if wanted == _KINDS["timestamp"] and isinstance(error, ValueError) else ""
            problem = f"{_short(node.value)} is not a valid {wanted}{reason}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error

    return checked


def _short(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:40] + "...")


for _kind, _wanted in _KINDS.items():
    _tag = f"tag:yaml.org,2002:{_kind}"
    GuardedLoader.add_constructor(_tag, _guarded(SafeLoader.yaml_constructors[_tag], _wanted))


def load_yaml(text: str, loader: Any = GuardedLoader) -> Any:
    """Load a text of one document.

    Args:
        text: The YAML.
        loader: A `GuardedLoader`.

    Raises:
        yaml.YAMLError: Not YAML, too deep, too many values, or a scalar that cannot be.
    """
    check_shape(text)
    return yaml.load(text, Loader=loader)


def compose_yaml(text: str, loader: Any = SafeLoader) -> yaml.Node | None:
    """Parse a text of one document into nodes, which know their places; errors as of `load_yaml`.

    Args:
        text: The YAML.
        loader: `yaml.SafeLoader` where the characters of a place are needed: libyaml counts bytes.
    """
    check_shape(text)
    node: yaml.Node | None = yaml.compose(text, Loader=loader)
    return node


@dataclass
class _Size:
    """How much stands in a list or mapping, with each alias written out."""

    anchor: str | None
    n_values: int = 1
    depth: int = 1

    def take(self, inner: "_Size") -> None:
        self.n_values += inner.n_values
        self.depth = max(self.depth, inner.depth + 1)


def check_shape(text: str) -> None:
    """Refuse a text that is nested too deep, or stands for too much by its aliases, before it is made into anything.

    Raises:
        yaml.YAMLError: It is so, or it is not YAML.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise yaml.YAMLError(f"a character is half of one (position {error.start})") from error
    if "&" not in text and text.count("[") + text.count("{") <= _FEW_BRACKETS and not _DEEP.search(text):
        return
    _measure(text)


def _measure(text: str) -> None:
    """By events, which libyaml gives one after another without going deep itself."""
    whole = _Size(None)
    is_open = [whole]
    known: dict[str, _Size] = {}
    for event in yaml.parse(text, Loader=SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            is_open.append(_Size(event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = is_open.pop()
            is_open[-1].take(done)
            if done.anchor:
                known[done.anchor] = done
        elif isinstance(event, yaml.AliasEvent):
            if any(outer.anchor == event.anchor for outer in is_open):
                raise _refused(f"'*{event.anchor}' stands inside of what it names", event)
            is_open[-1].take(known.get(str(event.anchor), _Size(None, depth=0)))
        elif isinstance(event, yaml.ScalarEvent):
            is_open[-1].n_values += 1
            if event.anchor:
                known[event.anchor] = _Size(event.anchor, depth=0)
        if len(is_open) - 1 + is_open[-1].depth - 1 > MAX_DEPTH:
            raise _refused(f"lists and mappings are nested more than {MAX_DEPTH} deep", event)
        if is_open[-1].n_values > MAX_VALUES:
            raise _refused(f"its aliases stand for more than {MAX_VALUES:,} values", event)


def _refused(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(None, None, problem, event.start_mark)
