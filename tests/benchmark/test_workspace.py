"""The workspace, and what becomes a submission."""

import os
import subprocess
from pathlib import Path

import pytest

from benchmark.errors import LockgateError
from benchmark.task import Task
from benchmark.workspace import apply_submission, collect_submission, lay_solution, prepare_workspace


def files_of(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts}


def test_the_start_has_what_the_agent_may_see_and_nothing_else(task: Task, tmp_path: Path) -> None:
    prepare_workspace(task, tmp_path / "ws")
    assert files_of(tmp_path / "ws") == {
        "TICKET.md", ".gitignore", "el/db.yaml", "dbt/models/staging/stg.sql", "dbt/models/staging/extra.sql",
    }  # fmt: skip


def test_the_null_submission_is_empty(task: Task, tmp_path: Path) -> None:
    prepare_workspace(task, tmp_path / "ws")
    submission = collect_submission(task, tmp_path / "ws", tmp_path / "scratch")
    assert submission == (b"", (), (), None)


def test_a_submission_gives_back_the_project(task: Task, tmp_path: Path) -> None:
    prepare_workspace(task, tmp_path / "ws")
    lay_solution(task, tmp_path / "ws")
    (tmp_path / "ws/dbt/binary.bin").write_bytes(bytes(range(256)))
    submission = collect_submission(task, tmp_path / "ws", tmp_path / "scratch")
    assert apply_submission(task, submission.patch, tmp_path / "applied").protected == ()
    assert files_of(tmp_path / "applied") - {"TICKET.md", ".gitignore"} == {
        "el/db.yaml", "dbt/models/staging/stg.sql", "dbt/models/marts/orders.sql", "dbt/binary.bin",
    }  # fmt: skip
    assert (tmp_path / "applied/dbt/binary.bin").read_bytes() == bytes(range(256))


def test_protected_files_come_back(task: Task, tmp_path: Path) -> None:
    prepare_workspace(task, tmp_path / "ws")
    (tmp_path / "ws/el/db.yaml").write_text("changed\n")
    (tmp_path / "ws/el/new.yaml").write_text("new\n")
    submission = collect_submission(task, tmp_path / "ws", tmp_path / "scratch")
    assert apply_submission(task, submission.patch, tmp_path / "applied").protected == ("el/db.yaml", "el/new.yaml")
    assert (tmp_path / "applied/el/db.yaml").read_text() == "el\n"
    assert not (tmp_path / "applied/el/new.yaml").exists()


def test_links_and_git_tricks_of_the_agent_do_not_get_out(task: Task, tmp_path: Path) -> None:
    prepare_workspace(task, tmp_path / "ws")
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (tmp_path / "ws/dbt/link.sql").symlink_to(secret)
    (tmp_path / "ws/dbt/folder").symlink_to(tmp_path)
    marker = tmp_path / "hook-ran"
    hook = tmp_path / "ws/.git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    (tmp_path / "ws/.gitattributes").write_text("* filter=evil diff=evil\n")
    subprocess.run(["git", "config", "diff.evil.textconv", f"touch {marker}; cat"], cwd=tmp_path / "ws", check=True)
    submission = collect_submission(task, tmp_path / "ws", tmp_path / "scratch")
    assert submission.files_changed == (".gitattributes",)
    assert submission.left_out == tuple(
        f"dbt/{name}: a link to nothing that is submitted" for name in ("folder", "link.sql")
    )
    assert b"secret" not in submission.patch
    assert not marker.exists()


def test_a_patch_of_another_start_is_refused(task: Task, tmp_path: Path) -> None:
    patch = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    with pytest.raises(LockgateError, match="does not apply to the start of task totals"):
        apply_submission(task, patch, tmp_path / "applied")


def test_a_patch_cannot_write_outside(task: Task, tmp_path: Path) -> None:
    patch = b"diff --git a/../evil b/../evil\nnew file mode 100644\n--- /dev/null\n+++ b/../evil\n@@ -0,0 +1 @@\n+x\n"
    with pytest.raises(LockgateError, match="does not apply"):
        apply_submission(task, patch, tmp_path / "applied")
    assert not (tmp_path / "evil").exists()


def test_the_users_git_settings_do_not_matter(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[core]\n\tautocrlf = true\n[commit]\n\tgpgsign = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.fspath(config))
    prepare_workspace(task, tmp_path / "ws")
    assert collect_submission(task, tmp_path / "ws", tmp_path / "scratch").patch == b""
