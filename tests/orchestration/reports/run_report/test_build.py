"""Every figure of a report against a computation of its own, on made-up scorecards."""

import json
from statistics import fmean

import jsonschema
import pytest

from benchmark.llm import ModelSpec
from benchmark.scorecard import Scorecard
from benchmark.stages import Stage
from benchmark.usage import TokenUsage
from orchestration.reports.run_report.build import build_report
from orchestration.reports.run_report.model import CompetitorReport, Report
from orchestration.reports.run_report.read import read_runs
from orchestration.reports.run_report.schema import SCHEMA_PATH, schema_text
from tests.helpers.made_up_runs import (
    SCENARIOS,
    card_of,
    plan_made_up,
    store_cards,
    store_made_up_run,
    unscored_card,
)

GOOD, BAD = ModelSpec(name="openai/good"), ModelSpec(name="openai/bad")


def store(run_id: str, results: dict[str, dict[str, Scorecard | dict[str, Stage] | None]], days: int = 14) -> None:
    """A run from model -> task -> where each scenario goes wrong; None = not done."""
    plans, cards = [], []
    for name, by_task in results.items():
        for task, wrong in by_task.items():
            agent = name if name in ("oracle", "idle") else "toolloop"
            plan = plan_made_up(run_id, task, agent, None if agent == name else ModelSpec(name=name), days=days)
            plans.append(plan)
            cards.append(card_of(plan, wrong) if isinstance(wrong, dict) else None)
    done = [(plan, card) for plan, card in zip(plans, cards, strict=True) if card]
    missing = [plan for plan, card in zip(plans, cards, strict=True) if not card]
    store_cards(run_id, [plan for plan, _ in done] + missing, [card for _, card in done])


def row_of(report: Report, label: str) -> CompetitorReport:
    return next(row for row in report.competitors if row.label == label)


@pytest.fixture
def mixed() -> tuple[Report, list[Scorecard]]:
    """Four competitors, nine tasks, three attempts, and two references."""
    cards = store_made_up_run("r", 4, 9, 3)
    return build_report(read_runs(["r"])), cards


def by_task(cards: list[Scorecard], value) -> float | None:
    """The mean over tasks of the mean over scored attempts, written down once more."""
    tasks: dict[str, list[float]] = {}
    for card in cards:
        if card.status == "scored" and (found := value(card)) is not None:
            tasks.setdefault(card.trial.task, []).append(float(found))
    return fmean(map(fmean, tasks.values())) if tasks else None


def test_figures_of_each_competitor(mixed: tuple[Report, list[Scorecard]]) -> None:
    report, every = mixed
    assert len(report.competitors) == 6
    for row in report.competitors:
        cards = [card for card in every if card.trial.competitor == row.competitor]
        scored = [card for card in cards if card.status == "scored"]
        assert (row.n_scored, row.n_unscored) == (len(scored), len(cards) - len(scored))
        for name, value in {
            "success_rate": lambda card: card.success,
            "transform_success_rate": lambda card: card.transform_success,
            "extract_load_success_rate": lambda card: card.extract_load_success,
            "component_score": lambda card: card.scores.component_score,
            "cascading_failure_score": lambda card: card.scores.cascading_failure_score,
        }.items():
            assert row.figures[name].mean == pytest.approx(by_task(cards, value)), name
        assert row.pass_hat_curve[0].mean == pytest.approx(row.figures["success_rate"].mean)
        assert row.pass_hat_curve[-1] == row.figures["pass_hat_k"]
        costs = [card.agent.cost_usd for card in cards if card.agent and card.agent.cost_usd is not None]
        assert row.effort.total_usd == pytest.approx(sum(costs))
        assert row.effort.trial_usd == pytest.approx(fmean(costs))
        wins = sum(card.success is True for card in cards)
        assert row.effort.success_usd == (pytest.approx(sum(costs) / wins) if wins else None)
        assert row.effort.agent_seconds == pytest.approx(fmean(card.timing_seconds["solve"] for card in scored))
        usages = [card.agent.usage for card in cards if card.agent and card.agent.usage]
        if usages:
            assert row.effort.tokens is not None
            assert row.effort.tokens.cached_input == sum(usage.cached_input for usage in usages)
            assert row.effort.trial_tokens == pytest.approx(fmean(usage.total for usage in usages))


def test_stages_scenarios_failures_and_groups(mixed: tuple[Report, list[Scorecard]]) -> None:
    report, every = mixed
    order = ["raw", "staging", "intermediate", "marts"]
    for row in report.competitors:
        cards = [card for card in every if card.trial.competitor == row.competitor]
        for stage in row.stages:
            upstream = order[: order.index(stage.stage) + 1]

            def is_right(card: Scorecard, upstream: list[str] = upstream) -> bool | None:
                tables = [table for scenario in card.scenarios for table in scenario.tables]
                reached = [table.verdict.is_match for table in tables if table.stage in upstream]
                return all(reached) if reached else None

            assert stage.right_up_to.mean == pytest.approx(by_task(cards, is_right))
        assert row.stages[-1].right_up_to.mean == pytest.approx(row.figures["success_rate"].mean)
        for scenario in row.scenarios:
            at = SCENARIOS.index(scenario.scenario)
            expected = by_task(cards, lambda card, at=at: card.scenarios[at].is_success)
            assert scenario.success_rate.mean == pytest.approx(expected)
        seen, unseen = (
            by_task(cards, lambda card, at=at: card.scenarios[at].scores.cascading_failure_score) for at in (0, 1)
        )
        assert seen is not None
        assert unseen is not None
        assert row.visible_holdout_gap.mean == pytest.approx(seen - unseen)
        n_wrong = sum(card.root_cause is not None for card in cards)
        assert sum(failure.n_trials for failure in row.failures) == n_wrong
        for failure in row.failures:
            assert 1 <= len(failure.examples) <= 3
            assert failure.examples[0].table == f"{failure.stage}.t"
        kinds = {group.value: group for group in row.groups if group.by == "kind"}
        repair = [card for card in cards if card.trial.task_kind == "repair"]
        assert kinds["repair"].success_rate.mean == pytest.approx(by_task(repair, lambda card: card.success))


def test_cells_and_tasks_add_up(mixed: tuple[Report, list[Scorecard]]) -> None:
    report, every = mixed
    assert sum(cell.n_attempts for cell in report.cells) == len(every)
    assert sum(cell.n_successes for cell in report.cells) == sum(card.success is True for card in every)
    visible_only = [card for card in every if card.success is False and card.scenarios[0].is_success]
    assert sum(cell.n_visible_only for cell in report.cells) == len(visible_only)
    references = {row.label for row in report.competitors if row.is_reference}
    assert references == {"oracle", "idle"}
    for task in report.tasks:
        cells = [cell for cell in report.cells if cell.task == task.task and cell.label not in references]
        assert task.n_solved_by == sum(cell.n_successes > 0 for cell in cells)
    shares = [task.n_solved_by / task.n_tried_by for task in report.tasks]
    assert shares == sorted(shares), "the hardest first"


def test_json_is_what_the_schema_says_and_the_schema_is_up_to_date(mixed: tuple[Report, list[Scorecard]]) -> None:
    assert SCHEMA_PATH.read_text() == schema_text(), "run `make schemas`"
    jsonschema.validate(json.loads(mixed[0].model_dump_json()), json.loads(schema_text()))


def test_references_are_never_ranked_and_stand_last() -> None:
    wrong: dict[str, Stage] = {"visible": "marts"}
    store("r", {"oracle": {"a": {}}, "m/x": {"a": wrong}, "idle": {"a": wrong}})
    report = build_report(read_runs(["r"]))
    assert [(row.label, row.rank) for row in report.competitors] == [
        ("toolloop@m/x", 1), ("oracle", None), ("idle", None),
    ]  # fmt: skip
    assert report.pairs == ()
    assert report.sentence.startswith("toolloop@m/x solves 0 % of 1 task.")


def test_one_rank_is_shared_by_those_that_cannot_be_told_apart() -> None:
    """a beats b on all 8 tasks; c is as a but for one task: 7 of 8 against 8 of 8 is no difference."""
    tasks = [f"t{number}" for number in range(8)]
    wrong: dict[str, Stage] = {"visible": "marts"}
    store(
        "r",
        {
            "m/b": dict.fromkeys(tasks, wrong),
            "m/a": {task: {} for task in tasks},
            "m/c": {task: wrong if task == "t0" else {} for task in tasks},
        },
    )
    report = build_report(read_runs(["r"]))
    assert [(row.competitor.model_name, row.rank) for row in report.competitors] == [("m/a", 1), ("m/c", 1), ("m/b", 3)]
    pair = report.pairs[0]
    assert (pair.first, pair.second, pair.is_distinct) == ("toolloop@m/a", "toolloop@m/c", False)
    assert (pair.first_only, pair.second_only) == (("t0",), ())
    assert pair.success_rate.mean == pytest.approx(1 / 8)
    assert "cannot be told apart from it (paired -12 points, -38 to +0, 8 common tasks)" in report.sentence


def test_few_tasks_tell_nobody_apart() -> None:
    wrong: dict[str, Stage] = {"visible": "raw"}
    store("r", {"m/a": {task: {} for task in "abc"}, "m/b": dict.fromkeys("abc", wrong)})
    report = build_report(read_runs(["r"]))
    assert [row.rank for row in report.competitors] == [1, 1]
    assert "Only 3 tasks: 5 are needed for any interval, so nobody is told apart." in report.warnings


def test_the_frontier_is_of_those_that_nobody_beats() -> None:
    plans, cards = [], []
    for name, usd, seconds, n_right in (("a", 1.0, 50, 2), ("b", 0.5, 90, 2), ("c", 2.0, 10, 3), ("d", None, 99, 1)):
        for number in range(3):
            plan = plan_made_up("r", f"t{number}", "toolloop", ModelSpec(name=f"m/{name}"))
            plans.append(plan)
            wrong: dict[str, Stage] = {} if number < n_right else {"visible": "marts"}
            cards.append(card_of(plan, wrong, cost_usd=usd, seconds=seconds))
    store_cards("r", plans, cards)
    report = build_report(read_runs(["r"]))
    assert {row.label for row in report.competitors if row.is_on_cost_frontier} == {"toolloop@m/b", "toolloop@m/c"}
    assert {row.label for row in report.competitors if row.is_on_time_frontier} == {"toolloop@m/c"}
    d = row_of(report, "toolloop@m/d").effort
    assert (d.total_usd, d.trial_usd, d.success_usd, d.n_unpriced) == (None, None, None, 3)
    assert "No price is known, and costs leave them out: toolloop@m/d (3 trials)." in report.warnings


def test_unscored_and_missing_trials_are_told_and_are_in_no_mean() -> None:
    plans = [plan_made_up("r", task, "toolloop", GOOD) for task in ("a", "b", "c")]
    store_cards("r", plans, [card_of(plans[0]), unscored_card(plans[1], "The disk is full.")])
    report = build_report(read_runs(["r"]))
    (row,) = report.competitors
    assert (row.figures["success_rate"].mean, row.n_scored, row.n_unscored) == (1.0, 1, 1)
    assert report.unscored[0].reason == "The disk is full."
    assert report.runs[0].n_missing == 1
    assert "1 planned trials are not done; this report is of those that are." in report.warnings


def test_two_runs_of_the_same_setting_are_attempts_of_one_competitor() -> None:
    wrong: dict[str, Stage] = {"day2": "staging"}
    store("first", {GOOD.name: {"a": {}, "b": {}}})
    store("second", {GOOD.name: {"a": wrong, "b": {}}})
    report = build_report(read_runs(["first", "second"]))
    (row,) = report.competitors
    assert (row.label, row.k, row.n_scored) == ("toolloop@openai/good", 2, 4)
    assert row.figures["success_rate"].mean == pytest.approx(0.75)
    (trend,) = report.trends
    assert [point.success_rate.mean for point in trend.points] == [1.0, 0.5]
    assert (trend.worse_tasks, trend.better_tasks) == (("a",), ())


@pytest.mark.parametrize("what", ["days", "versions"])
def test_runs_that_differ_are_never_averaged(what: str) -> None:
    store("first", {GOOD.name: {"a": {}}, BAD.name: {"a": {"visible": "raw"}}})
    plan = plan_made_up("second", "a", "toolloop", GOOD, days=21 if what == "days" else 14)
    store_cards(
        "second", [plan], [card_of(plan, {"visible": "marts"})], lockgate="9" if what == "versions" else "0.1.0"
    )
    report = build_report(read_runs(["second", "first"]))
    assert [(row.label, row.figures["success_rate"].mean) for row in report.competitors] == [
        ("toolloop@openai/good [first]", 1.0),
        ("toolloop@openai/bad [first]", 0.0),
        ("toolloop@openai/good [second]", 0.0),
    ]
    told = ("days 14 against 21", "days 21 against 14", "lockgate 0.1.0 against 9", "lockgate 9 against 0.1.0")
    assert any(said in report.warnings[0] for said in told)
    assert [(pair.first, pair.second) for pair in report.pairs] == [
        ("toolloop@openai/good [first]", "toolloop@openai/bad [first]")
    ]


def test_families_differ_in_one_thing() -> None:
    plans = [
        plan_made_up("r", "a", agent, ModelSpec(name="m/x", effort=effort))
        for agent, effort in (("toolloop", "low"), ("toolloop", "high"), ("codeact", None))
    ]
    store_cards("r", plans, [card_of(plan, usage=TokenUsage(input=5)) for plan in plans])
    found = {family.what: family.labels for family in build_report(read_runs(["r"])).families}
    assert set(found["same agent and model, several efforts"]) == {
        "toolloop@m/x+effort=high", "toolloop@m/x+effort=low",
    }  # fmt: skip
    assert len(found["same model, several agents"]) == 3
    assert "same agent, several models" not in found
