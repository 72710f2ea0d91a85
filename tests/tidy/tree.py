"""The files that the house rules look at, and which rule looks at which."""

import subprocess
from functools import cache
from pathlib import Path, PurePosixPath

from tests.tidy import effect, shape, wording
from tests.tidy.finding import Finding, Rule

ROOT = Path(__file__).resolve().parents[2]

#: Rules on the syntax of Python modules.
PYTHON_RULES: tuple[Rule, ...] = (
    shape.find_long_module,
    shape.find_long_function,
    shape.find_many_parameters,
    shape.find_empty_name,
    shape.find_busy_init,
    effect.find_print,
    effect.find_float,
    effect.find_clock,
    effect.find_skip,
    effect.find_sleep,
    wording.find_sql,
)
#: Rules on every text file.
TEXT_RULES: tuple[Rule, ...] = (wording.find_put_off, wording.find_machine_path, wording.find_registry_host)


@cache
def read_tree() -> tuple[tuple[PurePosixPath, str], ...]:
    """Each text file that is in the repository or would be with the next commit, by path.

    Raises:
        subprocess.CalledProcessError: the folder is no git repository, which says what files count.
    """
    # `safe.directory`: the checkout may belong to another account, as in a container.
    git = ["git", "-c", "safe.directory=*"]
    command = [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    files = []
    for name in sorted(set(listed.split("\0")) - {""}):
        try:
            content = (ROOT / name).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            continue  # deleted and not yet committed, or a repository within this one
        if b"\0" not in content:
            files.append((PurePosixPath(name), content.decode(errors="replace")))
    return tuple(files)


def find_in_tree(rule: Rule) -> list[Finding]:
    """What `rule` finds in the whole repository, by path and line."""
    return [
        finding
        for path, text in read_tree()
        if rule in TEXT_RULES or path.suffix == ".py"
        for finding in sorted(apply_rule(rule, path, text), key=lambda one: (one.line, one.message))
    ]


def apply_rule(rule: Rule, path: PurePosixPath, text: str) -> list[Finding]:
    """What `rule` finds in one file; that the file is no Python 3.11 is a finding too."""
    try:
        return rule(path, text)
    except SyntaxError as error:
        return [Finding(path, error.lineno or 1, f"Python 3.11 cannot read it: {error.msg}")]
