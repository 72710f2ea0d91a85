"""Waiting until every partition goes by a published version, as the read models tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import psycopg

from projections.connection import connect
from projections.journal_query import load_adoption
from schemas.entry import Outcome
from schemas.rejection import Reason
from services.failure import WorkRefusedError
from services.outcome import find_outcome
from services.publication.publisher import Published

__all__ = ["AdoptionWatch"]

_POLL_S: Final = 0.05
_SEE_DOCUMENT: Final = Path(__file__).with_name("see_document.sql")
#: Outcomes that say the version is published: now, or by the very same record before.
_PUBLISHED: Final = frozenset({Outcome.DECIDED.value, Outcome.DUPLICATE.value})


class AdoptionWatch:
    """Looks at the read models until published versions are adopted."""

    def __init__(self, database_url: str, *, partitions: int, limit_s: float) -> None:
        self._database_url = database_url
        self._partitions = partitions
        self._limit_s = limit_s

    def wait(self, published: Sequence[Published], on_progress: Callable[[int], None]) -> None:
        """Wait for versions.

        Args:
            published: What was written.
            on_progress: Is told after each look how many adoptions there are, at the most versions times partitions.

        Raises:
            WorkRefusedError: when one was refused, or is not adopted everywhere within the limit. That the same
                document was published under this number before is no refusal.
        """
        deadline_s = time.monotonic() + self._limit_s
        with connect(self._database_url) as connection:
            while True:
                adopted = {one.file.title: self._look(connection, one) for one in published}
                on_progress(sum(adopted.values()))
                missing = [title for title, count in adopted.items() if count < self._partitions]
                if not missing:
                    return
                if time.monotonic() > deadline_s:
                    msg = (
                        f"after {self._limit_s:g} s not adopted by all {self._partitions} partitions: "
                        f"{', '.join(missing)}; are worker, relay and projector running (kopilka up)? Adoption goes on "
                        "by itself; to wait again, publish the same files again: that changes nothing"
                    )
                    raise WorkRefusedError(msg)
                time.sleep(_POLL_S)

    def _look(self, connection: psycopg.Connection, published: Published) -> int:
        """Give how many partitions go by the version."""
        parsed = published.file.source.parsed
        try:
            seen = find_outcome(connection, published.record)
            if seen is None:
                # Only its own entry tells: the same number may have been published before, with another document.
                return 0
            if seen.outcome not in _PUBLISHED and not (
                seen.reason == Reason.VERSION_NOT_HIGHER.value and _is_published_before(connection, published)
            ):
                msg = f"{published.file.path} was not published: {seen.refusal}"
                raise WorkRefusedError(msg)
            campaign_id = published.file.campaign_id or None
            return len(load_adoption(connection, parsed.tenant, parsed.programme, campaign_id, parsed.version))
        except psycopg.errors.UndefinedTable:
            # The projector is only just starting, for the first time on this database.
            return 0


def _is_published_before(connection: psycopg.Connection, published: Published) -> bool:
    parsed = published.file.source.parsed
    version = {
        "tenant": parsed.tenant,
        "programme": parsed.programme,
        "campaign_id": published.file.campaign_id,
        "version": parsed.version,
        "document": published.file.source.document,
    }
    return connection.execute(_SEE_DOCUMENT.read_bytes(), version).fetchone() == (True,)
