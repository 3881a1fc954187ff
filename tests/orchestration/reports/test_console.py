from rich.console import Console

from benchmark.registry import select_tasks
from benchmark.scorecard import Scorecard, Scores, TrialIdentity
from benchmark.stages import STAGES
from orchestration.reports.console import trials_table


def test_every_tasks_line_fits_80_columns_unfolded() -> None:
    """Task, agent and every score stand in full on one line of a usual terminal."""
    right = Scores(component_score=1.0, cascading_failure_score=1.0, n_tables=3, n_matches=3)
    cards = [
        Scorecard(
            trial=TrialIdentity(
                run_id="r", trial_id=f"{task.id}--saboteur--1", world=task.world.id, task=task.id,
                task_kind=task.spec.kind, agent="saboteur", attempt=1, days=14, visible_seed=0, holdout_seed=1,
            ),
            status="scored", success=True, scores=right, stages=dict.fromkeys(STAGES, right),
        )
        for task in select_tasks([])
    ]  # fmt: skip
    console = Console(width=80, record=True)
    console.print(trials_table(cards))
    lines = console.export_text().splitlines()[2:]
    assert [line.split()[0] for line in lines] == [card.trial.task for card in cards]
    assert all(line.split()[1] == "saboteur" and line.count("1.00") == 2 + len(STAGES) for line in lines)
