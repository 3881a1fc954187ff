"""The trajectory of a trial: one JSON line an event, written as it happens."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from agents.surrogates import whole_letters
from benchmark.errors import LockgateError
from benchmark.llm import OwnPrice
from benchmark.redact import PLACEHOLDER, redact
from benchmark.usage import TokenUsage

FORMAT_VERSION = 1
MAX_CHARACTERS = 20_000
"""Longest text that is kept whole. Of a longer one its beginning, its end and its length are kept."""

_KEY_SHAPES = re.compile(r"\b(?:sk-[\w-]{16,}|AIza[\w-]{30,}|gh[pousr]_\w{30,}|AKIA[A-Z0-9]{16})\b")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(_Record):
    """The first line of the file: which trial this is."""

    kind: Literal["header"] = "header"
    format_version: Literal[1] = 1
    trial_id: str
    task: str
    agent: str
    model: str | None
    own_price: OwnPrice | None = None
    """What the run said that the model costs; None = the list of prices says it."""
    time: str


class Call(_Record):
    """A call of a tool that the model asks for."""

    id: str
    tool: str
    arguments: dict[str, Any] | str
    """A text where the model wrote no valid JSON object."""


class Step(_Record):
    """One message, or one result of a tool."""

    kind: Literal["step"] = "step"
    index: int
    """From 0."""
    time: str
    """ISO 8601, UTC."""
    role: Literal["system", "user", "assistant", "tool"]
    part: str | None = None
    """Which part of the agent spoke, where it has several: planner, builder, inspector."""
    text: str = ""
    """What was said, or the result of the tool."""
    n_characters: int = 0
    """Length of the text before it was cut."""
    calls: tuple[Call, ...] = ()
    call_id: str | None = None
    """Role tool: which call this answers."""
    tool: str | None = None
    exit_code: int | None = None
    seconds: float | None = None
    model: str | None = None
    """Role assistant: the model that was asked, where a program chose it itself. None = the header's."""
    usage: TokenUsage | None = None
    """Role assistant: tokens of the call of the model."""
    cost_usd: float | None = None
    """At the prices of that day; `lockgate show` uses those of today. None = no price is known."""


class End(_Record):
    """The last line; missing where the trial was killed."""

    kind: Literal["end"] = "end"
    time: str
    status: Literal["finished", "limit", "failed", "fault"]
    message: str = ""


Event = Header | Step | End


class Trajectory(_Record):
    """A trajectory as it was read: first line, steps, last line."""

    header: Header
    steps: tuple[Step, ...]
    end: End | None

    @property
    def usage(self) -> TokenUsage:
        """Tokens of all calls of the model."""
        return sum((step.usage for step in self.steps if step.usage), TokenUsage())


class Recorder:
    """Writes a trajectory; a file that is there already is overwritten.

    Args:
        path: The file.
        header: Its first line.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self._n_steps = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8")
        self._write(header)

    def __enter__(self) -> Self:
        """Return the recorder; its file is open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def step(self, role: Literal["system", "user", "assistant", "tool"], text: str = "", **facts: Any) -> None:
        """Write a step; `facts` are the other fields of `Step`."""
        redacted = self._redact(text)
        shown = cut(redacted, MAX_CHARACTERS)
        step = Step(index=self._n_steps, time=now(), role=role, text=shown, n_characters=len(text), **facts)
        self._n_steps += 1
        self._write(step)

    def end(self, status: Literal["finished", "limit", "failed", "fault"], message: str) -> None:
        """Write the last line: how the trial ended."""
        self._write(End(time=now(), status=status, message=message))

    def _write(self, event: Event) -> None:
        content = self._redact_all(event.model_dump(mode="json", exclude_defaults=False))
        self._file.write(json.dumps(content, ensure_ascii=False) + "\n")
        self._file.flush()

    def _redact_all(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._redact(value)
        if isinstance(value, dict):
            return {self._redact(key): self._redact_all(item) for key, item in value.items()}
        return [self._redact_all(item) for item in value] if isinstance(value, list | tuple) else value

    def _redact(self, text: str) -> str:
        return _KEY_SHAPES.sub(PLACEHOLDER, redact(whole_letters(text)))


def read_trajectory(path: Path) -> Trajectory:
    """Read a trajectory; one that was cut off by a kill reads up to its last whole line.

    Raises:
        LockgateError: There is none, or a line is not of this format.
    """
    if not path.is_file():
        raise LockgateError(f"No trajectory in {path}: the agent keeps none, or has not started.")
    # Not `splitlines`: U+2028 and U+0085 stand in texts as they are, and end no line. A kill may halve a letter.
    lines = path.read_text(encoding="utf-8", errors="replace").removesuffix("\n").split("\n")
    header, steps, end = None, [], None
    for number, line in enumerate(lines, start=1):
        try:
            content = json.loads(line)
            kind = content.get("kind")
            if kind == "header":
                header = Header.model_validate(content)
            elif kind == "end":
                end = End.model_validate(content)
            else:
                steps.append(Step.model_validate(content))
        except (ValueError, ValidationError, AttributeError) as error:
            if number == len(lines) and header is not None:
                break  # half a line: the trial was killed as it wrote
            raise LockgateError(f"{path}, line {number}: not of format {FORMAT_VERSION}: {error}") from error
    if header is None:
        raise LockgateError(f"{path}: the first line must be a header of format {FORMAT_VERSION}.")
    return Trajectory(header=header, steps=tuple(steps), end=end)


def cut(text: str, size: int) -> str:
    """A text of at most about `size` characters: begin and end stay, and what is left out is counted."""
    if len(text) <= size:
        return text
    half = size // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"


def now() -> str:
    """The time, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
