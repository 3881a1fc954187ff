"""Small pieces of Markdown that stay themselves, whatever text a submission puts into them."""

from collections.abc import Iterable, Sequence

MAX_CELL = 80
"""Characters of a value that are shown; longer ones are cut, with their length."""

_ESCAPES = str.maketrans(
    {character: f"\\{character}" for character in r"\`*_[]()#~!|"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def escape(value: object, limit: int = MAX_CELL) -> str:
    """Text that no Markdown or HTML can be hidden in, on one line."""
    text = " ".join(str(value).split())
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text)} characters)"
    return "".join(character if character.isprintable() else "�" for character in text).translate(_ESCAPES)


def cell(value: str | None) -> str:
    """A value of a table: NULL is told from every text, and blanks at the ends are seen."""
    if value is None:
        return "*NULL*"
    if value != value.strip() or not value:
        return f"“{escape(value.replace(' ', '␣'))}”"
    return escape(value)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(value: float | None) -> str:
    """A share as a percentage; `–` where there is none."""
    return "–" if value is None else f"{100 * value:.1f} %"
