"""The repository keeps its own house rules."""

from pathlib import PurePosixPath

import pytest

from tests.tidy.effect import find_print
from tests.tidy.finding import PACKAGES, Rule
from tests.tidy.tree import PYTHON_RULES, ROOT, TEXT_RULES, apply_rule, find_in_tree, read_tree


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.__name__) for rule in (*PYTHON_RULES, *TEXT_RULES)])
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    """No file breaks the rule; what does is listed with its line and with what to do."""
    findings = find_in_tree(rule)
    assert not findings, "\n" + "\n".join(map(str, findings))


def test_the_rules_see_the_packages_and_themselves() -> None:
    """A listing that lost the sources would let every rule pass."""
    seen = {str(path) for path, _ in read_tree()}
    assert {f"{package}/__init__.py" for package in PACKAGES} <= seen
    assert {"pyproject.toml", "Makefile", "tests/tidy/test_tree.py"} <= seen
    assert not any(name.startswith(".venv/") for name in seen)
    assert (ROOT / "LICENSE").is_file()


def test_a_module_that_is_no_python_is_found() -> None:
    """Syntax that the oldest supported Python cannot read is named by line, as any other finding."""
    path = PurePosixPath("schemas/lot.py")
    assert [found.line for found in apply_rule(find_print, path, "a = 1\nb = (\n")] == [2]
