"""Prints the hash of a whole journal: what another process, with another hash seed, must find too."""

import hashlib
import sys

from schemas.codec import encode_entry_body
from tests.unit.processors.engine import Engine
from tests.unit.processors.made_document import journey_engine
from tests.unit.schemas.made_record import NOON_MS, activation, conflict, donation, issue, line, receipt, returned


def play() -> Engine:
    """Give an engine after a day that meets every campaign, some refusals and a return."""
    made = journey_engine(3)
    for number in range(12):
        pizza = line(749, category="FROZEN PIZZA", quantity_milli=2_000)
        bag = line(333, category="FD WRAPS/BAGS/TRSH BG")
        member_id = None if number % 5 == 4 else f"h{number}"
        sold = receipt(pizza, bag, line(2_000), receipt_number=str(number), member_id=member_id)
        code_hash = f"{number:064x}"
        made.send(issue(code_hash=code_hash))
        made.send(sold)
        made.send(sold)
        made.send(donation(18, member_id=f"h{number}"))
        made.send(activation(code_hash=code_hash, event_id=code_hash, member_id=f"h{number % 7}"))
        made.send(activation(code_hash=code_hash, event_id="again", member_id=f"h{number}"))
        if number % 3 == 0:
            made.send(returned(sold))
        if number % 4 == 0:
            made.send(conflict(sold))
        made.send(receipt(line(-1), receipt_number=f"bad-{number}"))
    made.advance(NOON_MS + 1)
    return made


def journal_digest() -> str:
    """Give the hash over every entry of every partition."""
    digest = hashlib.sha256()
    for desk in play().desks:
        for entry in desk.entries:
            digest.update(encode_entry_body(entry))
    return digest.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(journal_digest())
