"""Names, order and kinds of all topics, and what each carries.

Belongs here: what must be the same in every process of a cluster. The settings a broker gets for a topic
(retention, replication) belong to the log adapters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["DEAD_LETTER_SUFFIX", "INPUTS", "JOURNAL", "MESSAGES", "EntityKind", "Input", "dead_letter_topic"]


class EntityKind(Enum):
    """What a record is addressed to; the value stands in entries and never changes."""

    MEMBER = "member"
    CODE = "code"
    CAMPAIGN = "campaign"
    #: The partition itself: rule books, operators' instructions, ticks.
    PARTITION = "partition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One topic that workers read."""

    #: Full topic name.
    name: str
    #: Name of the schema its records have, as in `schemas.codec`; empty for messages, which have several.
    schema: str
    #: Which entity decides its records; `None` for messages, whose headers tell.
    entity_kind: EntityKind | None
    #: Whether producers outside the engine may write it.
    is_public: bool


JOURNAL = "engine.journal.v1"
MESSAGES = "engine.message.v1"
DEAD_LETTER_SUFFIX = ".dlq"

#: In the order that decides between heads with the same log time: first what changes the rules, then what they
#: apply to, messages last. The order is part of a claim.
INPUTS: tuple[Input, ...] = (
    Input(
        name="engine.operator.instructed.v1",
        schema="kopilka.engine.v1.OperatorInstructed",
        entity_kind=EntityKind.PARTITION,
        is_public=False,
    ),
    Input(
        name="promo.programme.changed.v1",
        schema="kopilka.promo.v1.ProgrammeChanged",
        entity_kind=EntityKind.CAMPAIGN,
        is_public=True,
    ),
    Input(
        name="promo.campaign.published.v1",
        schema="kopilka.promo.v1.CampaignPublished",
        entity_kind=EntityKind.CAMPAIGN,
        is_public=True,
    ),
    Input(
        name="promo.code.issued.v1",
        schema="kopilka.promo.v1.CodeIssued",
        entity_kind=EntityKind.CODE,
        is_public=True,
    ),
    Input(
        name="sales.receipt.recorded.v1",
        schema="kopilka.sales.v1.ReceiptRecorded",
        entity_kind=EntityKind.MEMBER,
        is_public=True,
    ),
    Input(
        name="sales.receipt.returned.v1",
        schema="kopilka.sales.v1.ReceiptReturned",
        entity_kind=EntityKind.MEMBER,
        is_public=True,
    ),
    Input(
        name="promo.code.activated.v1",
        schema="kopilka.promo.v1.CodeActivated",
        entity_kind=EntityKind.MEMBER,
        is_public=True,
    ),
    Input(
        name="giving.donation.recorded.v1",
        schema="kopilka.giving.v1.DonationRecorded",
        entity_kind=EntityKind.MEMBER,
        is_public=True,
    ),
    Input(
        name="engine.segment.assigned.v1",
        schema="kopilka.engine.v1.SegmentAssigned",
        entity_kind=EntityKind.MEMBER,
        is_public=False,
    ),
    Input(
        name="engine.receipt.conflicted.v1",
        schema="kopilka.engine.v1.ReceiptConflicted",
        entity_kind=EntityKind.MEMBER,
        is_public=False,
    ),
    Input(name=MESSAGES, schema="", entity_kind=None, is_public=False),
)


def dead_letter_topic(topic: str) -> str:
    """Give the topic that takes the records of `topic` which nobody can decode."""
    return topic + DEAD_LETTER_SUFFIX
