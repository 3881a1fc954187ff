"""Glob patterns over the keys of an object store, with the meaning that `Path.glob` gives them in a folder."""

import re

_SPECIAL = re.compile(r"[*?\[]")


def literal_start(pattern: str) -> str:
    """What every key that matches begins with."""
    found = _SPECIAL.search(pattern)
    return pattern if found is None else pattern[: found.start()]


def compiled(pattern: str) -> re.Pattern[str]:
    """An expression for `fullmatch`: `*`, `?` and `[…]` stay within a part of the key, `**` stands for any parts."""
    parts = pattern.split("/")
    expression = ""
    for index, part in enumerate(parts):
        is_last = index == len(parts) - 1
        if part == "**":
            expression += ".*" if is_last else "(?:[^/]+/)*"
        else:
            expression += _part(part) + ("" if is_last else "/")
    return re.compile(expression, re.DOTALL)


def _part(part: str) -> str:
    expression, place = "", 0
    while place < len(part):
        sign = part[place]
        end = part.find("]", place + 2) if sign == "[" else -1
        if sign == "*":
            expression += "[^/]*"
        elif sign == "?":
            expression += "[^/]"
        elif end > 0:
            inside = part[place + 1 : end].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
            expression += f"(?!/)[{'^' + inside[1:] if inside.startswith('!') else inside}]"
            place = end
        else:
            expression += re.escape(sign)
        place += 1
    return expression
