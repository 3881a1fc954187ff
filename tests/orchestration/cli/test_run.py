"""`lockgate run`, on trials that are scored already or that cannot start: what it says, stores and exits with."""

import json
from pathlib import Path

import pytest

from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, list_runs
from benchmark.trial import TrialOptions
from benchmark.versions import tool_versions
from orchestration.planning.trials import plan_run
from tests.helpers.command_line import Lockgate
from tests.helpers.scorecards import DIFFERS, StoreScorecard, make_scorecard

TASK = "repair_ports"


@pytest.fixture
def plan(small_world: Path) -> RunPlan:
    """The plan of `lockgate run -a oracle -a idle -t repair_ports --run-id r`, stored."""
    plan = plan_run([get_task(TASK)], ["oracle", "idle"], run_id="r")
    RunStore("r").write_plan(plan)
    return plan


@pytest.fixture
def done(plan: RunPlan, store_scorecard: StoreScorecard) -> RunPlan:
    """The same run; its trials are scored: the oracle's is right, the idle agent's wrong."""
    store_scorecard(plan.trials[0])
    store_scorecard(plan.trials[1], {"marts.ports": DIFFERS}, score=0.25)
    return plan


RESUME = ("run", "-a", "oracle", "-a", "idle", "-t", TASK, "--run-id", "r")


def test_a_run_that_is_done_prints_its_results_and_starts_nothing(done: RunPlan, lockgate: Lockgate) -> None:
    result = lockgate(*RESUME)
    assert (result.exit_code, result.mistake) == (0, "")
    words = [line.split() for line in result.output.splitlines()]
    assert [row[:9] for row in words if row[:1] == [TASK]] == [
        [TASK, "oracle", "1", "✓", "✓", "✓", "1.00", "1.00", "1.00"],
        [TASK, "idle", "1", "✗", "✓", "✗", "0.25", "0.25", "0.25"],
    ]
    assert f"  lockgate show r/{done.trials[1].trial_id}" in result.output.splitlines()
    assert max(map(len, result.output.splitlines())) <= 80
    assert not list(Path(RunStore("r").folder).rglob("submission.patch"))


def test_json_says_what_the_tables_say(done: RunPlan, lockgate: Lockgate) -> None:
    content = json.loads(lockgate(*RESUME, "--json").output)
    assert [(card["trial"]["agent"], card["success"]) for card in content["trials"]] == [
        ("oracle", True),
        ("idle", False),
    ]
    assert [(row["competitor"], row["success_rate"], row["component_score"]) for row in content["totals"]] == [
        ("oracle", 1.0, 1.0),
        ("idle", 0.0, 0.25),
    ]


def test_a_run_with_other_trials_is_not_resumed(done: RunPlan, lockgate: Lockgate) -> None:
    for changed in (("-a", "oracle"), ("-a", "oracle", "-a", "idle", "--attempts", "2"), ("-s", "visible")):
        result = lockgate("run", *changed, "-t", TASK, "--run-id", "r")
        assert result.exit_code == 1
        assert result.mistake.startswith("Run r exists with other trials")
    assert RunStore("r").read_plan() == done


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-t", "nosuch*"), "No task matches 'nosuch*'. Tasks: build_harbours, repair_ports."),
        (("-a", "nosuch"), "nosuch"),
        (("-a", "toolloop"), "Agent toolloop needs a model. Give --model provider/name"),
        (("-s", "nosuch"), "Unknown scenario 'nosuch'. Known: "),
        (("--sandbox", "nosuch"), "Unknown sandbox 'nosuch'. Known: bubblewrap, docker, none."),
        (("--run-id", "a/b"), "Run id 'a/b' is not usable"),
        (("--hints", "2"), "Task build_harbours has no hints"),
    ],
)
def test_a_choice_that_cannot_be_is_one_sentence_and_starts_nothing(
    small_world: Path, lockgate: Lockgate, arguments: tuple[str, ...], said: str
) -> None:
    result = lockgate("run", *arguments)
    assert result.exit_code == 1
    assert said in result.mistake
    assert len(result.mistake.splitlines()) == 1
    assert list_runs() == []


@pytest.mark.parametrize(
    "arguments",
    [("--attempts", "0"), ("-j", "0"), ("--holdout-seed", "0"), ("--hints", "4"), ("--max-steps", "0"), ("--nosuch",)],
    ids=" ".join,
)
def test_an_option_out_of_its_range_is_refused_with_its_name(lockgate: Lockgate, arguments: tuple[str, ...]) -> None:
    result = lockgate("run", *arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.errors
    assert list_runs() == []


@pytest.mark.parametrize("option", [("-a", "idle"), ("-t", TASK), ("-m", "openai/x")], ids=" ".join)
def test_a_file_and_options_that_it_has_itself_are_refused(
    small_world: Path, tmp_path: Path, lockgate: Lockgate, option: tuple[str, ...]
) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("agents: [oracle]\n")
    result = lockgate("run", str(config), *option, "--dry-run")
    assert result.exit_code == 1
    assert "leave out --agent, --model and --tasks" in result.mistake


def test_a_dry_run_counts_its_trials_and_stores_nothing(small_world: Path, lockgate: Lockgate) -> None:
    result = lockgate("run", "-a", "oracle", "-a", "idle", "--attempts", "3", "--dry-run")
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert ["oracle", "-", "6", "0.00", "0.00"] in rows
    assert ["idle", "-", "6", "0.00", "0.00"] in rows
    assert "12 trials, 2 tasks." in result.output
    assert list_runs() == []


def test_a_file_plans_the_same_trials_as_the_options(small_world: Path, tmp_path: Path, lockgate: Lockgate) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("agents: [oracle, idle]\ntasks: [repair_*]\nattempts: 2\n")
    by_file = lockgate("run", str(config), "--dry-run")
    by_options = lockgate("run", "-a", "oracle", "-a", "idle", "-t", "repair_*", "--attempts", "2", "--dry-run")
    assert by_file.exit_code == 0
    assert by_file.output == by_options.output


def test_an_agent_without_walls_is_warned_of_before_anything(small_world: Path, lockgate: Lockgate) -> None:
    agent = "tests.orchestration.slow_agent:SlowAgent"
    result = lockgate("run", "-a", agent, "-a", "oracle", "--sandbox", "none", "-t", TASK, "--dry-run")
    assert result.exit_code == 0
    assert " ".join(result.errors.split()).startswith(f"Warning: {agent} runs without a sandbox")
    assert "oracle" not in result.errors


def test_a_run_that_another_process_works_on_is_left_alone(done: RunPlan, lockgate: Lockgate) -> None:
    with RunStore("r").lock():
        result = lockgate(*RESUME)
    assert result.exit_code == 1
    assert result.mistake == "Another process works on run r; wait for it or give another --run-id."


def test_the_options_of_the_command_reach_every_trial(small_world: Path, lockgate: Lockgate) -> None:
    """The plan that is stored decides everything; it is compared with what the options plan by themselves."""
    options = TrialOptions(agent_seed=4, holdout_seed=8, scenarios=("visible", "late"), sandbox="none")
    wanted = plan_run([get_task(TASK)], ["oracle"], run_id="o", n_attempts=2, options=options)
    store = RunStore("o")
    for trial in wanted.trials:
        store.trial(trial.trial_id).write_scorecard(make_scorecard(trial, {}, 1.0))
    chosen = ("--attempts=2", "--agent-seed=4", "--holdout-seed=8", "-s", "visible", "-s", "late", "--sandbox=none")
    assert lockgate("run", "-t", TASK, "--run-id", "o", *chosen).exit_code == 0
    assert store.read_plan() == wanted
    assert store.read_plan().versions == tool_versions()
