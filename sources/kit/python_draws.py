"""The draw of `sources/kit/draws.py` for what is no row, such as a file: the same number as in SQL."""

import hashlib


def draw(seed: int, table: str, key: str, stream: str) -> float:
    """Uniform in [0, 1): a function of seed, table, stream and key."""
    digest = hashlib.md5(f"{seed}|{table}|{stream}|{key}".encode(), usedforsecurity=False).digest()
    return float(int.from_bytes(digest[8:], "little") >> 11) / 9007199254740992.0
