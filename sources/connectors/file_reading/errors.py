"""What is wrong with a delivered file, and what reading it has detected."""

import contextlib
import csv
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from sources.connectors.errors import ConnectorError


class FileError(ConnectorError):
    """A file is truncated, broken or not written as its options say.

    Args:
        path: The file.
        row: Data row from 1 at which reading stopped; 0 = before the first.
        reason: What is wrong there.
    """

    def __init__(self, path: Path, row: int, reason: str) -> None:
        self.path = path
        self.row = row
        where = f"row {row}" if row else "start of the file"
        super().__init__(f"file '{path.name}', {where}: {reason}. Nothing of this file was kept.")


class Notes:
    """Sentences about what was detected, and the files for which each holds."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def add(self, path: Path, sentence: str) -> None:
        """Remember a sentence about a file; the same sentence about the same file counts once."""
        names = self._files.setdefault(sentence, [])
        if path.name not in names:
            names.append(path.name)

    def sentences(self) -> list[str]:
        """One sentence per detection, with the first file and the number of the others."""
        found = []
        for sentence, names in self._files.items():
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            found.append(f"file '{names[0]}'{more}: {sentence}")
        return found


@contextlib.contextmanager
def broken(path: Path, row: Callable[[], int]) -> Iterator[None]:
    """Turn what the libraries raise on broken input into a `FileError`.

    Args:
        path: The file.
        row: The current row; 0 = before the first.
    """
    try:
        yield
    except FileError:
        raise
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise FileError(path, row(), f"truncated or broken compression ({error})") from error
    except UnicodeError as error:
        encoding = error.encoding.upper() if isinstance(error, UnicodeDecodeError) else "text"
        reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise FileError(path, row(), f"not {encoding} ({reason}); set options: {{encoding: …}}") from error
    except csv.Error as error:
        reason = f"not valid CSV ({error}); if the file is whole, set options: delimiter, quote or escape"
        raise FileError(path, row(), reason) from error
    except (pa.ArrowException, OSError) as error:
        raise FileError(path, row(), f"cannot be read ({error})") from error
