"""The example workflow and docs/ci.md say what the command line does."""

import re
import shlex
from collections.abc import Iterator

import pytest
from typer.main import get_command

from benchmark.paths import REPOSITORY_DIR
from benchmark.yaml_files import parse_yaml
from orchestration.cli import app
from orchestration.cli.help import EXIT_CODES

WORKFLOW = REPOSITORY_DIR / ".github" / "workflows" / "lockgate.yml"
DOCS = [REPOSITORY_DIR / "docs" / "ci.md", REPOSITORY_DIR / "README.md"]
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def steps() -> list[dict[str, object]]:
    return list(parse_yaml(WORKFLOW.read_text(), WORKFLOW)["jobs"]["run"]["steps"])


def scripts() -> str:
    return "\n".join(str(step["run"]) for step in steps() if "run" in step)


def commands_in(text: str) -> Iterator[list[str]]:
    """Each call of `lockgate` in a script, as words."""
    for line in text.replace("\\\n", " ").splitlines():
        if found := re.match(r"\s*(?:\.venv/bin/)?lockgate (.*)", line):
            yield shlex.split(re.sub(r"\$\{MODEL.*?\}", "--model m", found.group(1)), comments=True)


def unknown_words(words: list[str]) -> list[str]:
    """The command, and options, that the command line does not have."""
    name, *rest = words
    if name.startswith("-"):
        return []
    if name not in COMMANDS:
        return [name]
    known = {option for item in COMMANDS[name].params for option in (*item.opts, *item.secondary_opts)}
    return [
        word for word in rest if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known | {"--help", "-h"}
    ]


def test_the_workflow_calls_only_what_there_is() -> None:
    calls = list(commands_in(scripts()))
    assert [call[0] for call in calls] == ["doctor", "run", "report"]
    assert [unknown_words(call) for call in calls] == [[], [], []]
    assert {"--fail-below", "--junit", "--summary"} <= set(calls[1])


def test_the_workflow_allows_the_sandbox_and_keeps_gold_and_results() -> None:
    assert "kernel.apparmor_restrict_unprivileged_userns=0" in scripts()
    assert scripts().index("bubblewrap") < scripts().index("lockgate run")
    used = {str(step.get("uses", "")).partition("@")[0]: step.get("with") for step in steps()}
    assert {"actions/checkout", "actions/setup-python", "actions/cache", "actions/upload-artifact"} <= set(used)
    (upload,) = [step for step in steps() if "upload-artifact" in str(step.get("uses"))]
    assert upload["if"] == "always()", "results of a run that fails are what one wants to see"
    assert ".lockgate/cache" in [step["with"]["path"] for step in steps() if "cache" in str(step.get("uses"))]  # type: ignore[index]


def test_no_input_of_a_person_is_pasted_into_a_script() -> None:
    """A `${{ }}` in a script would run whatever the input holds."""
    assert "${{" not in scripts()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_the_commands_of_a_page_exist(path: object) -> None:
    text = "\n".join(re.findall(r"```bash\n(.*?)```", path.read_text(), re.DOTALL))  # type: ignore[attr-defined]
    calls = list(commands_in(text))
    assert calls
    assert [(call, unknown) for call in calls if (unknown := unknown_words(call))] == []


def test_the_table_of_exit_codes_is_that_of_the_help() -> None:
    rows = re.findall(r"^\| (\d+) \|", DOCS[0].read_text(), re.MULTILINE)
    assert [int(row) for row in rows] == [code for code, _ in EXIT_CODES]
