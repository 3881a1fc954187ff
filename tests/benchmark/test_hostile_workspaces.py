# Names that are not UTF-8 are bytes, which pathlib does not take.
# ruff: noqa: PTH101, PTH103, PTH108, PTH114, PTH118, PTH120, PTH123, PTH208, PTH211
"""What an agent may leave in its workspace: each is submitted, left out with a word, or refused with a sentence."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark import border, files, snapshot
from benchmark.errors import OurFaultError, SubmissionError
from benchmark.hostile_tree import TreeLimits, copy_tree, remove_tree, walk
from benchmark.task import Task
from benchmark.workspace import Submission, apply_submission, collect_submission, lay_start, prepare_workspace
from tests.helpers.examples import IS_LONGER_LOOK, n_examples

NOBODY = 65534


@pytest.fixture
def workspace(task: Task, tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    prepare_workspace(task, folder)
    return folder


def collect(task: Task, workspace: Path) -> Submission:
    scratch = workspace.parent / "collect"
    try:
        return collect_submission(task, workspace, scratch)
    finally:
        remove_tree(scratch)


def round_trip(task: Task, workspace: Path) -> tuple[Submission, dict[str, bytes]]:
    """Collect and apply; the files of the submitted project."""
    submission = collect(task, workspace)
    project = workspace.parent / "project"
    applied = apply_submission(task, submission.patch, project)
    assert applied.files_changed == submission.files_changed
    found = {p.relative_to(project).as_posix(): p.read_bytes() for p in project.rglob("*") if p.is_file()}
    shutil.rmtree(project)
    return submission, found


def nest(folder: Path, levels: int, name: str = "d") -> None:
    """Folders inside one another, deeper than any path can say."""
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=descriptor)
        child = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = child
    os.close(descriptor)


@pytest.mark.parametrize(
    "name",
    [
        "git~1/config", "GIT~1", "dbt/a.", "dbt/b ", "dbt/é ü.sql", 'dbt/"quoted\\".sql', "dbt/-rf", ".gitmodules",
        ".gitattributes", "dbt/models/logs/x.sql", "dbt/models/target/x.sql", "dbt/seeds/target/s.csv",
        "dbt/logs/own.sql",
        "dbt/target/own.sql", "target/notes.txt", "dbt/dbt_packages/p/dbt_project.yml", "packages/p/macros/m.sql",
        "dbt/con", "dbt/a:b", "dbt/☃/snow.sql",
    ],
)  # fmt: skip
def test_a_file_of_any_usual_name_is_submitted(task: Task, workspace: Path, name: str) -> None:
    (workspace / name).parent.mkdir(parents=True, exist_ok=True)
    (workspace / name).write_bytes(b"\xff\0select 1\r\n")
    submission, project = round_trip(task, workspace)
    assert submission.files_changed == (name,)
    assert submission.left_out == ()
    assert project[name] == b"\xff\0select 1\r\n"


def test_what_an_own_gitignore_names_is_submitted(task: Task, workspace: Path) -> None:
    for name in ("dbt/.gitignore", "dbt/seeds/.gitignore", ".gitignore", ".git/info/exclude"):
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text("*.csv\n*\n")
    (workspace / "dbt/seeds/rates.csv").write_text("a\n1\n")
    submission, project = round_trip(task, workspace)
    assert submission.files_changed == ("dbt/.gitignore", "dbt/seeds/.gitignore", "dbt/seeds/rates.csv")
    assert project["dbt/seeds/rates.csv"] == b"a\n1\n"
    assert b"not submitted" in project[".gitignore"]


@pytest.mark.parametrize(
    "attributes",
    [
        "* text eol=crlf", "* working-tree-encoding=UTF-16", "* working-tree-encoding=nonsense",
        "* filter=lfs diff=lfs",
        "* ident export-ignore -text", "* binary merge=ours", "[attr]x y\n* x", "\xff\xfe", "* whitespace=error",
    ],
)  # fmt: skip
def test_git_attributes_do_nothing(task: Task, workspace: Path, attributes: str) -> None:
    content = b"select 1 -- $Id$\r\nselect 2\nselect 3   \t\n"
    for name in (".gitattributes", "dbt/.gitattributes", ".git/info/attributes"):
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_bytes(attributes.encode("latin-1"))
    (workspace / "dbt/models/staging/stg.sql").write_bytes(content)
    submission, project = round_trip(task, workspace)
    assert submission.files_changed == (".gitattributes", "dbt/.gitattributes", "dbt/models/staging/stg.sql")
    assert project["dbt/models/staging/stg.sql"] == content


def swap(folder: Path, *names: str) -> None:
    """A file where a folder was."""
    for name in names:
        shutil.rmtree(folder / name)
        (folder / name).write_text("a file\n")


@pytest.mark.parametrize("name", ["dbt", "el", "dbt/models", "dbt/models/staging"])
def test_a_file_where_a_folder_was(task: Task, workspace: Path, name: str) -> None:
    swap(workspace, name)
    submission, project = round_trip(task, workspace)
    assert name in submission.files_changed
    if name == "el":  # protected: its files are put back, and what stands in their way goes
        assert project["el/db.yaml"] == b"el\n"
    else:
        assert project[name] == b"a file\n"


@pytest.mark.parametrize("name", ["dbt/models/staging/stg.sql", "el/db.yaml", "TICKET.md", ".gitignore"])
def test_a_folder_where_a_file_was(task: Task, workspace: Path, name: str) -> None:
    (workspace / name).unlink()
    (workspace / name / "deeper").mkdir(parents=True)
    (workspace / name / "deeper" / "x.sql").write_text("x\n")
    _, project = round_trip(task, workspace)
    if name.startswith("dbt"):
        assert project[f"{name}/deeper/x.sql"] == b"x\n"
    else:
        assert name in project
        assert not any(path.startswith(f"{name}/") for path in project)


@pytest.mark.parametrize("name", [b"\xff\xfe", b"a\nb", b"a\x1b[31m", b"dbt/.GIT/config", b"dbt/.git/config", b"a\x7f"])
def test_names_that_git_cannot_carry_are_left_out_with_a_word(task: Task, workspace: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(workspace), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"x")
    submission, _ = round_trip(task, workspace)
    assert submission.files_changed == ()
    assert len(submission.left_out) == 1
    assert submission.left_out[0].endswith(": a name that git does not take")
    assert submission.left_out[0].isprintable()


def test_pipes_sockets_and_databases_are_left_out_with_a_word(task: Task, workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(workspace / "socket"))
    (workspace / "dbt/old.duckdb").write_bytes(b"x")
    (workspace / "warehouse.duckdb").write_bytes(b"x")
    if os.geteuid() == 0:
        os.mknod(workspace / "device", 0o600 | 0o020000, os.makedev(1, 5))
    submission, _ = round_trip(task, workspace)
    assert submission.files_changed == ()
    assert {line.partition(":")[0] for line in submission.left_out} >= {"pipe", "socket", "dbt/old.duckdb"}
    assert not any("warehouse" in line for line in submission.left_out)


def test_what_dbt_leaves_is_no_part(task: Task, workspace: Path) -> None:
    for name in ("dbt/target/manifest.json", "dbt/target/compiled/p/x.sql", "dbt/logs/dbt.log", "logs/dbt.log",
                 "dbt/.user.yml", "dbt/macros/__pycache__/m.pyc"):  # fmt: skip
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text("x")
    nest(workspace / "dbt/target/compiled", 3000)
    assert collect(task, workspace) == (b"", (), (), None)
    remove_tree(workspace)


def test_links_inside_the_workspace_are_what_they_lead_to(task: Task, workspace: Path) -> None:
    """As `dbt deps` makes them for a local package: absolute, as the sandbox calls the workspace."""
    package = workspace / "packages/rates"
    (package / "macros").mkdir(parents=True)
    (package / "dbt_project.yml").write_text("name: rates\n")
    (package / "macros/m.sql").write_text("m\n")
    (workspace / "dbt/dbt_packages").mkdir()
    (workspace / "dbt/dbt_packages/rates").symlink_to("/workspace/packages/rates")
    (workspace / "dbt/one.sql").symlink_to("models/staging/stg.sql")
    (workspace / "dbt/two.sql").symlink_to(workspace / "dbt/one.sql")
    submission, project = round_trip(task, workspace)
    assert submission.left_out == ()
    assert project["dbt/dbt_packages/rates/macros/m.sql"] == b"m\n"
    assert project["dbt/one.sql"] == project["dbt/two.sql"] == b"select 1\n"


@pytest.mark.parametrize(
    "target",
    [
        "/etc/passwd", "../../secret", "nowhere", "loop", ".", "/workspace", "/workspace/../etc", "pipe",
        "/proc/self/environ", "a" * 4000,
    ],
)  # fmt: skip
def test_links_out_of_the_workspace_are_left_out(task: Task, workspace: Path, target: str) -> None:
    (workspace.parent / "secret").write_text("secret")
    os.mkfifo(workspace / "pipe")
    (workspace / "loop").symlink_to(target)
    submission, _ = round_trip(task, workspace)
    assert "loop: a link to nothing that is submitted" in submission.left_out
    assert submission.patch == b""


def test_links_do_not_multiply_without_end(task: Task, workspace: Path) -> None:
    (workspace / "l0").mkdir()
    for number in range(100):
        (workspace / f"l0/{number}").write_bytes(bytes(10_000))
    for level in range(8):
        (workspace / f"l{level + 1}").mkdir()
        for number in range(30):
            (workspace / f"l{level + 1}/{number}").symlink_to(f"../l{level}")
    with pytest.raises(SubmissionError, match="With what its links lead to, it holds more than 20,000 files"):
        collect(task, workspace)


def sparse(folder: Path) -> None:
    for number in range(100):
        with (folder / f"dbt/{number}").open("wb") as file:
            file.truncate(8 * 1024**3)


def noise(folder: Path) -> None:
    (folder / "dbt/noise").write_bytes(random.Random(1).randbytes(1024) * (400 * 1024))


def many(folder: Path) -> None:
    (folder / "dbt/many").mkdir()
    for number in range(20_001):
        (folder / f"dbt/many/{number}").touch()


def deep_and_long(folder: Path) -> None:
    nest(folder / "dbt", 30, "n" * 200)


@pytest.mark.parametrize(
    ("leave", "sentence"),
    [
        (sparse, "It holds more than 67,108,864 bytes; the last one counted is dbt/0 with 8,589,934,592 bytes"),
        (noise, "It holds more than 67,108,864 bytes"),
        (many, "It holds more than 20,000 files"),
        (lambda folder: nest(folder / "dbt", 1500), "Its folders are nested more than 64 levels deep: dbt/d/d/d"),
        pytest.param(lambda folder: nest(folder, 20_000), "more than 64 levels deep", marks=pytest.mark.slow),
        (deep_and_long, "It has a path longer than 1,024 bytes"),
    ],
    ids=["sparse", "noise", "many files", "1,500 folders", "20,000 folders", "long paths"],
)
def test_too_much_is_refused_soon_and_with_a_sentence(
    task: Task, workspace: Path, leave: Callable[[Path], None], sentence: str
) -> None:
    leave(workspace)
    started = time.monotonic()
    with pytest.raises(SubmissionError, match="The workspace is refused") as found:
        collect(task, workspace)
    assert sentence in str(found.value)
    assert time.monotonic() - started < 60
    remove_tree(workspace)
    assert not workspace.exists()


@pytest.mark.slow
def test_the_most_that_is_allowed_is_submitted_in_bounded_memory(task: Task, workspace: Path) -> None:
    (workspace / "dbt/noise").write_bytes(random.Random(1).randbytes(60 * 1024**2))
    program = (
        "import re, sys, pathlib\n"
        "from benchmark.patches import make_patch\nfrom benchmark.snapshot import take_snapshot\n"
        "work = pathlib.Path(sys.argv[1])\n"
        "patch = make_patch({}, take_snapshot(work).files, work.parent)\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"  # its peak begins anew with a program
        "print(len(patch), int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(workspace)], capture_output=True, text=True, check=True)
    size, megabytes = map(int, done.stdout.split())
    assert size > 60 * 1024**2
    assert megabytes < 700


def leave_without_permissions(work: Path) -> None:
    """As the owner, who is not root: what forbids its owner to look is read, copied and removed all the same."""
    workspace = work / "ws"
    (workspace / "dbt/models").mkdir(parents=True)
    for name in ("dbt/models/a.sql", "dbt/b.sql"):
        (workspace / name).write_text("x")
        (workspace / name).chmod(0)
    for name, mode in (("dbt/models", 0), ("dbt", 0o400), ("", 0o111)):
        (workspace / name).chmod(mode)
    with pytest.raises(PermissionError):
        os.listdir(workspace)
    assert sorted(snapshot.take_snapshot(workspace).files) == ["dbt/b.sql", "dbt/models/a.sql"]
    assert files.is_plain_folder(workspace / "dbt")
    (workspace / "link").symlink_to("dbt")
    assert not files.is_plain_folder(workspace / "link")
    (workspace / "dbt/models").chmod(0)
    copy_tree(workspace, work / "copy", TreeLimits(10, 10))
    assert sorted(path.name for path in (work / "copy").rglob("*.sql")) == ["a.sql", "b.sql"]
    for name, mode in (("dbt/models", 0), ("dbt", 0o555), ("", 0)):
        (workspace / name).chmod(mode)
    with pytest.raises(PermissionError):
        (workspace / "dbt").is_dir()
    assert not files.is_plain_folder(workspace / "dbt")
    remove_tree(workspace)
    assert os.listdir(work) == ["copy"]


def test_modes_that_forbid_the_owner_are_no_way_out() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setgid(NOBODY)
                    os.setuid(NOBODY)
                leave_without_permissions(Path(folder))
                code = 0
            except BaseException:  # noqa: BLE001 - the child must end here
                traceback.print_exc()
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_what_a_full_disk_does_is_our_fault() -> None:
    with pytest.raises(OurFaultError, match="through no fault of the submission"), border.reading("The workspace"):
        raise OSError(28, "No space left on device")
    sentence = "The workspace cannot be read: RecursionError: too deep"
    with pytest.raises(SubmissionError, match=sentence), border.reading("The workspace"):
        raise RecursionError("too deep")
    with pytest.raises(SubmissionError, match=r"File name too long"), border.reading("The workspace"):
        raise OSError(36, "File name too long")


def test_leftovers_of_a_killed_process_go_however_deep(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(files, "work_dir", lambda: tmp_path / "work")
    left = tmp_path / "work" / "0123456789abcdef"
    left.mkdir(parents=True)
    left.with_suffix(".lock").touch()  # nobody holds it any more
    nest(left, 3000)
    with files.scratch_folder("next") as scratch:
        nest(scratch, 1500)
    assert list((tmp_path / "work").iterdir()) == []


def test_a_copy_keeps_holes_and_leaves_links_out(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.mkdir()
    with (source / "holes").open("wb") as file:
        file.write(b"begin")
        file.seek(1024**3)
        file.write(b"end")
        file.truncate(2 * 1024**3)
    (source / "link").symlink_to("/etc/passwd")
    os.mkfifo(source / "pipe")
    copy_tree(source, tmp_path / "b", TreeLimits(10, 3 * 1024**3))
    found = (tmp_path / "b/holes").stat()
    assert (found.st_size, found.st_blocks * 512 < 1024**2) == (2 * 1024**3, True)
    with (tmp_path / "b/holes").open("rb") as file:
        assert file.read(8) == b"begin\0\0\0"
        file.seek(1024**3)
        assert file.read(5) == b"end\0\0"
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["holes"]
    with pytest.raises(SubmissionError, match="It holds more than 1,024 bytes"):
        files.copy_plain_files(source, tmp_path / "c", 1024)


def test_a_walk_closes_what_it_opened(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    before = os.listdir("/proc/self/fd")
    for entry in walk(tmp_path, TreeLimits(1, 1)):
        if entry.name == "c":
            break
    with pytest.raises(SubmissionError):
        list(walk(tmp_path, TreeLimits(1, 1, depth=1)))
    assert len(os.listdir("/proc/self/fd")) == len(before)


NAMES = st.one_of(
    st.sampled_from([
        b"dbt", b"el", b"models", b".git", b".GIT", b"git~1", b"target", b"logs", b".gitattributes", b".gitignore",
        b"TICKET.md", b"a.", b"\xff", b"x\ny", b"manifest.json", b"stg.sql", b"db.yaml", b"staging", b"w.duckdb", b"-x",
    ]),
    st.binary(min_size=1, max_size=8).map(lambda raw: raw.replace(b"/", b"_").replace(b"\0", b"_")).filter(
        lambda raw: raw not in (b".", b"..")
    ),
)  # fmt: skip
PATHS = st.lists(NAMES, min_size=1, max_size=5).map(b"/".join)
CONTENTS = st.one_of(
    st.binary(max_size=40), st.sampled_from([b"* text eol=crlf\n", b"* working-tree-encoding=UTF-7\n"])
)
ACTIONS = st.one_of(
    st.tuples(st.just("write"), PATHS, CONTENTS),
    st.tuples(st.just("link"), PATHS, st.one_of(PATHS, st.sampled_from([b"/etc/passwd", b"../x", b"/workspace/dbt"]))),
    st.tuples(st.just("pipe"), PATHS, st.just(b"")),
    st.tuples(st.just("sparse"), PATHS, st.sampled_from([b"1000", b"3000000000"])),
    st.tuples(st.just("remove"), PATHS, st.just(b"")),
    st.tuples(st.just("mode"), PATHS, st.sampled_from([b"0", b"292", b"511"])),
    st.tuples(st.just("nest"), PATHS, st.sampled_from([b"3", b"70", b"1200"])),
)  # fmt: skip


def act(root: bytes, action: str, path: bytes, value: bytes) -> None:
    """Do one thing, as far as the file system allows."""
    place = os.path.join(root, path)
    if os.path.islink(root) or os.path.realpath(os.path.dirname(place)) != os.path.dirname(place):
        return  # nothing outside of the workspace
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if action == "remove" and os.path.lexists(place):
        remove_tree(Path(os.fsdecode(place))) if not os.path.islink(place) else os.unlink(place)
    elif action == "mode" and os.path.lexists(place) and not os.path.islink(place):
        os.chmod(place, int(value))
    elif action == "nest":
        os.makedirs(place, exist_ok=True)
        nest(Path(os.fsdecode(place)), int(value))
    elif not os.path.lexists(place):
        if action == "write":
            Path(os.fsdecode(place)).write_bytes(value)
        elif action == "link":
            os.symlink(value, place)
        elif action == "pipe":
            os.mkfifo(place)
        elif action == "sparse":
            Path(os.fsdecode(place)).touch()
            os.truncate(place, int(value))


@settings(
    max_examples=n_examples(240), deadline=None, derandomize=not IS_LONGER_LOOK,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(actions=st.lists(ACTIONS, max_size=12))
def test_any_workspace_is_a_submission_or_is_refused_and_nothing_stays(
    task: Task, actions: list[tuple[str, bytes, bytes]]
) -> None:
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    try:
        try_workspace(task, place, actions)
        assert list(place.iterdir()) == []
    finally:
        remove_tree(place)


def try_workspace(task: Task, place: Path, actions: list[tuple[str, bytes, bytes]]) -> None:
    workspace = place / "ws"
    lay_start(task, workspace)  # without git, which collect does not look at
    for action, path, value in actions:
        try:
            act(os.fsencode(workspace), action, path, value)
        except OSError:
            continue  # the file system does not allow it; so no agent leaves it
    try:
        submission, _ = round_trip(task, workspace)
        sentences = submission.left_out
    except SubmissionError as error:
        sentences = (str(error),)
    assert all(sentence.isprintable() for sentence in sentences)
    assert len(sentences) <= snapshot.MAX_LISTED + 1
    remove_tree(workspace)
