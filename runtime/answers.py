"""What a job's supervisor answers, read at the harness's end.

The supervisor is ours; the value and the texts in its answer are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.border import cut_text, visible_text
from benchmark.bounded_json import MAX_DEPTH, MAX_VALUES, HostileJsonError, parse_bounded
from runtime.interface import ChildResult, RuntimeFaultError

MAX_REPLY_BYTES = 256 * 1024**2
"""The supervisor's own bounds on value and log, each character of them written as an escape."""
_OWN_VALUES, _OWN_DEPTH = 100, 2
"""What the supervisor's answer has around a value that is as large as a job's may be."""
MAX_MESSAGE = 4_000
"""Characters of a message that are kept."""


def read_reply(line: bytes) -> dict[str, Any]:
    """The supervisor's answer.

    Raises:
        RuntimeFaultError: It is none; the supervisor bounds what it passes on, so this is no submission's doing.
    """
    try:
        reply = parse_bounded(line, MAX_REPLY_BYTES, MAX_VALUES + _OWN_VALUES, MAX_DEPTH + _OWN_DEPTH)
    except HostileJsonError as error:
        raise RuntimeFaultError(f"A job's supervisor gave no answer: {error}.") from error
    if not isinstance(reply, dict):
        raise RuntimeFaultError("A job's supervisor gave no answer.")
    return reply


def result_of(reply: Mapping[str, Any], names: Mapping[str, str] | None = None) -> ChildResult:
    """The answer as a result.

    Args:
        reply: As `read_reply` returns it.
        names: Path inside a sandbox -> path of the host, put into the message.
    """
    message = cut_text(visible_text(reply["message"]), MAX_MESSAGE)
    for inside, outside in (names or {}).items():
        message = message.replace(inside, outside)
    return ChildResult(reply["status"], reply.get("value"), cut_text(message, MAX_MESSAGE), reply["wall_seconds"])
