"""Trajectories in the formats of others: ATIF (Harbor) and ADP (Agent Data Protocol)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agents.prices import read_prices
from agents.trajectory import Step, Trajectory
from benchmark.errors import UnknownNameError

Json = dict[str, Any]

ATIF_VERSION = "ATIF-v1.7"
ADP_VERSION = "1.3.1"


def to_atif(trajectory: Trajectory) -> Json:
    """ATIF: results of tools stand in the step of the agent that called them. Source: harborframework.com, RFC 0001."""
    header = trajectory.header
    steps: list[Json] = []
    for step in trajectory.steps:
        if step.role == "tool":
            _add_result(steps, step)
            continue
        entry: Json = {
            "step_id": len(steps) + 1,
            "timestamp": step.time,
            "source": "agent" if step.role == "assistant" else step.role,
            "message": step.text,
        }
        if step.calls:
            entry["tool_calls"] = [
                {"tool_call_id": call.id, "function_name": call.tool, "arguments": _as_object(call.arguments)}
                for call in step.calls
            ]
        if step.role == "assistant":
            entry |= {"model_name": header.model, "metrics": _metrics(step)}
        steps.append({name: value for name, value in entry.items() if value is not None})
    usage = trajectory.usage
    prompt = usage.input + usage.cached_input + usage.cache_write
    cost = read_prices().cost_usd(header.model, usage) if header.model else None
    totals: Json = {
        "total_prompt_tokens": prompt,
        "total_completion_tokens": usage.output,
        "total_cached_tokens": usage.cached_input,
        "total_steps": len(steps),
    }
    agent: Json = {"name": header.agent, "version": "unknown"} | ({"model_name": header.model} if header.model else {})
    return {
        "schema_version": ATIF_VERSION,
        "session_id": header.trial_id,
        "agent": agent,
        "steps": steps,
        "final_metrics": totals | ({"total_cost_usd": cost} if cost is not None else {}),
    }


def to_adp(trajectory: Trajectory) -> Json:
    """ADP: a flat list of actions and observations; each call is followed by its result.

    Source: github.com/neulab/agent-data-protocol, schema/.
    """
    content: list[Json] = []
    for index, step in enumerate(trajectory.steps):
        if step.role in ("system", "user"):
            content.append(_observation(step.text, step.role))
        elif step.role == "tool" and step.call_id is None:
            content.append(_observation(step.text, "system"))
        elif step.role == "assistant" and not step.calls:
            content.append({"class_": "message_action", "content": step.text, "description": None})
        answers = {answer.call_id: answer for answer in _answers(trajectory.steps[index + 1 :])} if step.calls else {}
        for call in step.calls:
            action: Json = {"class_": "api_action", "function": call.tool, "kwargs": _as_object(call.arguments)}
            action["description"] = step.text or None
            if call.id not in answers:  # the trial ended before the tool did
                content.append(action)
                continue
            link = {"tool_call_id": f"{step.index}/{call.id}"}  # ids of calls may come again in another conversation
            content += [action | link, _observation(answers[call.id].text, "system") | link]
    header = trajectory.header
    details = {"task": header.task, "agent": header.agent, "model": header.model}
    return {"schema_version": ADP_VERSION, "id": header.trial_id, "content": content, "details": details}


def _answers(steps: Sequence[Step]) -> Iterator[Step]:
    """Results of tools up to the next answer of the model."""
    for step in steps:
        if step.role == "assistant":
            return
        if step.role == "tool":
            yield step


FORMATS: dict[str, Callable[[Trajectory], Json]] = {"atif": to_atif, "adp": to_adp}


def export(trajectory: Trajectory, name: str) -> Json:
    """A trajectory in another format; an unknown one is an `UnknownNameError`."""
    if name not in FORMATS:
        raise UnknownNameError("trajectory format", name, list(FORMATS))
    return FORMATS[name](trajectory)


def _add_result(steps: list[Json], step: Step) -> None:
    """Put a tool's result where its call is; without one, into a step of the agent's own."""
    owner = next(
        (
            entry
            for entry in reversed(steps)
            if step.call_id in [call["tool_call_id"] for call in entry.get("tool_calls", [])]
        ),
        None,
    )
    if owner is None:
        owner = {"step_id": len(steps) + 1, "timestamp": step.time, "source": "agent", "message": ""}
        steps.append(owner)
    result = {"content": step.text} | ({"source_call_id": step.call_id} if "tool_calls" in owner else {})
    owner.setdefault("observation", {"results": []})["results"].append(result)


def _metrics(step: Step) -> Json | None:
    if step.usage is None:
        return None
    usage = step.usage
    found = {
        "prompt_tokens": usage.input + usage.cached_input + usage.cache_write,
        "completion_tokens": usage.output,
        "cached_tokens": usage.cached_input,
        "cost_usd": step.cost_usd,
    }
    return {name: value for name, value in found.items() if value is not None}


def _observation(text: str, source: str) -> Json:
    return {"class_": "text_observation", "content": text, "source": source}


def _as_object(arguments: dict[str, Any] | str) -> Json:
    return arguments if isinstance(arguments, dict) else {"malformed": arguments}
