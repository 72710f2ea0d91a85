"""Turning what rules gave into effects, postings and lots, and taking all of it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from processors.ledger.movement import (
    activate,
    earn,
    expire,
    give_money,
    give_own_money,
    give_points,
    unexpire,
)
from processors.state import LotPart, ReceiptPart, lot_key
from schemas.business_time import DAY_MS, end_of_day_ms, local_date
from schemas.entry import Effect, LotChange, LotOpened
from schemas.money import is_points

if TYPE_CHECKING:
    from processors.draft import Draft
    from processors.rules.book import Fired
    from processors.rules.compiler import CompiledRule

__all__ = ["ACTIVATED", "EXPIRED", "REVERSED", "activate_lot", "award", "expire_lot", "reverse"]

ACTIVATED: Final = "ACTIVATED"
EXPIRED: Final = "EXPIRED"
REVERSED: Final = "REVERSED"


def award(draft: Draft, fired: list[Fired], *, member_id: str | None, zone: str) -> None:
    """Write effects, postings and lots of the rules that fired.

    Args:
        draft: The entry; `source_key` and `occurred_at_ms` are set.
        fired: Rules with amounts above zero, in order.
        member_id: Who gets points; rules that give some fire for known members only.
        zone: The programme's zone, in which the days of a lot end.
    """
    for rule, amount in fired:
        draft.effects.append(
            Effect(
                campaign_id=rule.campaign_id,
                campaign_version=rule.campaign_version,
                effect=rule.effect,
                origin=draft.source_key,
                beneficiary_id=rule.beneficiary_id,
                unit=rule.unit,
                amount_minor=amount,
                final_at_ms=_final_at_ms(draft, rule),
            )
        )
        if rule.collector:
            assert member_id is not None, "a donation has a giver"
            parties = (member_id, rule.collector)
            draft.postings += give_own_money(rule.campaign_id, parties, rule.beneficiary_id, rule.unit, amount)
        elif not rule.beneficiary_id:
            assert member_id is not None, "points need somebody to have them"
            _open_lot(draft, rule, amount, member_id, zone)
        elif is_points(rule.unit):
            draft.postings += give_points(rule.campaign, rule.beneficiary_id, rule.unit, amount)
        else:
            draft.postings += give_money(rule.campaign, rule.beneficiary_id, rule.unit, amount)


def _final_at_ms(draft: Draft, rule: CompiledRule) -> int | None:
    if rule.cutoff_ms is None:
        return None
    assert draft.occurred_at_ms is not None, "what earns has a time"
    return draft.occurred_at_ms + rule.cutoff_ms


def _open_lot(draft: Draft, rule: CompiledRule, amount: int, member_id: str, zone: str) -> None:
    earned_at_ms = draft.occurred_at_ms
    assert earned_at_ms is not None, "what earns has a time"
    active_from_ms = expires_at_ms = None
    if rule.active_after_days is not None:
        active_from_ms = earned_at_ms + rule.active_after_days * DAY_MS
    if rule.expires_after_days is not None:
        expires_at_ms = end_of_day_ms(local_date(earned_at_ms, zone) + rule.expires_after_days, zone)
    draft.lots_opened.append(
        LotOpened(
            member_id=member_id,
            lot_id=draft.lot_id(),
            unit=rule.unit,
            campaign_id=rule.campaign_id,
            campaign_version=rule.campaign_version,
            origin=draft.source_key,
            amount_minor=amount,
            earned_at_ms=earned_at_ms,
            active_from_ms=active_from_ms,
            expires_at_ms=expires_at_ms,
        )
    )
    subaccount = "available" if active_from_ms is None else "pending"
    draft.postings += earn(rule.campaign, member_id, subaccount, rule.unit, amount)


def reverse(draft: Draft, part: ReceiptPart, *, origin: str, member_id: str | None) -> None:
    """Take back everything a receipt gave: effects mirrored, lots emptied from where their points are now.

    Points that expired go back to the campaign version and make no debt.

    Source: RULES, Returns.
    """
    for effect in part.effects:
        mirrored = Effect(
            campaign_id=effect.campaign_id,
            campaign_version=effect.campaign_version,
            effect=effect.effect,
            origin=origin,
            beneficiary_id=effect.beneficiary_id,
            unit=effect.unit,
            amount_minor=-effect.amount_minor,
        )
        draft.effects.append(mirrored)
        if effect.beneficiary_id:
            give = give_points if is_points(effect.unit) else give_money
            campaign = (effect.campaign_id, effect.campaign_version)
            draft.postings += give(campaign, effect.beneficiary_id, effect.unit, -effect.amount_minor)
    if member_id is None:
        return
    for lot_id in part.lot_ids:
        lot: LotPart | None = draft.state.get(lot_key(draft.tenant, member_id, lot_id))
        assert lot is not None, "a receipt's lots are kept as long as the receipt"
        _empty_lot(draft, lot, lot_id, member_id, part.programme)


def _empty_lot(draft: Draft, lot: LotPart, lot_id: str, member_id: str, programme: str) -> None:
    campaign = (lot.campaign_id, lot.campaign_version)
    if lot.pending_minor:
        draft.postings += earn(campaign, member_id, "pending", lot.unit, -lot.pending_minor)
    if lot.available_minor:
        draft.postings += earn(campaign, member_id, "available", lot.unit, -lot.available_minor)
    if lot.expired_minor:
        draft.postings += unexpire(campaign, programme, lot.unit, lot.expired_minor)
    change_lot(
        draft,
        lot,
        (member_id, lot_id, REVERSED),
        (-lot.pending_minor, -lot.available_minor, -lot.expired_minor),
    )


def change_lot(draft: Draft, lot: LotPart, what: tuple[str, str, str], change: tuple[int, int, int]) -> None:
    """Write a lot's change: `what` is member, lot id and reason, `change` that of pending, available and expired."""
    member_id, lot_id, reason = what
    pending_minor, available_minor, expired_minor = change
    draft.lot_changes.append(
        LotChange(
            member_id=member_id,
            lot_id=lot_id,
            unit=lot.unit,
            campaign_id=lot.campaign_id,
            campaign_version=lot.campaign_version,
            reason=reason,
            pending_minor=pending_minor,
            available_minor=available_minor,
            expired_minor=expired_minor,
        )
    )


def activate_lot(draft: Draft, lot: LotPart, *, member_id: str, lot_id: str) -> None:
    """Make a lot's pending points available."""
    draft.postings += activate(member_id, lot.unit, lot.pending_minor)
    change_lot(draft, lot, (member_id, lot_id, ACTIVATED), (-lot.pending_minor, lot.pending_minor, 0))


def expire_lot(draft: Draft, lot: LotPart, *, member_id: str, lot_id: str) -> None:
    """Let a lot's available points expire."""
    programme = lot.unit.partition(":")[2]
    draft.postings += expire(programme, member_id, lot.unit, lot.available_minor)
    change_lot(draft, lot, (member_id, lot_id, EXPIRED), (0, -lot.available_minor, lot.available_minor))
