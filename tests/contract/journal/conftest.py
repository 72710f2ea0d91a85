"""What the contract's modules need of pytest: their assertions explain themselves, like those of test modules."""

import pytest

pytest.register_assert_rewrite(
    *(
        f"tests.contract.journal.{name}"
        for name in ("input_contract", "message_contract", "parking_contract", "site", "state_contract")
    )
)
