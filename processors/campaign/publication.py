"""Publishing a version: checked once, in the partition of its campaign, and sent to every partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processors.rules.campaign import parse_campaign
from processors.rules.document import NONE
from processors.rules.programme import Programme, parse_programme
from processors.state import KeyPart, PublicationPart, natural_key, publication_key
from schemas.business_time import MINUTE_MS, format_instant
from schemas.entry import DocumentChanged, KeyTaken, Outcome
from schemas.record.rule import CampaignPublished, DocumentPublished, ProgrammeChanged, check_publication
from schemas.rejection import Reason, Rejection, reject
from schemas.topic import EntityKind

if TYPE_CHECKING:
    from processors.context import Incoming
    from processors.draft import Draft
    from processors.rules.campaign import Campaign

__all__ = ["decide_publication"]

#: Notice for a campaign whose programme is not known here yet; the programme's own setting otherwise.
_USUAL_NOTICE_MINUTES = 5


def decide_publication(draft: Draft, incoming: Incoming, event: CampaignPublished | ProgrammeChanged) -> None:
    """Publish a version, or refuse it: a fault in the document, a version not higher, a beginning too early.

    The same record again is a duplicate. Settings may not change everything, see `_check_settings`.
    """
    campaign_id = event.campaign_id if isinstance(event, CampaignPublished) else None
    # Two words: a campaign may be named like a programme, and then both are versions of one entity.
    draft.source_key = (
        f"settings:{event.programme}@{event.version}"
        if campaign_id is None
        else f"publication:{campaign_id}@{event.version}"
    )
    fault = check_publication(event)
    if fault is not None:
        draft.refuse(fault)
        return
    published_at_ms = incoming.record.log_time_ms
    try:
        parsed = parse_programme(event.document) if campaign_id is None else parse_campaign(event.document)
    except ValueError as error:
        text = " ".join(str(error).split())
        draft.refuse(reject(Reason.INVALID_DOCUMENT, "document", text, "check the file with `kopilka campaign check`"))
        return
    fault = _check_document(event, parsed)
    if fault is not None:
        draft.refuse(fault)
        return
    if _is_repeated(draft, incoming):
        draft.outcome = Outcome.DUPLICATE
        return
    last: PublicationPart | None = draft.state.get(publication_key(draft.tenant, event.programme, campaign_id))
    fault = (
        _check_version(last, event, campaign_id)
        or _check_settings(last, parsed)
        or _check_beginning(draft, event, parsed, published_at_ms)
    )
    if fault is not None:
        draft.refuse(fault)
        return
    draft.publications.append(
        DocumentChanged(
            programme=event.programme,
            campaign_id=campaign_id,
            version=event.version,
            document=event.document,
            published_at_ms=published_at_ms,
        )
    )
    message = DocumentPublished(
        tenant=event.tenant,
        programme=event.programme,
        campaign_id=campaign_id,
        version=event.version,
        document=event.document,
        published_at_ms=published_at_ms,
    )
    for partition in range(draft.context.partition_count):
        draft.send(EntityKind.PARTITION, str(partition), message, partition=partition)
    assert incoming.decoded is not None, "an event was decoded"
    draft.keys.append(KeyTaken(key=draft.source_key, digest=incoming.decoded.digest))


def _check_version(
    last: PublicationPart | None, event: CampaignPublished | ProgrammeChanged, campaign_id: str | None
) -> Rejection | None:
    if last is None:
        return None
    if last.programme != event.programme:
        return reject(
            Reason.INVALID_CAMPAIGN_ID,
            "campaign_id",
            campaign_id,
            f"the id belongs to programme {last.programme}, and accounts are named after it; choose another id",
        )
    if event.version <= last.version:
        return reject(
            Reason.VERSION_NOT_HIGHER,
            "version",
            event.version,
            f"version {last.version} was published before; versions never change, give it {last.version + 1}",
        )
    return None


def _check_settings(last: PublicationPart | None, parsed: Campaign | Programme) -> Rejection | None:
    """Check what no later version of a programme's settings may change.

    Currency and digits say what the amounts already posted mean. A longer horizon would take records whose natural
    keys were forgotten under the shorter one, and count them twice.
    """
    if last is None or not isinstance(parsed, Programme):
        return None
    before = parse_programme(last.document)
    for field in ("currency", "points_digits"):
        kept = getattr(before, field)
        if getattr(parsed, field) != kept:
            return reject(
                Reason.INVALID_DOCUMENT,
                field,
                getattr(parsed, field),
                f"it stays {kept}, amounts are posted in it; start another programme for another",
            )
    if before.horizon_days is not None and (parsed.horizon_days is None or parsed.horizon_days > before.horizon_days):
        return reject(
            Reason.INVALID_DOCUMENT,
            "horizon_days",
            NONE if parsed.horizon_days is None else parsed.horizon_days,
            f"give it {before.horizon_days} or less: older records were forgotten, and could count twice",
        )
    return None


def _is_repeated(draft: Draft, incoming: Incoming) -> bool:
    """Tell whether the same record came before; the same version with another body is refused as not higher."""
    assert incoming.decoded is not None, "an event was decoded"
    key = natural_key(draft.tenant, draft.entity_kind.value, draft.entity_id, draft.source_key)
    taken: KeyPart | None = draft.state.get(key)
    return taken is not None and taken.digest == incoming.decoded.digest


def _check_document(event: CampaignPublished | ProgrammeChanged, parsed: Campaign | Programme) -> Rejection | None:
    told = {"tenant": event.tenant, "programme": event.programme, "version": event.version}
    if isinstance(event, CampaignPublished):
        told["campaign"] = event.campaign_id
    for field, value in told.items():
        if getattr(parsed, field) != value:
            return reject(
                Reason.INVALID_DOCUMENT,
                field,
                getattr(parsed, field),
                f"the record says {value}; publish the file with `kopilka campaign publish`",
            )
    return None


def _check_beginning(
    draft: Draft,
    event: CampaignPublished | ProgrammeChanged,
    parsed: Campaign | Programme,
    published_at_ms: int,
) -> Rejection | None:
    if isinstance(parsed, Programme) or parsed.retroactive:
        return None
    book = draft.context.book.find(event.tenant, event.programme)
    notice = _USUAL_NOTICE_MINUTES if book is None else book.settings.notice_minutes
    earliest_ms = published_at_ms + notice * MINUTE_MS
    if parsed.valid_from < earliest_ms:
        return reject(
            Reason.VALID_FROM_TOO_EARLY,
            "valid_from",
            format_instant(parsed.valid_from),
            f"begin at {format_instant(earliest_ms)} or later, or mark the campaign retroactive",
        )
    return None
