"""A golden case played through the pure core, and what came of it as text."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from processors.rules.campaign import Campaign, parse_campaign
from schemas.business_time import instant_ms
from schemas.codec import Event
from schemas.entry import Effect, Entry, Posting
from schemas.money import format_money, is_points, parse_money, split_nested
from schemas.record.receipt import ReceiptLine, ReceiptRecorded
from tests.golden.case import Activation, Case, Conflict, Gift, Issue, Line, Return, Sale, Segment, Step
from tests.unit.processors import made_document
from tests.unit.processors.engine import PUBLISHED_MS, Engine
from tests.unit.schemas import made_record
from tests.unit.schemas.made_record import changed

_POINTS = "POINT:journey"


def instant(text: str, zone: str = made_record.ZONE) -> int:
    """Give UTC milliseconds of a local time; one with an offset is taken as it is."""
    moment = datetime.fromisoformat(text)
    return instant_ms(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


def _amount(text: str) -> int:
    return parse_money(text)[0]


def _line(line: Line) -> ReceiptLine:
    return made_record.line(
        _amount(line.amount),
        sku=line.sku,
        quantity_milli=int(Decimal(str(line.quantity)) * 1_000),
        category=line.category,
        product_type=line.product_type,
        department=line.department,
        brand=line.brand,
        manufacturer=line.manufacturer,
    )


def _receipt(sale: Sale) -> ReceiptRecorded:
    made = made_record.receipt(
        *map(_line, sale.lines),
        receipt_number=sale.number,
        store_id=sale.store,
        member_id=sale.member,
        zone=sale.zone,
        currency=parse_money(sale.lines[0].amount)[1],
        occurred_at_ms=instant(sale.at, sale.zone),
    )
    return changed(made, total_minor=sum(line.amount_minor for line in made.lines))


class Play:
    """A case while it is played."""

    def __init__(self, case: Case) -> None:
        self.engine: Engine = made_document.engine(*map(_document, case.campaigns), **case.programme)
        self._published = len(self.engine.entries)
        self._receipts: dict[str, ReceiptRecorded] = {}
        self.outcomes = [self._take(step) for step in case.given]

    @property
    def entries(self) -> list[Entry]:
        """What came of the case, without the publications before it."""
        return self.engine.entries[self._published :]

    def effects(self) -> list[str]:
        """Give every effect as text."""
        return [_tell_effect(effect) for entry in self.entries for effect in entry.effects]

    def postings(self) -> list[str]:
        """Give every posting as text."""
        return [_tell_posting(posting) for entry in self.entries for posting in entry.postings]

    def shares(self) -> list[str]:
        """Give what each party has to carry of what every campaign version accrued."""
        return [
            f"{account.campaign_id}@{account.owner} {account.subaccount}: "
            + ", ".join(
                f"{party.party} {_tell(part, account.unit)}"
                for party, part in zip(
                    self._version(account.campaign_id, account.owner).parties,
                    split_nested(amount, self._shares_bp(account.campaign_id, account.owner)),
                    strict=True,
                )
            )
            for account, amount in self.engine.balances().items()
            if account.kind == "campaign"
        ]

    def _shares_bp(self, campaign_id: str, version: str) -> list[int]:
        return [party.share_bp for party in self._version(campaign_id, version).parties]

    def _version(self, campaign_id: str, version: str) -> Campaign:
        return next(
            parse_campaign(document.document)
            for entry in self.engine.entries
            for document in entry.publications
            if (document.campaign_id, str(document.version)) == (campaign_id, version)
        )

    def _take(self, step: Step) -> str:
        if step.time is not None:
            ticks = self.engine.advance(instant(step.time))
            return "TICKED" if ticks else "NOTHING_DUE"
        if step.publish is not None:
            at_ms = instant(step.publish.at)
            return _tell_outcome(self.engine.publish(_document(step.publish.campaign), at_ms=at_ms))
        if step.receipt is not None:
            made = self._receipts[step.receipt.number] = _receipt(step.receipt)
            log_at = step.receipt.log_at
            log_time_ms = None if log_at is None else instant(log_at, step.receipt.zone)
            return _tell_outcome(self.engine.send(made, log_time_ms=log_time_ms))
        return _tell_outcome(self.engine.send(self._event(step)))

    def _event(self, step: Step) -> Event:
        match step:
            case Step(donation=Gift() as gift):
                return made_record.donation(
                    _amount(gift.amount),
                    campaign_id=gift.campaign,
                    occurred_at_ms=instant(gift.at),
                    event_id=gift.id,
                    member_id=gift.member,
                    currency=parse_money(gift.amount)[1],
                )
            case Step(issue=Issue() as issue):
                return made_record.issue(code_hash=_hash(issue.code), batch_id=issue.batch, issued_at_ms=PUBLISHED_MS)
            case Step(activation=Activation() as activation):
                return made_record.activation(
                    code_hash=_hash(activation.code),
                    member_id=activation.member,
                    event_id=activation.id,
                    occurred_at_ms=instant(activation.at),
                )
            case Step(returned=Return() as back):
                return made_record.returned(self._receipts[back.of], occurred_at_ms=instant(back.at))
            case Step(conflict=Conflict() as conflict):
                return made_record.conflict(self._receipts[conflict.of])
            case Step(segment=Segment() as segment):
                return made_record.assignment(
                    segment_set=segment.set, segment=segment.segment, member_id=segment.member, computed_at_ms=1
                )
            case _:
                msg = "a step says one thing that happens"
                raise AssertionError(msg)


def _document(source: Any) -> dict[str, Any]:  # noqa: ANN401 (any YAML)
    if isinstance(source, str):
        text = (made_document.CAMPAIGNS / f"{source}.yaml").read_text(encoding="utf-8")
        data: dict[str, Any] = YAML(typ="safe").load(text)
        # The reader makes a time of it, in UTC.
        return data | {"valid_from": f"{data['valid_from']:%Y-%m-%dT%H:%M:%SZ}"}
    document: dict[str, Any] = made_document.campaign(source["campaign"], *source["rules"]) | source
    return document


def _hash(code: str) -> str:
    return code.encode().hex().ljust(64, "0")


def _tell_outcome(entry: Entry) -> str:
    return entry.outcome if entry.rejection is None else entry.rejection.reason


def _tell(amount_minor: int, unit: str) -> str:
    sign = "+" if amount_minor > 0 else ""
    if is_points(unit):
        return f"{sign}{amount_minor} {'POINT' if unit == _POINTS else unit}"
    return sign + format_money(amount_minor, unit)


def _tell_effect(effect: Effect) -> str:
    beneficiary = f" {effect.beneficiary_id}" if effect.beneficiary_id else ""
    amount = _tell(effect.amount_minor, effect.unit)
    return f"{effect.campaign_id}@{effect.campaign_version} {effect.effect}{beneficiary} {amount}"


def _tell_posting(posting: Posting) -> str:
    owner = (
        f"@{posting.owner}"
        if posting.kind == "campaign"
        else f" {posting.owner}"
        if posting.campaign_id
        else posting.owner
    )
    whose = f"{posting.kind} {posting.campaign_id}{owner}"
    return f"{whose} {posting.subaccount} {_tell(posting.amount_minor, posting.unit)}"
