"""A run as a matrix."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from benchmark.errors import LockgateError, SpecError
from benchmark.llm import ModelSpec
from benchmark.registry import get_task, list_tasks
from orchestration.planning.matrix import RunMatrix, read_matrix
from tests.helpers.examples import n_examples


@pytest.mark.parametrize("name", ["idle", '"null"'])
def test_the_idle_agent_is_known_by_its_earlier_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"agents: [oracle, {name}]\n")
    assert read_matrix(path).agents == ("oracle", "idle")


def test_trials_of_the_earlier_name_are_those_of_the_idle_agent() -> None:
    matrix = RunMatrix(agents=("null",), tasks=("flights_otp_scorecard",))
    assert [trial.trial_id for trial in matrix.plan("r").trials] == ["flights_otp_scorecard--idle--1"]


def test_agents_that_are_no_list_of_names_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    for agent in ("7", "null", "~", ""):
        path.write_text(f"agents:\n  - oracle\n  - {agent}\n")
        with pytest.raises(SpecError, match=r"line 3: key 'agents\.1'"):
            read_matrix(path)


def test_the_options_of_a_file_are_those_of_each_trial(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(
        "agents: [oracle, saboteur]\ntasks: [flights_feeds]\nattempts: 2\nbudget: {steps: 7}\nscenarios: [visible]\n"
        "holdout_seed: 5\nagent_seed: 3\nhints: 0\nsandbox: none\ndays: 3\nscale: 2\n"
    )
    trials = read_matrix(path).plan("r").trials
    assert [(trial.agent, trial.attempt, trial.agent_seed) for trial in trials] == [
        ("oracle", 1, 3),
        ("oracle", 2, 4),
        ("saboteur", 1, 3),
        ("saboteur", 2, 4),
    ]
    same = [(t.scenarios, t.holdout_seed, t.sandbox, t.days, t.scale, t.hint_level, t.budget_changes) for t in trials]
    assert same == [(("visible",), 5, "none", 3, 2, 0, (("steps", 7.0),))] * 4
    assert {trial.budget for trial in trials} == {get_task("flights_feeds").spec.budget.model_copy(update={"steps": 7})}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hints: 4", r"line 1: key 'hints': .*3 \(got 4\)"),
        ("holdout_seed: 0", r"line 1: key 'holdout_seed': .*1 \(got 0\)"),
        ("budget: {steps: 0}", r"line 1: key 'budget\.steps'"),
        ("budget: {step: 1}", r"line 1: key 'budget\.step' is not known here"),
        ("scenarios: visible", r"line 1: key 'scenarios'"),
        ("model: openai/x", r"line 1: key 'model' is not known here"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"{line}\n")
    with pytest.raises(SpecError, match=said):
        read_matrix(path)


PLAIN = ("oracle", "idle", "saboteur")
WITH_MODEL = ("toolloop", "codeact", "agentless", "planner")
TASKS = ("flights_otp_scorecard", "flights_feeds", "flights_report_contract")
MODELS = ("openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-pro")


def unique(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, unique=True)


@settings(max_examples=n_examples(15), deadline=None)
@given(unique(PLAIN + WITH_MODEL), unique(MODELS), unique(TASKS), st.integers(1, 3))
def test_a_matrix_is_every_combination_once_and_sorted_by_task(
    agents: list[str], models: list[str], tasks: list[str], attempts: int
) -> None:
    """Agents that use no model have trials without one; the others one with each model."""
    specs = tuple(ModelSpec(name=name) for name in models)
    matrix = RunMatrix(agents=tuple(agents), models=specs, tasks=tuple(tasks), attempts=attempts)
    trials = matrix.plan("r").trials
    n_with_model = sum(agent in WITH_MODEL for agent in agents)
    n_competitors = len(agents) - n_with_model + n_with_model * len(models)
    assert len(trials) == len(tasks) * n_competitors * attempts
    assert len({trial.trial_id for trial in trials}) == len(trials)
    names = [task.id for task in list_tasks()]
    order = [
        (names.index(trial.task), agents.index(trial.agent), models.index(trial.model.name) if trial.model else 0,
         trial.attempt)
        for trial in trials
    ]  # fmt: skip
    assert order == sorted(order)
    assert {trial.holdout_seed for trial in trials} == {trials[0].holdout_seed}


@given(st.permutations(MODELS), st.permutations(["flights_feeds", "flights_otp_scorecard"]))
@settings(max_examples=n_examples(5), deadline=None)
def test_tasks_named_in_any_order_or_twice_are_the_same_trials(models: list[str], tasks: list[str]) -> None:
    specs = tuple(ModelSpec(name=name) for name in models)
    once, twice = (
        RunMatrix(agents=("planner",), models=specs, tasks=chosen).plan("r").trials
        for chosen in (tuple(sorted(tasks)), (*tasks, *tasks, "flights_feed?"))
    )
    assert once == twice


@pytest.mark.parametrize("agents", [("oracle", "oracle"), ("idle", "null"), ("toolloop", "oracle", "toolloop")])
def test_an_agent_or_model_that_is_named_twice_has_its_trials_once(agents: tuple[str, ...]) -> None:
    models = tuple(ModelSpec(name=name) for name in (MODELS[0], MODELS[1], MODELS[0]))
    trials = RunMatrix(agents=agents, models=models, tasks=("flights_feeds",)).plan("r").trials
    once = RunMatrix(agents=tuple(dict.fromkeys(agents)), models=models[:2], tasks=("flights_feeds",)).plan("r").trials
    assert [trial.trial_id for trial in trials] == list(dict.fromkeys(trial.trial_id for trial in once))


@pytest.mark.parametrize(
    "models",
    [
        [
            {"name": "openai/x", "base_url": "http://127.0.0.1:1"},
            {"name": "openai/x", "base_url": "http://127.0.0.1:2"},
        ],
        [{"name": "openai/x"}, {"name": "openai_x"}],
    ],
    ids=["address", "name"],
)
def test_trials_that_differ_and_would_have_one_folder_are_refused(models: list[dict[str, str]]) -> None:
    matrix = RunMatrix.model_validate({"agents": ["toolloop"], "models": models, "tasks": ["flights_feeds"]})
    with pytest.raises(
        LockgateError, match=r"^Two trials that differ would both be flights_feeds--toolloop--openai_x--1"
    ):
        matrix.plan("r")


def test_one_model_with_several_efforts_and_labels_has_a_row_for_each(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(
        "agents: [toolloop]\ntasks: [flights_feeds]\nmodels:\n- {name: openai/x}\n- {name: openai/x, effort: low}\n"
        "- {name: openai/x, reasoning_effort: high, label: deep}\n- {name: openai/y, temperature: 0.5}\n"
    )
    trials = read_matrix(path).plan("r").trials
    assert [trial.competitor.name for trial in trials] == [
        "toolloop@openai/x",
        "toolloop@openai/x+effort=low",
        "toolloop@deep",
        "toolloop@openai/y+temperature=0.5",
    ]
    assert len({trial.trial_id for trial in trials}) == 4


def test_two_models_of_one_label_are_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("models:\n- {name: openai/x, label: deep}\n- {name: openai/y, label: deep}\n")
    with pytest.raises(
        SpecError, match=r"line 1: key 'models': two models that differ have the label 'deep'; give each"
    ):
        read_matrix(path)


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ({"agents": ("oracle", "nosuch")}, "nosuch"),
        ({"agents": ("toolloop",)}, "needs a model"),
        ({"scenarios": ("nosuch",)}, "Unknown scenario 'nosuch'"),
        ({"sandbox": "nosuch"}, "Unknown sandbox 'nosuch'"),
        ({"tasks": ("flights_feeds", "nosuch")}, "No task matches 'nosuch'"),
    ],
    ids=str,
)
def test_one_wrong_name_plans_nothing(matrix: dict, said: str) -> None:
    with pytest.raises(LockgateError, match=said):
        RunMatrix(**matrix).plan("r")


@pytest.mark.parametrize("matrix", [{"agents": ()}, {"attempts": 0}, {"parallel": 0}], ids=str)
def test_a_matrix_without_trials_is_refused(matrix: dict) -> None:
    with pytest.raises(ValidationError):
        RunMatrix(**matrix)


@pytest.mark.parametrize(
    ("sandbox", "unwalled"), [(None, []), ("bubblewrap", []), ("docker", []), ("none", ["toolloop", "a.b:C"])]
)
def test_agents_without_walls_are_those_that_are_not_ours(sandbox: str | None, unwalled: list[str]) -> None:
    assert RunMatrix(agents=("oracle", "toolloop", "saboteur", "a.b:C"), sandbox=sandbox).unwalled_agents == unwalled
