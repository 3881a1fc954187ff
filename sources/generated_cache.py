"""Generated days kept as Arrow files: every trial needs the seed that agents see, and its code changes rarely.

An entry is keyed by the dials and by all that they are fed to: the generator's code and the versions of the data.
Nobody needs an entry to be there: a missing or damaged one is made again.
"""

import contextlib
import dataclasses
import hashlib
import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.cache import find_entry, in_use, new_entry, one_at_a_time
from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from benchmark.paths import cache_dir
from sources.contract import Delivery, GeneratedDay, WorldSources
from sources.imported_code import imported_code

if TYPE_CHECKING:
    import pyarrow

_TOOLS = ("duckdb", "pyarrow")
_KIT = "sources.kit"
"""What all generators share."""


def generated_day(sources: WorldSources, dials: Dials) -> GeneratedDay:
    """The same as `sources.generate(dials)`, from the cache where it is there.

    Where several processes ask for a day that is not there, one makes it and the others wait for it.

    Raises:
        LockgateError: The dials are out of range, or the world's data is missing.
    """
    entry = (
        cache_dir()
        / "generated"
        / f"{sources.id}-{dials.seed}-{dials.days}-{dials.day}-{dials.scale}-{fingerprint(sources)}"
    )
    if (kept := _kept(entry)) is not None:
        return kept
    with one_at_a_time("generated", entry.name), in_use(f"making data of world {sources.id}"):
        if (kept := _kept(entry)) is not None:
            return kept
        generated = sources.generate(dials)
        with contextlib.suppress(OSError):  # A full disk is no reason to fail: the day is in memory.
            _write(entry, generated)
    return generated


def fingerprint(sources: WorldSources) -> str:
    """Sixteen digits that change with the generator's code, with the packages it uses and the files it is made from.

    Raises:
        LockgateError: A package with the world's data is not installed.
    """
    digest = hashlib.sha256()
    for name in (*_TOOLS, *sources.data_packages):
        try:
            digest.update(f"{name} {version(name)}\n".encode())
        except PackageNotFoundError as error:
            raise LockgateError(
                f"World {sources.id}: package {name}, which data_packages of its world.yaml names, is not installed. "
                f"Run `pip install {name}`, or correct the name."
            ) from error
    digest.update(repr(sources.systems).encode())
    for package in dict.fromkeys((sources.package, _KIT)):
        _hash_code(package, digest)
    for path in sources.made_from:
        status = path.stat()
        digest.update(path.name.encode() + _content_hash(path, status.st_size, status.st_mtime_ns))
    return digest.hexdigest()[:16]


def _hash_code(package: str, digest: "hashlib._Hash") -> None:
    code = imported_code(package)
    assert code is not None
    for name, content in code.contents().items():
        digest.update(name.encode() + content)


@lru_cache(maxsize=256)
def _content_hash(path: Path, size: int, changed_ns: int) -> bytes:
    """Of a file that may be large: read once per process as long as size and time stay."""
    del size, changed_ns
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _kept(entry: Path) -> GeneratedDay | None:
    return _read(entry) if find_entry(entry) else None


def _read(entry: Path) -> GeneratedDay | None:
    try:
        content = json.loads((entry / "day.json").read_text())
        tables = {name: _read_table(entry / file) for name, file in content["tables"].items()}
        deliveries = tuple(
            Delivery(
                item["system"],
                item["name"],
                item["stream"],
                datetime.fromisoformat(item["delivered_at"]),
                _read_table(entry / item["file"]),
            )
            for item in content["deliveries"]
        )
    except (OSError, ValueError, KeyError):  # Absent, being removed, or damaged; ArrowInvalid is a ValueError.
        return None
    return GeneratedDay(Dials(**content["dials"]), datetime.fromisoformat(content["now"]), tables, deliveries)


def _write(entry: Path, day: GeneratedDay) -> None:
    if entry.is_dir() and _read(entry) is None:
        shutil.rmtree(entry, ignore_errors=True)
    with new_entry(entry) as building:
        tables: dict[str, str] = {}
        for name, table in day.tables.items():
            tables[name] = _write_table(building, len(tables), table)
        deliveries: list[Mapping[str, Any]] = []
        for delivery in day.deliveries:
            file = _write_table(building, len(tables) + len(deliveries), delivery.table)
            facts = {"system": delivery.system, "name": delivery.name, "stream": delivery.stream, "file": file}
            deliveries.append(facts | {"delivered_at": delivery.delivered_at.isoformat()})
        content = {
            "dials": dataclasses.asdict(day.dials),
            "now": day.now.isoformat(),
            "tables": tables,
            "deliveries": deliveries,
        }
        (building / "day.json").write_text(json.dumps(content, indent=1))


def _read_table(path: Path) -> "pyarrow.Table":
    import pyarrow as pa

    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def _write_table(folder: Path, number: int, table: "pyarrow.Table") -> str:
    import pyarrow as pa

    name = f"{number:03}.arrow"
    with pa.OSFile(str(folder / name), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return name
