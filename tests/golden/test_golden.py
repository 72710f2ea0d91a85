"""The golden tables: what the rules mean, one row a case, the arithmetic beside it."""

import pytest

from tests.golden.case import FOLDER, Case, load_table
from tests.golden.play import Play

TABLES = sorted(FOLDER.glob("*.yaml"))
CASES = [pytest.param(case, id=f"{path.stem}-{case.id}") for path in TABLES for case in load_table(path)]


@pytest.mark.parametrize("case", CASES)
def test_the_rules_give_what_the_table_says(case: Case) -> None:
    """Effects and postings are complete and in order; every entry balances (the engine asserts it)."""
    play = Play(case)
    assert play.outcomes == (case.expect.outcomes or play.outcomes)
    if case.expect.outcomes is None:
        assert set(play.outcomes) <= {"DECIDED", "PENDING", "TICKED"}
    assert play.effects() == case.expect.effects
    assert play.postings() == case.expect.postings
    if case.expect.shares:
        assert play.shares() == case.expect.shares


def test_every_case_has_a_name_and_a_reason_of_its_own() -> None:
    """A failure reads as a broken promise, so the promise is a sentence."""
    assert len(CASES) >= 50
    for path in TABLES:
        cases = load_table(path)
        assert len({case.id for case in cases}) == len(cases), path
        for case in cases:
            assert case.title.endswith("."), case.id
            assert len(case.arithmetic) > 5, case.id
