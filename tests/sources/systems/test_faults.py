"""Faults as readers meet them: a real HTTP server, real files."""

import csv
import gzip
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from benchmark.source_systems import FolderSystem
from sources.connectors.errors import ConnectorError
from sources.connectors.file_formats import read_batches
from sources.contract import Delivery
from sources.systems.drop_folder import DropFolder
from sources.systems.faults import FileFaults, HttpFaults, HttpOutage
from sources.systems.http import api as http_api
from sources.systems.http.api import HttpApi
from tests.helpers.http_pages import N_ROWS, SPEC, every_page, key_of, tables

MORNING = datetime(2013, 3, 14, 9, tzinfo=UTC)
PATHS = ("/v1/observations", "/v1/stations")


@pytest.fixture
def apis(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[HttpApi]]:
    monkeypatch.setattr(http_api, "TIMEOUT_SECONDS", 0.1)
    started: list[HttpApi] = []
    yield started
    for api in started:
        api.stop()


def start(apis: list[HttpApi], faults: HttpFaults) -> HttpApi:
    api = HttpApi(SPEC)
    api.start()
    api.replace(tables(), faults)
    apis.append(api)
    return api


def outcome(api: HttpApi, path: str) -> str:
    """Status, `429 after <seconds>`, or `none` for a connection that was closed without an answer."""
    request = urllib.request.Request(api.url + path, headers={"X-API-Key": key_of(api)})
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return str(response.status)
    except urllib.error.HTTPError as error:
        retry_after = error.headers["Retry-After"]
        return f"{error.code} after {retry_after}" if retry_after else str(error.code)
    except http.client.RemoteDisconnected:
        return "none"


def test_requests_fail_in_every_way_and_succeed_when_repeated(apis: list[HttpApi]) -> None:
    api = start(apis, HttpFaults(seed=0))
    seen = [outcome(api, PATHS[0]) for _ in range(10)]
    assert sorted(seen[:8]) == ["200", "200", "429 after 1", "429 after 1", "429 after 1", "500", "503", "none"]
    assert seen[8:] == ["200", "200"]
    assert seen.index("200") <= 4, "at most four failures in a row"


def test_other_endpoints_fail_once_each_in_its_own_way(apis: list[HttpApi]) -> None:
    seen = set()
    for seed in range(4):
        api = start(apis, HttpFaults(seed))
        failed, *answered = (outcome(api, PATHS[1]) for _ in range(3))
        assert answered == ["200", "200"]
        seen.add(failed)
    assert seen == {"429 after 1", "500", "503", "none"}


def test_four_endpoints_that_follow_each_other_fail_in_all_ways() -> None:
    kinds = {HttpFaults(seed=7).schedule(place)[0] for place in range(5, 9)}
    assert kinds == {"error", "limit", "timeout", "unavailable"}


def test_the_seed_alone_decides_what_fails(apis: list[HttpApi]) -> None:
    first, again = (start(apis, HttpFaults(seed=3)) for _ in range(2))
    assert [outcome(first, PATHS[0]) for _ in range(8)] == [outcome(again, PATHS[0]) for _ in range(8)]
    assert len({HttpFaults(seed).schedule(0) for seed in range(20)}) == 2


def test_a_reader_without_an_answer_waits_for_it(apis: list[HttpApi], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_api, "TIMEOUT_SECONDS", 0.4)
    api = start(apis, HttpFaults(seed=0))
    position = api.faults.schedule(0).index("timeout") if api.faults else 0
    for _ in range(position):
        outcome(api, PATHS[0])
    began = time.monotonic()
    assert outcome(api, PATHS[0]) == "none"
    assert 0.4 <= time.monotonic() - began < 30


def test_a_wrong_key_is_refused_before_anything_else_fails(apis: list[HttpApi]) -> None:
    api = start(apis, HttpFaults(seed=0))
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(api.url + PATHS[0], timeout=5)
    assert outcome(api, PATHS[0]) != "200"


@pytest.mark.parametrize("page_size", [100, 200])
def test_the_first_page_comes_twice_and_no_record_is_lost(apis: list[HttpApi], page_size: int) -> None:
    api = start(apis, HttpFaults(seed=0, is_first_page_twice=True))
    for _ in range(8):
        outcome(api, PATHS[0])
    assert every_page(api, f"page_size={page_size}") == [*range(page_size), *range(N_ROWS)]


def test_a_single_page_comes_twice(apis: list[HttpApi]) -> None:
    api = start(apis, HttpFaults(seed=0, is_first_page_twice=True))
    for _ in range(8):
        outcome(api, PATHS[0])
    last = (MORNING.replace(day=1, hour=0) + timedelta(minutes=10 * (N_ROWS // 2 - 1))).strftime("%Y-%m-%dT%H:%M:%SZ")
    numbers = [N_ROWS - 2, N_ROWS - 1]
    assert every_page(api, f"updated_since={last}") == [*numbers, *numbers]


TABLE = pa.table({"code": [f"C{i}" for i in range(50)], "name": ["a, b"] * 50, "seats": list(range(50))})
DELIVERIES = [
    Delivery("reference", f"{stream}_{day}.{suffix}", stream, MORNING + timedelta(days=day - 14), TABLE)
    for day in (14, 15)
    for stream, suffix in (("airlines", "csv"), ("planes", "jsonl.gz"))
]


def deliver(folder: Path, faults: FileFaults | None) -> Path:
    drop_folder = DropFolder(FolderSystem(name="reference", documentation="Read me.\n"), folder, faults)
    drop_folder.start()
    drop_folder.deliver(DELIVERIES)
    return folder


def rows(path: Path) -> list[dict[str, object]]:
    batches = read_batches(path, "csv" if path.suffix == ".csv" else "jsonl")
    return [row for batch in batches for row in batch.rows()]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("stream", ["airlines", "planes"])
def test_a_cut_file_can_be_told_and_is_complete_later(tmp_path: Path, stream: str, seed: int) -> None:
    during = deliver(tmp_path / "during", FileFaults(seed, cut=("airlines", "planes")))
    after = deliver(tmp_path / "after", FileFaults(seed))
    [older, newest] = sorted(path.name for path in after.glob(f"{stream}_*"))
    assert (during / older).read_bytes() == (after / older).read_bytes()
    cut, whole = (during / newest).read_bytes(), (after / newest).read_bytes()
    assert 0.2 * len(whole) < len(cut) < 0.9 * len(whole)
    with pytest.raises(ConnectorError, match=r"fields where the header has|truncated"):
        rows(during / newest)
    assert len(rows(after / newest)) == 50
    again = deliver(tmp_path / "again", FileFaults(seed, cut=("airlines", "planes")))
    assert (again / newest).read_bytes() == cut


@pytest.mark.parametrize("stream", ["airlines", "planes"])
def test_a_file_that_comes_again_has_its_name_and_rows_and_other_bytes(tmp_path: Path, stream: str) -> None:
    once = deliver(tmp_path / "once", None)
    twice = deliver(tmp_path / "twice", FileFaults(0, again=(stream,)))
    [older, newest] = sorted(path.name for path in once.glob(f"{stream}_*"))
    assert sorted(path.name for path in once.iterdir()) == sorted(path.name for path in twice.iterdir())
    assert rows(twice / older) == rows(once / older)
    assert (twice / older).read_bytes() != (once / older).read_bytes()
    assert (twice / older).stat().st_mtime > (once / older).stat().st_mtime
    assert (twice / newest).read_bytes() == (once / newest).read_bytes()


def test_readers_of_their_own_can_read_a_file_that_came_again(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "twice", FileFaults(0, again=("airlines", "planes")))
    with (folder / "airlines_14.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 50
    with gzip.open(folder / "planes_14.jsonl.gz", "rt") as file:
        assert len([json.loads(line) for line in file]) == 50


def test_an_outage_ends_for_all_endpoints_when_one_of_them_was_asked_twice() -> None:
    outage = HttpOutage(seed=0)
    first_load = [outage.take(place) for place in (0, 1)]
    second_load = [outage.take(place) for place in (0, 1, 2)]
    third_load = [outage.take(place) for place in (0, 2)]
    assert first_load == ["closed", "closed"]
    assert second_load == ["closed", None, None]
    assert third_load == [None, None]
