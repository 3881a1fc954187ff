"""The drop folder: writes the deliveries of a world as files."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from benchmark.source_systems import FolderSystem
from sources.contract import Delivery, GeneratedDay, Incident
from sources.systems.errors import SourceSystemError
from sources.systems.faults import FileFaults
from sources.systems.file_writing.deliveries import written_files
from sources.systems.interface import SourceServer


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
        """Write each file that was not there before, with its delivery time as file time; the last of a name counts.

        Without faults, every file appears whole.
        """
        there = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*")}
        for file in written_files(deliveries, self.spec.files, self.faults):
            if file.name in there:
                continue
            path = self.folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.unfinished")
            unfinished.write_bytes(file.content)
            os.utime(unfinished, (file.written_at.timestamp(), file.written_at.timestamp()))
            unfinished.rename(path)

    def _write_documentation(self) -> None:
        (self.folder / "README.txt").write_text(self.spec.documentation, encoding="utf-8")
