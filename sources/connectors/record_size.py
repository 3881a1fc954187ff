"""How many bytes a record holds, about, and quickly."""

from typing import Any

_SCALAR_BYTES = 8


def size_bytes(record: Any) -> int:
    """Bytes of a JSON value: texts count by their length, every other scalar as 8 bytes; nested values are walked."""
    total = 0
    waiting: list[Any] = [record]
    while waiting:
        value = waiting.pop()
        if type(value) is str or type(value) is bytes:
            total += len(value)
        elif type(value) is dict:
            waiting.extend(value.values())
        elif type(value) is list:
            waiting.extend(value)
        else:
            total += _SCALAR_BYTES
    return total
