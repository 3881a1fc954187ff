"""A submission's patch as files of coloured lines. It is hostile: it is read to a limit and every text is escaped."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

from markupsafe import Markup, escape
from pygments.lexer import Lexer
from pygments.lexers import JsonLexer, PythonLexer, SqlLexer, YamlLexer
from pygments.token import Comment, Keyword, Number, String, _TokenType

from benchmark.border import cut_text, visible_text
from benchmark.run_store import TrialStore

MAX_BYTES = 1_000_000
"""Of a longer patch the beginning is read."""
MAX_FILES = 60
"""Files that are shown."""
MAX_LINES = 400
"""Lines of a file that are shown; all are counted."""
MAX_SHOWN = 2_500
"""Lines of all files that are shown."""
MAX_LINE = 400
"""Characters of a line that are shown."""
MAX_COLOURED = 40_000
"""Characters of a file that are coloured; a longer one is plain."""

Sign = Literal["+", "-", " ", "@"]
_LEXERS: dict[str, type[Lexer]] = {
    ".sql": SqlLexer, ".yml": YamlLexer, ".yaml": YamlLexer, ".py": PythonLexer, ".json": JsonLexer,
}  # fmt: skip
_CLASSES = ((Comment, "c"), (String, "s"), (Keyword, "k"), (Number, "n"))


@dataclass
class ChangedFile:
    """What a patch does to one file."""

    path: str
    change: Literal["changed", "added", "removed"] = "changed"
    is_binary: bool = False
    n_added: int = 0
    n_removed: int = 0
    lines: list[tuple[Sign, str]] = field(default_factory=list)
    n_left_out: int = 0
    """Lines that are not shown."""

    def html(self) -> list[tuple[str, Markup]]:
        """Class of each shown line (`add`, `del`, `hunk` or empty) and the line, escaped and coloured."""
        lexer = _lexer(PurePosixPath(self.path).suffix.lower())
        texts = ["" if sign == "@" else text for sign, text in self.lines]
        if lexer is None or sum(map(len, texts)) > MAX_COLOURED:
            shown = [escape(text) for text in texts]
        else:
            shown = _coloured(lexer, texts)
        return [
            (_ROWS[sign], escape(text) if sign == "@" else Markup(sign) + line)
            for (sign, text), line in zip(self.lines, shown, strict=True)
        ]


_ROWS: dict[Sign, str] = {"+": "add", "-": "del", " ": "", "@": "hunk"}


@dataclass(frozen=True)
class Patch:
    """A patch as far as it was read."""

    files: tuple[ChangedFile, ...]
    n_bytes: int
    """Of the whole patch."""
    n_more_files: int
    """Files that are not shown."""

    @property
    def is_cut(self) -> bool:
        """Whether it was too long to be read to its end; counts are of what was read then."""
        return self.n_bytes > MAX_BYTES

    @property
    def n_added(self) -> int:
        """Lines added."""
        return sum(file.n_added for file in self.files)

    @property
    def n_removed(self) -> int:
        """Lines removed."""
        return sum(file.n_removed for file in self.files)


def read_patch(store: TrialStore) -> Patch | None:
    """Read the patch of a trial; None = it has none yet."""
    if not store.patch_path.is_file():
        return None
    return parse_patch(_head(store.patch_path, MAX_BYTES), store.patch_path.stat().st_size)


def _head(path: Path, n_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(n_bytes)


def parse_patch(content: bytes, n_bytes: int) -> Patch:
    """Take a patch in git's format apart.

    Args:
        content: Its beginning, or all of it; anything else than a patch gives no files.
        n_bytes: Length of the whole.
    """
    files: list[ChangedFile] = []
    n_shown = 0
    signs: tuple[int, int] = (0, 0)
    """Lines of the start and of the end that the hunk still has: only then is `--- x` a removed line."""
    for line in content.decode(errors="replace").split("\n"):
        if not any(signs) and line.startswith("diff --git "):
            files.append(ChangedFile(_path_of(line)))
            continue
        if not files:
            continue
        file = files[-1]
        if not any(signs):
            signs = _read_heading(file, line)
            sign: Sign | None = "@" if any(signs) else None
        else:
            sign = _sign_of(line)
            file.n_added += sign == "+"
            file.n_removed += sign == "-"
            signs = (max(0, signs[0] - (sign in ("-", " "))), max(0, signs[1] - (sign in ("+", " "))))
        if sign is None:
            continue
        if len(file.lines) < MAX_LINES and n_shown < MAX_SHOWN and len(files) <= MAX_FILES:
            text = line if sign == "@" else line[1:]
            file.lines.append((sign, visible_text(cut_text(text, MAX_LINE))))
            n_shown += 1
        else:
            file.n_left_out += 1
    return Patch(tuple(files[:MAX_FILES]), n_bytes, max(0, len(files) - MAX_FILES))


def _path_of(line: str) -> str:
    """The path in `diff --git a/P b/P`; git quotes one with special characters, which stays as git writes it."""
    names = line.removeprefix("diff --git ")
    half = names[: len(names) // 2]
    return visible_text(cut_text(half.strip('"').removeprefix("a/"), MAX_LINE))


def _read_heading(file: ChangedFile, line: str) -> tuple[int, int]:
    """Note what a line between hunks says; lines of the start and of the end where it begins a hunk, else 0 and 0."""
    if line.startswith("new file"):
        file.change = "added"
    elif line.startswith("deleted file"):
        file.change = "removed"
    elif line.startswith(("GIT binary patch", "Binary files ")):
        file.is_binary = True
    elif line.startswith("@@ "):
        parts = line.split(" ", 3)
        return _length(parts[1]), _length(parts[2]) if len(parts) > 2 else 0
    return 0, 0


def _length(place: str) -> int:
    """How many lines `-3,7` means."""
    _, comma, count = place.partition(",")
    return (int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 0) if comma else 1


_SIGNS: dict[str, Sign] = {"+": "+", "-": "-", " ": " ", "": " "}


def _sign_of(line: str) -> Sign | None:
    """What a line of a hunk is; None = a note of git's."""
    return _SIGNS.get(line[:1])


@cache
def _lexer(suffix: str) -> Lexer | None:
    kind = _LEXERS.get(suffix)
    return kind(stripnl=False, ensurenl=False) if kind else None


def _coloured(lexer: Lexer, lines: list[str]) -> list[Markup]:
    """Each line with its comments, strings, keywords and numbers in elements of their own."""
    done: list[list[str]] = [[]]
    for kind, text in lexer.get_tokens("\n".join(lines)):
        name = _class_of(kind)
        for number, part in enumerate(text.split("\n")):
            if number:
                done.append([])
            if part:
                shown = escape(part)
                done[-1].append(f'<i class="{name}">{shown}</i>' if name else str(shown))
    if len(done) != len(lines):
        return [escape(line) for line in lines]
    return [Markup("".join(parts)) for parts in done]


@cache
def _class_of(kind: _TokenType) -> str:
    return next((name for group, name in _CLASSES if kind in group), "")
