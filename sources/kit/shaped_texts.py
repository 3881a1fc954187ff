"""Numbers written in the shape of other texts: `C-0042` and 1,234,567 give `C-1234567`.

Small letters, capitals and digits stand where they stood in the text; all other characters stay, and so does what all
texts begin with, up to the first digit. Where a shape has too few texts for every number, its last run of letters or
digits grows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy

_ALPHABETS = {"9": "0123456789", "a": "abcdefghijklmnopqrstuvwxyz", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_SHAPE = str.maketrans({letter: place for place, alphabet in _ALPHABETS.items() for letter in alphabet})


def shaped_texts(texts: Sequence[str], numbers: "numpy.ndarray", n_numbers: int) -> list[str]:
    """Write each number in the shape of its text.

    Args:
        texts: Of all entities of a kind, perhaps several times.
        numbers: One for each text, all different, from 0; int64.
        n_numbers: Above every number that there may ever be; the length of the results depends on it.

    Returns:
        Texts that differ from one another and from all the given ones, also for other numbers of the same texts.
    """
    prefix = _common_prefix(texts)
    known = set(texts)
    places_of: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        places_of.setdefault(text[len(prefix) :].translate(_SHAPE), []).append(place)
    written = [""] * len(texts)
    for shape, places in places_of.items():
        grown = _grown(shape, n_numbers)
        while places:
            waiting = []
            for place, text in zip(places, _write(grown, numbers[places]), strict=True):
                written[place] = prefix + text
                if written[place] in known:
                    waiting.append(place)
            # One character more: so no two numbers ever give the same text.
            places, grown = waiting, _grown(grown, _capacity(grown) + 1)
    return written


def _common_prefix(texts: Sequence[str]) -> str:
    low, high = min(texts, default=""), max(texts, default="")
    if low == high:
        return ""
    prefix = ""
    for one, other in zip(low, high, strict=False):
        if one != other or one.isdigit():
            break
        prefix += one
    return prefix


def _capacity(shape: str) -> int:
    """How many texts have a shape."""
    n = 1
    for place in shape:
        n *= len(_ALPHABETS.get(place, " "))
    return n


def _grown(shape: str, n: int) -> str:
    """The shape with its last run of variable characters made long enough for n texts."""
    variable = [position for position, place in enumerate(shape) if place in _ALPHABETS]
    if not variable:
        shape, variable = f"{shape}9", [len(shape)]
    last = variable[-1]
    while _capacity(shape) < n:
        shape = shape[: last + 1] + shape[last] + shape[last + 1 :]
    return shape


def _write(shape: str, numbers: "numpy.ndarray") -> list[str]:
    """The numbers in the places of a shape; the last place counts ones."""
    import numpy as np

    characters = np.empty((len(numbers), len(shape)), dtype="U1")
    weight = 1
    for position in range(len(shape) - 1, -1, -1):
        alphabet = _ALPHABETS.get(shape[position])
        if alphabet is None:
            characters[:, position] = shape[position]
            continue
        digits = (numbers // weight) % len(alphabet) if weight < 2**63 else np.zeros(len(numbers), dtype=np.int64)
        characters[:, position] = np.array(list(alphabet))[digits]
        weight *= len(alphabet)
    return [str(text) for text in characters.view(f"U{len(shape)}").ravel()]
