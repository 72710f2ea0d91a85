"""Whatever three members do, in whatever order, with whatever repeats: the engine against a ledger of a few lines."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from schemas.business_time import DAY_MS
from schemas.record.receipt import ReceiptRecorded
from tests.unit.processors.engine import Engine
from tests.unit.processors.made_document import campaign, engine, fixed, per_money
from tests.unit.schemas.made_record import NOON_MS, activation, donation, issue, line, receipt, returned
from tests.unit.schemas.property import FEW

MEMBERS = st.sampled_from(("h1", "h2", "h3"))
#: A point per dollar that never expires, 50 that expire after 3 days, 100 for a code, and gifts.
CAMPAIGNS = (
    campaign("base", per_money()),
    campaign("visit", fixed(50, expires_after_days=3)),
    campaign("code", fixed(100, on="code")),
    campaign("round-up", {"effect": "donation", "beneficiary": "neighbours", "collected_by": "retailer"}),
)


class Members(RuleBasedStateMachine):
    """Three members on two partitions, against plain sums."""

    sold = Bundle("sold")

    def __init__(self) -> None:
        super().__init__()
        self.engine: Engine = engine(*CAMPAIGNS, partition_count=2)
        self.number = 0
        self.now_ms = NOON_MS
        #: Receipt number → member, points per money, whether its visit's points have expired.
        self.receipts: dict[str, tuple[str, int, int]] = {}
        self.codes: dict[str, str | None] = {}
        self.given: dict[str, int] = {}
        self.awarded: dict[str, int] = {}

    @initialize()
    def begin(self) -> None:
        """Print some codes."""
        for number in range(4):
            code_hash = f"{number:064x}"
            self.codes[code_hash] = None
            self.engine.send(issue(code_hash=code_hash))

    @rule(target=sold, member_id=MEMBERS, amount_minor=st.integers(min_value=0, max_value=999))
    def buy(self, member_id: str, amount_minor: int) -> ReceiptRecorded:
        """A member buys something now."""
        self.number += 1
        made = receipt(
            line(amount_minor),
            member_id=member_id,
            receipt_number=str(self.number),
            occurred_at_ms=self.now_ms,
        )
        assert self.engine.send(made, log_time_ms=self.now_ms).outcome == "DECIDED"
        self.receipts[made.receipt_number] = (member_id, amount_minor // 100, self.now_ms + 4 * DAY_MS)
        return made

    @rule(made=sold)
    def buy_again(self, made: ReceiptRecorded) -> None:
        """The till sends a receipt again."""
        assert self.engine.send(made, log_time_ms=self.now_ms).outcome == "DUPLICATE"

    @rule(made=sold)
    def buy_otherwise(self, made: ReceiptRecorded) -> None:
        """The till sends another receipt under the same number."""
        entry = self.engine.send(receipt(line(5_000), **_key(made)), log_time_ms=self.now_ms)
        assert entry.rejection is not None
        assert entry.rejection.reason == "CONFLICTING_BODY"

    @rule(made=consumes(sold))
    def bring_back(self, made: ReceiptRecorded) -> None:
        """A member brings everything back, and the till sends it twice."""
        back = returned(made, occurred_at_ms=self.now_ms)
        outcomes = [self.engine.send(back, log_time_ms=self.now_ms).outcome for _ in range(2)]
        assert outcomes == ["DECIDED", "DUPLICATE"]
        del self.receipts[made.receipt_number]

    @rule(member_id=MEMBERS, number=st.integers(min_value=0, max_value=5))
    def enter_code(self, member_id: str, number: int) -> None:
        """A member enters a code, perhaps a used one, perhaps one that was never printed."""
        self.number += 1
        code_hash = f"{number:064x}"
        event = activation(
            code_hash=code_hash, member_id=member_id, event_id=f"a{self.number}", occurred_at_ms=self.now_ms
        )
        assert self.engine.send(event, log_time_ms=self.now_ms).outcome == "PENDING"
        if code_hash in self.codes and self.codes[code_hash] is None:
            self.codes[code_hash] = member_id
            self.awarded[member_id] = self.awarded.get(member_id, 0) + 100

    @rule(member_id=MEMBERS, amount_minor=st.integers(min_value=1, max_value=99))
    def give(self, member_id: str, amount_minor: int) -> None:
        """A member rounds up, and the till sends it twice."""
        self.number += 1
        event = donation(amount_minor, member_id=member_id, event_id=f"g{self.number}", occurred_at_ms=self.now_ms)
        outcomes = [self.engine.send(event, log_time_ms=self.now_ms).outcome for _ in range(2)]
        assert outcomes == ["DECIDED", "DUPLICATE"]
        self.given[member_id] = self.given.get(member_id, 0) + amount_minor

    @rule(days=st.integers(min_value=1, max_value=5))
    def wait(self, days: int) -> None:
        """Time passes."""
        self.now_ms += days * DAY_MS
        self.engine.advance(self.now_ms)

    @invariant()
    def balances_are_the_sums(self) -> None:
        """Points of receipts that were not returned, of visits that have not expired, and of codes."""
        for member_id in ("h1", "h2", "h3"):
            points = self.awarded.get(member_id, 0)
            for owner, base, _ in self.receipts.values():
                points += base if owner == member_id else 0
            points += 50 * sum(
                owner == member_id and not self._is_over(bought_ms) for owner, _, bought_ms in self.receipts.values()
            )
            assert self.engine.points(member_id) == points

    @invariant()
    def gifts_are_where_they_belong(self) -> None:
        """What members gave, the tills collected and the neighbours have."""
        balances: dict[Any, int] = self.engine.balances()
        total = sum(self.given.values())
        for kind, subaccount, sign in (("member", "given", -1), ("party", "collected", 1), ("cause", "accrued", 1)):
            found = sum(
                amount for account, amount in balances.items() if account[0] == kind and account[3] == subaccount
            )
            assert found == sign * total

    def _is_over(self, noon_after_ms: int) -> bool:
        """Whether the end of the third day after the purchase, midnight before this noon, has passed."""
        return self.now_ms >= noon_after_ms - DAY_MS // 2


def _key(made: ReceiptRecorded) -> dict[str, Any]:
    return {
        "receipt_number": made.receipt_number,
        "member_id": made.member_id,
        "occurred_at_ms": made.occurred_at_ms,
        "business_date": made.business_date,
    }


TestMembers = Members.TestCase
TestMembers.settings = settings(FEW, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow])
