"""Answers of a supervisor: anything that is none is a fault of ours, and texts of a job are cut and made visible."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.bounded_json import MAX_DEPTH, MAX_VALUES
from runtime.answers import MAX_MESSAGE, read_reply, result_of
from runtime.interface import RuntimeFaultError
from tests.helpers.examples import n_examples


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"nothing of the kind", b"[]", b"null", b'"ok"', b"1", b'{"status": "ok"', b"\xff\xfe", b'{"a": NaN}'],
)
def test_what_is_no_answer_is_our_fault(line: bytes) -> None:
    with pytest.raises(RuntimeFaultError, match="gave no answer"):
        read_reply(line)


@settings(max_examples=n_examples(200), deadline=None, derandomize=True)
@given(line=st.one_of(st.binary(max_size=60), st.text(alphabet='{}[]":,0eE-+.\\u tfn', max_size=60).map(str.encode)))
def test_any_line_is_a_mapping_or_our_fault(line: bytes) -> None:
    with contextlib.suppress(RuntimeFaultError):
        assert isinstance(read_reply(line), dict)


def reply_around(value: str) -> bytes:
    return f'{{"status": "ok", "message": "", "wall_seconds": 1.0, "log": "", "value": {value}}}'.encode()


def test_the_largest_value_that_a_job_may_return_passes_the_supervisor_and_a_larger_one_does_not() -> None:
    """The supervisor bounds the job's answer; a bound that is tighter here would turn an honest job into our fault."""
    deepest = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert read_reply(reply_around(deepest))["status"] == "ok"
    assert len(read_reply(reply_around("[" + "0," * (MAX_VALUES - 10) + "0]"))["value"]) == MAX_VALUES - 9
    for value in ("[" * (MAX_DEPTH + 4) + "]" * (MAX_DEPTH + 4), "[" + "0," * (MAX_VALUES + 200) + "0]"):
        with pytest.raises(RuntimeFaultError):
            read_reply(reply_around(value))


def test_a_message_speaks_of_the_hosts_paths() -> None:
    reply = {"status": "failed", "message": "No file /sources/x/a.csv.", "wall_seconds": 2.0}
    result = result_of(reply, {"/sources/x": "/home/me/drop"})
    assert (result.status, result.value, result.message) == ("failed", None, "No file /home/me/drop/a.csv.")


@settings(max_examples=n_examples(100), deadline=None, derandomize=True)
@given(message=st.text(max_size=20).map(lambda text: (text + "/in ") * 900), outside=st.text("/abc", max_size=200))
def test_a_message_is_bounded_and_visible_whatever_paths_are_put_into_it(message: str, outside: str) -> None:
    """Short names inside may stand for long ones of the host, and the job chooses how often it says them."""
    result = result_of({"status": "failed", "message": message, "wall_seconds": 0.0}, {"/in": outside})
    assert len(result.message) <= MAX_MESSAGE
    assert all(character.isprintable() or character in "\n\t" for character in result.message)
    json.dumps(result.message, ensure_ascii=False).encode()
