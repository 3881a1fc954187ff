"""A key is planted, a provider gives it back in every spelling, and every file that the trial wrote is searched."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.requests import Request
from starlette.responses import Response

from benchmark.llm import ModelSpec
from benchmark.paths import home_dir
from benchmark.registry import get_task
from benchmark.run_store import RunStore
from benchmark.scorecard import Scorecard
from benchmark.trial import TrialOptions
from orchestration.planning.trials import plan_run
from orchestration.pool.dispatch import execute_trials
from tests.agents.proxy.provider import ANSWER, Provider

KEY = "sk-planted-in-the-harness-0123456789abcdef"
SPELLINGS = [
    KEY,
    quote(KEY.replace("-", "%2D")),
    KEY.encode().hex(),
    base64.b64encode(KEY.encode()).decode(),
    base64.b64encode(f"Bearer {KEY}".encode()).decode()[10:-4],  # what the key alone decides
]
SAID = " ".join([*SPELLINGS[:-1], base64.b64encode(f"Bearer {KEY}".encode()).decode()])
PROGRAM = """
import json, os, sys, urllib.error, urllib.request
body = {"model": "scripted", "messages": [{"role": "user", "content": "x"}], "max_tokens": 9}
request = urllib.request.Request(
    os.environ["BASE"] + "/v1/messages", json.dumps(body).encode(), {"x-api-key": os.environ["TOKEN"]})
try:
    said = urllib.request.urlopen(request).read().decode()
except urllib.error.HTTPError as error:
    said = error.read().decode()
print(said)
print(said, file=sys.stderr)
open("dbt/models/marts/echo.sql", "w").write("-- " + said.replace("\\n", " ") + "\\nselect 1 as x\\n")
open("echo.bin", "wb").write(said.encode() + bytes(range(256)))
"""


def trial(tmp_path: Path, provider: Provider, agent: str) -> Scorecard:
    """One trial as `lockgate run` does it, Dagster's run and database included."""
    config = {
        "name": "echoing",
        "command": ["python", "-c", PROGRAM],
        "environment": {"BASE": "{proxy}", "TOKEN": "{token}"},
        "upstream": "https://provider.invalid",
        "key_variable": "PLANTED_KEY",
    }
    path = tmp_path / "echoing.yaml"
    path.write_text(json.dumps(config))
    name, base = (str(path), provider.url) if agent == "program" else (agent, f"{provider.url}/v1")
    model = ModelSpec(name="openai/scripted", base_url=base, key_variable="PLANTED_KEY")
    plan = plan_run(
        [get_task("flights_otp_scorecard")],
        [name],
        run_id="planted",
        models=[model],
        options=TrialOptions(scenarios=("visible",), sandbox="none"),
    )
    execute_trials(plan.trials, n_parallel=1)
    card = RunStore("planted").trial(plan.trials[0].trial_id).read_scorecard()
    assert card is not None
    return card


def files_with_the_key() -> list[str]:
    found = []
    for path in home_dir().rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found += [f"{path}: {spelled}" for spelled in SPELLINGS if spelled.encode() in content]
    return found


def echo(request: Request) -> str:
    key = request.headers.get("x-api-key") or request.headers["authorization"].removeprefix("Bearer ")
    assert key == KEY
    return SAID


@pytest.mark.slow
@pytest.mark.parametrize("agent", ["program", "toolloop"])
@pytest.mark.parametrize("status", [200, 401])
def test_no_file_of_a_trial_holds_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str, status: int
) -> None:
    monkeypatch.setenv("PLANTED_KEY", KEY)

    async def give_back(request: Request) -> Response:
        said = echo(request)
        body: dict[str, object] = {**ANSWER, "content": [{"type": "text", "text": said}]}
        if status != 200:
            body["error"] = {"message": said, "type": "x"}
        message = {"role": "assistant", "content": said}
        body |= {"object": "chat.completion", "created": 0, "model": "scripted"}
        body |= {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
        return Response(json.dumps(body), status, {"x-request-id": KEY}, "application/json")

    with Provider(give_back) as provider:
        card = trial(tmp_path, provider, agent)
        assert provider.seen
    assert card.status == ("scored" if status == 200 else "unscored"), card.unscored_reason
    if status == 401:
        assert "[redacted]" in str(card.unscored_reason)
    if agent == "program" and status == 200:
        assert b"[redacted]" in RunStore("planted").trial(card.trial.trial_id).patch_path.read_bytes()
    assert files_with_the_key() == []
