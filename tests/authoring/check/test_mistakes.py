"""Single mistakes of a hurried author: each is found where it is, with words that help, and nothing else is."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from authoring.check.check import check
from authoring.check.codes import CODES

CASES = Path(__file__).parent / "cases"
MISTAKES: list[dict[str, Any]] = yaml.safe_load((CASES / "mistakes.yaml").read_text(encoding="utf-8"))["mistakes"]


def place(world: Path, path: str) -> Path:
    return world / re.sub(r"^T(?=/)", "tasks", path)


def make(world: Path, case: dict[str, Any]) -> None:
    """Make the mistake of a case."""
    if "write" in case:
        path = place(world, case["write"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(case["text"], encoding="utf-8")
    elif "delete" in case:
        place(world, case["delete"]).unlink()
    elif "copy" in case:
        old, new = (place(world, path) for path in case["copy"])
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(old, new)
    elif "rename" in case:
        old, new = (place(world, path) for path in case["rename"])
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)
    else:
        path = place(world, case["file"])
        text = path.read_text(encoding="utf-8")
        before, after = (text[text.index(case["cut"]) :], "") if "cut" in case else case["replace"]
        assert before in text
        path.write_bytes(text.replace(before, after, 1).encode(case.get("encoding", "utf-8")))
    for more in ("and", "then"):
        if more in case:
            make(world, case[more])


def test_the_world_without_a_mistake_is_clean(world: Path) -> None:
    report = check()
    assert report.findings == ()
    assert (report.n_worlds, report.n_tasks) == (1, 5)


@pytest.mark.parametrize("case", MISTAKES, ids=[case["name"] for case in MISTAKES])
def test_a_mistake_is_found_where_it_is(world: Path, case: dict[str, Any]) -> None:
    make(world, case)
    findings = check().findings
    file, _, line = case["at"].partition(":")
    at = place(world, file).resolve()
    there = [found for found in findings if found.code == case["code"] and found.path == at]
    assert there, [f"{found.place} {found.code} {found.message}" for found in findings]
    assert any(re.search(case["says"], found.message) for found in there), [found.message for found in there]
    assert int(line or 0) in {found.line or 0 for found in there} or not line
    assert {found.code for found in findings} - {case["code"]} <= set(case.get("also", ()))


def test_the_mistakes_are_many_and_of_most_kinds() -> None:
    assert len(MISTAKES) >= 90
    told = {case["code"] for case in MISTAKES}
    assert told <= CODES.keys()
    static = {code for code in CODES if not code.startswith("LG6")}  # LG6: test_levels.py
    assert static - told <= {"LG102", "LG103", "LG113", "LG114", "LG115", "LG116", "LG117", "LG119", "LG226", "LG503"}
