"""Plain Jinja: the few forms that a model may hold so that it is known without rendering what it reads and writes.

Nothing is rendered here, because the text is a submission's. Each known form is replaced by SQL of the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

RELATION = "lockgate_relation"
"""Schema of the names that stand for relations of the project in what is returned."""
MACRO = "(1)"
"""Stands for the expression of a macro: where a table, a step or an alias is named it is no SQL, and a word before it
has to be one that may stand before a parenthesis, with which the text of a macro may begin."""
_NAME = r"[a-z][a-z0-9_]*"
_QUOTED = rf"(?:'{_NAME}'|\"{_NAME}\")"
_COLUMN = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?"
_ARGUMENT = r"(?:[0-9]+|'[^'\"{}\\]*'|\"[^'\"{}\\]*\"|\"'[A-Za-z]+(?:[/_][A-Za-z]+)*'\")"
"""What a macro may be given: a number, a plain value, or a text of SQL: one word, or the name of a time zone."""
_OPERAND = rf"(?:{_COLUMN}|[0-9]+|@)"
_VALUE = rf"\s*{_OPERAND}(?:\s*[-+*]\s*{_OPERAND})*\s*"
_GROUP = re.compile(rf"(?:\b(?:coalesce|greatest|least|nullif))?\({_VALUE}(?:,{_VALUE})*\)")
_REF = rf"ref\(\s*({_QUOTED})\s*\)"
_SOURCE = rf"source\(\s*({_QUOTED})\s*,\s*({_QUOTED})\s*\)"
_HOOK = re.compile(rf"^\s*\{{\{{\s*({_NAME})\(\s*{_REF}\s*,\s*{_QUOTED}\s*\)\s*\}}\}}\s*$")
_CONFIG = re.compile(r"\{\{\s*config\((?P<body>(?:[^{}'\"]|'[^{}']*'|\"(?:[^{}\"]|\{\{[^{}\"]*\}\})*\")*)\)\s*\}\}")
_LIST = rf"\[\s*{_QUOTED}\s*(?:,\s*{_QUOTED}\s*)*(?:,\s*)?\]"
_OPTION = re.compile(rf"\s*({_NAME})\s*=\s*('[^']*'|\"[^\"]*\"|{_LIST})\s*(?:,|$)")
_EXPRESSION = re.compile(r"\{\{([^{}]*)\}\}")
_JOINED = re.compile(r"(?i:\bas\s)\s*\{\{|[\w'\"&$.\-/]\{\{|\}\}[\w'\"(\[.{]|\{[{%#]-|-[}%#]\}")
"""Where rendered text could become one word with what stands beside it, or the name of something."""
_COMMENT = re.compile(r"\{#(?:(?!\{[{%#]|[#%}]\}).)*#\}", re.DOTALL)
_BRANCHES = re.compile(
    r"\{%\s*if\s+is_incremental\(\)\s*%\}((?:(?!\{%).)*)(?:\{%\s*else\s*%\}((?:(?!\{%).)*))?\{%\s*endif\s*%\}",
    re.DOTALL,
)
_VALUES = {
    "materialized": {"table", "view", "incremental"},
    "incremental_strategy": {"append", "delete+insert"},
    "on_schema_change": {"fail", "ignore", "append_new_columns", "sync_all_columns"},
}


class PlainJinja(NamedTuple):
    """A model without its Jinja."""

    variants: tuple[str, ...]
    """Its SQL, on a first run and on a later one; equal where it is not incremental."""
    refs: frozenset[str]
    """Names of the models that it reads, its hooks included."""
    sources: frozenset[tuple[str, str]]


class NotPlainError(Exception):
    """A text holds something that is not known; the message says what. Never leaves the short way."""


def plain_jinja(text: str, macros: Collection[str], hooks: Collection[str], variables: Collection[str]) -> PlainJinja:
    """Replace the Jinja of a model.

    Args:
        text: The file.
        macros: Macros of the solution that make an expression out of names of columns.
        hooks: Macros of the solution that change no relation but the model's own.
        variables: Variables of the project whose values are whole numbers, none of them negative.

    Raises:
        NotPlainError: It holds something else.
    """
    refs: set[str] = set()
    sources: set[tuple[str, str]] = set()
    if "lockgate" in text.lower():
        raise NotPlainError("a name that stands for something here")
    if re.search(r"\browid\b", text, re.IGNORECASE):  # also as what a macro is given, which is not looked at as SQL
        raise NotPlainError("the place of a row, which is another one in a copy")
    _check_comments(text)
    text = _CONFIG.sub(lambda match: _without_config(match["body"], hooks, refs), _COMMENT.sub("", text), count=1)
    if _JOINED.search(text):
        raise NotPlainError("Jinja that joins what stands beside it")

    def expression(match: re.Match[str]) -> str:
        inner = match[1].strip()
        if found := re.fullmatch(_REF, inner):
            refs.add(found[1][1:-1])
            return f'"{RELATION}"."{found[1][1:-1]}"'
        if found := re.fullmatch(_SOURCE, inner):
            sources.add((found[1][1:-1], found[2][1:-1]))
            return f'"{RELATION}"."{found[1][1:-1]} {found[2][1:-1]}"'
        if inner == "this":
            return f'"{RELATION}"."this"'
        if (found := re.fullmatch(rf"var\(\s*({_QUOTED})\s*\)", inner)) and found[1][1:-1] in variables:
            return "1"
        _check_call(inner, macros)
        return MACRO

    variants = []
    for taken in (1, 2):
        chosen = _BRANCHES.sub(lambda match, taken=taken: match[taken] or "", text)  # type: ignore[misc]
        variant = _EXPRESSION.sub(expression, chosen)
        if re.search(r"[{}]", variant):
            raise NotPlainError("Jinja that is not known, or a brace")
        variants.append(variant)
    return PlainJinja(tuple(variants), frozenset(refs), frozenset(sources))


def _check_comments(text: str) -> None:
    """See that comments stand outside expressions: inside one, within quotes, it is a text that Jinja keeps."""
    for found in _COMMENT.finditer(text):
        before = text[: found.start()]
        if before.count("{{") != before.count("}}") or before.count("{%") != before.count("%}"):
            raise NotPlainError("a comment inside an expression")


def _without_config(body: str, hooks: Collection[str], refs: set[str]) -> str:
    at = 0
    seen: set[str] = set()
    while body[at:].strip():
        option = _OPTION.match(body, at)
        if option is None or option[1] in seen:
            raise NotPlainError("a config that is not known")
        name, value, at = option[1], option[2], option.end()
        seen.add(name)
        if name == "post_hook":
            hook = _HOOK.match(value[1:-1])
            if value[0] != '"' or hook is None or hook[1] not in hooks:
                raise NotPlainError("a hook that is not known")
            refs.add(hook[2][1:-1])
        elif name == "unique_key":
            if not re.fullmatch(rf"{_QUOTED}|{_LIST}", value):
                raise NotPlainError("a unique key that is no name")
        elif value[1:-1] not in _VALUES.get(name, ()):
            raise NotPlainError(f"config {name} = {value}")
    return ""


def _check_call(inner: str, macros: Collection[str]) -> None:
    """See that an expression is a call of known macros on numbers and plain values."""
    pattern = rf"({_NAME})\(\s*((?:{_ARGUMENT}|@)(?:\s*,\s*(?:{_ARGUMENT}|@))*)?\s*\)"
    while inner != "@":
        found = re.search(pattern, inner)
        texts = re.findall(_ARGUMENT, found[2] or "") if found else []
        if found is None or found[1] not in macros or not all(map(_is_plain_argument, texts)):
            raise NotPlainError("an expression that is not known")
        inner = f"{inner[: found.start()]}@{inner[found.end() :]}"


def _is_plain_argument(text: str) -> bool:
    """Whether what a macro is given is a number, a text of SQL, or names and numbers with signs between them.

    Two words never stand side by side, so it is no query, and nothing goes on behind the expression of the macro.
    """
    if text.isdigit() or text.startswith("\"'"):
        return True
    value = text[1:-1]
    if "@" in value:
        return False
    while (shorter := _GROUP.sub("@", value)) != value:
        value = shorter
    return re.fullmatch(_VALUE, value) is not None


def segments(text: str) -> Iterator[str]:
    """What stands inside the marks of Jinja in a text of the solution."""
    yield from re.findall(r"\{[{%].*?[%}]\}", text, re.DOTALL)
