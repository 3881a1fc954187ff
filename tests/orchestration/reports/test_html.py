"""The HTML page of a trial: what it says, that it runs and asks for nothing, and that a browser can use it."""

import base64
import hashlib
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agents.trajectory import Call, Header, Recorder
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.patches import make_patch
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, TrialPlan, TrialStore
from benchmark.scorecard import (
    AgentResult,
    FaultResult,
    FaultsResult,
    LintResult,
    PolicyFinding,
    PolicyResult,
    RowDifference,
    Scorecard,
    StepResult,
    SubmissionSummary,
    TaskState,
)
from benchmark.task import Task
from benchmark.trial import TrialOptions
from benchmark.usage import TokenUsage
from orchestration.planning.trials import plan_trial
from orchestration.reports.html import Links, trial_page
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime
from tests.helpers.browser import WIDTHS, is_as_wide_as_its_window, needs_chromium, opened_browser
from tests.helpers.made_up_runs import store_made_up_run
from tests.helpers.scorecards import DIFFERS, NOT_BUILT, make_scorecard, unscored

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\x00 \u202e {{ 7*7 }} " + "long" * 200


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.script = ""
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br", "link", "input", "rect", "path", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "path"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.script += data
        elif "style" not in self.open:
            self.text += data


@pytest.fixture
def plan(task: Task) -> TrialPlan:
    plan = plan_trial(task, "toolloop", run_id="r", model=ModelSpec(name="openai/gpt-5"))
    RunStore("r").write_plan(RunPlan(run_id="r", trials=(plan,), versions={}))
    return plan


def store_of(plan: TrialPlan) -> TrialStore:
    return RunStore("r").trial(plan.trial_id)


def fill(plan: TrialPlan, text: str, scratch: Path) -> Scorecard:
    """Store everything that a trial can leave, with a text of an agent's choosing wherever it has a say."""
    store = store_of(plan)
    store.logs_dir.mkdir(parents=True)
    (store.logs_dir / "visible.log").write_text(text)
    store.plan_path.write_text(plan.model_dump_json())
    end = {"dbt/models/a.sql": f"select 1 -- {text}\n".encode(), "dbt/b.yml": b"a: \xff\xfe\n"}
    store.patch_path.write_bytes(make_patch({"dbt/models/a.sql": b"select 2\n"}, end, scratch))
    header = Header(
        trial_id="t", task=plan.task, agent="toolloop", model="openai/gpt-5", time="2026-01-02T00:00:00+00:00"
    )
    with Recorder(store.trajectory_path, header) as recorder:
        call = Call(id="1", tool="shell", arguments={"command": f"dbt build {text}"})
        recorder.step("assistant", text, usage=TokenUsage(input=70, output=30), calls=(call,), cost_usd=0.01)
        recorder.step("tool", f"no such file {text}", tool="shell", call_id="1", exit_code=2)
        write = Call(id="2", tool="write_file", arguments={"path": "a.sql"})
        recorder.step("assistant", "I write.", calls=(write,))
        recorder.end("finished", text)
    sample = (
        RowDifference(
            kind="differs", gold={"share": "NaN", "port_code": "A"}, output={"share": text, "port_code": "A"}
        ),
    )
    differs = DIFFERS.model_copy(update={"summary": f"It says {text}.", "sample": sample})
    card = make_scorecard(plan, {"marts.ports": differs, "raw_ships.arrivals": NOT_BUILT}, 0.5)
    policy = PolicyResult(
        rules=("names",), n_findings=1, findings=(PolicyFinding(rule="names", model=text, file="x", message=text),)
    )
    steps = (StepResult(name="build", status="failed", message=text),)
    scenarios = tuple(s.model_copy(update={"steps": steps, "policy": policy}) for s in card.scenarios)
    card = card.model_copy(
        update={
            "scenarios": scenarios,
            "agent": AgentResult(status="limit", message=text, n_steps=3, usage=TokenUsage(input=100), cost_usd=0.25),
            "submission": SubmissionSummary(
                sha256="0", n_files_changed=2, files_changed=(text,), protected_edits=(text,), left_out=(text,)
            ),
            "lint": LintResult(
                n_lines=1, n_findings=1, findings_per_100_lines=100, gold_findings_per_100_lines=0, not_linted=(text,)
            ),
            "versions": {"duckdb": "1.5", "sandbox": "bubblewrap", "lockgate": "0.1.0"},
            "timing_seconds": {"solve": 200.0, "total": 300.0},
        }
    )  # fmt: skip
    store.write_scorecard(card)
    return Scorecard.model_validate_json(store.scorecard_path.read_bytes())


def page_of(plan: TrialPlan, card: Scorecard | None) -> Page:
    return Page(trial_page(store_of(plan), card))


def test_a_page_answers_what_a_person_asks(plan: TrialPlan, tmp_path: Path) -> None:
    card = fill(plan, "plain", tmp_path)
    store = store_of(plan)
    store.dagster_run_path.write_text("8e4b9f51-2c88-4a91-9193-6a4c57c5c3f9\n")
    page = page_of(plan, card)
    assert page.open == []
    assert "Shares of ports are wrong · toolloop@openai/gpt-5 · failed" in page.text
    for said in (
        "The shares of the ports do not add up.",  # what it asked
        "repair_ports (repair, easy)", "bubblewrap", "2026-01-02 00:00", "30 min 0 s, 100 steps",
        "3 min 20 s", "0.25 USD", "agent's time", "duckdb 1.5",
        "2 files", "dbt/models/a.sql", "not built", "in all 4 scenarios", "gold → output", "NaN → plain",
        "column_values_to_not_be_null", "port_code", "exit 2", "100 tokens",
        "lockgate score r/", "visible.log",
    ):  # fmt: skip
        assert said in page.text, said
    assert ("href", "http://127.0.0.1:3000/runs/8e4b9f51-2c88-4a91-9193-6a4c57c5c3f9") in page.attributes


PROVEN = TaskState(version="aaaa1111", proof="oracle 6/6, idle agent fails", other_tools="duckdb 1.4 (here 1.5)")
CHANGED = TaskState(version="bbbb2222", origin="generated", not_proven="its files changed since it was proven")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (PROVEN, ["aaaa1111, written", "proven: oracle 6/6, idle agent fails; with duckdb 1.4 (here 1.5)"]),
        (CHANGED, ["bbbb2222, generated", "not proven: its files changed since it was proven"]),
        (None, []),
    ],
)
def test_the_head_says_what_the_scorecard_knows_of_the_task(
    plan: TrialPlan, tmp_path: Path, state: TaskState | None, said: list[str]
) -> None:
    card = fill(plan, "plain", tmp_path)
    page = page_of(plan, card.model_copy(update={"trial": card.trial.model_copy(update={"task_state": state})}))
    assert [text for text in said if text not in page.text] == []
    assert ("proven" in page.text) == (state is not None)


def test_everything_hostile_is_text(plan: TrialPlan, tmp_path: Path) -> None:
    card = fill(plan, HOSTILE, tmp_path)
    store_of(plan).dagster_run_path.write_text("javascript:alert(1)")
    text = trial_page(store_of(plan), card)
    page = Page(text)
    assert page.open == []
    assert page.text.count("<script>alert(1)</script>") > 8
    assert "{{ 7*7 }}" in page.text
    assert not {"img", "iframe", "object", "form"} & set(page.tags)
    assert page.tags.count("script") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [value for name, value in page.attributes if name in ("href", "src")]
    assert all(value.startswith(("#", "data:,")) for value in links), links
    assert sorted({letter for letter in text if not letter.isprintable() and letter not in "\n\t"}) == []


def test_the_only_script_is_ours_and_the_policy_names_it(plan: TrialPlan, tmp_path: Path) -> None:
    text = trial_page(store_of(plan), fill(plan, "x", tmp_path))
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in text


def test_anchors_lead_somewhere_and_tables_are_named(plan: TrialPlan, tmp_path: Path) -> None:
    text = trial_page(store_of(plan), fill(plan, "x", tmp_path))
    page = Page(text)
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for name, value in page.attributes if name == "href" and value.startswith("#")} <= set(ids)
    assert page.tags.count("caption") == page.tags.count("table")
    assert sum(name == "scope" for name, _ in page.attributes) == page.tags.count("th")
    assert page.tags.count("main") == 1
    assert ("class", "skip") in page.attributes


def test_mismatches_that_say_the_same_stand_once(plan: TrialPlan) -> None:
    card = make_scorecard(plan, {"marts.ports": NOT_BUILT}, 0.5)
    store_of(plan).write_scorecard(card)
    assert page_of(plan, card).text.count(NOT_BUILT.summary) == 1


def test_types_are_said_instead_of_incomparable(plan: TrialPlan) -> None:
    column = DIFFERS.columns[0].model_copy(update={"kind": "types", "gold_type": "TIMESTAMP", "output_type": "INTEGER"})
    card = make_scorecard(plan, {"marts.ports": DIFFERS.model_copy(update={"columns": (column,)})}, 0.5)
    assert "gold TIMESTAMP, output INTEGER" in page_of(plan, card).text


def test_missed_faults_stand_at_the_top_with_their_own_words(plan: TrialPlan) -> None:
    card = make_scorecard(plan, {}, 0.5)
    faults = tuple(
        FaultResult(fault=name, table="marts.ports", stage="marts", breaks="Shares add up.", is_caught=name == "lost")
        for name in ("lost", "twice")
    )
    result = FaultsResult(min_recall=0.8, recall=0.5, n_tests=4, faults=faults, false_alarms=("not_null: 2 rows",))
    scenario = card.scenarios[0].model_copy(update={"faults": result, "tables": (), "is_success": False})
    text = page_of(plan, card.model_copy(update={"scenarios": (scenario,), "success": False})).text
    assert "caught 1 of 2 faults" in text
    assert text.index("twice") < text.index("lost")
    for said in (
        "False alarm in visible: not_null: 2 rows",
        "50 % caught of 2 (80 % needed)",
        "faults caught",
        "missed",
    ):
        assert said in text, said
    assert "tables right" not in text


def test_a_trial_without_a_verdict_says_what_to_do(plan: TrialPlan) -> None:
    store = store_of(plan)
    store.logs_dir.mkdir(parents=True)
    (store.logs_dir / "fault.log").write_text("Traceback\nOSError: disk full\n")
    text = page_of(plan, unscored(plan, "The disk is full.")).text
    for said in ("no verdict", "The disk is full.", "not the agent's", "lockgate run --run-id r", "OSError: disk full"):
        assert said in text, said


def test_a_trial_that_runs_shows_what_its_agent_did(plan: TrialPlan, tmp_path: Path) -> None:
    fill(plan, "plain", tmp_path)
    text = page_of(plan, None).text
    assert "not scored yet" in text
    assert "no such file plain" in text


def test_a_trial_of_a_task_that_is_gone_has_a_page() -> None:
    (card,) = store_made_up_run("m", 1, 1, references=False)
    store = RunStore("m").trial(card.trial.trial_id)
    assert "task_000" in Page(trial_page(store, card)).text


def test_a_trial_that_has_not_started_has_no_page(plan: TrialPlan) -> None:
    with pytest.raises(LockgateError, match="neither a scorecard nor a trajectory"):
        trial_page(store_of(plan), None)


def test_pages_lead_to_each_other(plan: TrialPlan) -> None:
    links = Links("../../report.html", "../r/a.html", "")
    text = trial_page(store_of(plan), make_scorecard(plan, {}, 1.0), links)
    assert '<a href="../../report.html">' in text
    assert '<a rel="prev" href="../r/a.html">' in text
    assert "Next trial" not in text


def test_many_small_pages_take_a_few_seconds() -> None:
    cards = store_made_up_run("m", 10, 10, references=False)
    stores = [RunStore("m").trial(card.trial.trial_id) for card in cards]
    trial_page(stores[0], cards[0])
    started = time.process_time()
    for store, card in zip(stores, cards, strict=True):
        trial_page(store, card)
    assert (time.process_time() - started) / len(cards) < 0.01


@pytest.mark.slow
def test_the_page_of_a_real_trial_shows_whose_fault_it_is() -> None:
    options = TrialOptions(holdout_seed=3, scenarios=("visible",), days=3)
    plan = plan_trial(get_task("flights_otp_scorecard"), "saboteur", run_id="real", options=options)
    with ForkRuntime() as runtime:
        card = run_trial(plan, runtime)
    page = Page(trial_page(RunStore("real").trial(plan.trial_id), card))
    assert page.open == []
    assert card.root_cause is not None
    for said in (
        f"failed at {card.root_cause.stage}",
        card.root_cause.table,
        "lines added",
        "visible/",
        "What it asked",
    ):
        assert said in page.text, said


@pytest.fixture
def written(plan: TrialPlan, tmp_path: Path) -> str:
    """Address of the page of a trial with everything."""
    path = tmp_path / "page.html"
    path.write_text(trial_page(store_of(plan), fill(plan, HOSTILE, tmp_path)))
    return f"file://{path}"


@needs_chromium
def test_a_browser_searches_and_filters_the_steps(written: str) -> None:
    """One smoke test among the fast ones."""
    with opened_browser(written) as page:
        steps = page.locator("#steps > details:visible")
        assert steps.count() == 3
        page.get_by_label("failed").check()
        assert steps.count() == 1
        assert page.locator("#shown").inner_text() == "1 of 3 steps shown"
        page.get_by_label("write", exact=True).check()
        assert steps.count() == 2
        page.get_by_label("failed").uncheck()
        page.get_by_label("write", exact=True).uncheck()
        page.locator("#search").fill("NO SUCH file")
        assert steps.count() == 1
        page.locator("#search").fill("nowhere at all")
        assert steps.count() == 0


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_width_scrolls_sideways(written: str, width: int, is_dark: bool) -> None:
    with opened_browser(written, width, is_dark=is_dark) as page:
        assert is_as_wide_as_its_window(page)
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert is_as_wide_as_its_window(page)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") is not is_dark


@needs_chromium
@pytest.mark.slow
def test_cells_and_boxes_lead_to_the_rows_by_mouse_and_keyboard(written: str) -> None:
    with opened_browser(written) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the verdicts"
        second = page.locator("details[id^=difference-]").nth(1)
        assert second.get_attribute("open") is None
        page.locator(f"table.grid a[href='#{second.get_attribute('id')}']").first.click()
        assert second.get_attribute("open") is not None
        box = page.locator("svg.lineage a.wrong")
        box.focus()
        page.keyboard.press("Enter")
        assert page.url.endswith(str(box.get_attribute("href")))
        page.locator("#step-1 a").click()
        assert page.locator("#step-1").get_attribute("open") is not None
    with opened_browser(f"{written}#step-2") as page:
        assert page.locator("#step-2 pre").first.is_visible(), "a link shows what its sender saw"


@needs_chromium
@pytest.mark.slow
def test_on_paper_everything_is_unfolded(written: str) -> None:
    with opened_browser(written) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        assert page.locator("nav").is_hidden()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("details:not([open])").count() > 0
