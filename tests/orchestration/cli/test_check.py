"""`lockgate check`: 80 columns, JSON and exit codes."""

import json
from pathlib import Path

import pytest

from benchmark.paths import REPOSITORY_DIR
from tests.helpers.command_line import Lockgate

CANTEEN = REPOSITORY_DIR / "tests/authoring/check/cases/worlds"


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A world in which one task has an error and a warning."""
    folder = tmp_path / "worlds"
    for source in (path for path in CANTEEN.rglob("*") if path.is_file()):
        target = folder / source.relative_to(CANTEEN)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    path = folder / "canteen/tasks/canteen_marts/task.yaml"
    path.write_text(path.read_text().replace("[el/*,", "[els/*,").replace("start:", "scenarios: [visible]\nstart:"))
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(folder))
    monkeypatch.chdir(tmp_path)
    return path


def test_findings_stand_below_their_file_with_line_code_and_advice(broken: Path, lockgate: Lockgate) -> None:
    result = lockgate("check")
    assert result.exit_code == 1
    lines = [line.rstrip() for line in result.output.splitlines()]
    assert max(map(len, lines)) <= 80
    assert lines[0] == "worlds/canteen/tasks/canteen_marts/task.yaml"
    assert lines[1].startswith("    6 LG220 key 'protected': 'els/*' matches no file")
    assert lines[2].strip() == "Name a file or folder of the start, or remove the pattern."
    assert lines[3].startswith("    7 LG217 warning: key 'scenarios': holdout, rerun, day2")
    assert lines[-1] == "1 world, 5 tasks: 1 error, 1 warning."


def test_json_says_the_same(broken: Path, lockgate: Lockgate) -> None:
    result = lockgate("check", "canteen_marts", "--json")
    assert result.exit_code == 1
    content = json.loads(result.output)
    assert (content["n_tasks"], content["n_errors"], content["n_warnings"]) == (1, 1, 1)
    assert [(found["line"], found["code"], found["level"]) for found in content["findings"]] == [
        (6, "LG220", "error"),
        (7, "LG217", "warning"),
    ]


def test_warnings_alone_do_not_fail(broken: Path, lockgate: Lockgate) -> None:
    broken.write_text(broken.read_text().replace("[els/*,", "[el/*,"))
    result = lockgate("check")
    assert (result.exit_code, result.output.splitlines()[-1].strip()) == (0, "1 world, 5 tasks: 0 errors, 1 warning.")


def test_without_a_finding_it_says_so(broken: Path, lockgate: Lockgate) -> None:
    result = lockgate("check", "canteen_watch")
    assert (result.exit_code, result.output.strip()) == (0, "1 world, 1 task: nothing is wrong.")


def test_a_name_that_means_nothing_is_a_mistake(broken: Path, lockgate: Lockgate) -> None:
    assert "Did you mean 'canteen_marts'?" in lockgate("check", "canteen_mart").mistake
