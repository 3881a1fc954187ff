"""The HTML page of a trial."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.trajectory import Call, Header, Recorder
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.task import Task
from benchmark.usage import TokenUsage
from orchestration.cli import app
from orchestration.planning.trials import plan_trial
from tests.helpers.scorecards import DIFFERS, NOT_BUILT, StoreScorecard

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def plan(task: Task) -> TrialPlan:
    plan = plan_trial(task, "oracle", run_id="r")
    RunStore("r").write_plan(RunPlan(run_id="r", trials=(plan,), versions={}))
    return plan


def record(plan: TrialPlan) -> None:
    path = RunStore("r").trial(plan.trial_id).trajectory_path
    header = Header(trial_id=plan.trial_id, task=plan.task, agent="toolloop", model="openai/gpt-5", time="2013-01-01")
    with Recorder(path, header) as recorder:
        usage = TokenUsage(input=70, output=30)
        call = Call(id="1", tool="shell", arguments={"command": f"echo '{HOSTILE}'"})
        recorder.step("assistant", HOSTILE, usage=usage, calls=(call,))
        recorder.step("tool", "no such file", tool="shell", call_id="1", exit_code=2)
        recorder.end("finished", "Done.")


def test_a_page_tells_scores_evidence_and_steps_and_runs_nothing(
    plan: TrialPlan, store_scorecard: StoreScorecard, tmp_path: Path
) -> None:
    differs = DIFFERS.model_copy(update={"summary": f"It says {HOSTILE}."})
    store_scorecard(plan, {"marts.ports": differs}, score=0.5)
    record(plan)
    target = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["show", "--page", str(target), f"r/{plan.trial_id}"])
    assert result.exit_code == 0, result.output
    page = Page(target)
    assert page.open == []
    for expected in (plan.trial_id, "0.50", HOSTILE, "| <b>0.25</b>", "no such file", "exit 2", "100 tokens", "Done."):
        assert expected in page.text
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert not {name for name in page.attributes if name.startswith("on")} | ({"src", "href"} & page.attributes)


def test_mismatches_that_say_the_same_stand_once(
    plan: TrialPlan, store_scorecard: StoreScorecard, tmp_path: Path
) -> None:
    store_scorecard(plan, {"marts.ports": NOT_BUILT})
    target = tmp_path / "page.html"
    assert CliRunner().invoke(app, ["show", "--page", str(target), plan.trial_id]).exit_code == 0
    assert Page(target).text.count(NOT_BUILT.summary) == 1
    assert ", ".join(plan.scenarios) in Page(target).text


def test_a_trial_that_has_not_started_has_no_page(plan: TrialPlan, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["show", "--page", str(target), plan.trial_id])
    assert result.exit_code == 1
    assert not target.exists()
    assert "neither a scorecard nor a trajectory" in str(result.exception)
