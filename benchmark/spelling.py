"""What a person may have meant: the nearest of the names that are allowed."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known name that is most like this one; None where none is.

    Args:
        name: What was written.
        known: What is allowed.
        cutoff: How alike they must be at least, from 0 to 1 (`difflib`); letters' case does not count.
    """
    by_lower = {other.lower(): other for other in known if other != name}
    found = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def allowed_names(name: str, known: Iterable[str]) -> str:
    """Return a piece of a sentence: the nearest name, if one is near, and all that are allowed."""
    names = sorted(set(known))
    near = nearest(name, names)
    question = f"did you mean '{near}'? " if near else ""
    return f"{question}allowed: {', '.join(names) or 'none'}"
