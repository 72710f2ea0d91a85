"""What the contract's modules need of pytest: their assertions explain themselves, like those of test modules."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.contract.eventlog.{name}" for name in ("drive", "group_contract", "reader_contract", "writer_contract"))
)
