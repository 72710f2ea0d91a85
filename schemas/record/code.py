"""Pack codes: issued, and activated by a member. Codes come as keyed hashes; no record holds a plain one."""

from __future__ import annotations

import msgspec

from schemas.record.check import check_hash, check_id, check_scope, check_time
from schemas.rejection import Reason, Rejection

__all__ = ["CodeActivated", "CodeIssued", "check_activation", "check_issue"]


class CodeIssued(msgspec.Struct, frozen=True, kw_only=True):
    """One code was printed and may be activated once."""

    tenant: str
    programme: str
    code_hash: str
    #: Print run or coupon series.
    batch_id: str
    issued_at_ms: int


class CodeActivated(msgspec.Struct, frozen=True, kw_only=True):
    """A member entered a code."""

    tenant: str
    programme: str
    event_id: str
    member_id: str
    code_hash: str
    occurred_at_ms: int
    zone: str


def check_issue(record: CodeIssued) -> Rejection | None:
    """Check an issued code; the first fault in the order of `Reason`, or `None`."""
    return (
        check_scope(record.tenant, record.programme)
        or check_hash(record.code_hash)
        or check_id(Reason.INVALID_BATCH_ID, "batch_id", record.batch_id)
    )


def check_activation(record: CodeActivated) -> Rejection | None:
    """Check an activation; the first fault in the order of `Reason`, or `None`."""
    return (
        check_scope(record.tenant, record.programme)
        or check_id(Reason.INVALID_EVENT_ID, "event_id", record.event_id)
        or check_time(record.occurred_at_ms, record.zone)
        or check_id(Reason.INVALID_MEMBER_ID, "member_id", record.member_id)
        or check_hash(record.code_hash)
    )
