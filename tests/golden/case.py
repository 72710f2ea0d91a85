"""Golden cases as they stand in the tables.

A case says which rules are published, what happens (`given`, in order) and what comes of it (`expect`); `arithmetic` is
the calculation that gave the figures, by hand. Keys that are not known are refused, so that a slip of the pen is found.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
from ruamel.yaml import YAML

from tests.unit.schemas import made_record

FOLDER: Final = Path(__file__).parent


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of a receipt."""

    #: Such as `4.99 USD`.
    amount: str
    #: Units, with decimals.
    quantity: float = 1
    sku: str = "1001"
    category: str | None = None
    product_type: str | None = None
    department: str | None = None
    brand: str | None = None
    manufacturer: str | None = None


class Sale(msgspec.Struct, forbid_unknown_fields=True):
    """A receipt."""

    lines: list[Line]
    at: str = "2017-03-15 12:00:00"
    zone: str = made_record.ZONE
    number: str = "42"
    store: str = "s1"
    member: str | None = "h7"
    #: When the log takes it; left out: when it happened.
    log_at: str | None = None


class Gift(msgspec.Struct, forbid_unknown_fields=True):
    """A donation."""

    amount: str
    campaign: str = "round-up"
    at: str = "2017-03-15 12:00:00"
    id: str = "g1"
    member: str = "h7"


class Issue(msgspec.Struct, forbid_unknown_fields=True):
    """A code is printed; codes are named by one character here."""

    code: str
    batch: str = "26"


class Activation(msgspec.Struct, forbid_unknown_fields=True):
    """A member enters a code."""

    code: str
    at: str = "2017-03-15 12:00:00"
    member: str = "h7"
    id: str = "a1"


class Return(msgspec.Struct, forbid_unknown_fields=True):
    """A whole receipt comes back."""

    of: str = "42"
    at: str = "2017-03-20 12:00:00"


class Conflict(msgspec.Struct, forbid_unknown_fields=True):
    """The read model found that this owner loses a receipt."""

    of: str = "42"


class Segment(msgspec.Struct, forbid_unknown_fields=True):
    """The segmenter found a member in a segment."""

    set: str
    segment: str
    member: str = "h7"


class Publication(msgspec.Struct, forbid_unknown_fields=True):
    """A campaign version is published later than the others."""

    campaign: Any
    at: str


class Step(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that happens; exactly one is set."""

    receipt: Sale | None = None
    donation: Gift | None = None
    issue: Issue | None = None
    activation: Activation | None = None
    returned: Return | None = None
    conflict: Conflict | None = None
    segment: Segment | None = None
    publish: Publication | None = None
    #: The clock comes to here with nobody buying.
    time: str | None = None


class Expected(msgspec.Struct, forbid_unknown_fields=True):
    """What comes of it; lists are complete and in order."""

    effects: list[str]
    postings: list[str]
    #: Of each step; a refusal by its reason. Left out: nothing was refused or repeated.
    outcomes: list[str] | None = None
    #: What each party has to carry of a campaign version's total.
    shares: list[str] = []


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """One row of a golden table."""

    id: str
    #: The promise, a sentence.
    title: str
    #: Files below `campaigns/`, or campaigns as they stand in a file, without what every one has.
    campaigns: list[Any]
    given: list[Step]
    expect: Expected
    #: The calculation by hand.
    arithmetic: str
    #: Changes of the programme's settings.
    programme: dict[str, Any] = {}


def load_table(path: Path) -> list[Case]:
    """Give the cases of a table."""
    data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return msgspec.convert(data, list[Case])
