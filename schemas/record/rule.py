"""Published versions of campaigns and of programme settings, as documents; what stands in them is the rule book's."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.record.check import check_name, check_scope
from schemas.rejection import Reason, Rejection, reject

__all__ = ["VERSION_LIMIT", "CampaignPublished", "DocumentPublished", "ProgrammeChanged", "check_publication"]

#: What an Avro int holds. Codecs do not check it, and keys that sort by version have ten digits.
VERSION_LIMIT: Final = 2_147_483_647


class CampaignPublished(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a campaign was published."""

    tenant: str
    programme: str
    campaign_id: str
    version: int
    #: Canonical JSON.
    document: str
    published_at_ms: int


class ProgrammeChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a programme's settings was published."""

    tenant: str
    programme: str
    version: int
    #: Canonical JSON.
    document: str
    published_at_ms: int


class DocumentPublished(msgspec.Struct, frozen=True, kw_only=True):
    """Message from a campaign or programme to every partition."""

    tenant: str
    programme: str
    #: `None` for the programme's own settings.
    campaign_id: str | None = None
    version: int
    document: str
    #: Log time of the publication.
    published_at_ms: int


def check_publication(record: CampaignPublished | ProgrammeChanged) -> Rejection | None:
    """Check a publication but for its document; the first fault in the order of `Reason`, or `None`."""
    fault = check_scope(record.tenant, record.programme)
    if fault is None and isinstance(record, CampaignPublished):
        fault = check_name(Reason.INVALID_CAMPAIGN_ID, "campaign_id", record.campaign_id)
    if fault is None and not 1 <= record.version <= VERSION_LIMIT:
        mend = f"number versions from 1, to {VERSION_LIMIT} at most"
        fault = reject(Reason.INVALID_VERSION, "version", record.version, mend)
    return fault
