"""The examples of docs/equality.md and docs/scores.md, run."""

import re

import pytest

from benchmark.paths import REPOSITORY_DIR

PAGE = (REPOSITORY_DIR / "docs" / "equality.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(.+)` \| `(.+)` \| (equal|different) \|$", re.MULTILINE)
EXAMPLES = [tuple(part.replace(r"\|", "|") for part in found) for found in ROW.findall(PAGE)]


@pytest.mark.parametrize(("gold", "output", "expected"), EXAMPLES, ids=[f"{g} and {o}" for g, o, _ in EXAMPLES])
def test_example(compare, gold, output, expected):
    verdict = compare(f"select {gold} as x", f"select {output} as x")
    assert verdict.is_match == (expected == "equal"), verdict.summary


@pytest.mark.parametrize("page", ["equality.md", "scores.md"])
def test_python_example(page):
    text = (REPOSITORY_DIR / "docs" / page).read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, f"docs/{page}", "exec"), {})


def test_the_page_has_examples_for_every_part():
    assert len(EXAMPLES) == PAGE.count("| equal |") + PAGE.count("| different |") > 55
