import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sources.loader
from benchmark.connection import read_connection
from sources.loader.__main__ import main

PINNED = "2013-03-14T23:30:00Z"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINNED_NOW", PINNED)


def _run(bench: Any, *more: str) -> int:
    return main(["--el", str(bench.el_dir), "--warehouse", str(bench.warehouse_path), *more])


def test_summary_and_exit_code(
    bench: Any, files_connection: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = files_connection("*.csv", "csv")
    (folder / "a.csv").write_text("id\n1\n2\n")
    assert _run(bench) == 0
    shown = capsys.readouterr()
    assert [part in shown.out for part in ("drop", "items", "incremental, append", "ok", "2")] == [True] * 5
    assert shown.err == ""
    (folder / "b.csv").write_text('id\n"1')
    assert _run(bench, "--connection", "drop") == 1
    shown = capsys.readouterr()
    assert "failed" in shown.out
    assert shown.err.startswith("connection 'drop', stream 'items': file 'b.csv', ")
    assert shown.err.endswith("Nothing of this file was kept.\n")


def test_bad_file_gives_one_message_with_line_and_key(bench: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (bench.el_dir / "drop.yaml").write_text("connection: drop\nsource: ftp\nstreams:\n  - {name: a}\n")
    assert _run(bench) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "drop.yaml: line 2: key 'source'" in error
    assert "(got 'ftp')" in error


def test_clock_must_be_set(bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("PINNED_NOW")
    assert _run(bench) == 1
    assert "Variable PINNED_NOW is not set. Set it to the time of the load" in capsys.readouterr().err


def test_help_and_package_import_no_airbyte() -> None:
    code = (
        "import sys, sources.loader, sources.connectors.registry, sources.loader.__main__ as command\n"
        "try: command.main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit('airbyte_cdk' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--warehouse" in done.stdout


def test_example_of_the_readme_is_a_valid_connection(tmp_path: Path) -> None:
    text = (Path(sources.loader.__file__).parent / "README.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "operations.yaml").write_text(example)
    names = ("HOST", "PORT", "DATABASE", "USER", "PASSWORD")
    spec = read_connection(tmp_path / "operations.yaml", {f"OPERATIONS_{name}": "x" for name in names})
    assert spec.streams[0].primary_key == ("departure_id",)
