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


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (("-s", "visible"), "scenarios"),
        (("--holdout-seed", "77"), "holdout_seed"),
        (("--max-steps", "3"), "budget"),
        (("--scale", "2"), "scale"),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_run_is_not_mixed_with_trials_that_differ(
    done: RunPlan, lockgate: Lockgate, changed: tuple[str, ...], named: str
) -> None:
    for dry in ((), ("--dry-run",)):
        result = lockgate("run", *changed, "--run-id", "r", *dry)
        assert result.exit_code == 1
        assert result.mistake.startswith(f"Run r exists with other trials of {TASK}: ")
        assert named in result.mistake
    assert RunStore("r").read_plan() == done


@pytest.mark.parametrize("run_id", ["r", "latest"])
def test_the_id_alone_goes_on_with_a_run(done: RunPlan, lockgate: Lockgate, run_id: str) -> None:
    result = lockgate("run", "--run-id", run_id)
    assert (result.exit_code, result.mistake) == (0, "")
    assert "Run r: 2 trials, 1 task; 2 done, 0 to run." in result.errors
    assert RunStore("r").read_plan() == done


@pytest.mark.parametrize(
    ("options", "added"),
    [
        (("--attempts", "2"), [f"{TASK}--oracle--2", f"{TASK}--idle--2"]),
        (("-a", "saboteur"), [f"{TASK}--saboteur--1"]),
        (("-t", "build_*", "-a", "idle"), ["build_harbours--idle--1"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_run_is_extended_and_keeps_its_trials(
    done: RunPlan, lockgate: Lockgate, options: tuple[str, ...], added: list[str]
) -> None:
    shown = lockgate("run", "--run-id", "r", *options, "--dry-run")
    assert shown.exit_code == 0
    assert f"{2 + len(added)} trials" in shown.errors
    assert f"2 done, {len(added)} to run; {len(added)} new in this run." in shown.errors
    for trial_id in added:  # what the trials would have stored, so that nothing needs to run
        plan = done.trials[0].model_copy(
            update=dict(zip(("task", "agent", "attempt"), _parts(trial_id), strict=True)) | {"agent_seed": 0}
        )
        RunStore("r").trial(trial_id).write_scorecard(make_scorecard(plan, {}, 1.0))
    assert lockgate("run", "--run-id", "r", *options).exit_code == 0
    trials = RunStore("r").read_plan().trials
    assert trials[:2] == done.trials
    assert [trial.trial_id for trial in trials[2:]] == added


def _parts(trial_id: str) -> tuple[str, str, int]:
    task, agent, attempt = trial_id.split("--")
    return task, agent, int(attempt)


def test_quiet_says_nothing_but_results(done: RunPlan, lockgate: Lockgate) -> None:
    loud, quiet = lockgate(*RESUME), lockgate(*RESUME, "-q")
    assert (quiet.errors, quiet.output) == ("", loud.output)
    assert "2 trials" in loud.errors


def test_tasks_can_be_left_out(small_world: Path, lockgate: Lockgate) -> None:
    content = json.loads(lockgate("run", "-x", "repair_*", "--dry-run", "--json").output)
    assert content["trials"] == ["build_harbours--oracle--1"]
    assert content["cost"] == [{"agent": "oracle", "model": None, "n_trials": 1, "expected_usd": 0.0, "at_most_usd": 0}]
    assert lockgate("run", "-x", "*").mistake == "No task is left: * leaves out all of them."


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


@pytest.mark.parametrize(
    ("options", "trials"),
    [
        (("-a", "idle"), ["repair_ports--idle--1", "repair_ports--idle--2"]),
        (("--attempts", "1"), ["repair_ports--oracle--1"]),
        (("-t", "build_*", "--attempts", "1"), ["build_harbours--oracle--1"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_options_override_the_file(
    small_world: Path, tmp_path: Path, lockgate: Lockgate, options: tuple[str, ...], trials: list[str]
) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("agents: [oracle]\ntasks: [repair_*]\nattempts: 2\nbudget: {steps: 5}\n")
    result = lockgate("run", str(config), *options, "--dry-run", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output)["trials"] == trials


def test_options_of_models_reach_each_of_them_and_need_one(
    small_world: Path, tmp_path: Path, lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-0123456789abcdef")
    config = tmp_path / "run.yaml"
    config.write_text("agents: [toolloop]\ntasks: [repair_*]\nmodels: [{name: openai/a}, {name: openai/b}]\n")
    result = lockgate("run", str(config), "--key-variable", "SOME_KEY", "--max-usd", "0.5", "--dry-run", "--json")
    assert [row["at_most_usd"] for row in json.loads(result.output)["cost"]] == [0.5, 0.5]
    assert "--base-url changes models, and none is named" in lockgate("run", "--base-url", "http://x").mistake


@pytest.mark.parametrize(
    ("option", "value", "key"),
    [
        ("--attempts", "99999999999999999999", "attempts"),
        ("--parallel", "99999999999999999999", "parallel"),
        ("--scale", "99999999999999999999", "scale"),
        ("--holdout-seed", "99999999999999999999", "holdout_seed"),
        ("--agent-seed", "99999999999999999999", "agent_seed"),
        ("--max-seconds", "inf", "budget: {wall_seconds"),
        ("--max-steps", "99999999999999999999", "budget: {steps"),
        ("--max-tokens", "99999999999999999999", "budget: {tokens"),
        ("--max-usd", "inf", "budget: {cost_usd"),
        ("--max-run-usd", "inf", "max_run_usd"),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused_as_an_option_and_in_a_file(
    small_world: Path, tmp_path: Path, lockgate: Lockgate, option: str, value: str, key: str
) -> None:
    config = tmp_path / "run.yaml"
    config.write_text(f"{key}: {'.inf' if value == 'inf' else value}{'}' * key.count('{')}\n")
    for arguments in ((option, value), (str(config),)):
        result = lockgate("run", *arguments, "--dry-run")
        assert result.exit_code in (1, 2)
        assert "Input should be" in result.mistake + result.errors


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_damaged_run_stops_nothing_that_does_not_need_it(done: RunPlan, lockgate: Lockgate, text: str) -> None:
    damaged = RunStore("zz")
    damaged.folder.mkdir(parents=True)
    damaged.plan_path.write_text(text)
    assert lockgate("run", "-t", TASK, "--dry-run").exit_code == 0
    assert lockgate("show", "idle").exit_code == 0
    assert lockgate("show", "r").exit_code == 0
    assert lockgate("compare", "oracle", "idle").mistake == ""
    assert "zz/run.json" in lockgate("show", "zz").mistake
    assert lockgate("runs").exit_code == 1


def test_a_run_id_that_no_folder_can_have_is_refused(small_world: Path, lockgate: Lockgate) -> None:
    result = lockgate("run", "--run-id", "x" * 300, "--dry-run")
    assert (result.exit_code, result.mistake) == (1, "A run id of 300 characters is not usable: 200 at most.")


def test_what_is_to_be_replayed_is_looked_up_before_the_run(done: RunPlan, lockgate: Lockgate) -> None:
    RunStore("r").trial(done.trials[0].trial_id).patch_path.write_text("")
    for name in ("latest", "r", "latest/oracle", f"r/{done.trials[0].trial_id}"):
        result = lockgate("run", "-a", f"replay:{name}", "-t", TASK, "--run-id", "s", "--dry-run", "--json")
        assert result.mistake == ""
        trial = f"_{done.trials[0].trial_id}" if "/" in name else ""
        assert json.loads(result.output)["trials"] == [f"{TASK}--replay:r{trial}--1"]
    for name, said in (
        ("nope", "No run 'nope' in "),
        ("r/nope", "Run r has no trial 'nope'"),
        ("r/idle", "holds neither a trajectory nor a patch: nothing to replay."),
    ):
        result = lockgate("run", "-a", f"replay:{name}", "-t", TASK, "--dry-run")
        assert result.exit_code == 1
        assert said in result.mistake
    result = lockgate("run", "-a", "replay:r", "-t", "build_harbours", "--dry-run")
    assert "Run r has no trial to replay on task build_harbours" in result.mistake


def test_a_limit_in_dollars_that_cannot_hold_is_told(
    small_world: Path, lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    said = "no price is known of openai/nope-99, so limits in dollars do not hold for it"
    assert said in lockgate("run", "-a", "toolloop", "-m", "openai/nope-99", "--dry-run").errors
    assert said not in lockgate("run", "-a", "toolloop", "-m", "openai/gpt-5", "--dry-run").errors


def test_a_model_that_no_agent_uses_is_told(small_world: Path, lockgate: Lockgate) -> None:
    assert "none of these agents uses a model" in lockgate("run", "-m", "openai/gpt-5", "--dry-run").errors


def test_a_run_of_other_worlds_says_which_to_read(
    done: RunPlan, lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCKGATE_PROJECTS")
    RunStore("r").trial(done.trials[0].trial_id).patch_path.write_text("")
    for command in (("run", "--run-id", "latest"), ("score", "latest")):
        result = lockgate(*command)
        assert result.exit_code == 1
        assert f"Run r has 1 task of worlds that are not read here: {TASK}." in result.mistake
        assert "They are read from " in result.mistake
        assert "; set LOCKGATE_PROJECTS as it was for that run." in result.mistake


def test_a_run_with_too_many_trials_is_refused_before_they_are_planned(small_world: Path, lockgate: Lockgate) -> None:
    models = [part for number in range(60) for part in ("-m", f"openai/{number}")]
    result = lockgate("run", "-a", "toolloop", *models, "--attempts", "1000", "--dry-run")
    assert result.exit_code == 1
    assert "120,000 trials; a run has 100,000 at most" in result.mistake


def test_a_dry_run_counts_its_trials_and_stores_nothing(small_world: Path, lockgate: Lockgate) -> None:
    result = lockgate("run", "-a", "oracle", "-a", "idle", "--attempts", "3", "--dry-run")
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert ["oracle", "-", "6", "0.00", "0.00"] in rows
    assert ["idle", "-", "6", "0.00", "0.00"] in rows
    assert "12 trials, 2 tasks." in result.output
    assert result.errors.startswith("A new run: 12 trials, 2 tasks."), "it has no name yet"
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


def test_ctrl_c_ends_with_130_and_the_command_that_goes_on(
    plan: RunPlan, lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real trial takes a minute to come to where it can be stopped; what the command does then counts here."""

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestration.pool.dispatch.execute_trials", stopped)
    result = lockgate("run", "--run-id", "r")
    assert result.exit_code == 130
    assert result.errors.splitlines()[-1] == "  lockgate run --run-id r"


@pytest.mark.parametrize("variable", ["LOCKGATE_LONG_WAY", "LOCKGATE_CACHE_GB"])
@pytest.mark.parametrize("command", [("run", "--run-id", "r"), ("score", "r"), ("publish", "board", "r")])
def test_a_variable_that_cannot_be_is_told_before_a_trial_loses_its_verdict(
    done: RunPlan, lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], variable: str
) -> None:
    monkeypatch.setenv(variable, "yes")
    result = lockgate(*command)
    assert result.exit_code == 1
    assert result.mistake.startswith(f"{variable} is 'yes'")
