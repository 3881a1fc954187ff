"""The ends of a trial's logs; much of them is written by submissions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.border import visible_text
from benchmark.run_store import TrialStore

FAULT_LOG = "fault.log"
"""What we noted of a trial without a verdict."""
MAX_LOGS = 40
MAX_BYTES = 6_000
"""Of each log its end."""
MAX_ALL = 100_000


@dataclass(frozen=True)
class LogTail:
    """The end of a log."""

    name: str
    """Relative to the folder of logs."""
    n_bytes: int
    text: str
    is_cut: bool


def read_logs(store: TrialStore, *, only: str | None = None) -> list[LogTail]:
    """The ends of the logs of a trial, our own fault first, then by name.

    Args:
        store: The trial.
        only: Logs whose name begins so, for example a scenario; None = all.
    """
    folder = store.logs_dir
    if not folder.is_dir():
        return []
    paths = sorted(
        (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()),
        key=lambda path: (path.name != FAULT_LOG, path.as_posix()),
    )
    tails: list[LogTail] = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if only is not None and not name.startswith(only):
            continue
        tail = _tail(path, name)
        if tail.text.strip():
            tails.append(tail)
        if len(tails) == MAX_LOGS or sum(len(tail.text) for tail in tails) > MAX_ALL:
            break
    return tails


def _tail(path: Path, name: str) -> LogTail:
    with path.open("rb") as file:
        n_bytes = file.seek(0, 2)
        file.seek(max(0, n_bytes - MAX_BYTES))
        content = file.read(MAX_BYTES)
    is_cut = n_bytes > MAX_BYTES
    text = content.decode(errors="replace").replace("\r\n", "\n")
    if is_cut:
        text = text.partition("\n")[2] or text
    return LogTail(visible_text(name), n_bytes, visible_text(text), is_cut)
