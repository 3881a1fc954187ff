"""Letters that JSON can write and no file, command line or request in UTF-8 can hold."""

from __future__ import annotations

import re

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


def whole_letters(text: str) -> str:
    """A text with U+FFFD for each half of a surrogate pair; models write them where they cut an emoji."""
    return _LONE_SURROGATES.sub("\ufffd", text)
