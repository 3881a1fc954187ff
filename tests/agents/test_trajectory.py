"""The file of a trajectory: what is written is what is read."""

import json
from pathlib import Path

import pytest

from agents.behaviour import measure
from agents.proxy.exchange import _events
from agents.trajectory import Header, Recorder, read_trajectory
from tests.agents.runs import KEY, solve
from tests.agents.trajectories import SHAPES, TIME, Shape, record, result


def test_letters_that_end_lines_elsewhere_do_not_end_a_step(tmp_path: Path) -> None:
    said, asked, answered = record(tmp_path, SHAPES["letters"]).steps
    assert said.text == "Zoë's 航空 \u2028 \u2029 \x85 \x00 🛫"
    assert answered.text == "🛬\x1b[0m"
    assert asked.text == "\ufffd is half a letter", "no file in UTF-8 holds half a surrogate pair"
    assert asked.calls[0].arguments == {"command": "echo 🛬 \ufffd"}


def test_what_a_kill_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.jsonl"
    with Recorder(path, Header(trial_id="t", task="t", agent="a", model=None, time=TIME)) as recorder:
        recorder.step("user", "whole")
        recorder.step("user", "half 航")
    path.write_bytes(path.read_bytes().partition("航".encode())[0] + "航".encode()[:2])
    assert [step.text for step in read_trajectory(path).steps] == ["whole"]


def test_the_proxy_reads_an_event_whatever_letters_its_text_has() -> None:
    event = {"response": {"text": "a\u2028b\x85c", "usage": {"output_tokens": 3}}}
    body = f"event: completed\r\ndata: {json.dumps(event, ensure_ascii=False)}\r\n\r\n".encode()
    assert list(_events(body)) == [event]


def test_a_model_that_halves_an_emoji_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)
    calls = [
        {"name": "shell", "arguments": '{"command": "echo \\ud83d"}'},
        {"name": "shell", "arguments": '{"\\ud83d": "x", "command": "ls"}'},
        {"name": "write_file", "arguments": '{"path": "a", "content": "\\u0000"}'},
    ]
    turns = [{"text": "half \ud83d", "calls": calls}, {"text": "Done."}]
    assert solve("toolloop", {"conversations": [{"turns": turns}]}, tmp_path).status == "finished"
    steps = read_trajectory(tmp_path / "trajectory.jsonl").steps
    assert [step.text for step in steps if step.role == "assistant"] == ["half \ufffd", "Done."]
    said = [step.text.partition(" Its arguments")[0] for step in steps if step.role == "tool"]
    assert said == [
        "Tool shell: argument command is not a text.",
        "Tool shell: argument \ufffd is unknown.",
        "Tool write_file: argument content is not a text.",
    ]


def test_rows_of_which_a_result_speaks_are_counted_whatever_it_says(tmp_path: Path) -> None:
    texts = ("a | b\n(3 rows)", f"(12 rows, then {'9' * 5_000}\n({'9' * 5_000} rows", "no rows")

    def write(recorder: Recorder) -> None:
        for text in texts:
            result(recorder, None, text, tool="query")

    assert measure(record(tmp_path, Shape(write))).n_rows_inspected == 15
