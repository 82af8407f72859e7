"""What a notebook takes from `snippets`: the statements that it needs, no more."""

import ast
import re
from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path

from publishing import pages

_MARKER = re.compile(r"^\s*# --8<--.*\n", re.M)
_Name = tuple[str, str]  # of a module, and in it


def imported(code: str) -> list[_Name]:
    """The names that the code imports from snippets."""
    return [
        (statement.module, alias.name)
        for statement in ast.walk(ast.parse(code))
        if _is_ours(statement)
        for alias in statement.names
    ]


def sources(root: Path, names: Iterable[_Name]) -> dict[str, str]:
    """Modules that hold the names and what these need, each behind those it imports.

    Raises LookupError if there is no such module, or it has no such name.
    """
    modules: dict[str, _Module] = {}
    wanted = list(names)
    while wanted:
        name, value = wanted.pop()
        if name not in modules:
            modules[name] = _Module(root, name)
        wanted += modules[name].take(value)
    above = {name: sorted(module.above) for name, module in modules.items()}
    order = TopologicalSorter(above).static_order()
    return {name: modules[name].source() for name in order}


class _Module:
    def __init__(self, root: Path, name: str):
        path = root.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if not path.exists():
            raise LookupError(f"there is no {name}")
        self.name, self.lines = name, path.read_text(encoding="utf-8").splitlines()
        self.statements = pages.parsed(path).body
        self.by_name = {
            name: statement
            for statement in self.statements
            for name in _defined(statement)
        }
        self.taken: dict[ast.stmt, set[str]] = {}
        self.above: set[str] = set()  # modules that this one imports

    def take(self, name: str) -> list[_Name]:
        """Takes what defines the name; returns what that needs."""
        if name not in self.by_name:
            raise LookupError(f"{self.name} has no {name}")
        statement = self.by_name[name]
        known = self.taken.setdefault(statement, set())
        if name in known:
            return []
        known.add(name)
        if _is_ours(statement):
            self.above.add(statement.module)
            return [(statement.module, name)]
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        return [(self.name, each) for each in sorted(used & self.by_name.keys())]

    def source(self) -> str:
        parts = [self.text(each) for each in self.statements if each in self.taken]
        return "\n".join(parts)

    def text(self, statement: ast.stmt) -> str:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names = [
                alias
                for alias in statement.names
                if _bound(alias) in self.taken[statement]
            ]
            fields = dict(ast.iter_fields(statement)) | {"names": names}
            return ast.unparse(type(statement)(**fields))
        decorators = getattr(statement, "decorator_list", [])
        first = min(each.lineno for each in (statement, *decorators))
        text = "\n".join(self.lines[first - 1 : statement.end_lineno])
        # a blank line sets off what has a body
        return f"\n{_MARKER.sub('', text)}\n" if hasattr(statement, "body") else text


def _is_ours(statement: ast.AST) -> bool:
    """Whether it imports from snippets."""
    return (
        isinstance(statement, ast.ImportFrom)
        and statement.module.partition(".")[0] == "snippets"
    )


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _defined(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {_bound(alias) for alias in statement.names}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        nodes = ast.walk(statement)
        return {
            node.id
            for node in nodes
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    return set()
