"""What a report says of its tasks: origin, version and proof as the scorecards have them, and what follows."""

import pytest
from rich.console import Console

from benchmark.llm import ModelSpec
from benchmark.scorecard import Scorecard, TaskState
from orchestration.reports.console import print_scorecards
from orchestration.reports.run_report.build import build_report
from orchestration.reports.run_report.markdown import markdown_text
from orchestration.reports.run_report.model import Report, TaskReport
from orchestration.reports.run_report.page import page_text
from orchestration.reports.run_report.read import read_runs
from orchestration.reports.summary import summary_markdown
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards

PROVEN = TaskState(version="aaaa1111", proof="oracle 6/6, idle agent fails")
CHANGED = TaskState(version="bbbb2222", origin="generated", not_proven="its files changed since it was proven")


def store(run_id: str, states: dict[str, TaskState | None], model: str = "m/x") -> list[Scorecard]:
    """A run of one competitor, who solves everything, on tasks that were as given when it was scored."""
    plans = [plan_made_up(run_id, task, "toolloop", ModelSpec(name=model)) for task in states]
    cards = []
    for plan, state in zip(plans, states.values(), strict=True):
        card = card_of(plan)
        cards.append(card.model_copy(update={"trial": card.trial.model_copy(update={"task_state": state})}))
    store_cards(run_id, plans, cards)
    return cards


def task_of(report: Report, name: str) -> TaskReport:
    return next(task for task in report.tasks if task.task == name)


def test_each_task_has_the_origin_version_and_proof_of_its_scorecards() -> None:
    other_tools = PROVEN.model_copy(update={"other_tools": "duckdb 1.4 (here 1.5)"})
    store("r", {"good": PROVEN, "changed": CHANGED, "old": None, "elsewhere": other_tools})
    report = build_report(read_runs(["r"]))
    facts = {task.task: (task.origin, task.versions, task.is_proven, task.proof) for task in report.tasks}
    assert facts == {
        "good": ("written", ("aaaa1111",), True, "oracle 6/6, idle agent fails"),
        "changed": ("generated", ("bbbb2222",), False, "its files changed since it was proven"),
        "old": ("unknown", (), None, ""),
        "elsewhere": ("written", ("aaaa1111",), True,
                      "oracle 6/6, idle agent fails; proven with duckdb 1.4 (here 1.5)"),
    }  # fmt: skip
    assert "1 task was not proven when scored: changed. The proofs of the tasks say why." in report.warnings


def test_a_task_that_was_not_proven_in_one_trial_is_not_proven() -> None:
    store("r1", {"t": CHANGED})
    store("r2", {"t": PROVEN.model_copy(update={"version": "bbbb2222"})})
    task = task_of(build_report(read_runs(["r1", "r2"])), "t")
    assert (task.is_proven, task.proof) == (False, "its files changed since it was proven")
    assert task.origin == "written", "as the latest has it"


def test_runs_on_other_versions_of_a_task_are_never_averaged() -> None:
    store("r1", {"t": PROVEN, "u": PROVEN})
    store("r2", {"t": CHANGED, "u": PROVEN})
    store("r3", {"t": PROVEN, "u": None})
    report = build_report(read_runs(["r1", "r2", "r3"]))
    assert report.settings == ("r1, r3", "r2 (t: version bbbb2222 against aaaa1111)")
    assert task_of(report, "t").versions == ("aaaa1111", "bbbb2222")


def test_figures_are_told_apart_by_origin() -> None:
    store("r", {"a": PROVEN, "b": CHANGED, "c": CHANGED})
    (row,) = build_report(read_runs(["r"])).competitors
    by_origin = {group.value: group.success_rate.n_tasks for group in row.groups if group.by == "origin"}
    assert by_origin == {"generated": 2, "written": 1}


@pytest.fixture
def report() -> Report:
    store("r", {"good": PROVEN, "changed": CHANGED, "old": None})
    return build_report(read_runs(["r"]))


def test_the_page_has_a_badge_a_version_and_a_filter_by_origin(report: Report) -> None:
    page = page_text(report)
    assert '<span class="badge" title="oracle 6/6, idle agent fails">proven</span> aaaa1111, written' in page
    assert (
        '<span class="badge warn" title="its files changed since it was proven">not proven</span> bbbb2222, generated'
        in page
    )
    assert '<select data-filter="origin">' in page
    assert 'data-origin="generated"' in page
    assert "Success rate by origin" in page
    assert "Proofs of the tasks: 1 of 3 proven as they were scored" in page
    assert page.count('class="badge') == 2, "what nobody knows has no badge"


def test_markdown_lists_the_proofs_and_the_figures_by_origin(report: Report) -> None:
    text = markdown_text(report)
    assert "| changed | generated | bbbb2222 | not proven | its files changed since it was proven |" in text
    assert "| good | written | aaaa1111 | proven | oracle 6/6, idle agent fails |" in text
    assert "| old | unknown | - | not known |  |" in text
    assert "| origin: generated |" in text


def test_tables_and_the_summary_of_a_run_name_the_tasks_that_were_not_proven() -> None:
    cards = store("r", {"good": PROVEN, "changed": CHANGED, "old": None})
    console = Console(width=80, record=True)
    print_scorecards(console, cards, [])
    assert "Tasks that were not proven: changed." in console.export_text()
    assert "Tasks that were not proven: changed." in summary_markdown(cards, [])
    console = Console(width=80, record=True)
    print_scorecards(console, cards[:1], [])
    assert "not proven" not in console.export_text() + summary_markdown(cards[:1], [])
