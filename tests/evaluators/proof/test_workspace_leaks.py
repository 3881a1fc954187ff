"""What must not stand in a workspace is found there, however it is hidden; what every project has is no leak."""

import base64
import bz2
import codecs
import gzip
import html
import io
import json
import lzma
import sqlite3
import subprocess
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from benchmark.task import CANARY
from benchmark.workspace import prepare_workspace
from evaluators.proof.copied_rows import GoldRows, gold_rows
from evaluators.proof.targets import Laid, laid_out
from evaluators.proof.workspace_leaks import find_leaks

TASK = "flights_otp_scorecard"
MODEL = "dbt/models/marts/network/routes.sql"
TABLE = "marts.fares"
GOLD = (
    "select i * 977 as seats, timestamp '2013-03-01 10:00' + i * interval 1 day as sold_at, 'fare ' || i as fare_name, "
    "1013.5 + i as price from range(40) t(i)"
)


@pytest.fixture(scope="module")
def laid() -> Iterator[Laid]:
    with laid_out(get_task(TASK)) as found:
        yield found


@pytest.fixture(scope="module")
def solution(laid: Laid) -> str:
    return (laid.solution / MODEL).read_text()


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> tuple[GoldRows, ...]:
    path = tmp_path_factory.mktemp("gold") / f"{TABLE}.parquet"
    duckdb.sql(f"copy ({GOLD}) to '{path}'")
    return (gold_rows(TABLE, path, ("fare_name", "price", "sold_at", "seats")),)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    prepare_workspace(get_task(TASK), tmp_path / "workspace")
    return tmp_path / "workspace"


def git(workspace: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    return subprocess.run(
        ["git", "-C", str(workspace), *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout


def test_a_workspace_as_it_is_made_has_no_leak(workspace: Path, laid: Laid, gold: tuple[GoldRows, ...]) -> None:
    assert find_leaks(workspace, laid, gold) == []


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", text)
    return buffer.getvalue()


def tarred(text: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo("inner.txt")
        info.size = len(text.encode())
        archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def commented(text: str) -> str:
    """A comment after every tenth line."""
    lines = text.splitlines()
    lines[9::10] = [f"{line}\n-- a comment of some words that breaks it" for line in lines[9::10]]
    return "\n".join(lines)


HIDINGS: dict[str, Callable[[str], str | bytes]] = {
    "as it is": lambda text: text,
    "on one line": lambda text: " ".join(text.split()),
    "one word a line": lambda text: "\n".join(text.split()),
    "in upper case": str.upper,
    "with comments": commented,
    "as a comment": lambda text: "\n".join(f"-- {line}" for line in text.splitlines()),
    "quoted in Markdown": lambda text: "\n".join(f"> {line}" for line in text.splitlines()),
    "with line numbers": lambda text: "\n".join(f"{i:4} {line}" for i, line in enumerate(text.splitlines())),
    "backwards": lambda text: text[::-1],
    "in JSON": lambda text: json.dumps({"a": text}),
    "in HTML": lambda text: html.escape(text).replace(" ", "&#32;"),
    "URL-encoded": urllib.parse.quote_plus,
    "in ROT13": lambda text: codecs.encode(text, "rot13"),
    "in UTF-16": lambda text: text.encode("utf-16"),
    "in UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "in base64": lambda text: "data: " + base64.b64encode(text.encode()).decode(),
    "in base64 in lines": lambda text: base64.encodebytes(text.encode()),
    "in URL-safe base64": lambda text: base64.urlsafe_b64encode(text.encode()),
    "in hexadecimal": lambda text: text.encode().hex(),
    "in hexadecimal with blanks": lambda text: text.encode().hex(" "),
    "in gzip": lambda text: gzip.compress(text.encode()),
    "in bzip2": lambda text: bz2.compress(text.encode()),
    "in xz": lambda text: lzma.compress(text.encode()),
    "in zlib": lambda text: zlib.compress(text.encode()),
    "in a zip": zipped,
    "in a tar": tarred,
    "in base64 of gzip": lambda text: base64.b64encode(gzip.compress(text.encode())),
}


@pytest.mark.parametrize("hide", HIDINGS.values(), ids=HIDINGS.keys())
def test_the_solution_is_found_however_it_is_written(
    workspace: Path, laid: Laid, solution: str, hide: Callable[[str], str | bytes]
) -> None:
    hidden = hide(solution)
    (workspace / "docs" / "notes").write_bytes(hidden.encode() if isinstance(hidden, str) else hidden)
    assert f"docs/notes holds a good part of the solution's {MODEL}" in find_leaks(workspace, laid, ())


def test_eleven_lines_of_the_solution_are_found(workspace: Path, laid: Laid, solution: str) -> None:
    lines = [line for line in solution.splitlines() if line.strip()]
    middle = len(lines) // 2
    (workspace / "docs" / "notes.md").write_text("\n".join(lines[middle : middle + 11]))
    assert any("docs/notes.md holds a good part" in leak for leak in find_leaks(workspace, laid, ()))


def test_a_solution_in_a_comment_of_its_own_file_is_found(workspace: Path, laid: Laid, solution: str) -> None:
    (workspace / MODEL).parent.mkdir(parents=True, exist_ok=True)
    (workspace / MODEL).write_text(f"/* {solution} */ select 1 as id")
    assert f"{MODEL} holds a good part of the solution's {MODEL}" in find_leaks(workspace, laid, ())


def test_boilerplate_of_dbt_is_no_leak(workspace: Path, laid: Laid) -> None:
    names = ("flights", "airlines", "airports", "planes")
    imports = "".join(f"{name} as (\n    select * from {{{{ ref('{name}') }}}}\n),\n" for name in names)
    text = f"with\n{imports}final as (select * from flights)\nselect * from final\n"
    (workspace / "dbt/models/marts/other.sql").write_text(text)
    assert find_leaks(workspace, laid, ()) == []


def sqlite_file(path: Path) -> bytes:
    with sqlite3.connect(path) as connection:
        connection.execute("create table kept (a, b, c, d)")
        connection.executemany(
            "insert into kept values (?, ?, ?, ?)",
            [(f"fare {i}", 1013.5 + i, i * 977, f"2013-03-{i + 1:02d} 10:00:00") for i in range(30)],
        )
    connection.close()
    return path.read_bytes()


FORMATS = {
    "csv": "copy ({}) to '{}' (format csv)",
    "csv with semicolons": "copy ({}) to '{}' (format csv, delimiter ';', quote '\"', force_quote *)",
    "json": "copy ({}) to '{}' (format json)",
    "json array": "copy ({}) to '{}' (format json, array true)",
    "csv in gzip": "copy ({}) to '{}' (format csv, compression gzip)",
}


@pytest.mark.parametrize("statement", FORMATS.values(), ids=FORMATS.keys())
def test_rows_of_gold_are_found_in_any_format(
    workspace: Path, laid: Laid, gold: tuple[GoldRows, ...], statement: str
) -> None:
    (workspace / "dbt/seeds").mkdir(exist_ok=True)
    duckdb.sql(statement.format(GOLD, workspace / "dbt/seeds/figures"))
    assert f"dbt/seeds/figures holds rows of gold's {TABLE}" in find_leaks(workspace, laid, gold)


def test_rows_of_gold_are_found_in_sqlite(
    workspace: Path, laid: Laid, gold: tuple[GoldRows, ...], tmp_path: Path
) -> None:
    (workspace / "docs/cache").write_bytes(sqlite_file(tmp_path / "made"))
    leaks = find_leaks(workspace, laid, gold)
    assert f"docs/cache holds rows of gold's {TABLE}" in leaks
    assert "docs/cache is a file of SQLite: tables do not belong into a workspace" in leaks


@pytest.mark.parametrize("kind", ["Parquet", "DuckDB"])
def test_files_of_tables_are_found_by_what_they_hold(workspace: Path, laid: Laid, kind: str) -> None:
    path = workspace / "docs" / "picture.png"
    if kind == "Parquet":
        duckdb.sql(f"copy (select 1 as a) to '{path}' (format parquet)")
    else:
        duckdb.connect(str(path)).close()
    assert any(f"docs/picture.png is a file of {kind}" in leak for leak in find_leaks(workspace, laid, ()))


def test_rows_of_other_data_are_no_leak(workspace: Path, laid: Laid, gold: tuple[GoldRows, ...]) -> None:
    lines = "\n".join(f"fare {i},{77.5 + i},{i * 13},2014-03-{i % 28 + 1:02d}" for i in range(40))
    (workspace / "docs" / "fares.csv").write_text(lines)
    assert find_leaks(workspace, laid, gold) == []


PLANTED = {
    "a file of the author's": ("docs/PLANTED.md", "flaws", "is a file of the author's side"),
    "a data file": ("docs/rows.parquet", "rows", "is a file of the author's side"),
    "the canary": ("docs/a.md", CANARY, "carries the canary line"),
    "the harness by name": ("docs/a.md", "This is a Lockgate task.", "names the harness or the generator"),
    "the generator": ("docs/a.py", "from sources.flights import generate", "names the harness or the generator"),
    "the harness's folder": ("docs/a.md", f"see {REPOSITORY_DIR}/x", "names the folder of the harness"),
    "the canary in base64": ("docs/a.md", base64.b64encode(CANARY.encode()).decode(), "carries the canary line"),
}


@pytest.mark.parametrize(("path", "text", "sentence"), PLANTED.values(), ids=PLANTED.keys())
def test_what_belongs_to_the_author_is_found(workspace: Path, laid: Laid, path: str, text: str, sentence: str) -> None:
    (workspace / path).write_text(text)
    assert any(leak.startswith(f"{path} {sentence}") for leak in find_leaks(workspace, laid, ()))


AUTHORS = [
    *("PLANTED.md", "task.yaml", "world.yaml", "tables.yaml", "proof.yaml", "oracle.py", "instruction.md", "gold.json"),
    *("rows.parquet", "rows.db", "solution.patch"),
]
"""What a world's and a task's folder hold beside the project, and files of tables and changes."""
OTHERS = ["planted.md", "tasks.yaml", "sources.yaml", "oracle.sql", "README.md", "gold.sql", "db", "parquet.md"]


def test_files_of_the_author_are_known_by_their_names_wherever_they_are(workspace: Path, laid: Laid) -> None:
    (workspace / "dbt/models/deep/down").mkdir(parents=True)
    for name in (*AUTHORS, *OTHERS):
        (workspace / "dbt/models/deep/down" / name).write_text("nothing of note\n")
    expected = {f"dbt/models/deep/down/{name} is a file of the author's side" for name in AUTHORS}
    assert set(find_leaks(workspace, laid, ())) == expected


MARKS = {b"PAR1": "Parquet", b"ARROW1": "Arrow", b"SQLite format 3": "SQLite", b"12345678DUCK": "DuckDB"}


def test_tables_are_known_by_the_first_bytes_of_their_files(workspace: Path, laid: Laid) -> None:
    for mark, kind in MARKS.items():
        (workspace / "docs" / f"{kind}.png").write_bytes(mark + bytes(30))
        (workspace / "docs" / f"no {kind}.png").write_bytes(b"." + mark + bytes(30))
    expected = {
        f"docs/{kind}.png is a file of {kind}: tables do not belong into a workspace" for kind in MARKS.values()
    }
    assert set(find_leaks(workspace, laid, ())) == expected


def test_descriptions_that_ticket_and_solution_share_are_no_leak(tmp_path: Path, workspace: Path) -> None:
    """A YAML file of the solution is its keys and values without descriptions; a broken one is its text."""
    words = " ".join(f"word{chr(97 + i)} of the description" for i in range(12))
    settings = {f"setting_{chr(97 + i)}": [f"value_{chr(97 + i)}", {"kept": f"other_{chr(97 + i)}"}] for i in range(12)}
    (tmp_path / "solution").mkdir()
    (tmp_path / "solution/models.yml").write_text(yaml.safe_dump({"models": [{"description": words} | settings]}))
    (tmp_path / "solution/broken.yml").write_text(f"{{description: {words}")
    laid = Laid(tmp_path / "start", tmp_path / "solution", frozenset({"models.yml"}))
    (tmp_path / "start").mkdir()
    (workspace / "docs/notes.md").write_text(words)
    assert find_leaks(workspace, laid, ()) == []
    broken = laid._replace(changed=frozenset({"broken.yml"}))
    assert find_leaks(workspace, broken, ()) == ["docs/notes.md holds a good part of the solution's broken.yml"]
    (workspace / "docs/notes.md").write_text(yaml.safe_dump(settings))
    assert find_leaks(workspace, laid, ()) == ["docs/notes.md holds a good part of the solution's models.yml"]


def test_a_link_is_a_leak(workspace: Path, laid: Laid) -> None:
    (workspace / "docs" / "more.md").symlink_to(workspace / "TICKET.md")
    assert "docs/more.md is a link" in find_leaks(workspace, laid, ())


def test_a_second_commit_is_a_leak(workspace: Path, laid: Laid) -> None:
    git(workspace, "commit", "--quiet", "--allow-empty", "--message=More")
    assert "git has 2 commits, not one" in find_leaks(workspace, laid, ())


def test_an_object_of_no_commit_is_a_leak(workspace: Path, laid: Laid, tmp_path: Path) -> None:
    (tmp_path / "solution.sql").write_text("select 1 as answer")
    git(workspace, "hash-object", "-w", str(tmp_path / "solution.sql"))
    assert "git has 1 objects of no commit" in find_leaks(workspace, laid, ())
