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


MAX_LISTED = 20
"""Names that a message lists; of more than these it lists the nearest."""
_N_NEAREST = 5


def listed_names(name: str, known: Iterable[str]) -> str:
    """Return the known names for a message: all of a few, else those most like this one, and how many more."""
    names = sorted(set(known))
    if len(names) <= MAX_LISTED:
        return ", ".join(names) or "none"
    by_lower = {other.lower(): other for other in names}
    close = get_close_matches(name.lower(), list(by_lower), n=_N_NEAREST, cutoff=0.4)
    shown = sorted(by_lower[other] for other in close) or names[:_N_NEAREST]
    return f"{', '.join(shown)} and {len(names) - len(shown)} more"


def allowed_names(name: str, known: Iterable[str]) -> str:
    """Return a piece of a sentence: the nearest name, if one is near, and all that are allowed."""
    names = sorted(set(known))
    near = nearest(name, names)
    question = f"did you mean '{near}'? " if near else ""
    return f"{question}allowed: {', '.join(names) or 'none'}"
