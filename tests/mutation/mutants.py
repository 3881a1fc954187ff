"""Mutants of our own code: mutmut's operators, applied to one module at a time, and a sample of what they give."""

import ast
import difflib
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode


class Mutant(NamedTuple):
    """One change of one module."""

    id: str
    """Digest of the path, the function, the place in it and the change: changes elsewhere leave it as it is."""
    path: str
    """From the root of the repository."""
    function: str
    """Dotted name inside the module; empty = the module itself."""
    line: int
    change: str
    """Lines taken away and put in."""
    source: str
    """The whole changed module."""


class _Module:
    """A module and every change that mutmut's operators make in it."""

    def __init__(self, root: Path, path: str) -> None:
        self.path = path
        self.source = (root / path).read_text()
        self._wrapper = MetadataWrapper(libcst.parse_module(self.source))
        visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
        self._wrapper.visit(visitor)
        self.mutations = [found for found in visitor.mutations if not _is_of_case_only(found)]
        self._functions = function_names(self.source)
        self._bytes = self.source.encode()
        self._spans = self._wrapper.resolve(ByteSpanPositionProvider)

    def sample(self, n_wanted: int, generator: random.Random) -> Iterator[Mutant]:
        """So many mutants at random; fewer where there are not as many."""
        seen: set[str] = set()
        for mutation in generator.sample(self.mutations, len(self.mutations)):
            mutant = self._mutant(mutation) if len(seen) < n_wanted else None
            if mutant and mutant.id not in seen:
                seen.add(mutant.id)
                yield mutant

    def _changed(self, mutation: Mutation) -> str:
        """The whole source with the change."""
        module = self._wrapper.module
        old, new = (module.code_for_node(node) for node in (mutation.original_node, mutation.mutated_node))
        span = self._spans.get(mutation.original_node)
        if span and self._bytes[span.start : span.start + span.length] == old.encode():
            changed = self._bytes[: span.start] + new.encode() + self._bytes[span.start + span.length :]
            return str(changed, "utf-8")
        replaced = module.deep_replace(mutation.original_node, mutation.mutated_node)  # 100 times slower
        return str(replaced.code)

    def _mutant(self, mutation: Mutation) -> Mutant | None:
        """None where only layout differs."""
        changed = self._changed(mutation)
        if _is_same_program(self.source, changed):
            return None
        line, change = _describe(self.source, changed)
        function = self._functions.get(line, "")
        place = line - min((at for at, name in self._functions.items() if name == function), default=0)
        digest = hashlib.sha256("\n".join([self.path, function, str(place) if function else "", change]).encode())
        return Mutant(digest.hexdigest()[:10], self.path, function, line, change, changed)


def _is_of_case_only(mutation: Mutation) -> bool:
    """A text in capitals: SQL does not tell the difference, and the same text is mutated in another way, too."""
    old, new = mutation.original_node, mutation.mutated_node
    if not isinstance(old, libcst.SimpleString) or not isinstance(new, libcst.SimpleString):
        return False
    return bool(old.value.lower() == new.value.lower())


def _is_same_program(source: str, changed: str) -> bool:
    """Whether only layout differs; what does not even compile is no mutant either."""
    try:
        return ast.dump(ast.parse(source)) == ast.dump(ast.parse(changed))
    except SyntaxError:
        return True


def _describe(source: str, changed: str) -> tuple[int, str]:
    """The first line that differs, and all lines that do."""
    before, after = source.splitlines(), changed.splitlines()
    opcodes = [code for code in difflib.SequenceMatcher(None, before, after, False).get_opcodes() if code[0] != "equal"]
    lines = []
    for _, start, end, new_start, new_end in opcodes:
        lines += [f"- {line.strip()}" for line in before[start:end]]
        lines += [f"+ {line.strip()}" for line in after[new_start:new_end]]
    return opcodes[0][1] + 1, "\n".join(lines)


def function_names(source: str) -> dict[int, str]:
    """Line to the dotted name of the function or method that it is in; nested functions belong to the outer one."""
    names: dict[int, str] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                for line in range(start, (node.end_lineno or node.lineno) + 1):
                    names[line] = prefix + node.name

    visit(ast.parse(source).body, "")
    return names


def draw_sample(root: Path, package: str, n_wanted: int, seed: int) -> tuple[list[Mutant], int]:
    """A random sample of a package's mutants, and how many there are.

    Args:
        root: The repository.
        package: A folder from the root.
        n_wanted: Size of the sample, to within a few: each module gives its share, rounded up.
        seed: Same seed and same code, same sample.
    """
    modules = [_Module(root, path.relative_to(root).as_posix()) for path in sorted((root / package).rglob("*.py"))]
    n_all = sum(len(module.mutations) for module in modules)
    sample: list[Mutant] = []
    for module in modules:
        n_share = -(-n_wanted * len(module.mutations) // n_all)
        sample += module.sample(n_share, random.Random(f"{seed} {module.path}"))
    return sample, n_all
