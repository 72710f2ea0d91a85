"""The order in which a partition's inputs are taken: by log time, over all input topics.

A record is taken only when every other input topic has a head that comes later in this order, or was seen at its end;
so what happened first, as the log saw it, is decided first, however the reader delivers.

Source: DESIGN, section 4 (Owner).
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Final

from eventlog.port import EndReached, OffsetLost, StoredRecord

__all__ = ["PAUSE_AT_RECORDS", "InputMerge"]

#: Records of one topic held ahead before its reading is paused.
PAUSE_AT_RECORDS: Final = 2_000


class InputMerge:
    """The inputs of one partition, merged."""

    def __init__(self, topics: tuple[str, ...], next_offsets: dict[str, int]) -> None:
        """Take the topics in the order that breaks ties, and where each is read from."""
        self._topics = topics
        self._order = {topic: place for place, topic in enumerate(topics)}
        self._waiting: list[deque[StoredRecord]] = [deque() for _ in topics]
        self._is_at_end = [False] * len(topics)
        #: Heads as (log time, place); a topic stands in it when it has a record waiting.
        self._heads: list[tuple[int, int]] = []
        #: Topics that have no record waiting and were not seen at their end.
        self._unknown = len(topics)
        self._lost: dict[str, OffsetLost] = {}
        #: Lost topics whose bounds are asked anew.
        self._asked: set[str] = set()
        self._next_offsets = dict(next_offsets)

    def blocking_loss(self) -> OffsetLost | None:
        """Give the loss that is next in its topic: the partition stops until an operator skips it.

        What was read of a topic before its loss is still taken in its turn; nothing else overtakes the loss.
        """
        return next(iter(self.losses().values()), None)

    def losses(self) -> dict[str, OffsetLost]:
        """Give the losses that are next in their topics, by topic."""
        return {topic: lost for topic, lost in self._lost.items() if not self._waiting[self._order[topic]]}

    def ask_again(self, topic: str) -> None:
        """Note that a lost topic is about to be read anew, because the log may hold less by now."""
        assert topic in self._lost, "only of a loss"
        self._asked.add(topic)

    def is_asked(self, topic: str) -> bool:
        """Tell whether what the log holds of a lost topic is not yet known again."""
        return topic in self._asked

    def next_offset(self, topic: str) -> int:
        """Give the offset that reading of a topic goes on at."""
        return self._next_offsets[topic]

    def held(self, topic: str) -> int:
        """Give how many records of a topic are held."""
        return len(self._waiting[self._order[topic]])

    def put(self, item: StoredRecord | EndReached | OffsetLost) -> None:
        """Take what the reader delivered."""
        place = self._order[item.topic]
        if item.topic in self._lost:
            # It stays lost until somebody says how to go on, also when the log comes to hold the offset again.
            self._asked.discard(item.topic)
            if isinstance(item, OffsetLost):
                self._lost[item.topic] = item
            return
        if isinstance(item, OffsetLost):
            self._lost[item.topic] = item
            if self._is_at_end[place]:
                self._is_at_end[place] = False
                self._unknown += not self._waiting[place]
            return
        if isinstance(item, EndReached):
            # Behind holes at the end; retention may soon remove them, and nothing would be lost.
            self._next_offsets[item.topic] = max(self._next_offsets[item.topic], item.next_offset)
            if not self._is_at_end[place]:
                self._is_at_end[place] = True
                if not self._waiting[place]:
                    self._unknown -= 1
            return
        if item.offset < self._next_offsets[item.topic]:
            return
        waiting = self._waiting[place]
        if not waiting:
            if not self._is_at_end[place]:
                self._unknown -= 1
            heappush(self._heads, (item.log_time_ms, place))
        self._is_at_end[place] = False
        self._next_offsets[item.topic] = item.offset + 1
        waiting.append(item)

    def is_idle(self) -> bool:
        """Tell whether every topic was seen at its end, and nothing waits."""
        return not self._heads and self._unknown == 0 and not self._lost

    def peek(self) -> StoredRecord | None:
        """Give the record to be taken next, or `None` while that is not known."""
        if self._unknown or not self._heads:
            return None
        return self._waiting[self._heads[0][1]][0]

    def peek_of(self, topic: str) -> StoredRecord | None:
        """Give a topic's head, whatever the others hold: for the operator's instructions when an input is lost."""
        waiting = self._waiting[self._order[topic]]
        return waiting[0] if waiting else None

    def take(self, record: StoredRecord) -> None:
        """Remove the head that `peek` or `peek_of` gave."""
        place = self._order[record.topic]
        waiting = self._waiting[place]
        assert waiting[0] is record, "only a head is taken"
        waiting.popleft()
        if self._heads[0][1] == place:
            heappop(self._heads)
        else:
            self._heads = [head for head in self._heads if head[1] != place]
            self._heads.sort()
        if waiting:
            heappush(self._heads, (waiting[0].log_time_ms, place))
        elif not self._is_at_end[place]:
            self._unknown += 1

    def skip_to(self, topic: str, next_offset: int) -> None:
        """Go on with a topic at a later offset, after a loss that an operator accepted; its reading begins anew."""
        place = self._order[topic]
        self._waiting[place].clear()
        self._is_at_end[place] = False
        self._heads = sorted(head for head in self._heads if head[1] != place)
        self._unknown = sum(
            not waiting and not at_end for waiting, at_end in zip(self._waiting, self._is_at_end, strict=True)
        )
        self._lost.pop(topic, None)
        self._asked.discard(topic)
        self._next_offsets[topic] = next_offset
