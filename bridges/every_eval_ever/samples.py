"""Trials one by one: the ticket, what the agent did, and the verdict."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from agents.trajectory import Step, Trajectory
from benchmark.run_store import TrialPlan
from benchmark.scorecard import Scorecard
from bridges.every_eval_ever.records import (
    AnswerAttribution,
    Message,
    Performance,
    Sample,
    SampleInput,
    SampleScore,
    SampleTokens,
    ToolCall,
)
from bridges.every_eval_ever.results import OVERALL

SCORED_BY = f"{OVERALL}:success_rate"
"""The result that a line belongs to. One line a trial: other figures stand in its metadata, not in further lines."""


class StoredTrial(NamedTuple):
    """A trial as it is stored."""

    plan: TrialPlan
    card: Scorecard
    trajectory: Trajectory | None
    ticket: str
    """What the agent was asked."""


def sample_of(trial: StoredTrial, evaluation_id: str, model_id: str) -> Sample:
    """The line of a trial that has a verdict."""
    card, agent = trial.card, trial.card.agent
    messages = _messages(trial)
    asked = SampleInput(raw=trial.ticket)
    usage = agent.usage if agent else None
    seconds = card.timing_seconds.get("solve")
    return Sample(
        evaluation_id=evaluation_id,
        model_id=model_id,
        evaluation_name=OVERALL,
        evaluation_result_id=SCORED_BY,
        sample_id=card.trial.task,
        sample_hash=_hash(asked),
        input=asked,
        messages=messages,
        answer_attribution=(
            AnswerAttribution(
                turn_idx=len(messages) - 1,
                source="the workspace that the agent left, as a patch",
                extracted_value=f"sha256:{card.submission.sha256}" if card.submission else "",
                extraction_method="collected by Lockgate after the last turn",
            ),
        ),
        evaluation=SampleScore(
            score=float(card.success is True),
            is_correct=card.success is True,
            num_turns=len(messages),
            tool_calls_count=sum(len(message.tool_calls or ()) for message in messages),
        ),
        token_usage=None
        if usage is None
        else SampleTokens(
            input_tokens=usage.input + usage.cached_input + usage.cache_write,
            output_tokens=usage.output,
            total_tokens=usage.total,
            input_tokens_cache_write=usage.cache_write,
            input_tokens_cache_read=usage.cached_input,
            reasoning_tokens=usage.reasoning,
        ),
        performance=None if seconds is None else Performance(latency_ms=seconds * 1000),
        error=agent.message or None if agent and agent.status != "finished" else None,
        metadata=_metadata(card),
    )


def _hash(asked: SampleInput) -> str:
    """Of ticket and reference, so that the same task is found in other records; the recipe is the schema's."""
    content = json.dumps({"raw": asked.raw, "reference": []}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _messages(trial: StoredTrial) -> tuple[Message, ...]:
    """What was said; of an agent that keeps no trajectory the ticket alone."""
    if trial.trajectory is None or not trial.trajectory.steps:
        return (Message(turn_idx=0, role="user", content=trial.ticket),)
    return tuple(_message(number, step) for number, step in enumerate(trial.trajectory.steps))


def _message(number: int, step: Step) -> Message:
    calls = tuple(ToolCall(id=call.id, name=call.tool, arguments=_texts(call.arguments)) for call in step.calls)
    return Message(
        turn_idx=number,
        role=step.role,
        content=step.text or None,
        tool_calls=calls or None,
        tool_call_id=(step.call_id,) if step.call_id else None,
    )


def _texts(arguments: dict[str, Any] | str) -> dict[str, str]:
    if isinstance(arguments, str):
        return {"malformed": arguments}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in arguments.items()}


def _metadata(card: Scorecard) -> dict[str, str]:
    trial, cause = card.trial, card.root_cause
    facts: dict[str, object] = {
        "run": trial.run_id,
        "trial": trial.trial_id,
        "attempt": trial.attempt,
        "world": trial.world,
        "kind": trial.task_kind,
        "holdout_seed": trial.holdout_seed,
        "extract_load_success": card.extract_load_success,
        "transform_success": card.transform_success,
        "component_score": card.scores.component_score if card.scores else None,
        "cascading_failure_score": card.scores.cascading_failure_score if card.scores else None,
        "goes_wrong_first": f"{cause.table} ({cause.stage}, {cause.kind}) in {cause.scenario}" if cause else None,
        "cost_usd": card.agent.cost_usd if card.agent else None,
        **{f"cascading_failure_score_{stage}": scores.cascading_failure_score for stage, scores in card.stages.items()},
    }
    return {name: _text(value) for name, value in facts.items() if value is not None}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
