"""A retraced entry in words, for people, and as data, for the API and `--json`."""

from __future__ import annotations

from typing import Any

import msgspec

from processors.rules.explain import RuleTrace
from schemas.business_time import format_instant
from schemas.codec import UndecodableError, decode_event
from schemas.money import format_money, is_currency
from schemas.record.receipt import ReceiptRecorded
from services.doctor.retrace import Retraced

__all__ = ["as_json", "as_text"]


def as_json(retraced: Retraced) -> dict[str, Any]:
    """Give an explanation as data."""
    entry, source = retraced.entry, retraced.header.source
    return {
        "tenant": entry.tenant,
        "entity_kind": entry.entity_kind,
        "entity_id": entry.entity_id,
        "source_key": entry.source_key,
        "occurred_at": None if entry.occurred_at_ms is None else format_instant(entry.occurred_at_ms),
        "clock": format_instant(entry.clock_ms),
        "lateness_ms": entry.lateness_ms,
        "journal_partition": retraced.place.partition,
        "journal_offset": retraced.place.offset,
        "sequence": retraced.header.sequence,
        "source": None if source is None else f"{source.topic}/{source.partition}/{source.offset}",
        "outcome": entry.outcome,
        "rejection": msgspec.to_builtins(entry.rejection),
        "postings": msgspec.to_builtins(entry.postings),
        "effects": msgspec.to_builtins(entry.effects),
        "is_same_when_decided_again": retraced.is_same,
        "differences": retraced.differences,
        "rules": [{"is_fired": trace.is_fired, **msgspec.to_builtins(trace)} for trace in retraced.traces],
    }


def as_text(retraced: Retraced) -> str:
    """Give an explanation in words."""
    entry = retraced.entry
    place = f"journal partition {retraced.place.partition}, offset {retraced.place.offset}"
    lines = [f"{entry.source_key or 'tick'} of {entry.entity_kind} {entry.entity_id} ({place}): {entry.outcome}"]
    lines += _record_lines(retraced)
    if entry.rejection is not None:
        refusal = entry.rejection
        found = f" (found {refusal.value})" if refusal.value else ""
        lines.append(
            f"  refused: {refusal.reason}: {refusal.field}{': ' if refusal.field else ''}{refusal.mend}{found}"
        )
    for trace in retraced.traces:
        lines += _trace_lines(trace)
    if entry.postings:
        lines.append("  postings")
        shown = [_signed(posting.amount_minor, posting.unit) for posting in entry.postings]
        width = max(map(len, shown))
        for posting, amount in zip(entry.postings, shown, strict=True):
            owner = "/".join(part for part in (posting.campaign_id, posting.owner) if part)
            account = f"{posting.kind} {owner} {posting.subaccount}"
            lines.append(f"    {amount:>{width}}  {account}")
    same = "the same entry, byte for byte" if retraced.is_same else "ANOTHER ENTRY"
    lines.append(
        f"  decided again from the {retraced.folded_count:,} entries before it that matter (of "
        f"{retraced.before_count:,}): {same}"
    )
    lines += [f"    {difference}" for difference in retraced.differences]
    return "\n".join(lines)


def _record_lines(retraced: Retraced) -> list[str]:
    record = retraced.entry.record
    if record is None:
        return []
    try:
        event = decode_event(record.value).event
    except UndecodableError:
        return []
    if not isinstance(event, ReceiptRecorded):
        return [f"  record: {type(event).__name__}"]
    total = format_money(event.total_minor, event.currency)
    when = f"{format_instant(event.occurred_at_ms)}, zone {event.zone}"
    return [f"  record: a receipt over {total} in {_lines(len(event.lines))}, {when}"]


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _trace_lines(trace: RuleTrace) -> list[str]:
    name = f"{trace.campaign_id}@{trace.campaign_version}"
    if trace.amount_minor is not None:
        to = f" to {trace.beneficiary_id}" if trace.beneficiary_id else ""
        seen = next((step.saw for step in reversed(trace.steps) if step.name == "lines"), "")
        reason = f" ({seen})" if seen else ""
        return [f"  fired      {name}: {_amount(trace.amount_minor, trace.unit)}{to}{reason}"]
    failed = trace.steps[-1]
    return [f"  not fired  {name}: {failed.name}: wanted {failed.wanted}; saw {failed.saw}"]


def _signed(amount_minor: int, unit: str) -> str:
    return ("+" if amount_minor > 0 else "") + _amount(amount_minor, unit)


def _amount(amount_minor: int, unit: str) -> str:
    return format_money(amount_minor, unit) if is_currency(unit) else f"{amount_minor:,} {unit}"
