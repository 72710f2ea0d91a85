"""What the API answers. Amounts are integers in minor units beside their unit; times are RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

__all__ = [
    "BalanceAnswer",
    "CauseAnswer",
    "CausesAnswer",
    "EffectAnswer",
    "LineAnswer",
    "MembershipAnswer",
    "OwnerAnswer",
    "ReceiptAnswer",
    "SegmentsAnswer",
    "StatementAnswer",
    "UnitBalance",
    "WhyAnswer",
]

_Unit = Annotated[str, Field(description="ISO 4217 currency, or POINT:<programme>.", examples=["POINT:journey", "USD"])]
_Member = Annotated[str | None, Field(description="The member; null when nobody was known.")]


class UnitBalance(BaseModel):
    """What a member has in one unit of points."""

    unit: _Unit
    available_minor: int = Field(description="Can be spent.")
    pending_minor: int = Field(description="Earned, and not active yet.")
    reserved_minor: int = Field(description="Held for a purchase in progress.")
    debt_minor: int = Field(description="Zero or below: what a return could not take back.")


class BalanceAnswer(BaseModel):
    """A member's points."""

    tenant: str
    member_id: str
    balances: list[UnitBalance] = Field(description="One per unit; empty for a member that never had points.")


class LineAnswer(BaseModel):
    """One change of what a member has available."""

    occurred_at: datetime = Field(description="When it happened at the source.")
    recorded_at: datetime = Field(description="When the log took it.")
    source_key: str = Field(description="What it was given for; ask /why with it.")
    campaign_id: str
    unit: _Unit
    amount_minor: int
    balance_after_minor: int = Field(description="Available after this line, in journal order.")
    journal_partition: int
    journal_offset: int


class StatementAnswer(BaseModel):
    """A page of a member's statement."""

    tenant: str
    member_id: str
    lines: list[LineAnswer] = Field(description="Oldest first.")
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class MembershipAnswer(BaseModel):
    """A member's segment in one set."""

    segment_set: str
    segment: str
    computed_at: datetime
    position: dict[str, int] = Field(description="Journal partition → next offset that the computation had not seen.")


class SegmentsAnswer(BaseModel):
    """A member's segments."""

    tenant: str
    member_id: str
    segments: list[MembershipAnswer]


class OwnerAnswer(BaseModel):
    """Under whom a receipt was recorded."""

    member_id: _Member
    status: str = Field(description="RECORDED, RETURNED or CONFLICTED; the first RECORDED one holds the receipt.")
    currency: str
    total_minor: int = Field(description="Sum of the lines, donations left out.")
    occurred_at: datetime
    recorded_at: datetime


class EffectAnswer(BaseModel):
    """What a campaign gave on a receipt, less what was taken back."""

    member_id: _Member
    campaign_id: str
    effect: str = Field(description="As in the campaign's file.")
    unit: _Unit
    amount_minor: int


class ReceiptAnswer(BaseModel):
    """A receipt and what rules gave on it."""

    tenant: str
    receipt_key: str
    owners: list[OwnerAnswer]
    effects: list[EffectAnswer]


class CauseAnswer(BaseModel):
    """How far the gifts of a campaign to a beneficiary have come."""

    campaign_id: str
    beneficiary_id: str
    unit: _Unit
    accrued_minor: int = Field(description="Given, period not closed; points: given, not yet turned into money.")
    pledged_minor: int = Field(description="Owed since a period closed.")
    funded_minor: int = Field(description="Paid in by the parties.")
    transferred_minor: int = Field(description="Passed on, not yet confirmed.")
    confirmed_minor: int = Field(description="Received, as the beneficiary confirms.")


class CausesAnswer(BaseModel):
    """All gifts of a tenant's campaigns."""

    tenant: str
    causes: list[CauseAnswer]


class WhyAnswer(BaseModel):
    """Why entries are as they are."""

    entries: list[dict[str, Any]] = Field(
        description="One per entry of the key: the record's outcome, its postings, each rule with what it wanted and "
        "saw, and whether deciding it again gave the stored entry byte for byte."
    )
