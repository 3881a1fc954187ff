"""Every Eval Ever records: the figures are ours, both files belong together, and nothing of this machine is in them."""

import hashlib
import json
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from agents.trajectory import Call, Header, Recorder
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.run_store import RunStore
from benchmark.usage import TokenUsage
from bridges.every_eval_ever.export import Exported, export_runs
from bridges.every_eval_ever.records import EvaluationLog, Sample
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards, store_made_up_run, unscored_card

MODEL = ModelSpec(name="openrouter/anthropic/claude-sonnet-4-5", label="thinker", effort="high", temperature=0.5)


def write(run_id: str, target: Path) -> list[Exported]:
    return export_runs([RunStore(run_id)], target, organization="A lab", relationship="third_party")


def read(target: Path, record: Exported) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A record and its lines, after they were held against the shapes and against each other."""
    path = target / record.path
    log = EvaluationLog.model_validate_json(path.read_bytes())
    assert log.detailed_evaluation_results
    rows = (target / log.detailed_evaluation_results.file_path).read_bytes()
    samples = [Sample.model_validate_json(line) for line in rows.splitlines()]
    assert log.detailed_evaluation_results.checksum == hashlib.sha256(rows).hexdigest()
    assert log.detailed_evaluation_results.total_rows == len(samples) == record.n_samples
    results = {result.evaluation_result_id for result in log.evaluation_results}
    assert len(results) == len(log.evaluation_results)
    for sample in samples:
        assert (sample.evaluation_id, sample.model_id) == (log.evaluation_id, log.model_info.id)
        assert sample.evaluation_result_id in results
    return json.loads(path.read_text()), [json.loads(line) for line in rows.splitlines()]


def score(log: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [result for result in log["evaluation_results"] if result["evaluation_result_id"] == name]
    details: dict[str, Any] = found["score_details"]
    return details


def test_figures_are_means_over_tasks_with_intervals(tmp_path: Path) -> None:
    cards = store_made_up_run("r", 2, 8, n_attempts=3, references=False)
    first, second = write("r", tmp_path)
    log, rows = read(tmp_path, first)
    own = [card for card in cards if card.trial.competitor.name == first.competitor and card.status == "scored"]
    assert len(rows) == len(own)
    by_task: dict[str, list[float]] = {}
    for card in own:
        by_task.setdefault(card.trial.task, []).append(float(card.success or 0))
    found = score(log, "lockgate:success_rate")
    assert found["score"] == pytest.approx(fmean(map(fmean, by_task.values())))
    interval = found["uncertainty"]["confidence_interval"]
    assert interval["lower"] < found["score"] < interval["upper"]
    assert (interval["confidence_level"], interval["method"]) == (0.95, "wilson over tasks")
    names = {result["evaluation_name"] for result in log["evaluation_results"]}
    assert names >= {"lockgate", "lockgate.stage.raw", "lockgate.stage.marts", "lockgate.scenario.holdout"}
    assert {row["evaluation"]["score"] for row in rows} <= {0.0, 1.0}
    assert first.path != second.path


def test_below_five_tasks_there_is_no_interval_and_unscored_trials_are_counted(tmp_path: Path) -> None:
    plans = [plan_made_up("r", task, "toolloop", MODEL) for task in "abc"]
    cards = [card_of(plans[0]), card_of(plans[1], {"holdout": "raw"}), unscored_card(plans[2], "No answer.")]
    store_cards("r", plans, cards)
    (record,) = write("r", tmp_path)
    log, rows = read(tmp_path, record)
    found = score(log, "lockgate:success_rate")
    assert found["score"] == 0.5
    assert "confidence_interval" not in found["uncertainty"]
    assert found["details"]["n_trials_unscored"] == "1"
    assert (record.n_unscored, [row["sample_id"] for row in rows]) == (1, ["a", "b"])
    assert rows[1]["metadata"]["goes_wrong_first"] == "raw.t (raw, types) in holdout"


def test_a_model_is_found_under_one_id_and_its_options_beside_it(tmp_path: Path) -> None:
    plan = plan_made_up("r", "a", "toolloop", MODEL)
    store_cards("r", [plan], [card_of(plan, usage=TokenUsage(input=7, cached_input=2, output=3))])
    (record,) = write("r", tmp_path)
    log, (row,) = read(tmp_path, record)
    assert log["model_info"]["id"] == "anthropic/claude-sonnet-4-5"
    assert log["model_info"]["inference_platform"] == "openrouter"
    assert record.path.parent == Path("data/lockgate/anthropic/claude-sonnet-4-5")
    asked = log["evaluation_results"][0]["generation_config"]
    assert (asked["generation_args"]["temperature"], asked["generation_args"]["reasoning"]) == (0.5, True)
    assert asked["additional_details"]["reasoning_effort"] == "high"
    assert row["token_usage"]["input_tokens"] == 9
    assert row["performance"]["latency_ms"] == 60_000


def test_a_trajectory_becomes_messages_without_folders_of_this_machine(tmp_path: Path) -> None:
    plan = plan_made_up("r", "a", "toolloop", ModelSpec(name="openai/gpt-5", base_url="http://10.0.0.1/v1"))
    store_cards("r", [plan], [card_of(plan)])
    header = Header(trial_id=plan.trial_id, task="a", agent="toolloop", model="openai/gpt-5", time="2026-01-01")
    with Recorder(RunStore("r").trial(plan.trial_id).trajectory_path, header) as recorder:
        recorder.step("user", f"Look into {Path.home()}/data")
        recorder.step("assistant", "", calls=(Call(id="1", tool="shell", arguments={"command": "ls", "n": 3}),))
        recorder.step("tool", "fine", call_id="1")
    (record,) = write("r", tmp_path)
    log, (row,) = read(tmp_path, record)
    assert [message["role"] for message in row["messages"]] == ["user", "assistant", "tool"]
    assert row["messages"][0]["content"] == "Look into [path]/data"
    assert row["messages"][1]["tool_calls"] == [{"id": "1", "name": "shell", "arguments": {"command": "ls", "n": "3"}}]
    assert row["evaluation"]["tool_calls_count"] == 1
    text = "".join(path.read_text() for path in tmp_path.rglob("*.json*"))
    assert "10.0.0.1" not in text
    assert str(Path.home()) not in text
    assert log["model_info"]["additional_details"]["deployment_type"] == "unknown"


def test_a_second_export_replaces_the_first(tmp_path: Path) -> None:
    store_made_up_run("r", 3, 2)
    (tmp_path / "data/mine").mkdir(parents=True)
    before = [record.path for record in write("r", tmp_path)]
    files = sorted(tmp_path.rglob("*"))
    assert [record.path for record in write("r", tmp_path)] == before
    assert sorted(tmp_path.rglob("*")) == files


def test_a_run_without_a_verdict_is_told(tmp_path: Path) -> None:
    plan = plan_made_up("r", "a", "idle", None)
    store_cards("r", [plan], [unscored_card(plan, "No disk.")])
    with pytest.raises(LockgateError, match="Nothing to export of run r: no trial has a verdict"):
        write("r", tmp_path / "out")
    assert not (tmp_path / "out").exists()
