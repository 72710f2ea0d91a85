"""Rows about rules and what members are in: document versions, adoptions, codes, activations, segments."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from projections.place import Place
from projections.table import Row, TableRows
from schemas.entry import BrokenInvariantError, DocumentChanged, Entry

__all__ = ["RuleRows"]


class _Party(msgspec.Struct, frozen=True):
    party: str
    share_bp: int


class _Parties(msgspec.Struct, frozen=True):
    """The part of a campaign document that says who pays."""

    parties: list[_Party] = []


class RuleRows:
    """Gathers, over one batch, the rows of documents, adoptions, codes, activations and segments."""

    def __init__(self) -> None:
        # Keys of the tables → rows; what comes later in the journal takes the place of what came before.
        self._documents: dict[Row, Row] = {}
        self._parties: dict[Row, Row] = {}
        self._adoptions: dict[Row, Row] = {}
        self._codes: dict[Row, Row] = {}
        self._activations: dict[Row, Row] = {}
        self._segments: dict[Row, Row] = {}

    def take(self, place: Place, entry: Entry) -> None:
        """Take the next entry of its partition.

        Raises:
            BrokenInvariantError: when a published document is no JSON object.
        """
        tenant = entry.tenant
        for document in entry.publications:
            self._take_document(tenant, document)
        for document in entry.adoptions:
            self._take_document(tenant, document)
            key = tenant, document.programme, document.campaign_id or "", document.version, place.partition
            self._adoptions.setdefault(key, (*key, place.offset))
        for code in entry.codes:
            self._codes[tenant, code.code_hash] = (
                *(tenant, code.code_hash, code.programme, code.batch_id, code.member_id),
            )
        for step in entry.activations:
            self._activations[tenant, step.member_id, step.event_id] = (
                *(tenant, step.member_id, step.event_id, step.programme, step.code_hash),
                *(step.occurred_at_ms, step.zone, step.status),
            )
        for segment in entry.segments:
            position = {str(part.partition): part.next_offset for part in segment.position}
            self._segments[tenant, segment.segment_set, segment.member_id] = (
                *(tenant, segment.segment_set, segment.member_id, segment.segment, segment.computed_at_ms),
                msgspec.json.encode(position).decode(),
            )

    def _take_document(self, tenant: str, document: DocumentChanged) -> None:
        campaign_id = document.campaign_id or ""
        key = tenant, campaign_id, document.version, document.programme
        if key in self._documents:
            return
        self._documents[key] = (
            *(tenant, document.programme, campaign_id, document.version),
            # No text in PostgreSQL holds a NUL.
            document.document.replace("\0", "\N{SYMBOL FOR NULL}"),
            document.published_at_ms,
        )
        try:
            parties = msgspec.json.decode(document.document, type=_Parties).parties
        except msgspec.DecodeError as error:
            msg = f"version {document.version} of {campaign_id or document.programme} cannot be read: {error}"
            raise BrokenInvariantError(msg) from None
        if campaign_id:
            for ordinal, party in enumerate(parties, start=1):
                row = tenant, campaign_id, document.version, ordinal, party.party, party.share_bp
                self._parties[row[:4]] = row

    def tables(self) -> Iterator[TableRows]:
        """Give the rows by table."""
        yield TableRows("document_version", list(self._documents.values()))
        yield TableRows("campaign_party", list(self._parties.values()))
        yield TableRows("adoption", list(self._adoptions.values()))
        yield TableRows("code", list(self._codes.values()))
        yield TableRows("activation", list(self._activations.values()))
        yield TableRows("segment_membership", list(self._segments.values()))
