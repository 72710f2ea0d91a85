"""Rules on what code may do: no float, clock or chance in the core, no sleep and no skip in tests."""

import ast
from pathlib import PurePosixPath

from tests.tidy.finding import Finding, imported_uses, is_inside, is_pure, parse_python

#: What a pure module is handed instead of asking for it; a name covers everything below it.
OUTSIDE = (
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *(f"time.{clock}{unit}" for clock in ("time", "monotonic", "perf_counter", "process_time") for unit in ("", "_ns")),
    *("time.localtime", "time.gmtime", "time.sleep"),
    *("os.environ", "os.getenv", "os.urandom", "uuid.uuid1", "uuid.uuid4", "random", "secrets"),
)
SKIPS = (
    *("pytest.skip", "pytest.importorskip", "pytest.mark.skip", "pytest.mark.skipif"),
    *("unittest.skip", "unittest.skipIf", "unittest.skipUnless", "unittest.SkipTest"),
)
SLEEPS = ("time.sleep", "asyncio.sleep", "anyio.sleep")
#: The one module under `tests` that may let time pass, between two looks at a condition.
WAITING = PurePosixPath("tests/waiting.py")


def find_print(path: PurePosixPath, text: str) -> list[Finding]:
    """A `print` outside the command line and the demo."""
    if is_inside(path, "services/cli", "services/demo"):
        return []
    return [
        Finding(path, node.lineno, "print: return the value, or log an event") for node in _named_calls(text, "print")
    ]


def find_float(path: PurePosixPath, text: str) -> list[Finding]:
    """A float where amounts are made: a literal, a call of `float`, and in the rules a true division."""
    if not is_pure(path):
        return []
    tree = parse_python(text)
    findings = [
        Finding(path, node.lineno, f"{node.value!r} is a float: count in whole units, shares in basis points")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    findings += [Finding(path, node.lineno, "float(): count in whole units") for node in _named_calls(text, "float")]
    if is_inside(path, "processors"):
        findings += [
            Finding(path, node.lineno, "`/` gives a float: use `//` and say where the rest goes")
            for node in ast.walk(tree)
            if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        ]
    return findings


def find_clock(path: PurePosixPath, text: str) -> list[Finding]:
    """A clock, the environment or chance in a pure module."""
    if not is_pure(path):
        return []
    return [
        Finding(path, node.lineno, f"{name} in a pure module: take the value as an argument")
        for node, name in imported_uses(parse_python(text))
        if any(name == one or (name.startswith(f"{one}.") and one != "time.time") for one in OUTSIDE)
    ]


def find_skip(path: PurePosixPath, text: str) -> list[Finding]:
    """A test that may be left out: what is missing is an error that says how to get it."""
    if not is_inside(path, "tests"):
        return []
    return [
        Finding(path, node.lineno, f"{name}: fail, and say how to get what is missing")
        for node, name in imported_uses(parse_python(text))
        if name in SKIPS
    ]


def find_sleep(path: PurePosixPath, text: str) -> list[Finding]:
    """A sleep in a test; `asyncio.sleep(0)` only gives way, and may stay."""
    if not is_inside(path, "tests") or path == WAITING:
        return []
    tree = parse_python(text)
    giving_way = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and [ast.unparse(a) for a in node.args] == ["0"]
    }
    return [
        Finding(path, node.lineno, f"{name}: wait on a condition with a limit, as {WAITING} does")
        for node, name in imported_uses(tree)
        if name in SLEEPS and id(node) not in giving_way
    ]


def _named_calls(text: str, name: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(parse_python(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
