"""The process that holds all source systems of one trial: `python -m sources.systems.host --help`.

Prints one JSON line `{"environment": {...}}` when everything is ready (or `{"error": ..., "system": ...}` and exit code
1). Then reads JSON lines from standard input and answers each with one: `{"set_day": 2}`, `{"check": true}`,
`{"end_sessions": true}`, `{"stop": true}`. At end of input, on SIGTERM, or when its parent is gone it ends the servers
and empties its directory.

At the start and in `set_day`, `{"making": 1}` says that the data of day 1 is being made, `{"making": null}` that all
data is there: the reader allows time of its own for that.
Everything else it has to say goes to standard error.
"""

import argparse
import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from sources.incidents import get_incident
from sources.registry import load_sources
from sources.systems.all_systems import TrialSystems
from sources.systems.errors import SourceSystemError

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_POLL_SECONDS = 1.0
"""How soon the death of the parent is seen where its end of the pipe is held open by somebody else."""


def main() -> int:
    """Run the host; returns the exit code."""
    arguments = _parser().parse_args()
    parent = os.getppid()
    for number in _SIGNALS:
        signal.signal(number, _end)
    say = _only_answers()
    try:
        dials = Dials(arguments.seed, arguments.days, arguments.day, arguments.scale)
        incident = get_incident(arguments.world, arguments.incident)
        systems = TrialSystems(
            load_sources(arguments.world),
            dials,
            arguments.directory,
            incident,
            lambda day: say({"making": day}),
            frozenset(arguments.only) if arguments.only is not None else None,
        )
        try:
            _serve(systems, parent, say)
        finally:
            # A signal raises at most once: if it comes right here, the systems are stopped nevertheless.
            try:
                _ignore_signals()
            finally:
                systems.stop()
    except LockgateError as error:
        say(_failure(error))
        return 1
    return 0


def _serve(systems: TrialSystems, parent: int, say: Callable[[Mapping[str, Any]], None]) -> None:
    systems.start()
    say({"environment": systems.environment})
    for line in _lines(parent):
        answer = _answer(systems, line)
        if answer is None:
            return
        say(answer)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sources.systems.host", description="The source systems of one trial."
    )
    parser.add_argument("--world", required=True, help="id of the world, or import path of a module with SOURCES")
    parser.add_argument("--seed", type=int, default=0, help="0: as it was; others: other companies (default: 0)")
    parser.add_argument("--days", type=int, default=14, help="days of history on day 1 (default: 14)")
    parser.add_argument("--day", type=int, default=1, help="as-of day, from 1 (default: 1)")
    parser.add_argument("--scale", type=int, default=1, help="multiplies entities (default: 1)")
    parser.add_argument("--incident", default="", help="how the systems misbehave (default: not at all)")
    parser.add_argument("--only", nargs="*", help="systems that are started (default: all of the world)")
    parser.add_argument("--directory", type=Path, required=True, help="where the servers keep their files")
    return parser


def _answer(systems: TrialSystems, line: bytes) -> dict[str, Any] | None:
    """The answer to one command; None: stop."""
    try:
        command = json.loads(line)
    except ValueError:
        return {"error": f"not a JSON line: {line[:200]!r}", "system": "host"}
    match command:
        case {"stop": _}:
            return None
        case {"set_day": int(day)}:
            answer = _run(lambda: systems.set_day(day), {"day": day})
            return answer | ({"environment": systems.environment} if "ok" in answer else {})
        case {"check": _}:
            return _run(systems.check, {})
        case {"end_sessions": _}:
            return _run(systems.end_sessions, {})
        case _:
            return {
                "error": f"unknown command {line[:200]!r}; known: set_day, check, end_sessions, stop",
                "system": "host",
            }


def _run(action: Any, result: Mapping[str, Any]) -> dict[str, Any]:
    try:
        action()
    except LockgateError as error:
        return _failure(error)
    return {"ok": True, **result}


def _failure(error: LockgateError) -> dict[str, Any]:
    if isinstance(error, SourceSystemError):
        return {"error": error.problem, "system": error.system}
    return {"error": str(error), "system": "host"}


def _lines(parent: int) -> Iterator[bytes]:
    """Lines of standard input until it ends or the parent is gone."""
    waiting = b""
    while os.getppid() == parent:
        if not select.select([0], [], [], _POLL_SECONDS)[0]:
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            return
        *lines, waiting = (waiting + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())


def _only_answers() -> Callable[[Mapping[str, Any]], None]:
    """Keep standard output for the answers: whatever else a library prints goes to standard error."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(message: Mapping[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    return say


def _end(number: int, frame: FrameType | None) -> None:
    _ignore_signals()
    raise SystemExit(0)


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
