"""Jobs that forge their own answer: they write it to the supervisor's pipe and leave."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

FORGED = {
    "brackets": b"[" * 200_000,
    "closed brackets": b"[" * 200_000 + b"]" * 200_000,
    "empty lists": b'{"status": "ok", "message": "", "value": [' + b"[]," * 5_000_000 + b"[]]}",
    "long message": b'{"status": "failed", "value": null, "message": "' + b"x" * 60 * 1024**2 + b'"}',
    "medium message": b'{"status": "failed", "value": null, "message": "' + b"x" * 10 * 1024**2 + b'"}',
    "not a number": b'{"status": "ok", "message": "", "value": NaN}',
    "long integer": b'{"status": "ok", "message": "", "value": ' + b"9" * 5_000 + b"}",
    "not UTF-8": b'{"status": "ok", "message": "\xff\xfe", "value": null}',
    "half a letter": b'{"status": "failed", "value": null, "message": "\\ud800 x \\u001b[31m"}',
    "a list": b"[]",
    "an unknown status": b'{"status": "fault", "message": "", "value": null}',
    "a status that is a list": b'{"status": [], "message": "", "value": null}',
    "nothing": b"",
}


def forge(arguments: Mapping[str, Any]) -> NoReturn:
    """Write a forged answer to every pipe that is open."""
    raw = FORGED[arguments["name"]]
    for path in list(Path("/proc/self/fd").iterdir()):
        descriptor = int(path.name)
        try:
            is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
            waiting = raw if is_pipe and descriptor > 2 else b""
            while waiting:
                waiting = waiting[os.write(descriptor, waiting) :]
        except OSError:
            continue
    os._exit(0)


def say(arguments: Mapping[str, Any]) -> NoReturn:
    """Fail with a text."""
    raise ValueError(arguments["text"])
