"""Trajectories of every shape that a recorder may write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from agents.trajectory import MAX_CHARACTERS, Call, Header, Recorder, Trajectory, read_trajectory
from benchmark.usage import TokenUsage

USAGE = TokenUsage(input=70, cached_input=20, cache_write=10, output=30, reasoning=12)
MODEL = "anthropic/claude-sonnet-4-5"
TIME = "2026-11-26T09:00:00.000+00:00"


class Shape(NamedTuple):
    """What is written after the header."""

    write: Callable[[Recorder], None]
    model: str | None = MODEL


def record(folder: Path, shape: Shape) -> Trajectory:
    """Write a trajectory as an agent does, and read it again."""
    path = folder / "trajectory.jsonl"
    header = Header(trial_id="task--agent--1", task="task", agent="agent", model=shape.model, time=TIME)
    with Recorder(path, header) as recorder:
        shape.write(recorder)
    return read_trajectory(path)


def answer(recorder: Recorder, text: str = "", *calls: Call, **facts: Any) -> None:
    """An answer of the model."""
    recorder.step("assistant", text, calls=calls, usage=USAGE, cost_usd=0.001, **facts)


def result(recorder: Recorder, call_id: str | None, text: str = "fine", exit_code: int = 0, **facts: Any) -> None:
    """The result of a tool."""
    recorder.step("tool", text, call_id=call_id, **{"tool": "shell", "exit_code": exit_code, "seconds": 0.5} | facts)


def call(call_id: str = "call_1", **arguments: Any) -> Call:
    """A call of the shell."""
    return Call(id=call_id, tool="shell", arguments=arguments or {"command": "ls"})


def _begin(recorder: Recorder, part: str | None = None) -> None:
    recorder.step("system", "You are a data engineer.", part=part)
    recorder.step("user", "The ticket.", part=part)


def _calls(recorder: Recorder) -> None:
    _begin(recorder)
    answer(recorder, "I look.", call("call_1"), Call(id="call_2", tool="shell", arguments='{"command": '))
    result(recorder, "call_1")
    result(recorder, "call_2", "The arguments of shell are not valid JSON.", 2)
    answer(recorder, "Done.")
    recorder.end("finished", "Done.")


def _same_ids(recorder: Recorder) -> None:
    for part in ("builder", "inspector"):
        _begin(recorder, part)
        answer(recorder, "", call(), call(), part=part)
        result(recorder, "call_1", f"first of {part}", part=part)
        result(recorder, "call_1", f"second of {part}", part=part)
    recorder.end("finished", "")


def _unanswered(recorder: Recorder) -> None:
    _begin(recorder)
    answer(recorder, "", call("call_1"))
    answer(recorder, "", call("call_1"))
    result(recorder, "call_1", "of the second")
    answer(recorder, "", call("call_3"), call("call_4"))
    result(recorder, "call_3")
    recorder.end("limit", "wall time")


def _cut(recorder: Recorder) -> None:
    _begin(recorder)
    answer(recorder, "x" * (MAX_CHARACTERS + 1), call())
    result(recorder, "call_1", "y" * (MAX_CHARACTERS + 2))


def _letters(recorder: Recorder) -> None:
    recorder.step("user", "Zoë's 航空 \u2028 \u2029 \x85 \x00 🛫")
    answer(recorder, "\ud83d is half a letter", call("ключ", command="echo 🛬 \ud83d"))
    result(recorder, "ключ", "🛬\x1b[0m")


def _programs(recorder: Recorder) -> None:
    """As CodeAct: the answer holds the program, and no call."""
    _begin(recorder)
    answer(recorder, "```python\nprint(1)\n```")
    result(recorder, None, "1", tool="python")
    recorder.step("user", "Exit code 0. Output:\n1")
    answer(recorder, "Done.")


def _command_line(recorder: Recorder) -> None:
    """As a program that asks two models beside the proxy."""
    recorder.step("user", "The ticket.")
    answer(recorder, model="claude-haiku-4-5")
    answer(recorder, model="claude-sonnet-4-5")
    result(recorder, None, "I wrote it.", 1, part="stdout", tool="claude")
    result(recorder, None, "warning", 1, part="stderr", tool="claude")
    recorder.end("failed", "exit code 1")


def _replay(recorder: Recorder) -> None:
    """Results alone: nobody asked."""
    result(recorder, "call_1")
    result(recorder, "call_2", "no", 1)
    recorder.end("finished", "2 calls made again")


SHAPES = {
    "calls": Shape(_calls),
    "same ids": Shape(_same_ids),
    "unanswered": Shape(_unanswered),
    "cut": Shape(_cut),
    "letters": Shape(_letters),
    "programs": Shape(_programs),
    "command line": Shape(_command_line),
    "replay": Shape(_replay, model=None),
    "no price": Shape(_calls, model="openai/unheard-of"),
}
