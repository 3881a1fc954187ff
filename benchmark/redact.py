"""Keeps secrets out of whatever leaves this process: answers, logs, scorecards, submissions, messages.

A secret is registered once, where it is read. After that every exit calls `redact`, `redact_bytes` or `redact_value`,
whatever the text's origin; a stream goes through a `StreamRedactor`. Found are the secret itself and its usual
spellings: UTF-16 and UTF-32, JSON, URL and HTML escapes of single characters, hexadecimal, and base64 at any alignment.
"""

from __future__ import annotations

import base64
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import regex

PLACEHOLDER = "[redacted]"
SHORTEST = 8
"""Characters. A shorter registered text is no secret: replacing it would spoil ordinary words."""
SHORTEST_IN_FILES = 16
"""Characters, for files that are used again, such as a submission: a short key may be an ordinary word there."""

_SECRET_NAME = re.compile(r"(?:^|_)(?:\w*KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_SLASHES = r"\\{1,64}+"
"""Those of an escape within texts within texts; each level doubles them. Taken as a whole, and no more: a text of
nothing else would be gone through from each of its places to its end, for hours."""
_WRAP = rf"(?:\s|{_SLASHES}[rn]){{0,200}}"
"""What stands between the letters of an encoded text that is broken into lines."""
_BETWEEN_BYTES = rf"(?:[\s:,]|{_SLASHES}[xrn]|0x){{0,200}}"


class Redactor:
    """Replaces a fixed set of secrets by `[redacted]`.

    Args:
        secrets: Those shorter than `shortest` are left out.
        shortest: Characters.
    """

    def __init__(self, secrets: Iterable[str], shortest: int = SHORTEST) -> None:
        usable = sorted({secret for secret in secrets if len(secret) >= shortest}, key=len, reverse=True)
        pattern = "|".join(_spellings(secret) for secret in usable)
        self._text = regex.compile(pattern) if usable else None
        self._bytes = regex.compile(pattern.encode()) if usable else None

    def text(self, text: str) -> str:
        """The text without the secrets."""
        return str(self._text.sub(PLACEHOLDER, text)) if self._text else text

    def content(self, content: bytes) -> bytes:
        """The bytes without the secrets."""
        return bytes(self._bytes.sub(PLACEHOLDER.encode(), content)) if self._bytes else content

    def value(self, value: Any) -> Any:
        """A JSON value without the secrets, names of keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(name): self.value(item) for name, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list | tuple) else value

    def settled(self, content: bytes) -> tuple[bytes, bytes]:
        """Split redacted bytes into what is final, and a rest that may be the beginning of a secret."""
        if self._bytes is None:
            return content, b""
        clean = self.content(content)
        found = self._bytes.search(clean, partial=True)
        start = found.start() if found else len(clean)
        return clean[:start], clean[start:]


class StreamRedactor:
    """Redacts bytes that come in pieces; a secret may be split over any of them."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        self._redactor = redactor or registered()
        self._rest = b""

    def feed(self, piece: bytes) -> bytes:
        """What can be passed on now; an end that may begin a secret is kept back."""
        passed, self._rest = self._redactor.settled(self._rest + piece)
        return passed

    def close(self) -> bytes:
        """What was kept back: it turned out to be no secret."""
        rest, self._rest = self._rest, b""
        return rest


def secret_values(environment: Mapping[str, str]) -> list[str]:
    """Values of the variables whose name says that they are secrets; paths are none."""
    return [value for name, value in environment.items() if _SECRET_NAME.search(name) and not value.startswith("/")]


_registered: set[str] = set()
_lock = threading.Lock()


def register_secret(secret: str) -> None:
    """Take note of a secret of this process, for all exits and for its log; it stays until the process ends."""
    if len(secret) < SHORTEST or secret in _registered:
        return
    with _lock:
        _registered.add(secret)
        if not isinstance(logging.getLogRecordFactory(), _RedactingFactory):
            logging.setLogRecordFactory(_RedactingFactory(logging.getLogRecordFactory()))


def register_environment(environment: Mapping[str, str]) -> None:
    """Take note of the long secrets in an environment: libraries read the keys of providers there by themselves."""
    for value in secret_values(environment):
        if len(value) >= SHORTEST_IN_FILES:
            register_secret(value)


def registered(shortest: int = SHORTEST) -> Redactor:
    """The redactor of all registered secrets."""
    return _redactor(frozenset(_registered), shortest)


def redact(text: str) -> str:
    """A text without the registered secrets."""
    return registered().text(text)


def redact_bytes(content: bytes) -> bytes:
    """Bytes of a file that is used again, without the registered secrets of 16 characters or more."""
    return registered(SHORTEST_IN_FILES).content(content)


def redact_file(path: Path) -> None:
    """Take the registered secrets out of a text file that a library or another process wrote, where it has any."""
    if not _registered or not path.is_file() or path.is_symlink():
        return
    content = path.read_bytes()
    if (clean := registered().content(content)) != content:
        path.write_bytes(clean)


def redact_value(value: Any) -> Any:
    """A JSON value without the registered secrets."""
    return registered().value(value)


@lru_cache(maxsize=16)
def _redactor(secrets: frozenset[str], shortest: int) -> Redactor:
    return Redactor(secrets, shortest)


class _RedactingFactory:
    """Makes the records of the log, without secrets in message and traceback."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, *args: Any, **facts: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._inner(*args, **facts)
        plain = record.getMessage()
        if (message := redact(plain)) != plain:
            record.msg, record.args = message, ()
        if record.exc_info and record.exc_info[1]:
            trace = logging.Formatter().formatException(record.exc_info)
            if (clean := redact(trace)) != trace:
                record.exc_text, record.exc_info = clean, None
        return record


def _spellings(secret: str) -> str:
    """A pattern of all spellings of a secret."""
    plain = "".join(_spelled(part) for part in re.findall(r"\\+|[^\\]", secret))
    digits = _BETWEEN_BYTES.join(f"(?i:{byte:02x})" for byte in secret.encode())
    wide = "\\x00{1,3}".join(map(re.escape, secret))  # UTF-16 and UTF-32
    return "|".join([plain, wide, digits, *(_base64(secret.encode(), offset) for offset in range(3))])


def _spelled(letter: str) -> str:
    """A pattern of one letter, as it is or escaped in JSON, Python, URLs or HTML; or of some backslashes."""
    if letter[0] == "\\":
        return f"(?:\\\\{{{len(letter)},{64 * len(letter)}}}+|(?i:%(?:25){{0,16}}5c){{{len(letter)}}})"
    code = ord(letter)
    url = "".join(f"%(?:25){{0,16}}{byte:02x}" for byte in letter.encode())
    before = "" if letter.isalnum() else f"(?:{_SLASHES})?"
    zeros = "0{0,16}"
    return (
        f"(?:{before}{re.escape(letter)}|(?i:{url}"
        f"|{_SLASHES}(?:u{code:04x}|u\\{{{zeros}{code:x}\\}}|x{code:02x})"
        f"|&\\#{zeros}{code};|&\\#x{zeros}{code:x};))"
    )


def _base64(secret: bytes, offset: int) -> str:
    """A pattern of the letters that a secret alone decides, where `offset` bytes stand before it (modulo 3)."""
    encoded = base64.b64encode(bytes(offset) + secret).decode()
    first = (0, 2, 3)[offset]
    letters = encoded[first : (offset + len(secret)) * 8 // 6]
    special = {"+": r"(?:[+\-]|%2[Bb])", "/": rf"(?:(?:{_SLASHES})?/|_|%2[Ff]|{_SLASHES}u002[fF])"}
    return _WRAP.join(special.get(letter, letter) for letter in letters)
