"""Rules on the size, the names and the layout of modules and functions."""

import ast
from pathlib import PurePosixPath

from tests.tidy.finding import Finding, is_inside, parse_python

#: Lines; from here on the module's docstring says why it stays whole.
MODULE_LINES = 300
#: Lines; nobody keeps more than this in mind, whatever the docstring says.
MODULE_LINES_LIMIT = 400
#: Lines from `def` to the end: what fits on a screen.
FUNCTION_LINES = 70
#: Without `self`; more is a value type that was not found yet.
PARAMETERS = 5
#: Begins the sentence of a docstring that gives the reason for going over.
EXCUSE = "Stays whole:"
#: Names that say nothing of what a module holds, in both numbers.
EMPTY_NAMES = frozenset(
    name + end for name in ("util", "helper", "common", "base", "manager", "handler", "misc") for end in ("", "s")
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(text: str) -> list[_Function]:
    return [node for node in ast.walk(parse_python(text)) if isinstance(node, _Function)]


def _is_excused(node: ast.Module | _Function) -> bool:
    return EXCUSE in (ast.get_docstring(node) or "")


def find_long_module(path: PurePosixPath, text: str) -> list[Finding]:
    """A module over 300 lines that gives no reason, or over 400 with any."""
    lines = len(text.splitlines())
    if lines > MODULE_LINES_LIMIT:
        return [
            Finding(
                path,
                1,
                f"{lines} lines, and the limit is {MODULE_LINES_LIMIT}: it holds two things, split it",
            )
        ]
    if lines > MODULE_LINES and not _is_excused(parse_python(text)):
        return [Finding(path, 1, f'{lines} lines: split it, or say in its docstring why it "{EXCUSE} …"')]
    return []


def find_long_function(path: PurePosixPath, text: str) -> list[Finding]:
    """A function over 70 lines that gives no reason."""
    return [
        Finding(path, node.lineno, f'{node.name} has {lines} lines: split it, or say why it "{EXCUSE} …"')
        for node in _functions(text)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES and not _is_excused(node)
    ]


def find_many_parameters(path: PurePosixPath, text: str) -> list[Finding]:
    """A function with over five parameters that gives no reason.

    Not counted: the fields of a value type that writes its own keyword-only `__init__`, the columns and
    fixtures of a test, and what `Annotated` declares in `services`, where it is an option of a command or a
    part of a request.
    """
    return [
        Finding(path, node.lineno, f'{node.name} takes {count}: find the value type, or say why it "{EXCUSE} …"')
        for node in _functions(text)
        if (count := _count_parameters(path, node)) > PARAMETERS and not _is_excused(node)
    ]


def _count_parameters(path: PurePosixPath, node: _Function) -> int:
    if node.name.startswith("test_") and is_inside(path, "tests"):
        return 0
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    if positional and positional[0].arg in ("self", "cls", "mcs"):
        del positional[0]
    if node.name == "__init__" and not positional:
        return 0
    every = [*positional, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    if is_inside(path, "services"):
        every = [one for one in every if "Annotated[" not in ast.unparse(one)]
    return len(every)


def find_empty_name(path: PurePosixPath, text: str) -> list[Finding]:
    """A module or folder whose name says nothing of what it holds."""
    del text  # the name alone is looked at
    return [
        Finding(path, 1, f'"{name}" says nothing: name the module by the thing it holds')
        for name in path.with_suffix("").parts
        if name.strip("_") in EMPTY_NAMES
    ]


def find_busy_init(path: PurePosixPath, text: str) -> list[Finding]:
    """An `__init__.py` that does anything but name the package's purpose."""
    if path.name != "__init__.py":
        return []
    tree = parse_python(text)
    findings = []
    if not ast.get_docstring(tree):
        findings.append(Finding(path, 1, "no docstring: say what the package is for"))
    findings += [
        Finding(path, node.lineno, "only a docstring belongs here: import from the module that defines")
        for node in tree.body
        if not (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
    ]
    return findings
