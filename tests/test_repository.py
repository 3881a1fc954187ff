"""Rules of the repository as a whole."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.paths import REPOSITORY_DIR
from tests.hygiene import problems

PACKAGES = ("benchmark", "sources", "runtime", "evaluators", "agents", "authoring", "bridges", "orchestration")


def committed_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY_DIR, capture_output=True, check=True, text=True
    ).stdout
    return [REPOSITORY_DIR / name for name in listed.split("\0") if name and (REPOSITORY_DIR / name).is_file()]


def test_nothing_is_committed_that_must_not_be() -> None:
    found = [problem for path in committed_files() for problem in problems(path)]
    assert found == []


def test_the_lock_has_no_index_lines_and_pins_everything() -> None:
    lines = (REPOSITORY_DIR / "requirements.lock").read_text().splitlines()
    assert lines
    assert [line for line in lines if not re.match(r"^[a-z0-9._-]+(\[[a-z,]+\])?==\S+( ; .+)?$", line)] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_our_package_is_the_one_that_is_imported(name: str) -> None:
    """`agents` is also the import name of a package on the public index."""
    module = importlib.import_module(name)
    assert module.__file__ == str(REPOSITORY_DIR / name / "__init__.py")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys, orchestration.cli; "
        "print([n for n in ('dagster','dbt','duckdb','pandas','airbyte_cdk','great_expectations','pydantic') "
        "if n in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (REPOSITORY_DIR / "Makefile").read_text()
    readme = (REPOSITORY_DIR / "README.md").read_text()
    for target in set(re.findall(r"\bmake ([a-z-]+)", readme)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_no_test_imports_a_test_or_a_conftest() -> None:
    """pytest loads those by itself; imported, too, they would exist twice. What tests share is in `tests/helpers`."""
    files = [
        path for path in committed_files() if path.suffix == ".py" and path.is_relative_to(REPOSITORY_DIR / "tests")
    ]
    imports = re.compile(r"^\s*(from|import) tests\.(\S+\.)?(conftest|test_\w+)\b", re.MULTILINE)
    assert [str(path) for path in files if imports.search(path.read_text(encoding="utf-8"))] == []
