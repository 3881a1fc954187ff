"""Types of MySQL columns, as `world.yaml` writes them: `bigint unsigned not null`, `enum('open', 'paid')`."""

import re
from typing import NamedTuple

from benchmark.spelling import allowed_names

INTEGERS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
"""Type -> bits."""
_ALIASES = {
    "integer": "int", "boolean": "tinyint", "bool": "tinyint", "numeric": "decimal", "dec": "decimal", "real": "double",
    "double precision": "double", "character varying": "varchar", "character": "char",
}  # fmt: skip
FLOATS = ("float", "double")
TIMES = ("date", "datetime", "timestamp")
"""Types that have a zero value, `0000-00-00`."""
TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext")
BINARIES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_CHOICES = ("enum", "set")
_NUMBERS = (*INTEGERS, *FLOATS, "decimal")
_NEEDS_LENGTH = ("varchar", "varbinary")
_LIMITS = {
    "char": 255, "varchar": 16_383, "binary": 255, "varbinary": 65_535, "bit": 64, "datetime": 6, "timestamp": 6,
    "time": 6, "year": 4,
}  # fmt: skip
"""Type -> the largest number in its brackets."""
_LARGEST_PRECISION, _LARGEST_SCALE = 65, 30
_NO_KEY = ("tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob", "json")
KNOWN = (*INTEGERS, *FLOATS, "decimal", "bit", *TIMES, "time", "year", *TEXTS, *BINARIES, *_CHOICES, "json")

_TYPE = re.compile(
    r"""(?P<name>double\s+precision|character\s+varying|[a-z]+)
    (?:\s*\((?P<size>(?:'(?:[^']|'')*'|[^'()])*)\))?
    (?P<rest>(?:\s+[a-z0-9_]+)*)""",
    re.VERBOSE | re.IGNORECASE,
)
_OPTION = re.compile(r"unsigned|zerofill|not\s+null|null|(?:character\s+set|charset|collate)\s+\w+", re.IGNORECASE)


class MysqlType(NamedTuple):
    """One type, taken apart."""

    name: str
    """In small letters, aliases resolved."""
    size: str
    """What stands in the brackets; empty: nothing."""
    options: tuple[str, ...]
    """`unsigned`, `not null`, `character set latin1`, …, in small letters."""

    @property
    def can_be_key(self) -> bool:
        """Whether a primary key may have it."""
        return self.name not in _NO_KEY

    @property
    def character_set(self) -> str:
        """The character set that it names; empty: none."""
        return next((option.split()[-1] for option in self.options if option.startswith("char")), "")


def parse_type(text: str) -> MysqlType:
    """Take a type apart.

    Raises:
        ValueError: MySQL has no such type, or it says something that the type cannot have.
    """
    found = _TYPE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"'{text}' is no type of MySQL; write it as in create table: bigint unsigned not null")
    written = " ".join(found["name"].lower().split())
    name = _ALIASES.get(written, written)
    if name not in KNOWN:
        raise ValueError(f"MySQL has no type '{written}'; {allowed_names(name, KNOWN)}")
    rest = found["rest"].strip()
    options = tuple(" ".join(option.lower().split()) for option in _OPTION.findall(rest))
    if "".join(options).replace(" ", "") != "".join(rest.lower().split()):
        raise ValueError(
            f"'{rest}' after type {written}: allowed are unsigned, zerofill, not null, character set …, collate …"
        )
    kind = MysqlType(name, "1" if written in ("bool", "boolean") else (found["size"] or "").strip(), options)
    _check_size(kind)
    _check_options(kind)
    return kind


def _check_size(kind: MysqlType) -> None:
    name, size = kind.name, kind.size
    if name in _CHOICES:
        if not re.fullmatch(r"'(?:[^']|'')*'(?:\s*,\s*'(?:[^']|'')*')*", size):
            raise ValueError(f"type {name} needs its values: {name}('open', 'paid')")
        return
    if name == "decimal":
        precision, _, scale = (size or "10,0").partition(",")
        if not precision.strip().isdigit() or not (scale or "0").strip().isdigit():
            raise ValueError(f"type decimal({size}): write decimal(PRECISION, SCALE)")
        if not int(scale or 0) <= int(precision) <= _LARGEST_PRECISION or int(scale or 0) > _LARGEST_SCALE:
            raise ValueError(
                f"type decimal({size}): at most {_LARGEST_PRECISION} digits, {_LARGEST_SCALE} of them fractions"
            )
        return
    if name in _NEEDS_LENGTH and not size:
        raise ValueError(f"type {name} needs a length: {name}(100)")
    if name in FLOATS:
        if size:
            raise ValueError(f"type {name}({size}): MySQL has given up sizes of {name}; leave it out")
        return
    if size and (not size.isdigit() or (name not in _LIMITS and name not in INTEGERS)):
        raise ValueError(f"type {name}({size}): {name} has no such size")
    if size and name in _LIMITS and int(size) > _LIMITS[name]:
        raise ValueError(f"type {name}({size}): at most {name}({_LIMITS[name]})")


def _check_options(kind: MysqlType) -> None:
    for option in kind.options:
        if option in ("unsigned", "zerofill") and kind.name not in _NUMBERS:
            raise ValueError(f"type {kind.name}: only numbers can be {option}")
        if option.startswith(("char", "collate")) and kind.name not in (*TEXTS, *_CHOICES):
            raise ValueError(f"type {kind.name}: only texts have a {option.rsplit(' ', 1)[0]}")
