"""How property tests run: how many examples, and that CI always sees the same ones."""

import os

from hypothesis import settings

_IS_CI = bool(os.environ.get("CI"))

#: For what costs microseconds.
MANY = settings(max_examples=200, deadline=None, derandomize=_IS_CI)
#: For what runs some decisions.
SOME = settings(max_examples=50, deadline=None, derandomize=_IS_CI)
#: For what runs a whole history, or draws a whole entry.
FEW = settings(max_examples=20, deadline=None, derandomize=_IS_CI)
