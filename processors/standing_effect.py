"""Which effects of a receipt still stand once an entry took some of them back."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.entry import BrokenInvariantError, Effect

__all__ = ["leave_standing"]


def leave_standing(given: Iterable[Effect], taken_back: Iterable[Effect], origin: str) -> list[Effect]:
    """Give the effects of a receipt that still stand after those of an entry, which mirror them one by one.

    Raises:
        BrokenInvariantError: when one mirrors none.
    """
    standing = list(given)
    for mirrored in taken_back:
        if mirrored.origin != origin:
            continue
        for index, effect in enumerate(standing):
            if _is_mirror(effect, mirrored):
                del standing[index]
                break
        else:
            msg = f"{origin} has no effect of {mirrored.campaign_id} that {mirrored.amount_minor} would take back"
            raise BrokenInvariantError(msg)
    return standing


def _is_mirror(effect: Effect, mirrored: Effect) -> bool:
    return (
        effect.campaign_id == mirrored.campaign_id
        and effect.campaign_version == mirrored.campaign_version
        and effect.effect == mirrored.effect
        and effect.beneficiary_id == mirrored.beneficiary_id
        and effect.unit == mirrored.unit
        and effect.amount_minor == -mirrored.amount_minor
    )
