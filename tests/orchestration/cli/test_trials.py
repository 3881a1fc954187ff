"""What `run`, `score` and `prove` share: which trials are left to do, and what is printed of those that ended."""

import json
from pathlib import Path

import pytest
import typer

from benchmark.errors import LockgateError
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from orchestration.cli.gate import end_by_verdict
from orchestration.cli.trials import execute, print_results, read_scorecards
from orchestration.planning.trials import plan_run
from tests.helpers.scorecards import store_run, unscored


@pytest.fixture
def plan(small_world: Path) -> RunPlan:
    return plan_run([get_task("repair_ports")], ["oracle", "idle", "saboteur"], run_id="r")


def test_scorecards_are_read_in_the_order_of_the_plan(plan: RunPlan) -> None:
    store_run("r", reversed(plan.trials))
    cards = execute(RunStore("r"), plan, n_parallel=1)
    assert [card.trial.agent for card in cards] == ["oracle", "idle", "saboteur"]


def test_a_trial_that_ended_without_a_scorecard_is_named(plan: RunPlan) -> None:
    store_run("r", plan.trials[:1])
    with pytest.raises(LockgateError) as caught:
        read_scorecards(RunStore("r"), plan.trials)
    missing = ", ".join(trial.trial_id for trial in plan.trials[1:])
    assert str(caught.value) == f"2 trials ended without a scorecard: {missing}. Run the same command again."


@pytest.mark.parametrize("as_json", [False, True], ids=["tables", "json"])
def test_a_trial_without_a_verdict_is_named_with_its_reason_and_exits_3(
    plan: RunPlan, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a provider or a submission wrote is shown as it is: it neither colours the line nor moves the cursor."""
    cards = [*store_run("r", plan.trials[:2]), unscored(plan.trials[2], "no [bold]room[/] \x1b[31mleft")]
    print_results(RunStore("r"), cards, as_json)
    with pytest.raises(typer.Exit) as caught:
        end_by_verdict(cards, None)
    assert caught.value.exit_code == 3
    printed = capsys.readouterr()
    said = f"{plan.trials[2].trial_id} is unscored: no [bold]room[/] \\x1b[31mleft"
    assert " ".join(printed.err.split()) == said
    if as_json:
        statuses = [card["status"] for card in json.loads(printed.out)["trials"]]
        assert statuses == ["scored", "scored", "unscored"]
    else:
        rows = [line.split() for line in printed.out.splitlines()]
        assert [row[3] for row in rows if row[:1] == ["repair_ports"]] == ["✓", "✓", "unscored"]
        assert [row[-2:] for row in rows if row[:1] == ["saboteur"]] == [["0", "1"]]


def test_a_run_with_all_verdicts_ends_well(plan: RunPlan, capsys: pytest.CaptureFixture[str]) -> None:
    print_results(RunStore("r"), store_run("r", plan.trials), as_json=False)
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines()[-1] == f"  lockgate show r/{plan.trials[-1].trial_id}"
