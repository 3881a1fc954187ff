"""Whether two files of a pipeline say the same: comments, blanks, line ends, case and a final order do not count."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from authoring.check.source_text import content, text, yaml_content

_JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_QUOTED = r"""'[^']*'|"[^"]*\""""
_JINJA = re.compile(rf"\{{\{{(?:{_QUOTED}|.)*?\}}\}}|\{{%(?:{_QUOTED}|.)*?%\}}", re.DOTALL)
_SQL_COMMENT = r"--[^\n]*|/\*.*?\*/"
_TOKEN = re.compile(
    rf"""{_SQL_COMMENT}|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_0-9.]+|::|<=|>=|<>|!=|\|\||->>?|\S""", re.DOTALL
)
_FILLERS = frozenset({"as", "(", ")", "inner", "outer", "asc", ";", "order", "by"})


def same_meaning(one: Path, other: Path) -> bool:
    """Whether two files mean the same to dbt."""
    if one == other or content(one) == content(other):
        return True
    if one.suffix in (".yml", ".yaml"):
        found = yaml_content(one)
        return bool(found) and found == yaml_content(other)
    if one.suffix != ".sql":
        return _plain(one) == _plain(other)
    if tokens(one) == tokens(other):
        return True
    return _weight(tokens(one)) == _weight(tokens(other)) and _same_tree(one, other)


def _plain(path: Path) -> str:
    return "\n".join(line.rstrip() for line in text(path).strip().splitlines())


def tokens(path: Path) -> tuple[str, ...]:
    """The tokens of an SQL file: Jinja as a whole, words in lower case, no comments."""
    return _tokens(text(path))


@lru_cache(maxsize=10_000)
def _tokens(source: str) -> tuple[str, ...]:
    found = _TOKEN.findall(without_jinja(source))
    return tuple(token if token[0] in "'\"" else token.lower() for token in found if not token.startswith(("--", "/*")))


def without_jinja(sql: str) -> str:
    """Put a word in place of each piece of Jinja, the same for the same piece."""

    def word(match: re.Match[str]) -> str:
        piece = re.sub(r"\s+|[-+](?=%\})|(?<=\{%)[-+]", "", match.group(0)).replace('"', "'")
        return f" jinja_{sha256(piece.encode()).hexdigest()[:12]} "

    return _JINJA.sub(word, _JINJA_COMMENT.sub(" ", sql))


def _weight(found: tuple[str, ...]) -> Counter[str]:
    """Counts of the tokens before a final `order by`, without those that may be left out."""
    depth, end = 0, len(found)
    for index, token in enumerate(found):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and token == "order":
            end = index
        elif depth == 0 and token in ("limit", "union", "from", "select"):
            end = len(found)
    return Counter(token for token in found[:end] if token not in _FILLERS)


def _same_tree(one: Path, other: Path) -> bool:
    first, second = _tree(text(one)), _tree(text(other))
    return first is not None and first == second


@lru_cache(maxsize=1_000)
def _tree(source: str) -> str | None:
    """The query of a model in a normal form; None where it is no plain query."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    sql = without_jinja(source).strip()
    while sql.startswith("jinja_"):  # config() and the like
        sql = sql.partition(" ")[2].strip()
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except SqlglotError:
        return None
    if isinstance(tree, exp.Query) and not tree.args.get("limit"):
        tree.set("order", None)
    for parenthesis in tree.find_all(exp.Paren):
        if isinstance(parenthesis.this, exp.Column | exp.Literal):
            parenthesis.replace(parenthesis.this)
    return tree.sql(dialect="duckdb", comments=False, normalize=True)
