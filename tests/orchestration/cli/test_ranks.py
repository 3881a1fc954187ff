"""`lockgate ranks`: whether tasks rank the agents of a run as all do, which would, and what cannot be said."""

import json

from benchmark.registry import list_tasks
from tests.helpers.command_line import Lockgate
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards


def test_the_command_compares_and_chooses(lockgate: Lockgate) -> None:
    names = [task.id for task in list_tasks()]
    plans = [plan_made_up("r", task, agent, None) for agent in ("idle", "oracle") for task in names]
    cards = [card_of(plan, {"visible": "marts"} if plan.agent == "idle" else None) for plan in plans]
    store_cards("r", plans, cards)
    demo = json.loads(lockgate("ranks", "r", "-t", "tag:demo", "--json").output)
    assert (demo["n_tasks"], demo["n_all_tasks"], demo["kendall_tau"]) == (3, len(names), 1.0)
    assert [row["competitor"] for row in demo["competitors"]] == ["oracle", "idle"]
    chosen = lockgate("ranks", "r", "--choose", "20")
    assert chosen.exit_code == 0
    assert "Kendall's tau 1.00 (1 = the same order)" in " ".join(chosen.output.split())
    assert len([line for line in chosen.output.splitlines() if line in names]) == 20
    core = json.loads(lockgate("ranks", "r", "--choose", "20", "-t", "tag:core", "--json").output)["tasks"]
    assert len(core) == 20
    assert set(core) <= {task.id for task in list_tasks() if task.spec.origin == "written"}
    all_of_them = lockgate("ranks", "r", "-t", "*")
    assert (all_of_them.exit_code, "nothing is left to compare with" in all_of_them.mistake) == (1, True)
    too_many = lockgate("ranks", "r", "--choose", "4", "-t", "tag:demo")
    assert (too_many.exit_code, too_many.mistake) == (
        1,
        "4 tasks cannot be chosen: there are 3 tasks of 2 kinds. Give a number from 2 to 3.",
    )
