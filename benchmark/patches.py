"""Patches between two sets of files, in git's format, made and applied without a working tree.

Git sees hostile files only as objects: they are never checked out, so no attribute, filter, hook or configuration
among them can act, and a file may stand where a folder was.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmark.errors import LockgateError, OurFaultError, SubmissionError

Files = Mapping[str, bytes]
"""Path -> content."""

TIME_LIMIT_SECONDS = 300
"""Time of one call of git on hostile files; 64 MiB of noise take about 10 s."""
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_SETTINGS = {
    "core.attributesFile": "/dev/null", "attr.tree": _EMPTY_TREE, "core.hooksPath": "/dev/null",
    "core.autocrlf": "false", "core.symlinks": "false", "core.protectNTFS": "false", "core.protectHFS": "false",
    "gc.auto": "0", "core.fsync": "none",
}  # fmt: skip
"""Names such as `git~1` are names like any other here: nothing is written to a file system of Windows."""
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
    "GIT_ATTR_NOSYSTEM": "1", "HOME": "/nonexistent",
}  # fmt: skip


class PatchError(LockgateError):
    """A patch does not apply."""


def make_patch(start: Files, end: Files, scratch: Path) -> bytes:
    """The difference between two sets of files, as `git diff --binary` writes it; empty where there is none.

    Args:
        start: Before.
        end: After; paths as `is_patchable` wants them.
        scratch: A folder for git's objects; nothing stays there.

    Raises:
        SubmissionError: Git does not come to an end.
    """
    with tempfile.TemporaryDirectory(prefix="diff-", dir=scratch) as folder:
        repository = _Repository(Path(folder))
        repository.store({"start": start, "end": end})
        options = ("-r", "--patch", "--binary", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
        return repository.run("diff-tree", *options, "refs/kept/start", "refs/kept/end")


def apply_patch(start: Files, patch: bytes, scratch: Path) -> dict[str, bytes]:
    """The files that a patch makes of others.

    Args:
        start: What it was made from.
        patch: In git's format.
        scratch: A folder for git's objects; nothing stays there.

    Raises:
        PatchError: It does not apply to them.
    """
    if not patch.strip():
        return dict(start)
    with tempfile.TemporaryDirectory(prefix="apply-", dir=scratch) as folder:
        repository = _Repository(Path(folder))
        repository.store({"start": start})
        repository.run("read-tree", "refs/kept/start")
        result = repository.call("apply", "--cached", "--whitespace=nowarn", "-", given=patch)
        if result.returncode:
            raise PatchError(result.stderr.decode(errors="replace").strip())
        return repository.indexed_files()


def is_patchable(path: str) -> bool:
    """Whether git takes a path: in UTF-8, no part of it is git's own folder, and no folder's name ends with a space.

    Of an empty or binary file below such a folder, `git apply` cannot tell the name from what `git diff` wrote.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return path.isprintable() and " /" not in path and ".git" not in path.lower().split("/")


class _Repository:
    """A bare repository of one call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.run("init", "--quiet", "--bare", "--template=", ".")

    def store(self, trees: Mapping[str, Files]) -> None:
        """Keep each set of files under `refs/kept/<name>`."""
        parts = []
        for name, files in trees.items():
            parts.append(f"commit refs/kept/{name}\ncommitter kept <kept@localhost> 0 +0000\ndata 0\n".encode())
            for path, content in files.items():
                parts += [b"M 100644 inline ", _quoted(path), b"\ndata %d\n" % len(content), content, b"\n"]
        self.run("fast-import", "--quiet", given=b"".join(parts))

    def indexed_files(self) -> dict[str, bytes]:
        """Paths and contents of the index."""
        listed = [entry.split("\t", 1) for entry in self.run("ls-files", "-s", "-z").decode().split("\0") if entry]
        plain = [(path, about.split()[1]) for about, path in listed if about.startswith("100")]
        answer = self.run("cat-file", "--batch", given="".join(f"{name}\n" for _, name in plain).encode())
        files, position = {}, 0
        for path, _ in plain:
            header_end = answer.index(b"\n", position)
            size = int(answer[position:header_end].split()[2])
            files[path] = answer[header_end + 1 : header_end + 1 + size]
            position = header_end + size + 2
        return files

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        result = self.call(*arguments, given=given)
        if result.returncode:
            said = result.stderr.decode(errors="replace").strip()
            fault = OurFaultError if "No space left on device" in said else SubmissionError
            raise fault(f"git {arguments[0]} failed: {said[:600]}")
        return result.stdout

    def call(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "GIT_DIR": ".", **_ENVIRONMENT}
        try:
            return subprocess.run(
                ["git", *settings, *arguments],
                cwd=self._folder,
                input=given,
                capture_output=True,
                env=environment,
                check=False,
                timeout=TIME_LIMIT_SECONDS,
            )
        except FileNotFoundError as error:
            raise OurFaultError(
                "git is not installed; submissions are git patches. Install the package git."
            ) from error
        except subprocess.TimeoutExpired as error:
            raise SubmissionError(f"Its difference to the start takes more than {TIME_LIMIT_SECONDS} s.") from error


def _quoted(path: str) -> bytes:
    """A path as `git fast-import` reads it, whatever characters it has."""
    raw = path.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + raw + b'"'
