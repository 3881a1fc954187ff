import shutil
from pathlib import Path

import dagster as dg
import pytest

from benchmark.paths import dagster_home
from benchmark.registry import get_task
from benchmark.run_store import RunStore, TrialPlan
from benchmark.scorecard import Scorecard, Verdict
from benchmark.task import Task
from orchestration.dagster_instance.config import ensure_instance
from orchestration.dagster_instance.sqlite_event_log import prepare
from orchestration.defs.build import build_definitions
from tests.helpers.scorecards import StoreScorecard, make_scorecard


@pytest.fixture
def task(small_world: Path) -> Task:
    return get_task("repair_ports")


@pytest.fixture
def defs(small_world: Path) -> dg.Definitions:
    return build_definitions()


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dagster instance without runs; making its databases takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(tmp_path_factory.mktemp("dagster")))
        home = ensure_instance()
        with dg.DagsterInstance.from_config(str(home)) as instance:
            prepare(instance)
    return home


@pytest.fixture
def instance_home(empty_instance: Path) -> Path:
    """A Dagster instance of its own."""
    home = dagster_home()
    shutil.copytree(empty_instance, home)
    return home


@pytest.fixture
def store_scorecard() -> StoreScorecard:
    """Makes a scorecard with the given verdicts and stores it: a trial that has one is done."""

    def store(plan: TrialPlan, verdicts: dict[str, Verdict] | None = None, score: float = 1.0) -> Scorecard:
        scorecard = make_scorecard(plan, verdicts or {}, score)
        RunStore(plan.run_id).trial(plan.trial_id).write_scorecard(scorecard)
        return scorecard

    return store
