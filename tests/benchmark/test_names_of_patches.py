"""Whatever names the files of a workspace have: a patch carries them, or they are left out."""

from pathlib import Path

import pytest

from benchmark.patches import apply_patch, is_patchable, make_patch

NAMES = (
    "a /x",
    " /x",
    "a/b /c",
    "a  /x",
    "x ",
    " x",
    "a b/x",
    "x b/x",
    "x b/x b/x",
    'a"b',
    "a\\b",
    "-rf",
    "dev/null",
    "git~1/x",
)
CONTENTS = (b"", b"text\n", b"\0binary")


@pytest.mark.parametrize("content", CONTENTS)
def test_every_name_that_is_taken_comes_through(tmp_path: Path, content: bytes) -> None:
    start = {"dbt/a.sql": b"select 1\n"}
    end = start | {name: content for name in NAMES if is_patchable(name)}
    assert len(end) > 8
    assert apply_patch(start, make_patch(start, end, tmp_path), tmp_path) == end
