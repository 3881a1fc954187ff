"""Who competed, as Every Eval Ever says it: the model, and how an agent used it."""

from __future__ import annotations

from collections.abc import Sequence

from agents.registry import is_reference
from benchmark.budget import Budget
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import TrialPlan
from bridges.every_eval_ever.records import EvalLimits, GenerationArgs, GenerationConfig, ModelInfo, SandboxInfo
from bridges.every_eval_ever.samples import StoredTrial

_CLOSED = frozenset({"anthropic", "gemini", "google"})
"""Providers whose own models all have closed weights."""


def describe_model(plan: TrialPlan) -> ModelInfo:
    """The model of a competitor; an agent without one stands in its place.

    A label, an effort and further options are not in the id, so that one model is found under one id.
    """
    model = plan.model
    if model is None:
        is_ours = is_reference(plan.agent)
        developer = "lockgate" if is_ours else "unknown"
        details = {"is_reference_agent": "true"} if is_ours else {}
        return ModelInfo(
            name=plan.agent,
            id=f"{developer}/{plan.agent}",
            developer=developer,
            additional_details=_unknown() | details | {"agent": plan.agent, "uses_a_model_that_is_known": "false"},
        )
    *_, developer, name = ["unknown", *model.name.split("/")]
    return ModelInfo(
        name=model.label or model.name,
        id=f"{developer}/{name}",
        developer=developer,
        inference_platform=model.provider if model.base_url is None else None,
        additional_details=_deployment(model) | {"agent": plan.agent, "litellm_name": model.name},
    )


def describe_generation(trials: Sequence[StoredTrial]) -> GenerationConfig:
    """How the agent of a competitor asked its model, and within which limits."""
    plan = trials[0].plan
    model = plan.model
    sandboxes = sorted({name for trial in trials if (name := trial.card.versions.get("sandbox"))})
    options = dict(plan.competitor.model_options)
    details = {
        "agent": plan.agent,
        "competitor": plan.competitor.name,
        "attempts": str(max(trial.plan.attempt for trial in trials)),
        "hint_level": str(plan.hint_level),
        **({"reasoning_effort": model.effort} if model and model.effort else {}),
        **{name: text for name, text in options.items() if name not in ("temperature", "max_output_tokens")},
        **{f"limit_{name}": f"{value:g}" for name, value in plan.budget_changes},
        **_costs(trials),
    }
    return GenerationConfig(
        generation_args=GenerationArgs(
            temperature=model.temperature if model else None,
            max_tokens=model.max_output_tokens if model else None,
            reasoning=None if model is None or model.effort is None else model.effort != "none",
            eval_limits=_limits(trials),
            sandbox=SandboxInfo(type=sandboxes[0]) if len(sandboxes) == 1 else None,
        ),
        additional_details=details,
    )


def _costs(trials: Sequence[StoredTrial]) -> dict[str, str]:
    """Cost of all trials, where prices are known: the schema has no field for it."""
    agents = [trial.card.agent for trial in trials if trial.card.agent]
    known = [agent.cost_usd for agent in agents if agent.cost_usd is not None]
    return {"total_cost_usd": f"{sum(known):.6g}", "n_trials_with_known_cost": str(len(known))} if known else {}


def _limits(trials: Sequence[StoredTrial]) -> EvalLimits | None:
    """The limits of a trial; None where tasks differ in them, or a task is gone."""
    budgets = {budget.model_dump_json(): budget for trial in trials if (budget := _budget(trial.plan)) is not None}
    if len(budgets) != 1:
        return None
    (budget,) = budgets.values()
    return EvalLimits(time_limit=int(budget.wall_seconds), message_limit=budget.steps, token_limit=budget.tokens)


def _budget(plan: TrialPlan) -> Budget | None:
    try:
        return plan.budget or get_task(plan.task).spec.budget
    except LockgateError:
        return None


def _unknown() -> dict[str, str]:
    return {"deployment_type": "unknown", "model_availability": "unknown"}


def _deployment(model: ModelSpec) -> dict[str, str]:
    """What is known of where a model runs; behind an address of the user's own, nothing is."""
    if model.base_url is not None:
        return _unknown()
    availability = "closed_weights" if model.provider in _CLOSED else "unknown"
    return _unknown() | {"deployment_type": "externally_managed", "model_availability": availability}
