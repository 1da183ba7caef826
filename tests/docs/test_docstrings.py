"""Public docstrings are whole: every parameter and result described, every array by its shape."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from numpydoc.docscrape import NumpyDocString

PACKAGE = Path(__file__).parents[2] / "forensics"
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    # typer's help describes what commands take
    if "cli" not in path.parts and path.name not in ("__init__.py", "__main__.py")
)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Described = ast.ClassDef | Function
DTYPE = re.compile(
    r"\b(u?int(8|16|32|64)?|intp|float(32|64)?|bool|complex(64|128)?|integer|dtype)\b"
)
SHAPE = re.compile(r"\bshape\b|`shape`|\bsame\b")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_docstrings_are_whole(path: Path) -> None:
    assert not list(faults(path.read_text()))


def test_what_is_missing_is_told() -> None:
    module = '''
__all__ = ["Wave", "shifted"]
class Wave:
    """A wave"""
    @property
    def length(self) -> int:
        """Its length: in pixels."""
def shifted(wave, by: int, *, turned: bool) -> NDArray:
    """A wave, moved.

    Parameters
    ----------
    wave : ndarray
    turned : bool
        Whether it is upside down.

    Returns
    -------
    ndarray, shape (n,), float64
    """
'''
    assert list(faults(module)) == [
        "Wave: the first line does not end with a full stop: 'A wave'",
        "Wave.length: Sphinx takes what is before the colon for a type: 'Its length: in pixels.'",
        "shifted: the result (ndarray, shape (n,), float64) is not described",
        "shifted: by is not listed",
        "shifted: wave (ndarray) is not described",
        "shifted: wave (ndarray) has no shape",
        "shifted: wave (ndarray) has no dtype",
    ]


def faults(module: str) -> Iterator[str]:
    """What is wrong with the public docstrings of a module, a line each."""
    for name, node, owner in public(ast.parse(module)):
        text = ast.get_docstring(node)
        if text is None:
            yield f"{name}: no docstring"
            continue
        told = NumpyDocString(text)
        yield from (f"{name}: {fault}" for fault in _summary_faults(text, node))
        if isinstance(node, ast.ClassDef):
            taken = _fields(node)
        elif _is_property(node):
            taken = []
        else:
            taken = _taken(node, method=owner is not None)
            yield from (f"{name}: {fault}" for fault in _result_faults(told, node))
        inherits = isinstance(node, ast.ClassDef) and bool(node.bases)
        yield from (f"{name}: {fault}" for fault in _parameter_faults(told, taken, inherits))


def public(module: ast.Module) -> Iterator[tuple[str, Described, ast.ClassDef | None]]:
    """Functions and classes that `__all__` names, and public methods, each with its class."""
    named = _all(module)
    for node in module.body:
        if isinstance(node, Described) and node.name in named and not _is_overload(node):
            yield node.name, node, None
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner, node


def _all(module: ast.Module) -> set[str]:
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def _decorators(node: Described) -> set[str]:
    return {ast.unparse(each).partition("(")[0].rpartition(".")[2] for each in node.decorator_list}


def _is_overload(node: Described) -> bool:
    return "overload" in _decorators(node)


def _is_property(node: Function) -> bool:
    return bool({"property", "cached_property"} & _decorators(node))


def _taken(function: Function, *, method: bool = False) -> list[str]:
    """Names of what a function takes, starred as they are described."""
    spec = function.args
    names = [each.arg for each in (*spec.posonlyargs, *spec.args)]
    if method and "staticmethod" not in _decorators(function):
        names = names[1:]
    if spec.vararg:
        names.append(f"*{spec.vararg.arg}")
    names += [each.arg for each in spec.kwonlyargs]
    if spec.kwarg:
        names.append(f"**{spec.kwarg.arg}")
    return [name for name in names if not name.strip("*").startswith("_")]


def _fields(node: ast.ClassDef) -> list[str]:
    """What its maker takes: fields of a dataclass or named tuple, or parameters of `__init__`."""
    for inner in node.body:
        if isinstance(inner, Function) and inner.name == "__init__":
            return _taken(inner, method=True)
    if any(re.search(r"TypedDict$|Record$|^tuple", ast.unparse(base)) for base in node.bases):
        # Keys of a JSON object, whose docstring is a description in the OpenAPI; or a tuple.
        return []
    return [
        ast.unparse(inner.target)
        for inner in node.body
        if isinstance(inner, ast.AnnAssign)
        and not ast.unparse(inner.target).startswith("_")
        and not re.search(r"ClassVar|init=False", ast.unparse(inner))
    ]


def _summary_faults(text: str, node: Described) -> Iterator[str]:
    first, _, rest = text.partition("\n")
    if rest and not rest.startswith("\n"):
        yield f"the first sentence is longer than a line: {first!r}"
    elif not first.endswith("."):
        yield f"the first line does not end with a full stop: {first!r}"
    elif re.search(r"\w\w[.!?] [A-Z]", first):
        yield f"the first line is more than one sentence: {first!r}"
    if not isinstance(node, ast.ClassDef) and _is_property(node) and ":" in first:
        yield f"Sphinx takes what is before the colon for a type: {first!r}"


def _parameter_faults(told: NumpyDocString, taken: list[str], inherits: bool) -> Iterator[str]:
    described = [
        (name.strip().replace("\\", ""), entry.type, " ".join(entry.desc))
        for entry in (*told["Parameters"], *told["Other Parameters"], *told["Attributes"])
        for name in entry.name.split(",")
    ]
    names = [name for name, _, _ in described]
    for name in taken:
        if name not in names:
            yield f"{name} is not listed"
    if told["Parameters"] and taken and not inherits:  # else there are those of its base, too
        yield from (f"{name} is described and not taken" for name in names if name not in taken)
        if [name for name in names if name in taken] != [name for name in taken if name in names]:
            yield "parameters stand in another order than they are taken"
    for name, kind, words in described:
        if not kind:
            yield f"{name} has no type"
        if not words.strip():
            yield f"{name} ({kind}) is not described"
        yield from (f"{name} {fault}" for fault in _array_faults(kind, words))


def _result_faults(told: NumpyDocString, node: Function) -> Iterator[str]:
    given = ast.unparse(node.returns) if node.returns else "None"
    results = [*told["Returns"], *told["Yields"]]
    if told["Parameters"] and not results and given not in ("None", "NoReturn", "Never"):
        yield f"what is returned ({given}) is not listed"
    for entry in results:
        words = " ".join(entry.desc)
        if not words.strip():
            yield f"the result ({entry.type}) is not described"
        yield from (f"the result {fault}" for fault in _array_faults(entry.type, words))


def _array_faults(kind: str, words: str) -> Iterator[str]:
    if re.search(r"\bndarray\b", kind) and not kind.startswith("str, path-like"):
        told = kind if kind.startswith("ndarray") else f"{kind}: {words}"  # one of many kinds
        if not SHAPE.search(told):
            yield f"({kind}) has no shape"
        if not DTYPE.search(told):
            yield f"({kind}) has no dtype"
