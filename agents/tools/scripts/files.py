"""Runs inside the sandbox: one action on a file. Arguments are JSON on standard input; a mistake is one sentence."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

LEFT_BY_TOOLS = {".git", "target", "logs", "dbt_packages", "__pycache__"}


def read(path: Path) -> str:
    """Return the text of the file; bytes that are not UTF-8 become U+FFFD."""
    return path.read_text(encoding="utf-8", errors="replace")


def write(path: Path, content: str) -> str:
    """Write the whole file; its folders are made where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return f"Wrote {len(content.splitlines())} lines to {path}."


def edit(path: Path, old: str, new: str) -> str:
    """Replace a text that stands exactly once in the file."""
    text = path.read_text(encoding="utf-8")
    n_found = text.count(old) if old else 0
    if n_found != 1:
        sys.exit(f"The old text stands {n_found} times in {path}; it must stand there once. Nothing was changed.")
    path.write_text(text.replace(old, new), encoding="utf-8")
    return f"Changed {path}."


def delete(path: Path) -> str:
    """Remove the file."""
    path.unlink()
    return f"Removed {path}."


def list_all(path: Path) -> str:
    """List the files below a folder, sorted, without what dbt, git and Python leave behind."""
    found = (item for item in path.rglob("*") if item.is_file() and not LEFT_BY_TOOLS & set(item.parts))
    return "\n".join(sorted(item.as_posix() for item in found))


ACTIONS: dict[str, Callable[..., str]] = {
    "read": read,
    "write": write,
    "edit": edit,
    "delete": delete,
    "list": list_all,
}

if __name__ == "__main__":
    arguments = json.load(sys.stdin)
    action = ACTIONS[arguments.pop("action")]
    name = arguments.pop("path")
    workspace = "/workspace/"
    try:
        print(action(Path(name.removeprefix(workspace)), **arguments))  # noqa: T201 - its answer
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{name}: {getattr(error, 'strerror', None) or error}")
