"""`lockgate report`: what it writes, and what it says of what it cannot."""

import json
from pathlib import Path

import pytest

from orchestration.reports.run_report.model import Report
from tests.helpers.command_line import Lockgate
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards, store_made_up_run, unscored_card


@pytest.fixture
def run() -> str:
    store_made_up_run("r", 3, 6)
    return "r"


def test_a_folder_holds_everything_and_is_replaced_whole(run: str, lockgate: Lockgate, tmp_path: Path) -> None:
    target = tmp_path / "new" / "report"
    result = lockgate("report", run, "-o", str(target))
    assert result.exit_code == 0
    assert result.output.endswith(f"Written: {target}\n")
    (target / "left").write_text("of an older report")
    before = (target / "report.json").read_bytes()
    assert lockgate("report", run, "-o", str(target)).exit_code == 0
    assert (target / "report.json").read_bytes() == before, "the same run, the same bytes"
    assert not (target / "left").exists()
    assert [path.name for path in target.parent.iterdir()] == ["report"], "nothing half-written stays"


@pytest.mark.parametrize("suffix", [".json", ".md"])
def test_one_file_is_what_its_name_says(run: str, lockgate: Lockgate, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix}"
    assert lockgate("report", run, "-o", str(target)).exit_code == 0
    text = target.read_text()
    assert Report.model_validate_json(text) if suffix == ".json" else text.startswith("# Lockgate report\n")


def test_json_goes_to_standard_output(run: str, lockgate: Lockgate) -> None:
    assert json.loads(lockgate("report", run, "--json").output)["runs"][0]["run_id"] == "r"


def test_what_cannot_be_reported_is_one_sentence(lockgate: Lockgate, tmp_path: Path) -> None:
    plan = plan_made_up("bad", "a", "idle", None)
    store_cards("bad", [plan], [unscored_card(plan, "No disk.")])
    store_cards("new", [plan_made_up("new", "a", "idle", None)], [])
    target = tmp_path / "report"
    for run_id, said in (
        ("nosuch", "No run 'nosuch' in "),
        ("bad", "Nothing to report of run bad: none of its 1 trials has a verdict. `lockgate show bad` says why."),
        ("new", "Nothing to report of run new: no trial is done yet. Run it first."),
        ("a/b", "Run id 'a/b' is not usable"),
    ):
        result = lockgate("report", run_id, "-o", str(target))
        assert result.exit_code == 1
        assert said in result.mistake
    assert not target.exists()


@pytest.mark.parametrize("name", ["report.pdf", "report.txt"])
def test_a_file_of_another_format_is_no_folder(run: str, lockgate: Lockgate, tmp_path: Path, name: str) -> None:
    result = lockgate("report", run, "-o", str(tmp_path / name))
    assert result.exit_code == 1
    assert "choose .html, .json, .md, or a folder" in result.mistake
    assert not (tmp_path / name).exists()


def test_nothing_of_others_is_overwritten(run: str, lockgate: Lockgate, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = lockgate("report", run, "-o", str(tmp_path))
    assert result.mistake == f"{tmp_path} is there and holds no report. Choose another -o, or remove it."
    result = lockgate("report", run, "-o", str(tmp_path / "mine.txt/report"))
    assert "mine.txt/report cannot be written" in result.mistake
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_markdown_shows_hostile_names_as_they_are(lockgate: Lockgate, tmp_path: Path) -> None:
    plans = [plan_made_up("r", task, "toolloop", None) for task in ("a", "b")]
    store_cards("r", plans, [card_of(plans[0]), unscored_card(plans[1], "a | b <script>alert(1)</script>\n# c `d`")])
    target = tmp_path / "out.md"
    assert lockgate("report", "r", "-o", str(target)).exit_code == 0
    assert r"a \| b \<script\>alert(1)\</script\> \# c \`d\`" in target.read_text()


@pytest.mark.parametrize("name", ["latest", "20261127"])
def test_a_run_is_named_as_everywhere(lockgate: Lockgate, name: str) -> None:
    store_made_up_run("20261126-120000-ab12", 2, 2)
    store_made_up_run("20261127-120000-ab12", 2, 2)
    shown = lockgate("report", name, "--json")
    assert shown.exit_code == 0
    assert "20261127-120000-ab12" in shown.output
    assert "20261126-120000-ab12" not in shown.output
