"""Memory of a load grows with the rows that DuckDB has not written yet, and with nothing else."""

import resource
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest
import yaml

from sources.loader.row_group import ROWS, OpenRowGroup

_N_ROWS = 60
_ROW_CHARACTERS = 2_000_000


def _load_wide_rows(folder: Path) -> float:
    """Load a file of rows of 2 MB; MiB that the load added to the peak of the process."""
    import sources.loader.preload  # noqa: F401 - imports are not the load
    from sources.loader import LoadRequest, load

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = load(LoadRequest(folder / "el", folder / "warehouse.duckdb", datetime(2013, 3, 14, tzinfo=UTC)))
    assert report.streams[0].n_records == _N_ROWS
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


@pytest.mark.slow
def test_wide_rows_are_in_memory_once(tmp_path: Path) -> None:
    (tmp_path / "el").mkdir()
    stream = {"name": "wide", "pattern": "*.csv", "format": "csv"}
    content = {"connection": "drop", "source": "files", "config": {"directory": str(tmp_path)}, "streams": [stream]}
    (tmp_path / "el" / "drop.yaml").write_text(yaml.safe_dump(content))
    with (tmp_path / "wide.csv").open("w") as file:
        file.write("id,text\n")
        file.writelines(f"{number},{chr(97 + number % 26) * _ROW_CHARACTERS}\n" for number in range(_N_ROWS))
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        added_mib = pool.submit(_load_wide_rows, tmp_path).result()
    assert added_mib < 2 * _N_ROWS * _ROW_CHARACTERS / 2**20


def test_the_open_row_group_is_the_last_rows() -> None:
    group = OpenRowGroup()
    for _ in range(ROWS // 1000 * 3):
        group.add(1000, 10)
    assert ROWS // 100 <= group.n_bytes < ROWS // 100 + 20
    group.add(2 * ROWS, 7)
    assert group.n_bytes == 7
