"""A job's answer may be forged by the code of a submission: whatever it is, the step has failed, in bounded memory."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.bounded_json import MAX_BYTES, MAX_DEPTH, HostileJsonError, parse_bounded
from benchmark.scorecard import MAX_TEXT, StepResult
from evaluators.style.graph_rules import check_policy
from runtime.answers import MAX_MESSAGE, read_reply, result_of
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult
from runtime.jobs.schemas import _KINDS, checked
from runtime.worker import reply_of
from tests.helpers.examples import IS_LONGER_LOOK, n_examples
from tests.runtime.hostile_entries import FORGED


@pytest.fixture(scope="module")
def bare() -> Iterator[ForkRuntime]:
    with ForkRuntime("bare") as runtime:
        yield runtime


def run(runtime: ForkRuntime, folder: Path, entry: str, arguments: dict[str, Any]) -> ChildResult:
    request = ChildRequest(f"tests.runtime.hostile_entries:{entry}", arguments, folder, folder / "log")
    return runtime.run(request)


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_answer_is_the_jobs_failure(bare: ForkRuntime, tmp_path: Path, name: str) -> None:
    result = run(bare, tmp_path, "forge", {"name": name})
    assert result.status in ("failed", "killed", "ok")
    assert (result.status == "ok") == (name == "not UTF-8")
    assert len(result.message) <= MAX_MESSAGE
    json.dumps(result.message, ensure_ascii=False).encode()
    assert "\x1b" not in result.message
    assert all(checked(result, kind).status != "ok" for kind in _KINDS)


@pytest.mark.parametrize("text", ["half a letter: \ud800", "\x1b[2J\x1b]0;title\x07", "x" * 50_000, "\udfff" * 9])
def test_what_an_honest_job_says_of_a_hostile_text_can_be_stored(bare: ForkRuntime, tmp_path: Path, text: str) -> None:
    """For example dbt on one line of Jinja with half a letter in it."""
    result = run(bare, tmp_path, "say", {"text": text})
    assert result.status == "failed"
    assert result.message.startswith("ValueError: ")
    assert len(result.message) <= MAX_MESSAGE
    (tmp_path / "scorecard.json").write_text(result.message, encoding="utf-8")
    assert all(character.isprintable() for character in result.message)


@pytest.mark.parametrize("name", ["brackets", "closed brackets", "empty lists", "medium message"])
def test_an_answer_is_read_in_bounded_memory(name: str) -> None:
    program = (
        "import resource, sys\nfrom runtime.worker import reply_of\nfrom runtime.answers import read_reply, result_of\n"
        "import json\nfrom tests.runtime.hostile_entries import FORGED\n"
        "raw = FORGED[sys.argv[1]]\nbefore = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "reply = reply_of(raw, 0) | {'wall_seconds': 0.0}\n"
        "result_of(read_reply(json.dumps(reply).encode()))\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, name], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 300


def test_nesting_and_size_have_limits() -> None:
    assert parse_bounded(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None
    with pytest.raises(HostileJsonError, match="more than 40 levels"):
        parse_bounded(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    brackets = "[" * 1000
    assert parse_bounded(json.dumps([brackets, '"' + brackets]).encode()) == [brackets, '"' + brackets]
    with pytest.raises(HostileJsonError, match="longer than"):
        parse_bounded(b" " * (MAX_BYTES + 1))
    assert parse_bounded(b'"\\ud83d\\ude00 \\ud83d"') == "\U0001f600 \ufffd"


def test_a_scorecard_bounds_every_text() -> None:
    step = StepResult(name="load", status="failed", message="x" * 60_000_000, details={"a\x1b": {"b": "y" * 10**6}})
    assert len(step.message) == MAX_TEXT
    assert len(step.model_dump_json()) < 3 * MAX_TEXT
    assert list(step.details) == ["a\\x1b"]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.characters(categories=["Cs"])),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)
NODE_FIELDS = ("name", "path", "parents", "columns", "is_described", "schema", "test", "tested", "arguments")
NODE = st.fixed_dictionaries(
    {"type": st.sampled_from(["model", "test", "seed", "snapshot"])}, optional=dict.fromkeys(NODE_FIELDS, JSON)
)
NODES = st.fixed_dictionaries({"nodes": st.dictionaries(st.text(), NODE)})
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        name: JSON
        for kind in _KINDS.values()
        for name in kind.model_fields
    },
)  # fmt: skip
ANSWERS = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.builds(
        lambda status, value, message: json.dumps({"status": status, "value": value, "message": message}).encode(),
        st.one_of(st.sampled_from(["ok", "failed", "fault"]), JSON), st.one_of(SHAPED, NODES, JSON), JSON,
    ),
)  # fmt: skip


@settings(max_examples=n_examples(600), deadline=None, derandomize=not IS_LONGER_LOOK)
@given(raw=ANSWERS, exit_code=st.integers(-9, 255))
def test_any_answer_is_a_result_that_can_be_stored(raw: bytes, exit_code: int) -> None:
    reply = reply_of(raw, exit_code) | {"wall_seconds": 0.0}
    result = result_of(read_reply(json.dumps(reply).encode()))
    json.dumps([result.value, result.message], ensure_ascii=False).encode()
    check_policy(result.value, ("keys_tested", "names_by_layer", "columns_documented"), {}).model_dump_json().encode()
    for kind in _KINDS:
        found = checked(result, kind)
        assert found.status in ("ok", "failed", "killed")
