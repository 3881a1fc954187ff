"""Agents with two models, efforts, hint levels or budgets in one run: told apart wherever figures stand."""

import json
from collections.abc import Callable

import pytest
from rich.console import Console
from typer.testing import CliRunner

from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.scorecard import Scorecard
from benchmark.trial import BudgetChange, TrialOptions
from benchmark.versions import tool_versions
from evaluators.scoring.leaderboard import standings
from orchestration.cli.app import app
from orchestration.defs.trial_config import TrialSettings, settings_of
from orchestration.planning.trials import plan_trial
from orchestration.reports.console import scorecards_json, totals_table, trials_table
from orchestration.reports.lookup import find_agent_scorecards
from orchestration.reports.progress import TrialProgress

Store = Callable[..., Scorecard]
TASK = "flights_disputed_delays"
MODELS = ("openai/gpt-5", "anthropic/claude-sonnet-4-5")


def make_plan(run_id: str, model: str | None = None, *, agent: str = "toolloop", **options: object) -> TrialPlan:
    effort = options.pop("effort", None)
    spec = ModelSpec(name=model, effort=str(effort) if effort else None) if model else None
    return plan_trial(get_task(TASK), agent, run_id=run_id, model=spec, options=TrialOptions.model_validate(options))


def store_run(run_id: str, plans: list[TrialPlan], store_scorecard: Store | None = None) -> list[Scorecard]:
    RunStore(run_id).write_plan(RunPlan(run_id=run_id, trials=tuple(plans), versions=tool_versions()))
    if store_scorecard is None:
        return []
    return [store_scorecard(plan, score=1.0 - n / 10) for n, plan in enumerate(plans)]


@pytest.fixture
def cards(store_scorecard: Store) -> list[Scorecard]:
    return store_run("two", [make_plan("two", model) for model in MODELS], store_scorecard)


def test_two_models_are_two_rows_in_every_table(cards: list[Scorecard]) -> None:
    totals = standings(cards)
    names = [f"toolloop@{model}" for model in MODELS]
    assert [standing.competitor.name for standing in totals] == names
    console = Console(width=80, record=True)
    console.print(trials_table(cards), totals_table(totals))
    lines = console.export_text().splitlines()
    assert "pass@2" not in "".join(lines)
    start, end = lines[0].index("agent"), lines[0].index("#")
    assert "".join(line[start:end].strip() for line in lines[2:6]) == "".join(names), "folded in the table of trials"
    assert [name for name in names if any(f" {name} " in line for line in lines[6:])] == names
    rows = json.loads(scorecards_json(cards, totals))["totals"]
    assert [(row["model_name"], row["n_scored"], row["k"]) for row in rows] == [(model, 1, 1) for model in MODELS]


def test_the_lines_of_progress_name_the_model(cards: list[Scorecard]) -> None:
    console = Console(width=200, record=True)
    with TrialProgress(console, n_total=2) as progress:
        for card, model in zip(cards, MODELS, strict=True):
            progress.done(make_plan("two", model), card)
    lines = console.export_text().splitlines()
    assert [model in line for model, line in zip(MODELS, lines, strict=True)] == [True, True]


def test_compare_takes_agent_and_model_and_fits_80_columns(cards: list[Scorecard], monkeypatch) -> None:
    first, second = (f"two/toolloop@{model}" for model in MODELS)
    result = CliRunner().invoke(app, ["compare", first, second], env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    assert "…" not in result.output
    assert max(map(len, result.output.splitlines()[:8])) <= 80
    assert "too few tasks: 1 task is compared, 5 are needed" in result.output
    content = json.loads(CliRunner().invoke(app, ["compare", first, second, "--json"]).output)
    assert (content["first"], content["second"]) == (first, second)
    assert content["figures"]["component_score"]["difference"] == pytest.approx(0.1)


def test_a_name_that_fits_several_competitors_is_refused_with_their_names(cards: list[Scorecard]) -> None:
    with pytest.raises(LockgateError) as caught:
        find_agent_scorecards("two/toolloop")
    assert all(f"two/toolloop@{model}" in str(caught.value) for model in MODELS)
    with pytest.raises(LockgateError, match=r"no agent 'toolloop@openai/other'\. Its agents: .*openai/gpt-5"):
        find_agent_scorecards("two/toolloop@openai/other")


def test_effort_hints_and_budget_tell_competitors_apart(store_scorecard: Store) -> None:
    model = MODELS[0]
    plans = [
        make_plan("three", model),
        make_plan("three", model, effort="high"),
        make_plan("three", model, effort="low"),
        make_plan("three", model, hint_level=1),
    ]
    assert len({plan.trial_id for plan in plans}) == len(plans)
    cards = store_run("three", plans, store_scorecard)
    assert len(standings(cards)) == 4
    (found,) = find_agent_scorecards(f"three/toolloop@{model}+effort=low")
    assert found.trial.effort == "low"
    (found,) = find_agent_scorecards("toolloop+hints=1")
    assert found.trial.hint_level == 1
    (found,) = find_agent_scorecards(f"three/toolloop@{model}")
    assert found.trial.competitor.name == f"toolloop@{model}", "a full name is that competitor's, whatever else it fits"


def test_budgets_in_two_runs_are_two_competitors(store_scorecard: Store) -> None:
    task = get_task(TASK)
    cheap = plan_trial(task, "oracle", run_id="b", options=TrialOptions(budget=BudgetChange(cost_usd=1)))
    cards = [
        *store_run("a", [make_plan("a", agent="oracle")], store_scorecard),
        *store_run("b", [cheap], store_scorecard),
    ]
    assert [row.competitor.name for row in standings(cards)] == ["oracle", "oracle+cost_usd=1"]


def test_a_trial_in_dagster_is_of_the_same_competitor() -> None:
    task = get_task(TASK)
    plan = make_plan("r", MODELS[0], effort="high", hint_level=1, budget={"steps": 7})
    assert plan.budget == task.spec.budget.model_copy(update={"steps": 7})
    settings = TrialSettings.model_validate(settings_of(plan))
    assert settings.plan(task, "unused") == plan
    assert plan.competitor.name == f"toolloop@{MODELS[0]}+effort=high+hints=1+steps=7"


def test_the_latest_run_with_results_is_taken(store_scorecard: Store) -> None:
    store_run("1-done", [make_plan("1-done", agent="oracle")], store_scorecard)
    store_run("2-empty", [make_plan("2-empty", agent="oracle")])
    (found,) = find_agent_scorecards("oracle")
    assert found.trial.run_id == "1-done"
    with pytest.raises(LockgateError, match="No trial of oracle in run 2-empty is done yet"):
        find_agent_scorecards("2-empty/oracle")


def test_a_model_without_its_run_is_found_though_its_name_has_a_slash(cards: list[Scorecard]) -> None:
    (found,) = find_agent_scorecards(f"toolloop@{MODELS[1]}")
    assert found.trial.model_name == MODELS[1]
