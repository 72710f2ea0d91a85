"""Adoption: from its entry on, a partition goes by a version. Only a higher one is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processors.state import adoption_key
from schemas.entry import DocumentChanged
from schemas.rejection import Reason, reject

if TYPE_CHECKING:
    from processors.draft import Draft
    from schemas.record.rule import DocumentPublished

__all__ = ["decide_adoption"]

#: More versions of one campaign than anybody publishes; bounds the look-up of the highest.
_VERSION_LIMIT = 100_000


def decide_adoption(draft: Draft, event: DocumentPublished) -> None:
    """Adopt a version that the campaign entity published, unless a higher one was adopted."""
    if event.campaign_id is None:
        draft.source_key = f"adoption-settings:{event.programme}@{event.version}"
    else:
        draft.source_key = f"adoption:{event.campaign_id}@{event.version}"
    prefix = adoption_key(draft.tenant, event.programme, event.campaign_id, 0).rpartition("/")[0] + "/"
    adopted = draft.state.scan(prefix, _VERSION_LIMIT)
    if adopted:
        last: DocumentChanged = adopted[-1][1]
        if event.version <= last.version:
            draft.refuse(
                reject(
                    Reason.VERSION_NOT_HIGHER,
                    "version",
                    event.version,
                    f"version {last.version} is adopted; a lower one never replaces it",
                )
            )
            return
    draft.adoptions.append(
        DocumentChanged(
            programme=event.programme,
            campaign_id=event.campaign_id,
            version=event.version,
            document=event.document,
            published_at_ms=event.published_at_ms,
        )
    )
