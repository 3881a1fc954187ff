"""Trajectories in the formats of others: ATIF (Harbor), and ADP (Agent Data Protocol), which is a reading of ATIF."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from agents.errors import EmptyTrajectoryError
from agents.prices import trajectory_cost_usd
from agents.trajectory import MAX_CHARACTERS, Step, Trajectory
from benchmark.errors import UnknownNameError

Json = dict[str, Any]

ATIF_VERSION = "ATIF-v1.7"
"""The lowest that has all we write: v1.8 adds audio. Readers of v1.8 read it, and ADP reads no other."""


def to_atif(trajectory: Trajectory) -> Json:
    """ATIF: results of tools stand in the step of the agent that asked for them.

    What ATIF has no field for stands in `extra`: parts of agents, exit codes, seconds, lengths of texts that were cut,
    how the trial ended.

    Raises:
        EmptyTrajectoryError: There is no step; ATIF needs one.

    Source: the models of the package `harbor` 0.26.0, which hold Harbor's RFC 0001.
    """
    header = trajectory.header
    if not trajectory.steps:
        raise EmptyTrajectoryError(header.trial_id)
    steps = _Steps(header.model)
    for step in trajectory.steps:
        steps.add(step)
    usage, end = trajectory.usage, trajectory.end
    return {
        "schema_version": ATIF_VERSION,
        "session_id": header.trial_id,
        "trajectory_id": header.trial_id,
        "agent": _known({"name": header.agent, "version": "unknown", "model_name": header.model}),
        "steps": steps.entries,
        "final_metrics": _known(
            {
                "total_prompt_tokens": usage.input + usage.cached_input + usage.cache_write,
                "total_completion_tokens": usage.output,
                "total_cached_tokens": usage.cached_input,
                "total_cost_usd": trajectory_cost_usd(trajectory),
                "total_steps": len(steps.entries),
            }
        ),
        "extra": {
            "task": header.task,
            "status": end.status if end else "killed",
            "message": end.message if end else "",
        },
    }


def to_adp(trajectory: Trajectory) -> Json:
    """ADP: ATIF-v1.7 as ADP reads it, where the cost of a step is `cost`, and unknown fields are errors.

    Until June 2026 ADP had actions and observations of its own; pull request 256 took them away.

    Raises:
        EmptyTrajectoryError: There is no step; ADP needs one.

    Source: github.com/neulab/agent-data-protocol, schema/atif.py at 048701a.
    """
    document = to_atif(trajectory)
    for step in document["steps"]:
        metrics = step.get("metrics", {})
        if "cost_usd" in metrics:
            metrics["cost"] = metrics.pop("cost_usd")
    return document


FORMATS: dict[str, Callable[[Trajectory], Json]] = {"atif": to_atif, "adp": to_adp}


def export(trajectory: Trajectory, name: str) -> Json:
    """A trajectory in another format; an unknown one is an `UnknownNameError`."""
    if name not in FORMATS:
        raise UnknownNameError("trajectory format", name, list(FORMATS))
    return FORMATS[name](trajectory)


class _Steps:
    """The steps of a document as they grow, and the calls of tools that wait for their results."""

    def __init__(self, model: str | None) -> None:
        self.entries: list[Json] = []
        self._model = model
        self._ids: set[str] = set()
        self._waiting: dict[str, deque[tuple[Json, str]]] = {}
        """Id of a call as the model gave it -> its step, and its id here; in the order of the calls."""

    def add(self, step: Step) -> None:
        """A message becomes a step, a result a part of one."""
        if step.role == "tool":
            self._add_result(step)
        elif step.role == "assistant":
            self._add_answer(step)
        else:
            self._append(step, step.role, step.text)

    def _append(self, step: Step, source: str, message: str, **facts: Any) -> Json:
        length = step.n_characters if message else 0
        entry = {
            "step_id": len(self.entries) + 1,
            "timestamp": step.time,
            "source": source,
            "message": message,
            **facts,
            "extra": _known({"part": step.part, "n_characters": _length_before_cut(length)}) or None,
        }
        self.entries.append(_known(entry))
        return self.entries[-1]

    def _add_answer(self, step: Step) -> None:
        ids = [self._unique(call.id) for call in step.calls]
        calls = [
            {"tool_call_id": here, "function_name": call.tool, "arguments": _as_object(call.arguments)}
            for here, call in zip(ids, step.calls, strict=True)
        ]
        entry = self._append(
            step,
            "agent",
            step.text,
            model_name=step.model or self._model,
            tool_calls=calls or None,
            metrics=_metrics(step),
            llm_call_count=1 if step.usage else None,
        )
        # If an id is used again, results for the earlier call can no longer arrive.
        self._waiting |= {call.id: deque() for call in step.calls}
        for here, call in zip(ids, step.calls, strict=True):
            self._waiting[call.id].append((entry, here))

    def _add_result(self, step: Step) -> None:
        waiting = self._waiting.get(step.call_id) if step.call_id else None
        last = self.entries[-1] if self.entries else None
        if waiting:
            entry, call_id = waiting.popleft()
            result = _result(step) | {"source_call_id": call_id}
        elif step.call_id is None and last and last["source"] == "agent" and _part(last) == step.part:
            entry, result = last, _result(step)  # the answer was the action, without a call
        else:
            entry, result = self._append(step, "agent", "", llm_call_count=0), _result(step)
        entry.setdefault("observation", {"results": []})["results"].append(result)

    def _unique(self, call_id: str) -> str:
        """An id that no other call of this trajectory has; each conversation of an agent may start counting at 1."""
        found, number = call_id, 1
        while found in self._ids:
            number += 1
            found = f"{call_id}-{number}"
        self._ids.add(found)
        return found


def _result(step: Step) -> Json:
    facts = {"tool": step.tool, "exit_code": step.exit_code, "seconds": step.seconds}
    facts["n_characters"] = _length_before_cut(step.n_characters)
    return _known({"content": step.text, "extra": _known(facts) or None})


def _metrics(step: Step) -> Json | None:
    if step.usage is None:
        return None
    usage = step.usage
    return _known(
        {
            "prompt_tokens": usage.input + usage.cached_input + usage.cache_write,
            "completion_tokens": usage.output,
            "cached_tokens": usage.cached_input,
            "cost_usd": step.cost_usd,
            "extra": {"cache_write_tokens": usage.cache_write, "reasoning_tokens": usage.reasoning},
        }
    )


def _part(entry: Json) -> str | None:
    part: str | None = entry.get("extra", {}).get("part")
    return part


def _length_before_cut(n_characters: int) -> int | None:
    return n_characters if n_characters > MAX_CHARACTERS else None


def _known(facts: Json) -> Json:
    """Leave out the fields that are None."""
    return {name: value for name, value in facts.items() if value is not None}


def _as_object(arguments: dict[str, Any] | str) -> Json:
    return arguments if isinstance(arguments, dict) else {"malformed": arguments}
