"""Topics: names, order, and what may be written from outside."""

from schemas.codec import schema_of
from schemas.topic import INPUTS, JOURNAL, MESSAGES, EntityKind, dead_letter_topic


def test_only_the_engine_writes_the_engine_s_topics() -> None:
    """Topics are borders of trust: `engine.*` is never public, everything else is."""
    assert {topic.name for topic in INPUTS if topic.is_public} == {
        topic.name for topic in INPUTS if not topic.name.startswith("engine.")
    }
    assert JOURNAL not in {topic.name for topic in INPUTS}


def test_every_input_but_messages_carries_one_schema_of_its_domain() -> None:
    """`sales.receipt.recorded.v1` carries `kopilka.sales.v1.ReceiptRecorded`."""
    for topic in INPUTS:
        if topic.name != MESSAGES:
            domain, *words, version = topic.name.split(".")
            schema = schema_of(topic.schema)
            assert schema["namespace"] == f"kopilka.{domain}.{version}"
            assert schema["name"].lower().startswith("".join(words)[:4])


def test_rules_come_before_what_they_apply_to_and_messages_last() -> None:
    """The order decides between records of one log time, and is part of every claim: it never changes."""
    assert [topic.name for topic in INPUTS] == [
        "engine.operator.instructed.v1",
        "promo.programme.changed.v1",
        "promo.campaign.published.v1",
        "promo.code.issued.v1",
        "sales.receipt.recorded.v1",
        "sales.receipt.returned.v1",
        "promo.code.activated.v1",
        "giving.donation.recorded.v1",
        "engine.segment.assigned.v1",
        "engine.receipt.conflicted.v1",
        "engine.message.v1",
    ]


def test_kinds_have_fixed_values() -> None:
    """They stand in entries."""
    assert [kind.value for kind in EntityKind] == ["member", "code", "campaign", "partition"]


def test_dead_letters_lie_beside_their_topic() -> None:
    """A suffix, so that both are found together."""
    assert dead_letter_topic("promo.code.issued.v1") == "promo.code.issued.v1.dlq"
