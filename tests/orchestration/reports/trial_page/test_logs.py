"""The ends of logs."""

from pathlib import Path

from benchmark.run_store import TrialStore
from orchestration.reports.trial_page.logs import MAX_ALL, MAX_BYTES, MAX_LOGS, read_logs


def stored(tmp_path: Path, files: dict[str, bytes]) -> TrialStore:
    store = TrialStore(tmp_path)
    for name, content in files.items():
        path = store.logs_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return store


def test_our_fault_comes_first_and_only_ends_are_kept(tmp_path: Path) -> None:
    long = b"".join(b"line %d\n" % number for number in range(10_000))
    store = stored(tmp_path, {"visible/build.log": long, "fault.log": b"why\n", "a/empty.log": b"\n"})
    first, second = read_logs(store)
    assert (first.name, first.text, first.is_cut) == ("fault.log", "why\n", False)
    assert second.text.startswith("line ")
    assert second.text.endswith("line 9999\n")
    assert len(second.text) <= MAX_BYTES < second.n_bytes == len(long)
    assert [log.name for log in read_logs(store, only="visible")] == ["visible/build.log"]


def test_hostile_logs_are_bounded_text(tmp_path: Path) -> None:
    store = stored(tmp_path, {f"{number}.log": b"\x1b[2J\xff\x00" * 100_000 for number in range(MAX_LOGS * 2)})
    (tmp_path / "secret").write_text("secret")
    (store.logs_dir / "0-link.log").symlink_to(tmp_path / "secret")
    logs = read_logs(store)
    assert 0 < len(logs) <= MAX_LOGS
    assert sum(len(log.text) for log in logs) < MAX_ALL + 4 * MAX_BYTES
    assert all(letter.isprintable() for log in logs for letter in log.text)
    assert not any("secret" in log.text for log in logs)


def test_a_trial_without_logs_has_none(tmp_path: Path) -> None:
    assert read_logs(TrialStore(tmp_path)) == []
