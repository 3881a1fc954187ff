"""`lockgate export`: what is written is told, and a slip is one sentence."""

import json
from pathlib import Path

from tests.helpers.command_line import Lockgate
from tests.helpers.made_up_runs import store_made_up_run


def test_records_are_written_and_told(lockgate: Lockgate, tmp_path: Path) -> None:
    store_made_up_run("r", 1, 6)
    result = lockgate("export", "r", "--format", "every-eval-ever", "-o", str(tmp_path / "out"))
    assert result.exit_code == 0
    assert "r  toolloop@openai/gpt-5: 23 results, 6 trials  data/lockgate/openai/gpt-5/" in result.output
    assert "oracle, idle: reference agents, no results of a model." in " ".join(result.errors.split())
    told = json.loads(lockgate("export", "r", "-o", str(tmp_path / "out"), "--json").output)
    assert [record["is_reference"] for record in told] == [True, True, False]
    assert all((tmp_path / "out" / record["path"]).is_file() for record in told)


def test_who_gives_the_results_is_said(lockgate: Lockgate, tmp_path: Path) -> None:
    store_made_up_run("r", 1, 1, references=False)
    out = str(tmp_path / "out")
    assert lockgate("export", "r", "-o", out, "--organization", "A lab", "--relationship", "other").exit_code == 0
    (path,) = (tmp_path / "out").rglob("*.json")
    source = json.loads(path.read_text())["source_metadata"]
    assert (source["source_organization_name"], source["evaluator_relationship"]) == ("A lab", "other")


def test_a_slip_is_one_sentence(lockgate: Lockgate, tmp_path: Path) -> None:
    store_made_up_run("r", 1, 1)
    (tmp_path / "file").write_text("mine")
    for arguments, said in (
        (("nosuch",), "No run 'nosuch' in "),
        (("r", "--format", "every-eval"), "Unknown format 'every-eval'. Known: every-eval-ever."),
        (("r", "--relationship", "third"), "Unknown relationship 'third'."),
        (("r", "-o", str(tmp_path / "file")), f"{tmp_path / 'file'} cannot be written"),
    ):
        result = lockgate("export", *arguments)
        assert (result.exit_code, result.output) == (1, "")
        assert result.mistake.startswith(said)
