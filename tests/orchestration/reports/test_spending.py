"""What agents spent is a line a competitor, and absent where nobody called a model."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.scorecard import AgentResult, Scorecard
from benchmark.usage import TokenUsage
from orchestration.planning.trials import plan_run
from orchestration.reports.spending import spending_table
from tests.helpers.scorecards import make_scorecard


@pytest.fixture
def cards(small_world: Path) -> list[Scorecard]:
    models = [ModelSpec(name="openai/gpt-5")]
    plan = plan_run([get_task("repair_ports")], ["oracle", "toolloop"], run_id="r", models=models, n_attempts=2)
    return [make_scorecard(trial, {}, 1.0) for trial in plan.trials]


def test_means_are_over_the_trials_that_called_a_model(cards: list[Scorecard]) -> None:
    for number, (tokens, cost) in enumerate(((1_000, 0.5), (3_000, None)), start=2):
        usage = TokenUsage(input=tokens, cached_input=tokens, output=100)
        agent = AgentResult(status="finished", n_steps=number, usage=usage, cost_usd=cost)
        cards[number] = cards[number].model_copy(
            update={"agent": agent, "timing_seconds": {"solve": 8.0, "total": 20.0}}
        )
    console = Console(width=80)
    with console.capture() as capture:
        console.print(spending_table(cards))
    lines = capture.get().splitlines()
    assert max(map(len, lines)) <= 80
    (row,) = [line.split() for line in lines if "toolloop" in line]
    assert row == ["toolloop@openai/gpt-5", "0.50", "4,100", "50", "%", "2", "8", "s", "20", "s"]


def test_without_a_model_there_is_no_table(cards: list[Scorecard]) -> None:
    bare = [card.model_copy(update={"agent": AgentResult(status="finished")}) for card in cards]
    assert spending_table(bare) is None
