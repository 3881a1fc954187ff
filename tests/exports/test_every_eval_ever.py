"""The validator of Every Eval Ever, in an environment of its own, on our records: `make test-exports`."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from agents.trajectory import Call, Header, Recorder
from benchmark.llm import ModelSpec
from benchmark.run_store import RunStore
from bridges.every_eval_ever.export import export_runs
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards, store_made_up_run

PYTHON = os.environ.get("LOCKGATE_EVERY_EVAL_EVER_PYTHON", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="opt-in: `make test-exports` installs the validator that this runs"),
]
HOLD_AGAINST_THE_SCHEMA = """
import json, sys
from importlib.resources import files
import jsonschema
for name, schema in (("*.json", "eval.schema.json"), ("*.jsonl", "instance_level_eval.schema.json")):
    wanted = json.loads(files("every_eval_ever.schemas").joinpath(schema).read_text())
    assert wanted["version"] == "0.3.0", wanted["version"]
    from pathlib import Path
    for path in Path(sys.argv[1]).rglob(name):
        texts = path.read_text().splitlines() if name == "*.jsonl" else [path.read_text()]
        for text in texts:
            jsonschema.validate(json.loads(text), wanted)
"""


def complaints(target: Path) -> str:
    """What the validator and the two JSON Schemas say against a folder of records; nothing = it is valid."""
    pattern = str(target / "data/*/*/*/*.json*")
    command = [PYTHON, "-m", "every_eval_ever", "validate", "--format", "json", pattern]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    schema = [PYTHON, "-c", HOLD_AGAINST_THE_SCHEMA, str(target)]
    held = subprocess.run(schema, capture_output=True, text=True, check=False, timeout=120)
    return (done.stdout + done.stderr if done.returncode else "") + (held.stderr if held.returncode else "")


def export(target: Path) -> None:
    export_runs([RunStore("r")], target, organization="A lab", relationship="third_party")


def test_a_run_of_many_competitors_is_valid(tmp_path: Path) -> None:
    store_made_up_run("r", 6, 7, n_attempts=3)
    export(tmp_path)
    assert len(list(tmp_path.rglob("*.json"))) == 8
    assert complaints(tmp_path) == ""


def test_a_trajectory_with_calls_is_valid(tmp_path: Path) -> None:
    plan = plan_made_up("r", "a", "toolloop", ModelSpec(name="openai/gpt-5", effort="low", max_output_tokens=900))
    store_cards("r", [plan], [card_of(plan, {"visible": "raw"})])
    header = Header(trial_id=plan.trial_id, task="a", agent="toolloop", model="openai/gpt-5", time="2026-01-01")
    with Recorder(RunStore("r").trial(plan.trial_id).trajectory_path, header) as recorder:
        recorder.step("system", "Zoë 航空 \u2028 🛫")
        recorder.step("assistant", "", calls=(Call(id="1", tool="shell", arguments={"command": "ls", "all": None}),))
        recorder.step("assistant", "", calls=(Call(id="2", tool="shell", arguments="{not json"),))
        recorder.step("tool", "", call_id="1")
    export(tmp_path)
    assert complaints(tmp_path) == ""


def test_a_wrong_record_is_refused(tmp_path: Path) -> None:
    store_made_up_run("r", 1, 2)
    export(tmp_path)
    path = sorted(tmp_path.rglob("*.json"))[0]
    content = json.loads(path.read_text())
    content["evaluation_results"][0]["score_details"]["score"] = 73.4
    path.write_text(json.dumps(content))
    assert "73.4" in complaints(tmp_path)
