"""Segments: the latest computation counts, and a member may be in none."""

import pytest

from schemas.business_time import DAY_MS
from schemas.record.segment import NO_SEGMENT
from tests.unit.processors.made_document import campaign, engine, fixed, journey_engine
from tests.unit.processors.test_refusal import reason_of
from tests.unit.schemas.made_record import NOON_MS, assignment, receipt


@pytest.mark.parametrize(
    ("segments", "outcomes", "left"),
    [
        pytest.param([("a", 0), ("b", 1)], ["DECIDED", "DECIDED"], "b", id="a-later-one-replaces-it"),
        pytest.param([("a", 1), ("b", 0)], ["DECIDED", "REFUSED"], "a", id="an-older-one-does-not"),
        pytest.param([("a", 1), ("a", 1)], ["DECIDED", "DECIDED"], "a", id="the-same-again"),
        pytest.param([("a", 0), (NO_SEGMENT, 1)], ["DECIDED", "DECIDED"], "none", id="who-left"),
        pytest.param([(NO_SEGMENT, 1), ("a", 0)], ["DECIDED", "REFUSED"], "none", id="who-left-stays-away"),
    ],
)
def test_the_latest_computation_counts(segments: list[tuple[str, int]], outcomes: list[str], left: str) -> None:
    """Two segmenters, or a log that is read again, never bring an old segment back."""
    made = journey_engine()
    sent = [
        made.send(assignment(segment=segment, computed_at_ms=NOON_MS + later_ms), log_time_ms=NOON_MS + 10)
        for segment, later_ms in segments
    ]
    assert [entry.outcome for entry in sent] == outcomes
    assert {reason_of(entry) for entry in sent if entry.outcome == "REFUSED"} <= {"OUTDATED_SEGMENT"}
    assert made.desks[0].store.get("m/journey/h7").segments == {"abc": left}


def test_each_set_has_its_time() -> None:
    """An older computation of another set is news."""
    made = journey_engine()
    for segment_set, at_ms in (("abc", NOON_MS), ("activity", NOON_MS - 1)):
        assert made.send(assignment(segment_set=segment_set, computed_at_ms=at_ms)).outcome == "DECIDED"


def test_a_computation_far_ahead_of_the_log_is_refused() -> None:
    """No right one could replace it until then."""
    made = journey_engine()
    just_right, too_far = (
        made.send(assignment(computed_at_ms=NOON_MS + ahead_ms), log_time_ms=NOON_MS)
        for ahead_ms in (DAY_MS, DAY_MS + 1)
    )
    assert just_right.outcome == "DECIDED"
    assert reason_of(too_far) == "OCCURRED_AT_IN_FUTURE"


def test_a_rule_for_a_segment_leaves_out_who_left_the_set() -> None:
    """As it leaves out who never was in it."""
    made = engine(campaign("c", fixed(5, when={"segment": {"set": "abc", "any_of": ["a"]}})))
    points = []
    for number, segment in enumerate(("a", NO_SEGMENT)):
        made.send(assignment(segment=segment, computed_at_ms=NOON_MS - 10 + number))
        made.send(receipt(receipt_number=str(number)))
        points.append(made.points("h7"))
    assert points == [5, 5]
