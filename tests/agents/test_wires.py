"""The model server and the recording proxy, over real HTTP, in all four wire formats."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from agents.budget import Spending
from agents.model_server import ModelServer, Script, read_script
from agents.proxy import RecordingProxy
from agents.wires import WIRES, find_wire
from benchmark.budget import Budget
from benchmark.errors import SpecError
from benchmark.usage import TokenUsage

KEY = "sk-real-key-of-the-harness-000"
USAGE = TokenUsage(input=70, cached_input=30, output=20, reasoning=5)
SCRIPT = Script.model_validate(
    {
        "conversations": [
            {
                "when": "the ticket",
                "turns": [
                    {
                        "text": "I look.",
                        "calls": [{"name": "shell", "arguments": {"command": "ls"}}, {"name": "x", "arguments": "{no"}],
                        "usage": USAGE.model_dump(),
                    },
                    {"text": "Done.", "faults": ["rate_limit", "server_error", "context_overflow"]},
                ],
            }
        ],
        "timeout_seconds": 0.2,
    }
)
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "openai-chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "the ticket"}]}),
    "openai-responses": ("/v1/responses", {"input": [{"role": "user", "content": "the ticket"}]}),
    "anthropic": (
        "/v1/messages",
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "the ticket"}]}]},
    ),
    "google": (
        "/v1beta/models/scripted:generateContent",
        {"contents": [{"role": "user", "parts": [{"text": "the ticket"}]}]},
    ),
}
KEY_HEADERS = {
    "openai-chat": ("authorization", f"Bearer {KEY}"),
    "openai-responses": ("authorization", f"Bearer {KEY}"),
    "anthropic": ("x-api-key", KEY),
    "google": ("x-goog-api-key", KEY),
}
TELLS_REASONING = {"openai-chat", "openai-responses", "google"}


def request(wire: str, *, is_stream: bool = False) -> tuple[str, dict[str, Any]]:
    path, body = REQUESTS[wire]
    if wire == "google":
        return path.replace(":generate", ":streamGenerate") if is_stream else path, body
    return path, {"model": "scripted", "stream": is_stream, **body}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("is_stream", [False, True])
def test_the_proxy_puts_the_key_in_and_counts_the_same_in_every_format(wire: str, is_stream: bool) -> None:
    counted: list[tuple[str, TokenUsage]] = []
    with (
        ModelServer(SCRIPT) as server,
        RecordingProxy(
            server.url, KEY, "scripted", Spending(Budget()), lambda model, usage, _cost: counted.append((model, usage))
        ) as proxy,
    ):
        path, body = request(wire, is_stream=is_stream)
        answer = httpx.post(proxy.url + path, json=body, headers={"x-api-key": proxy.token}, timeout=60)
        assert answer.status_code == 200
        assert "I look." in answer.text
        name, value = KEY_HEADERS[wire]
        assert server.requests[0]["headers"][name] == value
        assert " ".join(server.requests[0]["headers"].values()).count(KEY) == 1
        refused = httpx.post(proxy.url + path, json=body, headers={"x-api-key": "something else"}, timeout=60)
        assert refused.status_code == 401
        assert len(server.requests) == 1
    expected = USAGE if wire in TELLS_REASONING else USAGE.model_copy(update={"reasoning": 0})
    assert counted == [("scripted", expected)]


def test_the_proxy_refuses_once_the_budget_is_used_up_and_tells_of_failures() -> None:
    spending = Spending(Budget(steps=1))
    with (
        ModelServer(SCRIPT) as server,
        RecordingProxy("http://127.0.0.1:9", KEY, "scripted", Spending(Budget())) as lost,
        RecordingProxy(server.url, KEY, "scripted", spending) as proxy,
    ):
        path, body = request("anthropic")
        headers = {"Authorization": f"Bearer {proxy.token}"}
        assert httpx.post(proxy.url + path, json=body, headers=headers, timeout=60).status_code == 200
        refused = httpx.post(proxy.url + path, json=body, headers=headers, timeout=60)
        assert refused.status_code == 403
        assert "budget of this trial is used up: steps" in refused.text
        assert httpx.post(lost.url + path, json=body, headers={"x-api-key": lost.token}, timeout=60).status_code == 502
        assert lost.failures[0].startswith("ConnectError")


def test_faults_come_once_each_and_then_the_answer() -> None:
    with ModelServer(SCRIPT) as server:
        said = [*REQUESTS["openai-chat"][1]["messages"], {"role": "assistant", "content": "I look."}]
        body = {"model": "scripted", "messages": said}
        answers = [httpx.post(f"{server.url}/v1/chat/completions", json=body, timeout=60) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [429, 500, 400, 200]
        assert answers[2].json()["error"]["code"] == "context_length_exceeded"
        assert answers[3].json()["choices"][0]["message"]["content"] == "Done."
        ended = httpx.post(
            f"{server.url}/v1/chat/completions",
            json={"model": "scripted", "messages": [*said, {"role": "assistant", "content": "Done."}]},
            timeout=60,
        )
        assert ended.status_code == 400
        assert "The script has 2 turns here; turn 3 was asked for." in ended.text


def test_a_timeout_says_nothing_and_hangs_up() -> None:
    script = {"conversations": [{"turns": [{"text": "x", "faults": ["timeout"]}]}], "timeout_seconds": 0.2}
    with ModelServer(Script.model_validate(script)) as server:
        path, body = request("anthropic")
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(server.url + path, json=body, timeout=60)
        assert httpx.post(server.url + path, json=body, timeout=60).status_code == 200


def test_a_malformed_call_is_sent_as_it_stands() -> None:
    with ModelServer(SCRIPT) as server:
        path, body = request("openai-chat")
        calls = httpx.post(server.url + path, json=body, timeout=60).json()["choices"][0]["message"]["tool_calls"]
    assert json.loads(calls[0]["function"]["arguments"]) == {"command": "ls"}
    assert calls[1]["function"]["arguments"] == "{no"


@pytest.mark.parametrize("wire", WIRES)
def test_each_answer_of_a_conversation_has_an_id_of_its_own(wire: str) -> None:
    """Claude Code takes messages with the same id for parts of one."""
    said = {"role": "model", "parts": [{"text": "I look."}]} if wire == "google" else {"role": "assistant"}
    path, body = request(wire)
    items = next(name for name in ("messages", "input", "contents") if name in body)
    later = {**body, items: [*body[items], said]}
    script = {"conversations": [{"turns": [{"text": "one"}, {"text": "two"}]}]}
    with ModelServer(Script.model_validate(script)) as server:
        answers = [httpx.post(server.url + path, json=each, timeout=60).json() for each in (body, later)]
    assert "one" in str(answers[0])
    assert "two" in str(answers[1])
    ids = [answer["responseId" if wire == "google" else "id"] for answer in answers]
    assert len(set(ids)) == 2


def test_streams_hold_the_whole_answer() -> None:
    with ModelServer(SCRIPT) as server:
        path, body = request("anthropic", is_stream=True)
        lines = httpx.post(server.url + path, json=body, timeout=60).text.splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    pieces = [
        event["delta"]["partial_json"] for event in events if event.get("delta", {}).get("type") == "input_json_delta"
    ]
    assert "".join(pieces) == '{"command": "ls"}{no'
    assert events[-1] == {"type": "message_stop"}


def test_a_script_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text("conversations:\n  - when: x\n    turns:\n      - text: hello\n        tools: []\n")
    with pytest.raises(SpecError, match=r"line 5: key 'conversations.0.turns.0.tools' is not known here"):
        read_script(path)
    path.write_text("conversations:\n  - turns:\n      - text: ''\n")
    with pytest.raises(SpecError, match="a turn needs text, calls or faults"):
        read_script(path)


def test_other_paths_are_no_calls_of_a_model() -> None:
    assert find_wire("/v1/models") is None
    assert find_wire("/v1/messages/count_tokens") is None
