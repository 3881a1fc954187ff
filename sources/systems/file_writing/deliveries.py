"""From the deliveries of a day to files: name, content and time of each, with the faults of an incident."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from benchmark.delivered_files import DeliveredFiles, FileFormat
from benchmark.errors import LockgateError
from sources.contract import Delivery
from sources.systems.faults import FileFaults
from sources.systems.file_writing.content import file_content
from sources.systems.file_writing.other_bytes import other_bytes

_SUFFIXES = {
    ".csv": FileFormat(type="csv"),
    ".csv.gz": FileFormat(type="csv", compression="gzip"),
    ".csv.zst": FileFormat(type="csv", compression="zstd"),
    ".jsonl": FileFormat(type="jsonl"),
    ".jsonl.gz": FileFormat(type="jsonl", compression="gzip"),
    ".jsonl.zst": FileFormat(type="jsonl", compression="zstd"),
    ".json": FileFormat(type="json"),
    ".parquet": FileFormat(type="parquet"),
    ".xlsx": FileFormat(type="excel"),
}


class WrittenFile(NamedTuple):
    """A delivery as it arrives."""

    name: str
    content: bytes
    written_at: datetime


def written_files(
    deliveries: Iterable[Delivery], files: Mapping[str, DeliveredFiles], faults: FileFaults | None = None
) -> Iterator[WrittenFile]:
    """Write each delivery, in their order.

    Args:
        deliveries: Of one system, oldest first; of several with the same name the last counts.
        files: How each stream is written; one that is not among them is written as its names say.
        faults: Which files are damaged, or arrive once more a day later.

    Raises:
        LockgateError: A value cannot be written in the format, or the suffix of a name is not known.
    """
    every: dict[str, Delivery] = {}
    for delivery in deliveries:
        every.pop(delivery.name, None)
        every[delivery.name] = delivery
    oldest = {delivery.stream: delivery.name for delivery in reversed(every.values()) if delivery.table.num_rows}
    newest = {delivery.stream: delivery.name for delivery in every.values()}
    for delivery in every.values():
        name, stream = delivery.name, delivery.stream
        content, written_at = _content(delivery, files), delivery.delivered_at
        if faults and stream in faults.again and oldest.get(stream) == name:
            content, written_at = other_bytes(content), written_at + timedelta(days=1)
        if faults and stream in faults.cut and newest[stream] == name:
            content = faults.cut_content(name, content)
        yield WrittenFile(name, content, written_at)


def _content(delivery: Delivery, files: Mapping[str, DeliveredFiles]) -> bytes:
    declared = files.get(delivery.stream)
    try:
        written = (declared.format if declared else None) or format_of(delivery.name)
        return file_content(delivery.table, written)
    except LockgateError as error:
        raise LockgateError(f"File {delivery.name} of {delivery.system}: {error}") from error


def format_of(name: str) -> FileFormat:
    """The format that the suffix of a file's name says.

    Raises:
        LockgateError: No format has that suffix.
    """
    for suffix, written in _SUFFIXES.items():
        if name.endswith(suffix):
            return written
    known = ", ".join(f"*{suffix}" for suffix in _SUFFIXES)
    raise LockgateError(f"{name} has no known format; declare format under files, or name it {known}.")
