"""Lint with the world's rules, whatever a submission brings along."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.paths import projects_dir
from evaluators.style.lint import lint_project
from runtime.fork_client import ForkRuntime

CONFIG = projects_dir() / "flights/project/dbt/.sqlfluff"
MODEL = "dbt/models/marts/bad.sql"
BAD = "SELECT a,b FROM {{ ref('x') }} WHERE a=1\n"
"""Wrong in four ways by the rules of the world."""


@pytest.fixture(scope="module")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime("judge") as started:
        yield started


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "dbt"


def lint(folder: Path, files: dict[str, str], runtime: ForkRuntime) -> dict[str, int]:
    found = lint_project(write(folder, files), CONFIG, runtime, folder / "logs")
    assert found is not None
    rules: dict[str, int] = found["models/marts/bad.sql"]["rules"]
    return rules


HOSTILE = "import pathlib\npathlib.Path('{mark}').write_text('ran')\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dbt/.sqlfluff", "[sqlfluff]\nexclude_rules = all\n"),
        ("dbt/models/.sqlfluff", "[sqlfluff]\ndialect = duckdb\nrules = none\nexclude_rules = CP01,LT01,LT02,LT09\n"),
        ("dbt/models/marts/pyproject.toml", "[tool.sqlfluff.core]\nexclude_rules = 'CP01,LT01,LT02,LT09'\n"),
        ("dbt/models/marts/setup.cfg", "[sqlfluff]\nexclude_rules = CP01,LT01,LT02,LT09\n"),
        ("dbt/models/marts/.sqlfluffignore", "*.sql\n"),
        ("dbt/models/.sqlfluff", "[sqlfluff:templater:jinja]\nlibrary_path = library\nloader_search_path = /etc\n"),
    ],
    ids=["root", "nested", "pyproject", "setup.cfg", "ignore file", "library"],
)
def test_a_submission_cannot_change_the_rules(tmp_path: Path, runtime: ForkRuntime, name: str, text: str) -> None:
    plain = lint(tmp_path / "plain", {MODEL: BAD}, runtime)
    assert sum(plain.values()) >= 3
    mark = tmp_path / "ran"
    files = {MODEL: BAD + "-- other content, so that no cache answers\n", name: text}
    files["dbt/models/library/__init__.py"] = files["dbt/library/__init__.py"] = HOSTILE.format(mark=mark)
    assert lint(tmp_path / "other", files, runtime) == plain
    assert not mark.exists(), "code of the submission ran in the judge"


@pytest.mark.parametrize(
    "comment",
    [
        "-- noqa: disable=all\n",
        "-- sqlfluff:exclude_rules:CP01,LT01,LT02,LT09\n",
        "-- sqlfluff:rules:ST06\n",
        "-- sqlfluff:templater:jinja:library_path:library\n",
        "-- sqlfluff:templater:raw\n",
    ],
)
def test_a_comment_cannot_hide_findings(tmp_path: Path, runtime: ForkRuntime, comment: str) -> None:
    mark = tmp_path / "ran"
    plain = lint(tmp_path / "plain", {MODEL: f"-- one line\n{BAD}"}, runtime)
    files = {MODEL: comment + BAD, "dbt/library/__init__.py": HOSTILE.format(mark=mark)}
    assert lint(tmp_path / "other", files, runtime) == plain
    assert not mark.exists(), "code of the submission ran in the judge"
