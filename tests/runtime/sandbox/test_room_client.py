"""What goes into a room and comes out of it: no path of the host goes in, and its own come back as the host's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.interface import ChildRequest, RuntimeFaultError
from runtime.sandbox.room_client import child_result, room_request
from tests.helpers.examples import n_examples


def request(folder: Path, **arguments: Any) -> ChildRequest:
    return ChildRequest(
        "package.module:function",
        arguments,
        folder / "work" / "dbt",
        folder / "logs" / "job.log",
        {"WAREHOUSE_PATH": str(folder / "work" / "w.duckdb")},
        writable={"/workspace": folder / "work", "/output": folder / "work-output"},
        readable={"/sources/drop": folder / "drop"},
        ports=(5432,),
    )


def values(folder: Path) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["work", "work-output", "drop"])
    paths = st.builds(lambda name, rest: str(folder / name) + rest, names, st.sampled_from(["", "/a/b.csv", "/é"]))
    texts = st.one_of(paths, st.builds("from '{}' and '{}'".format, paths, paths), st.integers(), st.none())
    return st.recursive(
        texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    )


@settings(
    max_examples=n_examples(60),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_path_of_the_host_goes_in_but_the_folders_that_are_mounted(tmp_path: Path, data: st.DataObject) -> None:
    asked = room_request(request(tmp_path, given=data.draw(values(tmp_path))))
    mounts = asked.pop("mounts")
    assert str(tmp_path) not in json.dumps(asked, ensure_ascii=False)
    assert "/workspace-output" not in json.dumps(asked)  # a name that begins as another one does
    assert {inside: (outside, is_writable) for inside, outside, is_writable in mounts} == {
        "/workspace": (str(tmp_path / "work"), True),
        "/output": (str(tmp_path / "work-output"), True),
        "/sources/drop": (str(tmp_path / "drop"), False),
    }


def test_a_request_names_everything_as_the_inside_does_and_makes_what_is_to_be_written_to(tmp_path: Path) -> None:
    asked = room_request(request(tmp_path, files=(str(tmp_path / "drop" / "x.csv"), 1), where=str(tmp_path)))
    assert asked["directory"] == "/workspace/dbt"
    assert asked["environment"] == {"WAREHOUSE_PATH": "/workspace/w.duckdb"}
    assert asked["arguments"] == {"files": ["/sources/drop/x.csv", 1], "where": str(tmp_path)}
    assert asked["ports"] == [5432]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["work", "work-output"]


def test_links_are_followed_before_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "work").symlink_to(tmp_path / "real")
    asked = room_request(request(tmp_path))
    assert asked["directory"] == "/workspace/dbt"
    assert ["/workspace", str(tmp_path / "real"), True] in asked["mounts"]


def test_logs_of_jobs_follow_one_another_in_a_file_and_a_failure_speaks_of_the_hosts_folders(tmp_path: Path) -> None:
    asked = request(tmp_path)
    reply = {"status": "failed", "message": "No /sources/drop/x.csv.", "wall_seconds": 1.5, "log": "one\n"}
    result = child_result(asked, reply)
    child_result(asked, reply | {"log": "two \ufffd\n"})
    assert asked.log_path.read_text(encoding="utf-8") == "one\ntwo \ufffd\n"
    assert (result.status, result.message) == ("failed", f"No {tmp_path}/drop/x.csv.")


def test_a_room_that_cannot_be_made_is_our_fault_and_its_log_is_kept(tmp_path: Path) -> None:
    reply = {"status": "fault", "message": "The room cannot be made: mount /room.", "wall_seconds": 0.0, "log": "why\n"}
    with pytest.raises(RuntimeFaultError, match=r"mount /room\. `lockgate doctor`"):
        child_result(request(tmp_path), reply)
    assert (tmp_path / "logs" / "job.log").read_text() == "why\n"
