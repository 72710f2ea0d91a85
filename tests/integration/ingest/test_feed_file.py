"""A feed's file gives back what was stored, or says that it does not."""

from pathlib import Path

import pytest

from services.ingest.feed import DamagedFeedError, FeedFile, FeedRecord, open_feed, store_feed

RECORDS = [
    FeedRecord("codes", b"journey:c", b"\xc3\x01code", None),
    FeedRecord("receipts", b"journey:h7", b"", 0),
    FeedRecord("receipts", b"", b"value", 1_483_246_800_000),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A place for a feed file."""
    return tmp_path / "made.feed"


def test_records_come_back_in_order(path: Path) -> None:
    """Each time from the first; with their number by topic."""
    stored = store_feed(path, RECORDS)
    opened = open_feed(path)
    assert opened == stored == FeedFile(path=path, counts={"codes": 1, "receipts": 2})
    assert len(stored) == 3
    assert list(stored) == list(stored) == RECORDS


def test_records_come_back_over_many_blocks(path: Path) -> None:
    """More than one megabyte, and a record larger than a block."""
    records = [FeedRecord("receipts", b"%d" % n, bytes([n]) * 60_000, n) for n in range(40)]
    records.append(FeedRecord("codes", b"k", b"v" * 3_000_000, None))
    assert list(store_feed(path, records)) == records


def test_an_empty_feed_is_a_feed(path: Path) -> None:
    """Nothing in, nothing out."""
    assert list(store_feed(path, [])) == []


def test_no_file_is_no_feed(path: Path) -> None:
    """The maker asks first."""
    assert open_feed(path) is None


def test_a_failed_making_leaves_nothing_behind(path: Path) -> None:
    """Neither half a feed under its name nor a temporary file, and an older feed stays."""
    store_feed(path, RECORDS)
    too_long = FeedRecord("codes", b"k" * 70_000, b"", None)
    with pytest.raises(Exception, match="65535"):
        store_feed(path, [*RECORDS, too_long])
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert list(store_feed(path, RECORDS)) == RECORDS


@pytest.mark.parametrize("lost_bytes", [1, 4, 30])
def test_a_file_that_was_cut_is_found_out(path: Path, lost_bytes: int) -> None:
    """The reader learns it at the latest at the end, and what to do."""
    feed = store_feed(path, RECORDS)
    path.write_bytes(path.read_bytes()[:-lost_bytes])
    with pytest.raises(DamagedFeedError, match="Delete it"):
        list(feed)


def test_a_lost_block_is_found_out(path: Path) -> None:
    """The first line says how many records there must be."""
    feed = store_feed(path, RECORDS)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(DamagedFeedError, match="0 records instead of 3"):
        list(feed)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x89PNG\r\n", id="no-json"),
        pytest.param(b"{}\n", id="no-format"),
        pytest.param(b"[1]\n", id="no-object"),
        pytest.param(b'{"format": 0, "topics": {}}\n', id="another-format"),
        pytest.param(b'{"format": 1, "topics": 3}\n', id="no-topics"),
    ],
)
def test_a_file_that_is_no_feed_is_refused(path: Path, content: bytes) -> None:
    """Before anything is written from it."""
    path.write_bytes(content)
    with pytest.raises(DamagedFeedError, match=r"made\.feed is damaged"):
        open_feed(path)
