"""Messages between a member and a pack code."""

from __future__ import annotations

import msgspec

__all__ = ["CodeRedemptionAnswered", "CodeRedemptionRequested"]


class CodeRedemptionRequested(msgspec.Struct, frozen=True, kw_only=True):
    """A member asks a code: may I have you?"""

    tenant: str
    programme: str
    code_hash: str
    member_id: str
    event_id: str


class CodeRedemptionAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The code answers."""

    tenant: str
    member_id: str
    event_id: str
    code_hash: str
    #: `None` when the member has it; else the reason.
    refusal: str | None = None
    #: `None` for an unknown code.
    batch_id: str | None = None
