"""Numbers with their nouns."""


def counted(n: int, noun: str) -> str:
    """Return a number with its noun: `1 trial`, `2 trials`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
