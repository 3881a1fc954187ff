"""Keeping secrets out of messages."""

import re
from collections.abc import Mapping

_SECRET_NAME = re.compile(r"KEY|PASSWORD|SECRET|TOKEN", re.IGNORECASE)
_SHORTEST = 4


def hide_secrets(text: str, environment: Mapping[str, str]) -> str:
    """Replace the value of every variable whose name says that it is a secret."""
    for name, value in environment.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST:
            text = text.replace(value, "***")
    return text
