"""What must not be committed: large files, private keys, lock files that hold an index's address."""

import re
import sys
from pathlib import Path

MAX_BYTES = 1_000_000
LOCK_FILES = frozenset({"uv.lock", "pylock.toml", "package-lock.json"})
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(sk-[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16})\b")
INDEX = re.compile(rb"^\s*--(extra-)?index-url", re.MULTILINE)


def problems(path: Path) -> list[str]:
    """Why a file must not be committed; empty when it may."""
    content = path.read_bytes()
    found = []
    if len(content) > MAX_BYTES:
        found.append(f"{path}: {len(content)} bytes; at most {MAX_BYTES}")
    if path.name in LOCK_FILES:
        found.append(f"{path}: holds index addresses; use requirements.lock")
    if KEY.search(content):
        found.append(f"{path}: looks like it holds a key")
    if INDEX.search(content):
        found.append(f"{path}: names a package index")
    return found


if __name__ == "__main__":
    listed = [problem for name in sys.argv[1:] if Path(name).is_file() for problem in problems(Path(name))]
    sys.exit("\n".join(listed))
