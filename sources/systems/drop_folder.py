"""The drop folder: writes the deliveries of a world as files."""

import csv
import gzip
import io
import json
import os
import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.errors import LockgateError
from benchmark.source_systems import FolderSystem
from sources.contract import Delivery, GeneratedDay, Incident
from sources.systems.errors import SourceSystemError
from sources.systems.faults import FileFaults, other_bytes
from sources.systems.interface import SourceServer

if TYPE_CHECKING:
    import pyarrow


class DropFolder(SourceServer):
    """A folder that files are delivered into; a file that is there stays as it is.

    Args:
        spec: Name and documentation.
        folder: Made by `start`.
        faults: What is wrong with files that are written from now on; None: nothing.
    """

    def __init__(self, spec: FolderSystem, folder: Path, faults: FileFaults | None = None) -> None:
        self.spec = spec
        self.folder = folder
        self.faults = faults

    @property
    def environment(self) -> dict[str, str]:
        """What readers are told."""
        return {f"{self.spec.name.upper()}_DIR": str(self.folder)}

    def start(self) -> None:
        """Make the folder with its `README.txt`."""
        self.folder.mkdir(parents=True)
        self._write_documentation()

    def show(self, days: list[GeneratedDay], incident: Incident) -> None:
        """Every file that was delivered until the last day, and nothing else."""
        day = days[-1]
        faults = incident.file_faults(day.dials.seed) if incident.file_faults else None
        self.replace([file for file in day.deliveries if file.system == self.spec.name], faults)

    def check(self) -> None:
        """See that the folder is there."""
        if not self.folder.is_dir():
            raise SourceSystemError(self.spec.name, f"the folder {self.folder} is gone.")

    def stop(self) -> None:
        """Nothing: files need no end."""

    def replace(self, deliveries: Iterable[Delivery], faults: FileFaults | None = None) -> None:
        """Empty the folder and write all files again; the folder itself stays, since readers may have it mounted."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        self.faults = faults
        self._write_documentation()
        self.deliver(deliveries)

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Write each file that is not there yet, with its delivery time as file time.

        Without faults, every file appears whole.
        """
        every = list(deliveries)
        oldest = {delivery.stream: delivery.name for delivery in reversed(every)}
        newest = {delivery.stream: delivery.name for delivery in every}
        for delivery in every:
            path = self.folder / delivery.name
            if path.exists():
                continue
            content, written_at = file_content(delivery), delivery.delivered_at
            faults = self.faults
            if faults and delivery.stream in faults.again and oldest[delivery.stream] == delivery.name:
                content, written_at = other_bytes(delivery.name, content), written_at + timedelta(days=1)
            if faults and delivery.stream in faults.cut and newest[delivery.stream] == delivery.name:
                content = faults.cut_content(delivery.name, content)
            unfinished = self.folder / f".{delivery.name}.unfinished"
            unfinished.write_bytes(content)
            os.utime(unfinished, (written_at.timestamp(), written_at.timestamp()))
            unfinished.rename(path)

    def _write_documentation(self) -> None:
        (self.folder / "README.txt").write_text(self.spec.documentation, encoding="utf-8")


def file_content(delivery: Delivery) -> bytes:
    """The bytes of a delivery: CSV with a header, or gzipped JSON lines, by the suffix of its name. UTF-8.

    Raises:
        LockgateError: No writer for that suffix.
    """
    if delivery.name.endswith(".csv"):
        return _csv(delivery.table)
    if delivery.name.endswith(".jsonl.gz"):
        return gzip.compress(_json_lines(delivery.table), mtime=0)
    raise LockgateError(f"Drop folder: {delivery.name} has no known format; name it *.csv or *.jsonl.gz.")


def _csv(table: "pyarrow.Table") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return text.getvalue().encode()


def _json_lines(table: "pyarrow.Table") -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_pylist()).encode()
