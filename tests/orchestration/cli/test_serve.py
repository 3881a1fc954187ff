"""`lockgate model-server`: says where it answers, answers, and ends well at Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.helpers.command_line import Lockgate

SCRIPT = "conversations: [{turns: [{text: Done.}]}]\n"
RESTORE = "import signal, runpy, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "


def test_a_model_server_answers_until_ctrl_c(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text(SCRIPT)
    program = RESTORE + "runpy.run_module('orchestration.cli', run_name='__main__')"
    command = [sys.executable, "-c", program, "model-server", str(script)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=environment, **pipes) as server:  # type: ignore[call-overload]
        try:
            line = server.stdout.readline()
            found = re.fullmatch(rf"(http://127\.0\.0\.1:\d+) answers from {script} \(Ctrl-C stops it\)\n", line)
            assert found, line
            question = {"model": "x", "messages": [{"role": "user", "content": "Hello"}]}
            answer = httpx.post(f"{found[1]}/v1/chat/completions", json=question, timeout=30, trust_env=False)
            assert answer.json()["choices"][0]["message"]["content"] == "Done."
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0
        assert "Traceback" not in server.stderr.read()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("conversations: [{turnz: []}]\n", "key 'conversations.0.turnz' is not known here"),
        ("conversations: 7\n", "key 'conversations'"),
        ("conversations: [\n", "not valid YAML"),
    ],
    ids=["key", "value", "yaml"],
)
def test_a_script_that_is_not_valid_is_told_with_its_line(
    tmp_path: Path, lockgate: Lockgate, content: str, said: str
) -> None:
    script = tmp_path / "script.yaml"
    script.write_text(content)
    result = lockgate("model-server", str(script))
    assert result.exit_code == 1
    assert result.mistake.startswith(f"{script}: ")
    assert said in result.mistake


@pytest.mark.parametrize(
    "arguments", [("ui", "--port", "0"), ("ui", "--port", "70000"), ("model-server", "s", "-p", "-1")]
)
def test_a_port_that_cannot_be_is_refused(lockgate: Lockgate, arguments: tuple[str, ...]) -> None:
    result = lockgate(*arguments)
    assert result.exit_code == 2
    assert "port" in result.errors
