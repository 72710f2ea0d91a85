"""Each house rule finds a made-up violation, and leaves alone what only looks like one.

Words and paths that the rules ban are put together here from halves: these tables are read by the rules too.
"""

from pathlib import PurePosixPath

import pytest

from tests.tidy import effect, shape, wording
from tests.tidy.finding import Rule
from tests.tidy.tree import PYTHON_RULES, TEXT_RULES

SLASH = "/"
DOT = "."


def _lines(count: int, docstring: str = "Gives a lot.") -> str:
    return f'"""{docstring}"""\n' + "A = 1\n" * (count - 1)


def _function(count: int, docstring: str = "Gives a lot.") -> str:
    return f'def spend():\n    """{docstring}"""\n' + "    a = 1\n" * (count - 2)


FOUND = [
    (shape.find_long_module, "schemas/lot.py", _lines(301), 1),
    (shape.find_long_module, "schemas/lot.py", _lines(401, "Stays whole: one table."), 1),
    (shape.find_long_function, "schemas/lot.py", _function(71), 1),
    (shape.find_many_parameters, "schemas/lot.py", "def spend(a, b, /, c, d, *, e, f): ...", 1),
    (
        shape.find_many_parameters,
        "schemas/lot.py",
        "class A:\n  def spend(self, a, b, c, d, *e, **f): ...",
        2,
    ),
    (shape.find_many_parameters, "schemas/lot.py", "def f(a: Annotated[int, 1], b, c, d, e, f): ...", 1),
    (shape.find_empty_name, "schemas/utils.py", "", 1),
    (shape.find_empty_name, "processors/common/lot.py", "", 1),
    (shape.find_empty_name, "processors/_helpers.py", "", 1),
    (shape.find_busy_init, "schemas/__init__.py", '"""Money."""\nfrom schemas.money import Money\n', 2),
    (shape.find_busy_init, "schemas/__init__.py", "", 1),
    (effect.find_print, "services/api/page.py", "a = 1\nprint(a)\n", 2),
    (effect.find_print, "services/client.py", "print(1)", 1),
    (effect.find_float, "processors/lot.py", "a = 1\nb = 0.5\n", 2),
    (effect.find_float, "schemas/money.py", "a = 1e3", 1),
    (effect.find_float, "schemas/money.py", "a = float('1')", 1),
    (effect.find_float, "processors/lot.py", "a = b / 2", 1),
    (effect.find_float, "processors/lot.py", "a /= 2", 1),
    (effect.find_clock, "processors/lot.py", "from datetime import datetime as d\nd.now()", 2),
    (effect.find_clock, "schemas/lot.py", "import datetime\ndatetime.datetime.now(tz)", 2),
    (effect.find_clock, "schemas/lot.py", "import time as t\nt.time()", 2),
    (effect.find_clock, "schemas/lot.py", "from time import time_ns\nclock = time_ns", 2),
    (effect.find_clock, "processors/draw.py", "import random\nrandom.choice(a)", 2),
    (effect.find_clock, "processors/draw.py", "import os\nos.environ['A']", 2),
    (effect.find_skip, "tests/unit/test_lot.py", "import pytest\npytest.skip('no broker')", 2),
    (effect.find_skip, "tests/unit/test_lot.py", "import pytest\n@pytest.mark.skipif(a)\ndef test(): ...", 2),
    (effect.find_skip, "tests/unit/test_lot.py", "from pytest import importorskip as need\nneed('x')", 2),
    (effect.find_sleep, "tests/unit/test_lot.py", "import time\ntime.sleep(1)", 2),
    (effect.find_sleep, "tests/unit/test_lot.py", "import asyncio\nawait_(asyncio.sleep(1))", 2),
    (wording.find_put_off, "docs/lot.md", f"A lot.\n{'TO'}DO: more\n", 2),
    (wording.find_put_off, "schemas/lot.py", f"# {'FIX'}ME", 1),
    (wording.find_machine_path, "docs/run.md", f"cd {SLASH}work{SLASH}main", 1),
    (wording.find_machine_path, "deploy/a.yaml", f"path: '{SLASH}home{SLASH}me/x'", 1),
    (wording.find_machine_path, "Makefile", f"A := {SLASH}root{SLASH}.cache", 1),
    (wording.find_registry_host, "requirements/a.lock", f"--index-url https://pypi{DOT}org/simple", 1),
    (wording.find_registry_host, "requirements/a.lock", f"https://files.pythonhosted{DOT}org/a", 1),
    (wording.find_registry_host, "deploy/pom.xml", f"<url>https://repo.maven.apache{DOT}org/maven2</url>", 1),
    (wording.find_registry_host, "deploy/compose.yaml", f"image: docker{DOT}io/apache/kafka", 1),
    (wording.find_sql, "eventlog/log.py", "a = 'SELECT 1'", 1),
    (wording.find_sql, "projections/log.py", "a = f'''\n  -- all\n  UPDATE {t} SET b = 1'''", 1),
    (wording.find_sql, "services/log.py", "run('insert into lot values (1)')", 1),
    (wording.find_sql, "services/log.py", "run('CREATE UNIQUE INDEX lot_key ON lot (id)')", 1),
    (wording.find_sql, "processors/log.py", "run('WITH a AS (SELECT 1) SELECT * FROM a')", 1),
    (wording.find_sql, "projections/log.py", "run('DELETE FROM lot')", 1),
]

LEFT_ALONE = [
    (shape.find_long_module, "schemas/lot.py", _lines(300)),
    (shape.find_long_module, "schemas/lot.py", _lines(400, "Lots. Stays whole: one table.")),
    (shape.find_long_function, "schemas/lot.py", _function(70)),
    (shape.find_long_function, "schemas/lot.py", _function(90, "Spends. Stays whole: one list.")),
    (shape.find_many_parameters, "schemas/lot.py", "class A:\n  def spend(self, a, b, c, d, e): ..."),
    (
        shape.find_many_parameters,
        "schemas/lot.py",
        "class A:\n  def __init__(self, *, a, b, c, d, e, f): ...",
    ),
    (shape.find_many_parameters, "schemas/lot.py", "def f(a, b, c, d, e, g):\n  '''Stays whole: a row.'''"),
    (shape.find_many_parameters, "tests/unit/test_lot.py", "def test_lot(a, b, c, d, e, f): ..."),
    (shape.find_many_parameters, "services/api/lot.py", "def f(a: Annotated[int, 1], b, c, d, e, f): ..."),
    (shape.find_empty_name, "schemas/database.py", ""),
    (shape.find_empty_name, "tests/unit/test_baseline.py", ""),
    (shape.find_busy_init, "schemas/__init__.py", '"""Money and time."""\n'),
    (shape.find_busy_init, "schemas/lot.py", "import ast"),
    (effect.find_print, "services/cli/main.py", "print(1)"),
    (effect.find_print, "services/demo/run.py", "print(1)"),
    (effect.find_print, "services/api/page.py", "console.print(1)"),
    (effect.find_float, "processors/worker/loop.py", "wait = 0.5"),
    (effect.find_float, "services/api/page.py", "wait = float('0.5') / 2"),
    (effect.find_float, "processors/lot.py", "a = 7 // 2"),
    (effect.find_clock, "processors/worker/loop.py", "import time\ntime.monotonic()"),
    (effect.find_clock, "services/api/page.py", "import time\ntime.time()"),
    (effect.find_clock, "processors/lot.py", "from datetime import date\ndate.fromordinal(1)"),
    (effect.find_clock, "processors/lot.py", "def decide(random):\n  return random.choice"),
    (effect.find_skip, "tests/unit/test_lot.py", "import pytest\npytest.mark.parametrize('a', [])"),
    (effect.find_sleep, "tests/waiting.py", "import time\ntime.sleep(0.01)"),
    (effect.find_sleep, "tests/unit/test_lot.py", "import asyncio\nx(asyncio.sleep(0))"),
    (effect.find_sleep, "services/api/page.py", "import time\ntime.sleep(1)"),
    (wording.find_put_off, "docs/lot.md", "what is left to do; METODO"),
    (wording.find_machine_path, "docs/run.md", "see docs/work/main and https://a.example/home/page"),
    (wording.find_machine_path, "Makefile", "$(HOME)/work/a ./root/b ~/home/c"),
    (wording.find_registry_host, "deploy/pom.xml", 'xmlns="http://maven.apache.org/POM/4.0.0"'),
    (wording.find_sql, "services/page.py", "a = 'Select a card from the list'"),
    (wording.find_sql, "services/page.py", "a = 'selects'\nb = 'Update the card'\nc = 'SELECTED'"),
    (wording.find_sql, "services/page.py", 'def f():\n  """SELECT is what it runs."""'),
    (wording.find_sql, "tests/unit/test_lot.py", "a = 'SELECT 1'"),
]


@pytest.mark.parametrize(("rule", "path", "text", "line"), FOUND)
def test_a_rule_finds_its_violation(rule: Rule, path: str, text: str, line: int) -> None:
    """The finding names the file and the line where the violation begins."""
    findings = rule(PurePosixPath(path), text)
    assert {(str(found.path), found.line) for found in findings} == {(path, line)}
    assert str(findings[0]).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(("rule", "path", "text"), LEFT_ALONE)
def test_a_rule_leaves_alone_what_only_looks_like_a_violation(rule: Rule, path: str, text: str) -> None:
    """A rule that cries wolf is soon switched off."""
    assert rule(PurePosixPath(path), text) == []


def test_every_rule_has_a_made_up_violation() -> None:
    """A new rule comes with a row in both tables."""
    rules = {*PYTHON_RULES, *TEXT_RULES}
    assert {row[0] for row in FOUND} == rules
    assert {row[0] for row in LEFT_ALONE} == rules
