"""Lint with the world's rules, whatever a submission brings along."""

from pathlib import Path

import pytest

from benchmark.paths import cache_dir
from benchmark.registry import get_task, get_world
from evaluators.style.lint import lint_project, lint_submission
from runtime.fork_client import ForkRuntime
from runtime.interface import Limits

CONFIG = get_world("flights").folder / "project/dbt/.sqlfluff"
MODEL = "dbt/models/marts/bad.sql"
BAD = "SELECT a,b FROM {{ ref('x') }} WHERE a=1\n"
"""Wrong in four ways by the rules of the world."""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "dbt"


def lint(folder: Path, files: dict[str, str], runtime: ForkRuntime) -> dict[str, int]:
    found = lint_project(write(folder, files), CONFIG, runtime, folder / "logs")
    assert isinstance(found, dict)
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


@pytest.mark.parametrize(
    "name", ["dbt/models/target/bad.sql", "dbt/models/logs/bad.sql", "dbt/other/bad.sql", "dbt/macros/bad.sql"]
)
def test_no_folder_hides_a_file(tmp_path: Path, runtime: ForkRuntime, name: str) -> None:
    found = lint_project(write(tmp_path, {name: BAD}), CONFIG, runtime, tmp_path / "logs")
    assert isinstance(found, dict)
    assert sum(found[name.removeprefix("dbt/")]["rules"].values()) >= 3


def test_macros_and_packages_are_not_linted(tmp_path: Path, runtime: ForkRuntime) -> None:
    macro = "{% macro m() %}SELECT a,b{% endmacro %}\n"
    files = {"dbt/macros/m.sql": macro, "dbt/dbt_packages/p/models/bad.sql": BAD, MODEL: BAD}
    found = lint_project(write(tmp_path, files), CONFIG, runtime, tmp_path / "logs")
    assert isinstance(found, dict)
    assert list(found) == ["models/marts/bad.sql"]


def test_a_snapshot_is_linted(tmp_path: Path, runtime: ForkRuntime) -> None:
    text = "{% snapshot s %}\n{{ config(unique_key='a') }}\n" + BAD + "{% endsnapshot %}\n"
    found = lint_project(write(tmp_path, {"dbt/snapshots/s.sql": text}), CONFIG, runtime, tmp_path / "logs")
    assert isinstance(found, dict)
    assert found["snapshots/s.sql"]["is_linted"]
    assert {"CP01", "LT09"} <= found["snapshots/s.sql"]["rules"].keys()


@pytest.mark.parametrize("world", ["flights", "shop"])
def test_the_snapshots_of_a_world_are_read_and_clean(tmp_path: Path, runtime: ForkRuntime, world: str) -> None:
    project = get_world(world).folder / "project/dbt"
    snapshots = write(tmp_path, {f"dbt/snapshots/{p.name}": p.read_text() for p in project.glob("snapshots/*.sql")})
    found = lint_project(snapshots, CONFIG, runtime, tmp_path / "logs")
    assert isinstance(found, dict)
    assert found
    assert all(linted["is_linted"] and not linted["rules"] for linted in found.values())


@pytest.mark.parametrize("text", ["{% if %}\n", "{{ ", "select ((((\n", "{{ 1 / 0 }}\n", "{% raw %}select"])
def test_a_file_that_cannot_be_read_is_named_and_no_finding(tmp_path: Path, runtime: ForkRuntime, text: str) -> None:
    found = lint_project(write(tmp_path, {MODEL: text}), CONFIG, runtime, tmp_path / "logs")
    assert isinstance(found, dict)
    assert not found["models/marts/bad.sql"]["is_linted"]
    assert not set(found["models/marts/bad.sql"]["rules"]) & {"TMP", "PRS", "LXR"}


@pytest.mark.parametrize(
    "files",
    [{"dbt": "a file"}, {"dbt/macros": "a file", MODEL: BAD}, {"dbt/.sqlfluff/x": "a folder", MODEL: BAD}, {}],
    ids=["file for dbt", "file for macros", "folder for settings", "nothing"],
)
def test_a_project_of_another_shape_is_linted_as_far_as_it_goes(
    tmp_path: Path, runtime: ForkRuntime, files: dict[str, str]
) -> None:
    result = lint_submission(
        get_task("flights_otp_scorecard"), write(tmp_path, files).parent, runtime, tmp_path / "logs"
    )
    assert result is not None
    assert result.error is None
    assert (result.n_findings >= 3) == (MODEL in files)
    assert result.gold_findings_per_100_lines >= 0


def test_sqlfluff_that_does_not_finish_says_so(
    tmp_path: Path, runtime: ForkRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluators.style.lint.LIMITS", Limits(wall_seconds=0.001))
    found = lint_project(write(tmp_path, {MODEL: f"{BAD}-- never seen\n"}), CONFIG, runtime, tmp_path / "logs")
    assert found == "It ran longer than its limit of 0.001 s and was stopped."


def test_what_one_submission_left_is_no_other_ones(
    tmp_path: Path, runtime: ForkRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that was forged for a file, beside another file, is not taken for that file in another project."""
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))  # no other test reads the forged results
    text = f"{BAD}-- shared by two\n"
    first = write(tmp_path / "a", {MODEL: text, "dbt/models/forger.sql": "select 1\n"})
    lint_project(first, CONFIG, runtime, tmp_path / "logs")
    forged = list((cache_dir() / "lint").glob("*.json"))
    assert forged
    for path in forged:
        path.write_text('{"n_lines": 1, "rules": {}, "is_linted": true}')
    assert sum(lint(tmp_path / "b", {MODEL: text}, runtime).values()) >= 3
