"""The UI knows the runs that our worker processes make."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from benchmark.paths import REPOSITORY_DIR
from benchmark.task import Task
from orchestration.dagster_instance.config import ui_command
from orchestration.planning.trials import plan_trial
from orchestration.pool.dispatch import execute_trials
from runtime.fork_client import ForkRuntime
from tests.helpers.scorecards import DIFFERS, StoreScorecard

QUERY = """{
  repositoryOrError(repositorySelector: {
    repositoryLocationName: "orchestration.definitions", repositoryName: "__repository__"
  }) { ... on Repository { jobs { name } } }
  runsOrError(filter: {
    pipelineName: "repair_ports",
    tags: [{key: ".dagster/repository", value: "__repository__@orchestration.definitions"}]
  }) { ... on Runs { results { status repositoryOrigin { repositoryLocationName } } } }
  assetNodeOrError(assetKey: {path: ["repair_ports", "marts", "ports"]}) { ... on AssetNode {
    assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status } } } }
  } }
}"""


def ask(address: str) -> dict[str, Any]:
    body = json.dumps({"query": QUERY}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        content: dict[str, Any] = json.load(response)
    assert "errors" not in content, content
    data: dict[str, Any] = content["data"]
    return data


def is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/server_info", timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.mark.slow
def test_the_ui_shows_runs_and_verdicts(
    task: Task, instance_home: Path, store_scorecard: StoreScorecard, tmp_path: Path
) -> None:
    plan = plan_trial(task, "idle", run_id="r")
    store_scorecard(plan, {"marts.ports": DIFFERS})
    runtime = ForkRuntime("bare")
    execute_trials([plan], n_parallel=1, runtime=runtime)
    runtime.close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log_path = tmp_path / "ui.log"
    with log_path.open("wb") as log:
        environment = os.environ | {"DAGSTER_HOME": str(instance_home)}
        in_background = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *ui_command(port)]
        ui = subprocess.Popen(in_background, cwd=REPOSITORY_DIR, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 180
        while not is_up(address):
            assert time.monotonic() < deadline, log_path.read_text()
            assert ui.poll() is None, log_path.read_text()
            time.sleep(0.5)
        data = ask(address)
    finally:
        ui.send_signal(signal.SIGTERM)
        ui.wait(timeout=60)
    assert {"repair_ports", "build_harbours", "suite"} <= {job["name"] for job in data["repositoryOrError"]["jobs"]}
    (run,) = data["runsOrError"]["results"]
    assert run["status"] == "SUCCESS"
    assert run["repositoryOrigin"]["repositoryLocationName"] == "orchestration.definitions"
    (check,) = data["assetNodeOrError"]["assetChecksOrError"]["checks"]
    assert check == {"name": "verdict", "executionForLatestMaterialization": {"status": "FAILED"}}
    written = log_path.read_text()
    assert "superseded" not in written
    assert "Found a dagster instance configuration value" not in written
