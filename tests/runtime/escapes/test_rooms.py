"""Attempts to get out by what a submission holds: dbt's Jinja, hooks, SQL and Python models, connection files."""

import os
import socket
import subprocess
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Limits, Runtime
from runtime.jobs.schemas import checked
from runtime.sandbox.network import listen_on_loopback
from runtime.sandbox.registry import open_runtime
from tests.helpers.escapes import NOW, Host, build, needs_bubblewrap, python_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ForkRuntime, Path]]:
    home = tmp_path_factory.mktemp("rooms")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_HOME", str(home))
        runtime = ForkRuntime()
        runtime.warm("pipeline", "rooms")
    yield runtime, home / "work"
    runtime.close()


def found_in(folder: Path) -> str:
    """Everything that the build left, and its log."""
    parts = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    log = folder.parent / f"{folder.name}.log"
    return (b"".join(parts) + (log.read_bytes() if log.is_file() else b"")).decode(errors="replace")


PYTHON = {
    "a model that opens gold": "found = open('{gold}').read()",
    "a model that opens another trial": "found = open('{other}').read()",
    "a model that reads the harness's key": (
        "found = os.popen('cat /proc/[0-9]*/environ 2>/dev/null').read().replace(chr(0), ' ')"
    ),
    "a model with a DuckDB of its own": (
        "import duckdb\nfound = duckdb.connect().execute(\"from read_text('{gold}')\").fetchall()"
    ),
    "a model that starts a shell": "found = os.popen('cat {gold}').read()",
    "a model that writes a scorecard": (
        "os.makedirs(os.path.dirname('{scorecard}'), exist_ok=True)\n"
        "open('{scorecard}', 'w').write('1')\nfound = '{token}'"
    ),
    "a model that calls the host": (
        "import socket\nsocket.create_connection(('127.0.0.1', {tcp}), 2)\nfound = 'called ' + '{token}'"
    ),
}


@contextmanager
def holder_of_a_key(key: str) -> Iterator[None]:
    """A process of the host with a key in its environment, as the harness has."""
    with subprocess.Popen(["sleep", "300"], env={"PROVIDER_KEY": key, "PATH": os.environ["PATH"]}) as process:
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("name", PYTHON)
def test_a_python_model_gets_nothing(walled: str, servers: tuple[ForkRuntime, Path], host: Host, name: str) -> None:
    runtime, work = servers
    files = python_model(PYTHON[name].format(**host.names))
    outcome = {}
    with open_runtime(walled, runtime) as rooms, holder_of_a_key(host.token):
        for backend, used in (("rooms", rooms), ("none", runtime)):
            folder = work / f"{backend}-{host.token}"
            result = build(used, folder, files)
            assert result.status == "ok", result.message
            has_token = result.value["is_success"] and _table_has(folder, host.token)
            outcome[backend] = Path(host.names["scorecard"]).exists() if "scorecard" in name else has_token
    assert outcome == {"rooms": False, "none": True}


def _table_has(folder: Path, token: str) -> bool:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return token in str(connection.execute("from main.m").fetchall())


SQL = {
    "a model that reads a text file": {"models/m.sql": "select * from read_text('{gold}')"},
    "a model that reads a CSV file": {"models/m.sql": "select * from read_csv('{gold}')"},
    "a model that lists folders": {"models/m.sql": "select '{token}' from glob('{home}/*')"},
    "a hook that writes a file": {
        "models/m.sql": "{{{{ config(post_hook=\"copy (select '{token}') to '{home}/out.csv'\") }}}} select 1 as a"
    },
    "a hook that attaches a database": {
        "models/m.sql": "{{{{ config(pre_hook=\"attach '{home}/x.duckdb' as x\") }}}} select '{token}' as a"
    },
    "a hook that unlocks": {
        "models/m.sql": "{{{{ config(pre_hook='set enable_external_access = true') }}}} from read_text('{gold}')"
    },
    "a hook that installs an extension": {
        "models/m.sql": "{{{{ config(pre_hook='install httpfs') }}}} select '{token}' as a"
    },
    "a macro at the start of the run": {
        "dbt_project.yml": "name: p\nversion: '1.0'\nprofile: p\non-run-start: '{{{{ peek() }}}}'\n",
        "macros/peek.sql": '{{% macro peek() %}}{{% do run_query("create table m as '
        "from read_text('{gold}')\") %}}{{% endmacro %}}",
        "models/n.sql": "select 1 as a",
    },
    "Jinja that reads the environment": {"models/m.sql": "select '{{{{ env_var(\"LLM_API_KEY\") }}}}' as a"},
    "Jinja that climbs to Python": {
        "models/m.sql": "select '{{{{ ().__class__.__base__.__subclasses__() }}}}' as a, '{token}' as b"
    },
}


@pytest.mark.parametrize("name", SQL)
def test_sql_and_jinja_get_nothing(walled: str, servers: tuple[ForkRuntime, Path], host: Host, name: str) -> None:
    runtime, work = servers
    files = {path: text.format(**host.names) for path, text in SQL[name].items()}
    folder = work / f"sql-{host.token}"
    with open_runtime(walled, runtime) as rooms:
        result = build(rooms, folder, files)
    assert result.status == "ok", result.message
    if result.value["is_success"]:  # a file that is not there reads as no rows
        assert host.token not in (folder / "warehouse.duckdb").read_bytes().decode(errors="replace")
        assert "models/m.sql" not in files or not _table_has(folder, host.token)
    assert not (Path(host.names["home"]) / "out.csv").exists()


def test_the_locked_statements_bite_on_a_connection_that_is_not_locked(host: Host) -> None:
    with duckdb.connect() as connection:
        assert host.token in str(connection.execute(f"from read_text('{host.names['gold']}')").fetchall())


ENDINGS = {
    "killing the supervisor": ("os.kill(1, 9); os.kill(os.getppid(), 9); found = 'still here'", "ok"),
    "interrupting the supervisor": ("[os.kill(1, n) for n in range(1, 32)]; found = 'still here'", "ok"),
    "ending by a signal without a name": ("os.kill(os.getpid(), 36)", "killed"),
    "taking shared memory": (
        "import mmap, time\nm = mmap.mmap(-1, 900_000_000)\nm.write(bytes(900_000_000))\ntime.sleep(60)",
        "killed",
    ),
    "killing everything": ("os.kill(-1, 9)", None),
    "killing itself": ("os.kill(os.getpid(), 9)", "killed"),
    "running for ever": ("import time\ntime.sleep(600)", "timeout"),
    "taking memory": ("x = bytearray(900_000_000)\nimport time\ntime.sleep(60)", "killed"),
    "taking processes": (
        "import subprocess, time\nx = [subprocess.Popen(['sleep', '60']) for _ in range(100)]\ntime.sleep(60)",
        "killed",
    ),
    "filling the disk": (
        "import time\nfor i in range(9): open(f'/workspace/{i}', 'wb').write(b'x' * 9_000_000)\ntime.sleep(60)",
        "killed",
    ),
    "leaving with a forged answer": ("os._exit(0)", "failed"),
    "flooding the log": ("os.write(1, b'x' * 30_000_000); found = 'done'", "ok"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_an_attack_on_the_room_is_the_jobs_own_failure(
    walled: str, servers: tuple[ForkRuntime, Path], host: Host, name: str
) -> None:
    """Never an exception: a fault of ours would make the trial unscored."""
    runtime, work = servers
    code, status = ENDINGS[name]
    limits = Limits(wall_seconds=40, memory_bytes=600 * 1024**2, processes=60, disk_bytes=30 * 1024**2)
    folder = work / f"end-{host.token}"
    with open_runtime(walled, runtime) as rooms:
        result = build(rooms, folder, python_model(code), limits)
        again = build(rooms, work / f"after-{host.token}", {"models/m.sql": "select 1 as a"})
    if name == "taking processes" and result.status == "ok":  # without root, the kernel's own limit is there first
        assert not result.value["is_success"]
    else:
        assert result.status == (status or result.status)
    assert again.status == "ok"
    assert again.value["is_success"]
    assert (folder.parent / f"{folder.name}.log").stat().st_size < 9 * 1024**2


def test_a_job_reaches_the_ports_that_it_is_given_and_no_other(
    walled: str, servers: tuple[ForkRuntime, Path], host: Host
) -> None:
    runtime, work = servers
    code = """
        import socket
        answers = []
        for port in ({given}, {other}):
            try:
                with socket.create_connection(('127.0.0.1', port), 2) as caller:
                    caller.sendall(b'x' * 300_000)
                    caller.shutdown(socket.SHUT_WR)
                    answers.append(len(caller.makefile('rb').read()))
            except OSError as error:
                answers.append('refused')
        found = answers
    """
    with (
        open_runtime(walled, runtime) as rooms,
        listen_on_loopback(rooms.network_pid) as given,
        listen_on_loopback(rooms.network_pid) as other,
    ):
        threading.Thread(target=_echo, args=(given,), daemon=True).start()
        ports = {"given": given.getsockname()[1], "other": other.getsockname()[1]}
        folder = work / f"ports-{host.token}"
        result = build(rooms, folder, python_model(code.format(**ports)), ports=(ports["given"],))
    assert result.status == "ok", result.message
    assert _table_has(folder, "[300000, 'refused']")


def _echo(listener: socket.socket) -> None:
    caller, _ = listener.accept()
    with caller:
        caller.sendall(caller.makefile("rb").read())


@needs_bubblewrap
def test_jobs_of_an_evaluation_have_a_limit_together(
    servers: tuple[ForkRuntime, Path], host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.sandbox.room_client.EVALUATION_SECONDS", 0.1)
    runtime, work = servers
    with open_runtime("bubblewrap", runtime) as rooms:
        results = [build(rooms, work / f"long-{n}-{host.token}", {"models/m.sql": "select 1"}) for n in range(2)]
    assert [result.status for result in results] == ["timeout", "timeout"]
    assert "together" in results[1].message


def test_a_forged_answer_is_a_failed_step() -> None:
    forged: list[Any] = [None, [], {"is_success": True}, {"unreadable": {"a": 1}}, {"unreadable": {"a": None}}]
    for value in forged:
        for kind in ("load", "build", "export"):
            assert checked(ChildResult("ok", value, "", 1.0), kind).status == "failed"


def load(runtime: Runtime, folder: Path, connection: str) -> ChildResult:
    (folder / "el").mkdir(parents=True)
    (folder / "el" / "x.yaml").write_text(textwrap.dedent(connection))
    request = ChildRequest(
        "runtime.jobs.load:run",
        {"el": "el", "warehouse": "warehouse.duckdb", "now": NOW, "environment": {}},
        folder,
        folder.parent / f"{folder.name}.log",
        limits=Limits(wall_seconds=120),
        writable={"/workspace": folder},
    )
    return runtime.run(request)


FILES = """
connection: x
source: files
config: {{directory: "{directory}"}}
streams: [{{name: s, pattern: "{pattern}", format: csv}}]
"""
MANIFEST = """
connection: x
source: manifest
manifest:
  version: 6.48.0
  type: DeclarativeSource
  check: {{type: CheckStream, stream_names: [s]}}
  streams:
    - type: DeclarativeStream
      name: s
      retriever:
        type: SimpleRetriever
        record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: []}}}}
        requester: {{type: HttpRequester, url_base: "http://127.0.0.1:{tcp}", path: /, http_method: GET,
          error_handler: {{type: DefaultErrorHandler, max_retries: 0}}}}
      {more}
      schema_loader: {{type: InlineSchemaLoader, schema: {{type: object, properties: {{a: {{type: string}}}}}}}}
streams: [{{name: s}}]
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a drop folder that is the host's", FILES.replace("{directory}", "{home}").replace("{pattern}", "**/*.patch")),
        ("a drop folder of gold", FILES.replace("{directory}", "{gold_dir}").replace("{pattern}", "*")),
        ("a manifest that calls the host", MANIFEST.replace("{more}", "")),
        (
            "a manifest with code of its own",
            MANIFEST.replace("{more}", "transformations: [{{type: CustomTransformation, class_name: os.system}}]"),
        ),
    ],
)
def test_a_connection_file_gets_nothing(
    walled: str, servers: tuple[ForkRuntime, Path], host: Host, name: str, text: str
) -> None:
    runtime, work = servers
    folder = work / f"load-{host.token}"
    names = host.names | {"gold_dir": str(Path(host.names["gold"]).parent)}
    with open_runtime(walled, runtime) as rooms:
        result = load(rooms, folder, text.format(**names))
    assert result.status == "failed" or not result.value["is_success"]
    assert host.token not in found_in(folder).replace(str(folder), "")
    assert host.received == []
