"""`lockgate prove`, as far as it goes before an hour's work."""

from pathlib import Path

from benchmark.run_store import list_runs
from tests.helpers.command_line import Lockgate


def test_a_page_that_cannot_be_written_is_told_before_anything_is_tried(lockgate: Lockgate, tmp_path: Path) -> None:
    result = lockgate("prove", "flights_feeds", "--write", str(tmp_path / "none/proof.md"))
    assert result.exit_code == 1
    assert result.mistake == (
        f"{tmp_path / 'none/proof.md'} cannot be written: there is no folder {tmp_path / 'none'}. "
        "Make it, or name another page."
    )
    assert list_runs() == []
